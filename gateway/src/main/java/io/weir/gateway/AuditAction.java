package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.audit.AuditQueries;
import io.weir.policies.Call;
import io.weir.schemas.Act;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import org.jspecify.annotations.Nullable;

/** The audit trail, to be read. */
final class AuditAction {
    private final AuditQueries audit;

    AuditAction(AuditQueries audit) {
        this.audit = audit;
    }

    Future<Answer> list(Call call) {
        AuditQueries.Filter filter = new AuditQueries.Filter(
                call.query("object"),
                call.query("principal"),
                act(call.query("act")),
                Requests.instant(call, "from"),
                Requests.instant(call, "to"));
        return audit.list(call.caller().tenant(), filter, Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    private static @Nullable String act(@Nullable String text) {
        if (text != null && Act.of(text).isEmpty()) {
            throw new RefusedException(Refusal.Invalid.at("/act", "is no act"));
        }
        return text;
    }
}
