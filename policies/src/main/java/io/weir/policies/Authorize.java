package io.weir.policies;

import io.vertx.core.Future;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import java.util.List;
import java.util.stream.Collectors;

/** What the caller may do: one of the operation's scopes is enough. */
public final class Authorize implements Policy {
    private final List<Scope> anyOf;

    public Authorize(Scope... anyOf) {
        this.anyOf = List.of(anyOf);
    }

    @Override
    public Future<Call> admit(Call call) {
        for (Scope scope : anyOf) {
            if (call.caller().may(scope)) {
                return Future.succeededFuture(call);
            }
        }
        String needed = anyOf.stream().map(Scope::text).collect(Collectors.joining(" or "));
        return Future.failedFuture(new RefusedException(new Refusal.Forbidden(needed)));
    }
}
