package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.lineage.LineageQueries;
import io.weir.policies.Call;
import io.weir.schemas.Narrowing;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;

/** The way between events and ERP documents, from either end. */
final class LineageAction {
    private final LineageQueries lineage;

    LineageAction(LineageQueries lineage) {
        this.lineage = lineage;
    }

    Future<Answer> lineage(Call call) {
        String document = call.query("document");
        String source = call.query("source");
        String id = call.query("id");
        if (document == null ? source == null || id == null : source != null || id != null) {
            throw new RefusedException(
                    Refusal.Invalid.at("/document", "give either a document, or the source and id of an event"));
        }
        TenantId tenant = call.caller().tenant();
        Narrowing to = call.caller().narrowing();
        return document != null
                ? lineage.ofDocument(tenant, to, document, Requests.limit(call), call.query("cursor"))
                        .compose(found -> Requests.found(found, "document"))
                        .map(found -> Requests.linked(call, Answer.json(200, found.lineage()), found.next()))
                : lineage.ofEvent(tenant, to, source == null ? "" : source, id == null ? "" : id)
                        .compose(found -> Requests.found(found, "event recorded"))
                        .map(found -> Answer.json(200, found.lineage()));
    }
}
