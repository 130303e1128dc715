package io.weir.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.policies.AdmittedEvent;
import io.weir.policies.ByteBudget;
import io.weir.policies.Call;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Durability;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.schemas.UsageLog;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.jspecify.annotations.Nullable;

/**
 * Writes events to the log: one idempotent producer a node, acks=all; or, where that is away and the caller's tier says so, into this
 * node's journal ({@link Spill}).
 *
 * <p>The Vert.x client would hop to a worker thread for each record; Kafka's producer is used directly instead. That is
 * safe on an event loop as long as {@code send} cannot block: the topic's metadata is fetched before a producer is used and kept, and
 * the bytes in flight are budgeted below the producer's buffer. Beyond the budget the answer is 503, before anything is sent.
 */
final class UsageLogProducer {
    private static final int RECORD_OVERHEAD = 200;
    private static final Duration CLOSE = Duration.ofSeconds(2);
    private static final String LOG_AWAY = "the log does not take events now; nothing is claimed";
    private static final Exception AWAY = new org.apache.kafka.common.errors.TimeoutException("the log is away");

    /** Who waits for a request's recording. */
    record Reply(long token, String node) {
        private UsageLog.Reply of(AdmittedEvent event) {
            return new UsageLog.Reply(node, token, event.index());
        }
    }

    private final Vertx vertx;
    private final LogConnection connection;
    private final SpillThreads spilling;
    private final Spill spill;
    private final String topic;
    private final ByteBudget budget;
    private final Overload overload;

    UsageLogProducer(
            Vertx vertx,
            LogConnection connection,
            SpillThreads spilling,
            WeirSettings settings,
            Overload overload,
            MeterRegistry meters) {
        this.vertx = vertx;
        this.connection = connection;
        this.spilling = spilling;
        this.spill = spilling.spill();
        this.topic = settings.kafka().topic();
        this.budget = new ByteBudget(
                settings.ingest().maxInFlightBytes(), settings.ingest().maxTenantInFlightBytes());
        this.overload = overload;
        meters.gauge("weir.log.in.flight.bytes", budget, ByteBudget::held);
    }

    /** Connects to the log, and begins to drain what an earlier life of this node left in its journal. */
    Future<Void> start() {
        return vertx.executeBlocking(() -> {
                    connection.connect();
                    spilling.start();
                    return true;
                })
                .mapEmpty();
    }

    /** What is under way is sent, what is in the journal as far as it can be in that time. */
    Future<Void> close() {
        return vertx.executeBlocking(() -> {
                    spilling.stop();
                    connection.close(CLOSE);
                    return true;
                })
                .mapEmpty();
    }

    /** Whether so many bytes of so many events of the tenant would be taken now. */
    boolean hasRoom(TenantId tenant, long bytes, int events) {
        return budget.has(tenant, bytes + (long) events * RECORD_OVERHEAD);
    }

    /** Takes the events; says where they are when each is durable, fails with a refusal when one cannot be now. */
    Future<Durability> append(Context context, Call call, List<AdmittedEvent> events, Optional<Reply> reply) {
        if (events.isEmpty()) {
            return Future.succeededFuture(Durability.REPLICATED);
        }
        long bytes = 0;
        for (AdmittedEvent event : events) {
            bytes += event.json().length + RECORD_OVERHEAD;
        }
        TenantId tenant = call.caller().tenant();
        if (!budget.take(tenant, bytes)) {
            return unavailable("too many events are on their way into the log");
        }
        Stamp stamp = new Stamp(call, reply);
        List<ProducerRecord<String, byte[]>> records = new ArrayList<>(events.size());
        for (AdmittedEvent event : events) {
            String key = UsageLog.key(tenant, event.orderingKey());
            records.add(new ProducerRecord<>(topic, null, key, event.json(), stamp.headers(event)));
        }
        boolean spills = call.caller().tier().kafkaAway() == AccessTier.KafkaAway.SPILL;
        Pending pending = new Pending(context, tenant, bytes, events.size(), spills ? records : List.of());
        if (!spills || spill.straight(pending)) {
            pending.send(records);
        }
        return overload.intoTheLog(pending.promise.future());
    }

