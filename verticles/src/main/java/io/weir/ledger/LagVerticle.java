package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.kafka.admin.KafkaAdminClient;
import io.vertx.kafka.admin.ListOffsetsResultInfo;
import io.vertx.kafka.admin.OffsetSpec;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.Instants;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells up to which instant every accepted event is counted: the least, over the log's partitions, of when its last recorded
 * event arrived, or of when its end was asked for where nothing waits; and never behind what a node holds outside of the log. Tells also
 * which partitions stand still or fall back. Never runs over itself; when Kafka or Postgres does
 * not answer, the instant stands still, which is the truth.
 */
public final class LagVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(LagVerticle.class);

    private final Pool pool;
    private final Map<String, String> adminConfig;
    private final WeirSettings.Kafka kafka;
    private final WeirSettings.Ledger settings;
    private final InstantSource clock;
    private final LedgerMeters meters;
    private final LagWatch watch;
    private final Consumer<List<LatePartition>> late;
    private @Nullable KafkaAdminClient admin;
    private boolean running = true;
    private Instant told = Instant.MIN;

    public LagVerticle(
            Pool pool,
            Map<String, String> adminConfig,
            WeirSettings.Kafka kafka,
            WeirSettings.Ledger settings,
            InstantSource clock,
            LedgerMeters meters,
            Consumer<List<LatePartition>> late) {
        this.pool = pool;
        this.adminConfig = adminConfig;
        this.kafka = kafka;
        this.settings = settings;
        this.clock = clock;
        this.meters = meters;
        this.watch = new LagWatch(settings);
        this.late = late;
    }

    @Override
    public Future<?> start() {
        KafkaAdminClient made = KafkaAdminClient.create(vertx, adminConfig);
        admin = made;
        watch(made);
        Addresses.NOTE_SPILLED.answer(vertx.eventBus(), this::note);
        vertx.setPeriodic(settings.housekeepingMillis(), due -> makePartitions());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        running = false;
        return admin == null ? Future.succeededFuture() : admin.close();
    }

    /** Days ahead always have their partition of entries; one that could not be made now is made the next time. */
    private void makePartitions() {
        pool.preparedQuery(LedgerTable.MAKE_PARTITIONS)
                .execute(Tuple.of(Instants.utc(clock.instant()), settings.partitionDaysAhead()))
                .onFailure(failure -> LOG.warn("ledger.partitions failure={}", failure.toString()));
    }

    private Future<Void> note(Commands.NoteSpilled spilled) {
        return spilled.oldest()
                .map(oldest -> pool.preparedQuery(LedgerTable.NOTE_SPILLED)
                        .execute(Tuple.of(spilled.node(), Instants.utc(oldest))))
                .orElseGet(() -> pool.preparedQuery(LedgerTable.FORGET_SPILLED).execute(Tuple.of(spilled.node())))
                .mapEmpty();
    }

    private void watch(KafkaAdminClient from) {
        look(from)
                .onFailure(failure -> {
                    LOG.debug("ledger.lag failure={}", failure.toString());
                    watch.forget();
                    late.accept(List.of());
                })
                .onComplete(done -> {
                    if (running) {
                        vertx.setTimer(settings.lagMillis(), again -> watch(from));
                    }
                });
    }

    private Future<Void> look(KafkaAdminClient from) {
        Instant asked = clock.instant();
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        for (int partition = 0; partition < kafka.partitions(); partition++) {
            latest.put(new TopicPartition(kafka.topic(), partition), OffsetSpec.LATEST);
        }
        // In this order: what a node held and does not hold any more at the first question is in the log at the second.
        return pool.preparedQuery(LedgerTable.OLDEST_SPILLED)
                .execute()
                .compose(spilled -> from.listOffsets(latest)
                        .compose(ends -> pool.preparedQuery(LedgerTable.PROGRESS)
                                .execute(Tuple.of(kafka.topic()))
                                .map(rows -> tell(asked, oldest(spilled), ends, rows))));
    }

    private static Instant oldest(RowSet<Row> spilled) {
        OffsetDateTime oldest = spilled.iterator().next().getOffsetDateTime("oldest");
        return oldest == null ? Instant.MAX : Instants.of(oldest);
    }

    private @Nullable Void tell(
            Instant asked, Instant spilled, Map<TopicPartition, ListOffsetsResultInfo> ends, RowSet<Row> rows) {
        Map<Integer, Row> progress = new HashMap<>();
        rows.forEach(row -> progress.put(row.getInteger("partition"), row));
        Instant counted = spilled.isBefore(asked) ? spilled : asked;
        long waiting = 0;
        Map<Integer, LagWatch.Place> places = new HashMap<>();
        for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end : ends.entrySet()) {
            Row row = progress.get(end.getKey().getPartition());
            long next = row == null ? 0 : row.getLong("next_offset");
            places.put(
                    end.getKey().getPartition(),
                    new LagWatch.Place(next, end.getValue().getOffset()));
            if (next < end.getValue().getOffset()) {
                waiting += end.getValue().getOffset() - next;
                Instant arrived = row == null ? Instant.EPOCH : Instants.of(row.getOffsetDateTime("arrived_at"));
                counted = arrived.isBefore(counted) ? arrived : counted;
            }
        }
        told = counted.isAfter(told) ? counted : told;
        meters.lag(waiting, waiting == 0 ? Duration.ZERO : Duration.between(told, asked));
        late.accept(watch.look(asked, places));
        Addresses.COUNTED_UP_TO.tell(vertx.eventBus(), told);
        return null;
    }
}
