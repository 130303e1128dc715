package io.weir.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.weir.policies.AdmittedEvent;
import io.weir.policies.Call;
import io.weir.policies.EventBatch;
import io.weir.schemas.Durability;
import io.weir.schemas.EventsAnswer;
import io.weir.schemas.Receipt;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/** Takes checked events: into the log, and, where the caller waits for it, until they are recorded. */
final class IngestAction {
    private final Vertx vertx;
    private final UsageLogProducer log;
    private final AwaitedReceipts receipts;
    private final Map<ReceiptStatus, Counter> counters = new EnumMap<>(ReceiptStatus.class);
    private final Counter accepted;

    IngestAction(Vertx vertx, UsageLogProducer log, AwaitedReceipts receipts, MeterRegistry meters) {
        this.vertx = vertx;
        this.log = log;
        this.receipts = receipts;
        this.accepted = meters.counter("weir.ingest.events", "outcome", ReceiptStatus.ACCEPTED.text());
        for (ReceiptStatus status : ReceiptStatus.values()) {
            counters.put(status, meters.counter("weir.ingest.events", "outcome", status.text()));
        }
    }

    /** POST /v1/events. */
    Future<Answer> take(Call call) {
        boolean recorded = recorded(call);
        EventBatch batch = call.batch();
        if (nothingTaken(call, batch)) {
            return refuse(batch);
        }
        return recorded
                ? statuses(call, batch).map(statuses -> counted(call, batch, statuses, 200))
                : accepted(call, batch);
    }

    /** Whether the caller waits until its events are recorded. */
    static boolean recorded(Call call) {
        String until = Optional.ofNullable(call.query("until")).orElse("accepted");
        if (!until.equals("accepted") && !until.equals("recorded")) {
            throw new RefusedException(Refusal.Invalid.at("/until", "must be accepted or recorded"));
        }
        return until.equals("recorded");
    }

    /**
     * Takes the good events of a part of a stream.
     *
     * @param all whether every receipt is wanted, or only those of what was not plainly accepted
     */
    Future<List<Receipt>> part(Call call, EventBatch batch, boolean recorded, boolean all) {
        if (!recorded && !all) {
            return log.append(context(), call, batch.events(), Optional.empty()).map(logged -> {
                if (logged == Durability.LOCAL) {
                    return counted(answer(batch, Taken.as(logged)));
                }
                accepted.increment(batch.events().size());
                count(new EventsAnswer(batch.rejected(), batch.deprecations()));
                return batch.rejected();
            });
        }
        Future<Taken> statuses = recorded
                ? statuses(call, batch)
                : log.append(context(), call, batch.events(), Optional.empty()).map(Taken::as);
        return statuses.map(known -> counted(answer(batch, known)));
    }

    /** What became of the good events of a request: where they are, and their statuses where somebody waited for them. */
    private record Taken(Durability durability, Optional<ReceiptStatus[]> statuses) {
        static Taken as(Durability durability) {
            return new Taken(durability, Optional.empty());
        }

        ReceiptStatus status(AdmittedEvent event) {
            return statuses.map(all -> all[event.index()]).orElse(ReceiptStatus.ACCEPTED);
        }
    }

    private List<Receipt> counted(EventsAnswer answer) {
        count(answer);
        return answer.receipts();
    }

    /** POST /v1/events/validation: what taking them would answer, nothing taken. */
    Future<Answer> validate(Call call) {
        EventBatch batch = call.batch();
        if (nothingTaken(call, batch)) {
            return Future.failedFuture(new RefusedException(new Refusal.EventsRejected(notTaken(batch))));
        }
        return Future.succeededFuture(answer(call, answer(batch, Taken.as(Durability.REPLICATED)), 202));
    }

    /** Whether every event is wrong, or one is and the caller wants all or nothing. */
    private static boolean nothingTaken(Call call, EventBatch batch) {
        return !batch.rejected().isEmpty() && (batch.events().isEmpty() || call.prefers("handling=strict"));
    }

    private Future<Answer> refuse(EventBatch batch) {
        EventsAnswer answer = notTaken(batch);
        count(answer);
        return Future.failedFuture(new RefusedException(new Refusal.EventsRejected(answer)));
    }

    private static EventsAnswer notTaken(EventBatch batch) {
        return answer(batch, Durability.REPLICATED, event -> ReceiptStatus.NOT_TAKEN);
    }

    private Future<Answer> accepted(Call call, EventBatch batch) {
        return log.append(context(), call, batch.events(), Optional.empty())
                .map(logged -> logged == Durability.REPLICATED
                                && batch.rejected().isEmpty()
                                && !call.prefers("return=representation")
                        ? plainly(call, batch.size())
                        : counted(call, batch, Taken.as(logged), 202));
    }

    /** The most frequent answer: everything was accepted, and nobody asks for each receipt. */
    private Answer plainly(Call call, int events) {
        accepted.increment(events);
        return Deprecations.told(
                Answer.json(202, EventsBody.accepted(events, call.correlation())),
                call.batch().deprecations());
    }

    /** Each event's status once it is recorded; empty where too many wait already, so that they are accepted only. */
    private Future<Taken> statuses(Call call, EventBatch batch) {
        Optional<AwaitedReceipts.Waiting> waiting =
                receipts.await(vertx, context(), batch.size(), batch.events().size());
        if (waiting.isEmpty()) {
            return log.append(context(), call, batch.events(), Optional.empty()).map(Taken::as);
        }
        AwaitedReceipts.Waiting until = waiting.get();
        return log.append(context(), call, batch.events(), Optional.of(until.reply()))
                .compose(logged -> (batch.events().isEmpty()
                                ? Future.succeededFuture(new ReceiptStatus[0])
                                : until.statuses())
                        .map(known -> new Taken(logged, Optional.of(known))))
                .onComplete(done -> until.cancel(vertx));
    }

    private static Context context() {
        return Vertx.currentContext();
    }

    private Answer counted(Call call, EventBatch batch, Taken taken, int plain) {
        EventsAnswer answer = answer(batch, taken);
        count(answer);
        return answer(call, answer, plain);
    }

    private static EventsAnswer answer(EventBatch batch, Taken taken) {
        return answer(batch, taken.durability(), taken::status);
    }

    private static Answer answer(Call call, EventsAnswer answer, int plain) {
        boolean mixed = answer.count(ReceiptStatus.REJECTED) > 0 || answer.count(ReceiptStatus.CONFLICT) > 0;
        int status = mixed ? 207 : answer.count(ReceiptStatus.ACCEPTED) > 0 ? 202 : plain;
        boolean all = call.prefers("return=representation");
        Answer body = Deprecations.told(
                Answer.json(status, EventsBody.of(answer, all, call.correlation())), answer.deprecations());
        return all ? body.with("Preference-Applied", "return=representation") : body;
    }

    private static EventsAnswer answer(
            EventBatch batch, Durability durability, Function<AdmittedEvent, ReceiptStatus> status) {
        Stream<Receipt> taken = batch.events().stream()
                .map(event -> new Receipt(
                        event.index(),
                        event.source(),
                        event.id(),
                        status.apply(event),
                        durability,
                        event.correlation(),
                        List.of()));
        return new EventsAnswer(
                Stream.concat(taken, batch.rejected().stream())
                        .sorted(Comparator.comparingInt(Receipt::index))
                        .toList(),
                batch.deprecations());
    }

    private void count(EventsAnswer answer) {
        counters.forEach((status, counter) -> {
            int count = answer.count(status);
            if (count > 0) {
                counter.increment(count);
            }
        });
    }
}
