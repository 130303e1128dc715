package io.weir.ledger;

import io.vertx.pgclient.PgException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which failure of a batch is whose: the world's (try again), or one event's (find it). */
final class Failures {
    /** SQLSTATE classes that say the data cannot be stored: data exception, integrity, program limit exceeded. */
    private static final Set<String> OF_THE_DATA = Set.of("22", "23", "54");

    private Failures() {}

    /** Whether some event of the batch is at fault, so that it must be found by halving the batch. */
    static boolean ofTheData(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = next(cause)) {
            if (cause instanceof PgException pg) {
                String state = pg.getSqlState();
                return state != null && state.length() == 5 && OF_THE_DATA.contains(state.substring(0, 2));
            }
        }
        return failure instanceof IllegalArgumentException || failure instanceof ArithmeticException;
    }

    private static @Nullable Throwable next(Throwable failure) {
        return failure.getCause() == failure ? null : failure.getCause();
    }
}
