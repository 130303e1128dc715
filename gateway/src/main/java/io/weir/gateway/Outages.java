package io.weir.gateway;

import io.vertx.core.VertxException;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.pgclient.PgException;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Which failures are a part's absence, and not a bug: a lost connection, a full queue, a deadline. */
final class Outages {
    /** SQLSTATE classes: connection, resources, operator intervention. */
    private static final Set<String> CLASSES = Set.of("08", "53", "57");

    private Outages() {}

    static boolean is(@Nullable Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof PgException pg) {
                return pg.getSqlState() != null
                        && CLASSES.contains(pg.getSqlState().substring(0, 2));
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
