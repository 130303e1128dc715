package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.archive.Archive;
import io.weir.archive.ArchivedEvent;
import io.weir.archive.DayWriter;
import io.weir.archive.Manifest;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Writes a day of entries to the archive, page by page in key order: in memory is a page, and the archive's own buffers. */
final class DayExport {
    private static final UUID BEFORE_ALL = new UUID(0, 0);

    private final Archive archive;
    private final int pageEntries;
    private final InstantSource clock;
    private final Runnable pause;

    /** @param pause between two pages */
    DayExport(Archive archive, int pageEntries, InstantSource clock, Runnable pause) {
        this.archive = archive;
        this.pageEntries = pageEntries;
        this.clock = clock;
        this.pause = pause;
    }

    /**
     * Writes it.
     *
     * @param running whether to go on; where not, a {@link CancellationException} and nothing written
     */
    Manifest write(SqlConnection sql, LocalDate day, BooleanSupplier running) throws IOException {
        try (DayWriter writer = archive.write(day)) {
            BigInteger fingerprint = BigInteger.ZERO;
            UUID last = BEFORE_ALL;
            OffsetDateTime lastAt = Instants.utc(Instant.EPOCH);
            int read;
            do {
                if (!running.getAsBoolean()) {
                    throw new CancellationException("stopped");
                }
                read = 0;
                for (Row row : Future.await(
                        sql.preparedQuery(RetentionTable.PAGE).execute(Tuple.of(day, last, lastAt, pageEntries)))) {
                    writer.add(event(row));
                    fingerprint = fingerprint.add(BigInteger.valueOf(row.getLong("hash")));
                    last = row.getUUID("event_key");
                    lastAt = row.getOffsetDateTime("recorded_at");
                    read++;
                }
                pause.run();
            } while (read == pageEntries);
            return writer.finish(fingerprint.toString(), clock.instant());
        }
    }

    /** Notes that the day is exported. */
    void keep(SqlConnection sql, Manifest manifest) {
        List<Manifest.Part> parts = manifest.parts();
        InTransaction.run(sql, tx -> {
            tx.preparedQuery(RetentionTable.EXPORTED)
                    .execute(Tuple.of(manifest.day(), manifest.entries())
                            .addValue(utc(manifest.firstTime()))
                            .addValue(utc(manifest.lastTime()))
                            .addValue(manifest.fingerprint())
                            .addValue(Json.text(manifest.files()))
                            .addValue(Instants.utc(manifest.exportedAt())));
            return Future.await(tx.preparedQuery(RetentionTable.PARTS)
                    .execute(Tuple.of(manifest.day())
                            .addValue(parts.stream().map(Manifest.Part::tenant).toArray(String[]::new))
                            .addValue(
                                    parts.stream().map(Manifest.Part::eventType).toArray(String[]::new))
                            .addValue(parts.stream().map(Manifest.Part::entries).toArray(Long[]::new))
                            .addValue(parts.stream().map(Manifest.Part::held).toArray(Long[]::new))
                            .addValue(parts.stream()
                                    .map(part -> Instants.utc(part.firstTime()))
                                    .toArray(OffsetDateTime[]::new))
                            .addValue(parts.stream()
                                    .map(part -> Instants.utc(part.lastTime()))
                                    .toArray(OffsetDateTime[]::new))));
        });
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : Instants.utc(instant);
    }

    private static ArchivedEvent event(Row row) {
        UUID digest = row.getUUID("digest");
        return new ArchivedEvent(
                row.getUUID("event_key"),
                digest == null ? BEFORE_ALL : digest,
                row.getString("tenant"),
                row.getString("source"),
                row.getString("id"),
                row.getString("event_type"),
                row.getString("subject"),
                Instants.of(row.getOffsetDateTime("event_time")),
                row.getInteger("schema_version"),
                row.getString("data_text"),
                row.getString("customer"),
                row.getString("subscription"),
                row.getLong("subscription_revision"),
                row.getString("item"),
                row.getString("legal_entity"),
                row.getString("held"),
                row.getString("taken_back"),
                row.getLong("master_revision"),
                Instants.of(row.getOffsetDateTime("received_at")),
                Instants.of(row.getOffsetDateTime("logged_at")),
                Instants.of(row.getOffsetDateTime("recorded_at")),
                row.getString("correlation"),
                row.getInteger("log_partition"),
                row.getLong("log_offset"));
    }
}
