package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.kafka.client.common.TopicPartition;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecords;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Heartbeat;
import io.weir.schemas.Instants;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One loop of the ledger: poll, post, commit; on a virtual thread, so that order, back-pressure and stop can be read off.
 *
 * <p>Order matters. The transaction commits before receipts are told and before offsets are: a crash between them repeats the
 * poll, and the progress row absorbs it. Offsets in Kafka are only a hint where to begin; when a batch begins beyond the
 * progress (a database restored from a backup), the loop goes back to it.
 *
 * <p>A batch that Postgres cannot take is tried again with growing pauses for as long as it takes, and nothing else is polled
 * meanwhile. A batch that fails for what is in it is halved until the one event stands alone and becomes an exception; it is
 * never skipped.
 *
 * <p>A loop that is given a partition reads it from where the ledger stands, not from where Kafka says: behind a restored
 * database nothing new need arrive for the old to be recorded again.
 */
public final class LedgerVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(LedgerVerticle.class);
    private static final int SMALLEST_BATCH = 10;

    private final Pool pool;
    private final Map<String, String> consumerConfig;
    private final WeirSettings.Kafka kafka;
    private final WeirSettings.Ledger settings;
    private final MeterSettings metering;
    private final InstantSource clock;
    private final Heartbeat heartbeat;
    private final LedgerMeters meters;
    private final Promise<Void> ended = Promise.promise();
    private final Set<Integer> gapsAllowed = new HashSet<>();
    private int batchSize;
    private volatile boolean running = true;
    private @Nullable KafkaConsumer<String, byte[]> consumer;
    private @Nullable Recorder recorder;

    public LedgerVerticle(
            Pool pool,
            Map<String, String> consumerConfig,
            WeirSettings.Kafka kafka,
            WeirSettings.Ledger settings,
            MeterSettings metering,
            InstantSource clock,
            Heartbeat heartbeat,
            LedgerMeters meters) {
        this.pool = pool;
        this.consumerConfig = consumerConfig;
        this.kafka = kafka;
        this.settings = settings;
        this.metering = metering;
        this.clock = clock;
        this.heartbeat = heartbeat;
        this.meters = meters;
        this.batchSize = settings.maxPollRecords();
    }

    @Override
    public Future<?> start() {
        Future.await(makePartitions());
        Future.await(
                pool.preparedQuery(LedgerTable.START_PROGRESS).execute(Tuple.of(kafka.topic(), kafka.partitions())));
        recorder = new Recorder(
                pool,
                kafka.topic(),
                new Accounts(settings.subjectCacheSize()),
                new DimensionSets(metering.maxDimensionSets(), settings.subjectCacheSize()),
                new TooLate(Duration.ofSeconds(settings.lateGraceSeconds())),
                clock);
        KafkaConsumer<String, byte[]> made = KafkaConsumer.create(vertx, consumerConfig);
        made.partitionsAssignedHandler(assigned -> {
            LOG.debug("ledger.assigned loop={} partitions={}", heartbeat.name(), assigned.size());
            seek(made, assigned);
            heartbeat.start();
        });
        made.exceptionHandler(
                failure -> LOG.warn("ledger.consumer loop={} failure={}", heartbeat.name(), failure.toString()));
        consumer = made;
        Future.await(made.subscribe(kafka.topic()));
        context.runOnContext(go -> run(made));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        running = false;
        KafkaConsumer<String, byte[]> open = consumer;
        return open == null ? Future.succeededFuture() : ended.future().compose(done -> open.close());
    }

    private void run(KafkaConsumer<String, byte[]> from) {
        try {
            while (running) {
                step(from);
            }
        } finally {
            ended.complete();
        }
    }

    private void step(KafkaConsumer<String, byte[]> from) {
        try {
            List<LogRecord> records = read(Future.await(from.poll(Duration.ofMillis(settings.pollMillis()))));
            if (!records.isEmpty()) {
                post(from, records);
            }
            heartbeat.beat();
        } catch (Exception e) {
            // Exception, here and below: await throws what failed, which a lost connection makes an IOException.
            if (running) {
                LOG.warn("ledger.poll loop={} failure={}", heartbeat.name(), e.toString());
                pause(settings.retryMillis());
            }
        }
    }

    private static List<LogRecord> read(KafkaConsumerRecords<String, byte[]> polled) {
        List<LogRecord> records = new ArrayList<>(polled.size());
        for (ConsumerRecord<String, byte[]> record : polled.records()) {
            records.add(LogRecord.of(record));
        }
        return records;
    }

    /**
     * Posts what was polled, however long it takes; then offsets. After a failure it goes on in smaller batches, so that one
     * that is too large for its deadline does not fail for ever, and grows them again while they succeed.
     */
    private void post(KafkaConsumer<String, byte[]> from, List<LogRecord> records) {
        long pauseMillis = settings.retryMillis();
        int posted = 0;
        while (running && posted < records.size()) {
            int until = Math.min(records.size(), posted + batchSize);
            try {
                record(Batch.of(records.subList(posted, until)));
                posted = until;
                batchSize = Math.min(2 * batchSize, settings.maxPollRecords());
                pauseMillis = settings.retryMillis();
            } catch (Exception e) {
                if (e instanceof Recorder.LogGapException gap && rewound(from, records, gap)) {
                    return;
                }
                meters.retried();
                LOG.warn("ledger.retry loop={} events={} failure={}", heartbeat.name(), until - posted, e.toString());
                batchSize = Math.max(SMALLEST_BATCH, (until - posted) / 2);
                pause(pauseMillis);
                pauseMillis = Math.min(2 * pauseMillis, settings.maxRetryMillis());
            }
        }
        if (posted == records.size()) {
            from.commit().onFailure(failure -> LOG.debug("ledger.commit failure={}", failure.toString()));
        }
    }

    /** Records a batch; where one event of it cannot be stored, halves it until that event stands alone. */
    private void record(Batch batch) {
        try {
            recordWhole(batch);
        } catch (RuntimeException e) {
            if (!Failures.ofTheData(e)) {
                throw e;
            }
            bisect(batch, e);
        }
    }

    private void recordWhole(Batch batch) {
        long begin = System.nanoTime();
        Recorded recorded = recorder().record(batch, gapsAllowed);
        batch.records().forEach(record -> gapsAllowed.remove(record.partition()));
        meters.posted(batch.records(), recorded, System.nanoTime() - begin, clock.instant());
        ReceiptMessages.send(vertx.eventBus(), recorded);
    }

    private void bisect(Batch batch, RuntimeException failure) {
        List<LogRecord> records = batch.records();
        if (batch.unreadable().size() == records.size()) {
            throw failure;
        }
        if (records.size() == 1) {
            LOG.warn("ledger.unreadable loop={} failure={}", heartbeat.name(), failure.toString());
            recordWhole(Batch.poisoned(records.getFirst(), String.valueOf(failure.getMessage())));
            return;
        }
        int middle = records.size() / 2;
        record(Batch.of(records.subList(0, middle)));
        record(Batch.of(records.subList(middle, records.size())));
    }

    /**
     * Goes back to where the ledger stands, and with the batch's other partitions to where they begin in it, since nothing of
     * it is recorded; where the log begins later than the ledger stands, what lies between is lost, loudly.
     *
     * @return false where that has to be tried again
     */
    private boolean rewound(KafkaConsumer<String, byte[]> from, List<LogRecord> records, Recorder.LogGapException gap) {
        try {
            long begins = Future.await(from.beginningOffsets(partition(gap.partition())));
            if (begins > gap.expected()) {
                LOG.error("ledger.lost partition={} from={} to={}", gap.partition(), gap.expected(), begins);
                gapsAllowed.add(gap.partition());
            }
            Map<Integer, Long> back = new HashMap<>();
            records.forEach(record -> back.merge(record.partition(), record.offset(), Math::min));
            back.put(gap.partition(), Math.max(begins, gap.expected()));
            back.forEach((partition, offset) -> Future.await(from.seek(partition(partition), offset)));
            LOG.warn("ledger.rewind loop={} {}", heartbeat.name(), gap.getMessage());
            return true;
        } catch (Exception e) { // what a future failed with is thrown as it is, checked or not
            LOG.warn("ledger.rewind loop={} failure={}", heartbeat.name(), e.toString());
            return false;
        }
    }

    /** Goes to where the ledger stands in each partition; what cannot be asked now shows as a gap later. */
    private void seek(KafkaConsumer<String, byte[]> from, Set<TopicPartition> assigned) {
        pool.preparedQuery(LedgerTable.PROGRESS)
                .execute(Tuple.of(kafka.topic()))
                .onSuccess(rows -> {
                    for (Row row : rows) {
                        TopicPartition partition = partition(row.getInteger("partition"));
                        if (assigned.contains(partition)) {
                            from.seek(partition, row.getLong("next_offset"));
                        }
                    }
                })
                .onFailure(failure -> LOG.warn("ledger.seek loop={} failure={}", heartbeat.name(), failure.toString()));
    }

    private TopicPartition partition(int number) {
        return new TopicPartition(kafka.topic(), number);
    }

    private Future<?> makePartitions() {
        return pool.preparedQuery(LedgerTable.MAKE_PARTITIONS)
                .execute(Tuple.of(Instants.utc(clock.instant()), settings.partitionDaysAhead()));
    }

    private Recorder recorder() {
        if (recorder == null) {
            throw new IllegalStateException("not started");
        }
        return recorder;
    }

    private void pause(long millis) {
        Future.await(vertx.timer(millis));
    }
}