    /** The headers of one request's records; most of them share theirs. */
    private static final class Stamp {
        private final Call call;
        private final Optional<Reply> reply;
        private int version = -1;
        private String correlation = "";
        private List<Header> last = List.of();

        private Stamp(Call call, Optional<Reply> reply) {
            this.call = call;
            this.reply = reply;
        }

        private List<Header> headers(AdmittedEvent event) {
            if (reply.isPresent()
                    || event.schemaVersion() != version
                    || !event.correlation().equals(correlation)) {
                version = event.schemaVersion();
                correlation = event.correlation();
                UsageLog.Context context = new UsageLog.Context(
                        call.received(), version, correlation, reply.map(waiting -> waiting.of(event)));
                last = List.of(new RecordHeader(UsageLog.CONTEXT, context.encode()));
            }
            return last;
        }
    }

    private static <T> Future<T> unavailable(String why) {
        return Future.failedFuture(new RefusedException(new Refusal.Unavailable(why, 1)));
    }

    /**
     * The events of one request on their way; called by the producer's thread or the journal's, answers on the request's. Its bytes are
     * free again when neither holds them.
     */
    private final class Pending implements Callback, Spill.Request {
        private final Context context;
        private final TenantId tenant;
        private final long bytes;
        private final int size;
        private final List<ProducerRecord<String, byte[]>> records;
        private final long since = System.nanoTime();
        private final AtomicInteger open;
        private final Promise<Durability> promise = Promise.promise();
        private volatile boolean failed;
        private @Nullable Producer<String, byte[]> producer;

        /** @param records where they may be kept in the journal; empty: they are only sent */
        private Pending(
                Context context, TenantId tenant, long bytes, int size, List<ProducerRecord<String, byte[]>> records) {
            this.context = context;
            this.tenant = tenant;
            this.bytes = bytes;
            this.size = size;
            this.records = records;
            this.open = new AtomicInteger(size);
        }

        private boolean spills() {
            return !records.isEmpty();
        }

        @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of it
        private void send(List<ProducerRecord<String, byte[]>> all) {
            Producer<String, byte[]> present = connection.now();
            producer = present;
            for (ProducerRecord<String, byte[]> record : all) {
                try {
                    if (present == null) {
                        onCompletion(null, AWAY);
                    } else {
                        present.send(record, this);
                    }
                } catch (RuntimeException e) {
                    onCompletion(null, e);
                }
            }
        }

        @Override
        public void onCompletion(@Nullable RecordMetadata place, @Nullable Exception failure) {
            if (failure != null) {
                failed = true;
                if (spills() && failure instanceof RetriableException) {
                    goOver(failure);
                }
            }
            if (open.decrementAndGet() == 0) {
                budget.give(tenant, bytes);
                if (!spills() || spill.left(this)) {
                    finish(failed ? null : Durability.REPLICATED, LOG_AWAY);
                }
            }
        }

        /** Nothing that was sent after this may get there without it: see {@link LogConnection}. */
        private void goOver(Exception failure) {
            spill.goOver(failure.toString());
            Producer<String, byte[]> failing = producer;
            if (failing != null) {
                connection.cut(failing);
            }
        }

        private void finish(@Nullable Durability durability, String why) {
            context.runOnContext(done -> {
                if (durability == null) {
                    promise.fail(new RefusedException(new Refusal.Unavailable(why, 2)));
                } else {
                    promise.complete(durability);
                }
            });
        }

        @Override
        public List<ProducerRecord<String, byte[]>> records() {
            return records;
        }

        @Override
        public long bytes() {
            return bytes;
        }

        @Override
        public long sinceNanos() {
            return since;
        }

        @Override
        public void kept() {
            given();
            finish(Durability.LOCAL, "");
        }

        @Override
        public void refused(String why) {
            given();
            finish(null, why + "; nothing is claimed");
        }

        /** Bytes that the producer holds too are given back when it lets them go; it lets go of all when it is cut off. */
        private void given() {
            if (open.compareAndSet(size, 0)) {
                budget.give(tenant, bytes);
            }
        }
    }
}
