package io.weir.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.weir.policies.AdmittedEvent;
import io.weir.policies.ByteBudget;
import io.weir.policies.Call;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.schemas.UsageLog;
import io.weir.settings.WeirSettings;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Writes events to the log: one idempotent producer a node, acks=all.
 *
 * <p>The Vert.x client would hop to a worker thread for each record; its Kafka producer is used directly instead. That is
 * safe on an event loop as long as {@code send} cannot block: the topic's metadata is fetched at the start and kept, and the
 * bytes in flight are budgeted below the producer's buffer. Beyond the budget the answer is 503, before anything is sent.
 */
final class UsageLogProducer {
    private static final int RECORD_OVERHEAD = 200;

    /** Who waits for a request's recording. */
    record Reply(long token, String node) {
        private UsageLog.Reply of(AdmittedEvent event) {
            return new UsageLog.Reply(node, token, event.index());
        }
    }

    private final KafkaProducer<String, byte[]> owner;
    private final Producer<String, byte[]> producer;
    private final String topic;
    private final ByteBudget budget;
    private final Overload overload;

    UsageLogProducer(
            Vertx vertx,
            Map<String, String> config,
            WeirSettings.Kafka kafka,
            WeirSettings.Ingest ingest,
            Overload overload,
            MeterRegistry meters) {
        this.owner = KafkaProducer.create(vertx, config);
        this.producer = owner.unwrap();
        this.topic = kafka.topic();
        this.budget = new ByteBudget(ingest.maxInFlightBytes(), ingest.maxTenantInFlightBytes());
        this.overload = overload;
        meters.gauge("weir.log.in.flight.bytes", budget, ByteBudget::held);
    }

    /** Fetches the topic's metadata, so that no send has to. */
    Future<Void> start() {
        return owner.partitionsFor(topic).mapEmpty();
    }

    Future<Void> close() {
        return owner.close(3_000);
    }

    /** Whether so many bytes of so many events of the tenant would be taken now. */
    boolean hasRoom(TenantId tenant, long bytes, int events) {
        return budget.has(tenant, bytes + (long) events * RECORD_OVERHEAD);
    }

    /** Writes the events; succeeds when each is replicated, fails with a refusal when one cannot be now. */
    Future<Void> append(Context context, Call call, List<AdmittedEvent> events, Optional<Reply> reply) {
        if (events.isEmpty()) {
            return Future.succeededFuture();
        }
        long bytes = 0;
        for (AdmittedEvent event : events) {
            bytes += event.json().length + RECORD_OVERHEAD;
        }
        TenantId tenant = call.caller().tenant();
        if (!budget.take(tenant, bytes)) {
            return unavailable("too many events are on their way into the log");
        }
        Pending pending = new Pending(context, events.size(), tenant, bytes);
        Stamp stamp = new Stamp(call, reply);
        for (AdmittedEvent event : events) {
            String key = UsageLog.key(tenant, event.orderingKey());
            send(new ProducerRecord<>(topic, null, key, event.json(), stamp.headers(event)), pending);
        }
        return overload.intoTheLog(pending.promise.future());
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the callback hears of it
    private void send(ProducerRecord<String, byte[]> record, Pending pending) {
        try {
            producer.send(record, pending);
        } catch (RuntimeException e) {
            pending.onCompletion(null, e);
        }
    }

    /** Headers of one request's records; what most of them share is made once. */
    private static final class Stamp {
        private final Call call;
        private final Optional<Reply> reply;
        private final Header correlation;
        private int version = -1;
        private Header context = new RecordHeader(UsageLog.CONTEXT, new byte[0]);

        private Stamp(Call call, Optional<Reply> reply) {
            this.call = call;
            this.reply = reply;
            this.correlation = correlation(call.correlation());
        }

        private RecordHeaders headers(AdmittedEvent event) {
            if (reply.isPresent() || event.schemaVersion() != version) {
                version = event.schemaVersion();
                context = new RecordHeader(
                        UsageLog.CONTEXT,
                        new UsageLog.Context(call.received(), version, reply.map(waiting -> waiting.of(event)))
                                .encode());
            }
            boolean own = !event.correlation().equals(call.correlation());
            return new RecordHeaders(new Header[] {own ? correlation(event.correlation()) : correlation, context});
        }

        private static Header correlation(String id) {
            return new RecordHeader(UsageLog.CORRELATION, id.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private static <T> Future<T> unavailable(String why) {
        return Future.failedFuture(new RefusedException(new Refusal.Unavailable(why, 1)));
    }

    /** The events of one request on their way; called by the producer's thread, answers on the request's. */
    private final class Pending implements Callback {
        private final Context context;
        private final TenantId tenant;
        private final long bytes;
        private final AtomicInteger open;
        private final Promise<Void> promise = Promise.promise();
        private volatile boolean failed;

        private Pending(Context context, int events, TenantId tenant, long bytes) {
            this.context = context;
            this.open = new AtomicInteger(events);
            this.tenant = tenant;
            this.bytes = bytes;
        }

        @Override
        public void onCompletion(@Nullable RecordMetadata place, @Nullable Exception failure) {
            if (failure != null) {
                failed = true;
            }
            if (open.decrementAndGet() == 0) {
                budget.give(tenant, bytes);
                context.runOnContext(done -> finish());
            }
        }

        private void finish() {
            if (failed) {
                promise.fail(new RefusedException(
                        new Refusal.Unavailable("the log does not take events now; nothing is claimed", 2)));
            } else {
                promise.complete();
            }
        }
    }
}
