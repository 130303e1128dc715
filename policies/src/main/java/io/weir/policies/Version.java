package io.weir.policies;

import io.vertx.core.Future;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.List;

/** Which API version is asked for: the first part of the path. */
public final class Version implements Policy {
    /** The versions that are offered. */
    public static final List<String> OFFERED = List.of("v1");

    private final List<String> prefixes =
            OFFERED.stream().map(version -> "/" + version + "/").toList();

    @Override
    public Future<Call> admit(Call call) {
        String path = call.request().path();
        for (String prefix : prefixes) {
            if (path.startsWith(prefix)) {
                return Future.succeededFuture(call);
            }
        }
        return Future.failedFuture(new RefusedException(new Refusal.UnknownRoute(path, OFFERED)));
    }
}
