package io.weir.entitlement;

import io.vertx.pgclient.PgException;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.Set;

/** What a failure of the database means: that it cannot answer now, or that Weir has a bug. */
final class Postgres {
    /** Classes of SQLSTATE: connection, resources, operator intervention, rolled back by contention. */
    private static final Set<String> AWAY = Set.of("08", "53", "57", "40", "25", "55");

    private Postgres() {}

    /** The failure as the caller shall see it. */
    static Throwable refusal(Throwable failure) {
        if (failure instanceof RefusedException) {
            return failure;
        }
        if (failure instanceof PgException pg
                && !(pg.getSqlState().length() > 2
                        && AWAY.contains(pg.getSqlState().substring(0, 2)))) {
            return failure;
        }
        if (failure instanceof RuntimeException && !(failure instanceof PgException) && !fromDriver(failure)) {
            return failure;
        }
        return new RefusedException(new Refusal.Unavailable("entitlements cannot be read or written now", 1));
    }

    private static boolean fromDriver(Throwable failure) {
        return failure.getClass().getName().startsWith("io.vertx.");
    }
}
