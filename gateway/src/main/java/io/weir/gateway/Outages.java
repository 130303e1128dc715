package io.weir.gateway;

import io.vertx.core.VertxException;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Which failures are a part's absence, and not a bug: a lost connection, a full queue, a deadline, a lock that others have. */
final class Outages {
    /** SQLSTATE classes: connection, rollback (a deadlock that every try came to), resources, operator intervention. */
    private static final Set<String> CLASSES = Set.of("08", "40", "53", "57");

    /** Transactions that Postgres ended for their time, as a node's that was stopped meanwhile; and a lock that took too long. */
    private static final Set<String> STATES = Set.of("25P03", "25P04", "55P03");

    private Outages() {}

    static boolean is(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException pg) {
                String state = pg.getSqlState();
                return state != null && (STATES.contains(state) || CLASSES.contains(state.substring(0, 2)));
            }
            if (cause instanceof ReplyException reply) {
                return reply.failureType() == ReplyFailure.TIMEOUT;
            }
            if (cause instanceof IOException || cause instanceof TimeoutException || cause instanceof VertxException) {
                return true;
            }
        }
        return false;
    }
}
