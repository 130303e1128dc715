package io.weir.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageConsumer;
import io.weir.schemas.CustomerId;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.RecordedReceipts;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The requests of this node that wait for their recording. Each has a deadline, after which what is not known to be recorded
 * is answered as accepted, which stays true; their number is bounded, and one more is answered at once.
 */
final class AwaitedReceipts {
    private final String node;
    private final WeirSettings.Ingest settings;
    private final BiConsumer<TenantId, CustomerId> usageChanged;
    private final Map<Long, Waiting> waiting = new ConcurrentHashMap<>();
    private @Nullable MessageConsumer<Buffer> consumer;

    /**
     * Waits at this node's own address.
     *
     * @param node this node's id in the cluster
     * @param usageChanged told before a caller is, so that what it asks next includes what was recorded
     */
    AwaitedReceipts(
            String node,
            WeirSettings.Ingest settings,
            BiConsumer<TenantId, CustomerId> usageChanged,
            MeterRegistry meters) {
        this.node = node;
        this.settings = settings;
        this.usageChanged = usageChanged;
        meters.gaugeMapSize("weir.ingest.waiting", java.util.List.of(), waiting);
    }

    Future<Void> start(Vertx vertx) {
        MessageConsumer<Buffer> made = vertx.eventBus()
                .consumer(RecordedReceipts.address(node), message -> take(RecordedReceipts.decode(message.body())));
        consumer = made;
        return made.completion();
    }

    Future<Void> close() {
        return consumer == null ? Future.succeededFuture() : consumer.unregister();
    }

    /** One request. */
    final class Waiting {
        private final long token;
        private final ReceiptStatus[] statuses;
        private final Promise<ReceiptStatus[]> promise = Promise.promise();
        private final Context context;
        private final long timer;
        private int open;

        private Waiting(Vertx vertx, Context context, long token, int size, int awaited) {
            this.token = token;
            this.context = context;
            this.statuses = new ReceiptStatus[size];
            Arrays.fill(statuses, ReceiptStatus.ACCEPTED);
            this.open = awaited;
            this.timer = vertx.setTimer(settings.recordedTimeoutMillis(), late -> finish());
        }

        UsageLogProducer.Reply reply() {
            return new UsageLogProducer.Reply(token, node);
        }

        /** Each event's status by its index; ACCEPTED for what is not known to be recorded. */
        Future<ReceiptStatus[]> statuses() {
            return promise.future();
        }

        /** Waits no more. */
        void cancel(Vertx vertx) {
            waiting.remove(token);
            vertx.cancelTimer(timer);
        }

        private void finish() {
            waiting.remove(token);
            ReceiptStatus[] known = known();
            context.runOnContext(done -> promise.tryComplete(known));
        }

        private synchronized ReceiptStatus[] known() {
            return statuses.clone();
        }

        private synchronized boolean complete(int index, ReceiptStatus status) {
            if (index >= 0 && index < statuses.length && statuses[index] == ReceiptStatus.ACCEPTED) {
                statuses[index] = status;
                open--;
            }
            return open == 0;
        }
    }

    /** Begins to wait; empty where too many do. */
    Optional<Waiting> await(Vertx vertx, Context context, int size, int awaited) {
        if (waiting.size() >= settings.maxWaiting()) {
            return Optional.empty();
        }
        long token = ThreadLocalRandom.current().nextLong();
        Waiting made = new Waiting(vertx, context, token, size, awaited);
        waiting.put(token, made);
        return Optional.of(made);
    }

    private void take(RecordedReceipts told) {
        told.customers().forEach(customer -> usageChanged.accept(customer.getKey(), customer.getValue()));
        for (RecordedReceipts.Item item : told.receipts()) {
            Waiting request = waiting.get(item.token());
            if (request != null && request.complete(item.index(), item.status())) {
                request.finish();
            }
        }
    }
}
