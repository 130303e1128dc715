package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.archive.Archive;
import io.weir.archive.ArchivedDay;
import io.weir.ledger.RetentionMeters.Outcome;
import io.weir.schemas.Instants;
import java.io.IOException;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Deletes the ids of days that have left, as the archive lists them: batch by batch, each with its place in the same transaction. */
final class Forgetting {
    private final Archive archive;
    private final int pageKeys;
    private final InstantSource clock;
    private final RetentionMeters meters;
    private final Runnable pause;

    Forgetting(Archive archive, int pageKeys, InstantSource clock, RetentionMeters meters, Runnable pause) {
        this.archive = archive;
        this.pageKeys = pageKeys;
        this.clock = clock;
        this.meters = meters;
        this.pause = pause;
    }

    /** Forgets the ids of a day that has left, in key order. */
    void run(SqlConnection sql, Row left, BooleanSupplier running) throws IOException {
        LocalDate day = left.getLocalDate("day");
        long passed = left.getLong("ids_passed");
        try (ArchivedDay open = archive.open(day)) {
            boolean all = passed == open.entries();
            while (!all && running.getAsBoolean()) {
                List<UUID> keys = open.keys(passed, pageKeys);
                long to = passed + keys.size();
                all = to == open.entries();
                @Nullable OffsetDateTime ended = all ? Instants.utc(clock.instant()) : null;
                InTransaction.run(sql, tx -> {
                    tx.preparedQuery(RetentionTable.FORGET_IDS)
                            .execute(Tuple.of(day).addValue(keys.toArray(UUID[]::new)));
                    return forgotten(tx, day, to, ended);
                });
                meters.forgotten(keys.size());
                passed = to;
                pause.run();
            }
            if (all) {
                forgotten(sql, day, passed, Instants.utc(clock.instant()));
                meters.day(Outcome.FORGOTTEN);
            }
        }
    }

    private static int forgotten(SqlConnection sql, LocalDate day, long passed, @Nullable OffsetDateTime ended) {
        return Future.await(sql.preparedQuery(RetentionTable.FORGOTTEN)
                        .execute(Tuple.of(day, passed).addValue(ended)))
                .rowCount();
    }
}
