package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.weir.ledger.BackfillSet;
import io.weir.ledger.BackfillSetQueries;
import io.weir.policies.AdmittedEvent;
import io.weir.policies.Call;
import io.weir.policies.EventBatch;
import io.weir.policies.EventWindow;
import io.weir.policies.Policy;
import io.weir.policies.ValidateEvents;
import io.weir.schemas.Addresses;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.BackfillSets.Staging;
import io.weir.schemas.Caller;
import io.weir.schemas.CustomerId;
import io.weir.schemas.EventsAnswer;
import io.weir.schemas.FieldError;
import io.weir.schemas.Receipt;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Backfill sets: events of the past that are loaded apart, looked at, and then recorded together or dropped. Who corrects usage opens
 * and closes ordinary ones; a period correction is opened by who runs billing and closed by another who approves.
 */
final class BackfillSetsAction {
    private static final long ANSWER_MILLIS = 8_000;
    /** As long as several tries of the longest transaction. */
    private static final long CLOSING_MILLIS = 20_000;

    private static final String SET = "set";

    private final EventBus bus;
    private final BackfillSetQueries sets;
    private final BackfillPreviews previews;
    private final BiConsumer<TenantId, CustomerId> changed;

    /** @param changed told of each customer whose usage changed, so that the next answer of this node has it */
    BackfillSetsAction(
            EventBus bus,
            BackfillSetQueries sets,
            BackfillPreviews previews,
            BiConsumer<TenantId, CustomerId> changed) {
        this.bus = bus;
        this.sets = sets;
        this.previews = previews;
        this.changed = changed;
    }

    /** The body of a set. */
    record Asked(
            Instant from,
            Instant to,
            String reason,
            boolean periodCorrection,
            @Nullable CustomerId customer) {}

    Future<Answer> open(Call call) {
        Asked asked = MasterDataAction.content(call, Asked.class);
        Caller caller = call.caller();
        demand(caller, opens(asked.periodCorrection()));
        if (!asked.from().isBefore(asked.to())) {
            throw new RefusedException(Refusal.Invalid.at("/to", "must be after from"));
        }
        if (asked.to().isAfter(call.received().plus(caller.eventsFuture()))) {
            throw new RefusedException(Refusal.Invalid.at("/to", "must not lie in the future"));
        }
        if (!asked.periodCorrection() && asked.from().isBefore(call.received().minus(caller.eventsPast()))) {
            throw new RefusedException(Refusal.Invalid.at(
                    "/from",
                    "is more than " + caller.eventsPast().toDays()
                            + " days past: only a period correction goes back further"));
        }
        BackfillSets.Open command = new BackfillSets.Open(
                caller.tenant(),
                call.actor(),
                asked.from(),
                asked.to(),
                asked.periodCorrection(),
                asked.customer(),
                asked.reason());
        return Addresses.OPEN_BACKFILL_SET.ask(bus, command, ANSWER_MILLIS).compose(id -> shown(call, id, 201));
    }

    private static Scope opens(boolean periodCorrection) {
        return periodCorrection ? Scope.BILLING_RUN : Scope.USAGE_CORRECT;
    }

    private static void demand(Caller caller, Scope... anyOf) {
        if (Stream.of(anyOf).noneMatch(caller::may)) {
            throw new RefusedException(new Refusal.Forbidden(
                    String.join(" or ", Stream.of(anyOf).map(Scope::text).toList())));
        }
    }

    Future<Answer> list(Call call) {
        return sets.list(call.caller().tenant(), call.query("state"), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> one(Call call) {
        return shown(call, call.path(SET), 200);
    }

    private Future<Answer> shown(Call call, String set, int status) {
        return found(call, set).map(found -> Answer.json(status, found).with("ETag", Requests.etag(found.revision())));
    }

    private Future<BackfillSet> found(Call call, String set) {
        return sets.get(call.caller().tenant(), set).compose(found -> Requests.found(found, "backfill set"));
    }

    Future<Answer> events(Call call) {
        int limit = Requests.limit(call);
        String status = call.query("status");
        return found(call, call.path(SET))
                .compose(set -> sets.events(call.caller().tenant(), set.id(), status, limit, call.query("cursor")))
                .map(page -> Requests.page(call, page));
    }

    /** Checks events by the rules of all events, but for their time: that is the set's. */
    Policy checked(ValidateEvents events) {
        return call -> found(call, call.path(SET)).compose(set -> {
            if (!set.state().equals("open")) {
                throw new RefusedException(new Refusal.Conflict("backfill-set-state", "the set is " + set.state()));
            }
            return events.admit(call, EventWindow.of(set.from(), set.to()));
        });
    }

    Future<Answer> load(Call call) {
        return found(call, call.path(SET)).compose(set -> {
            demand(call.caller(), opens(set.periodCorrection()));
            return load(call, set);
        });
    }

    private Future<Answer> load(Call call, BackfillSet set) {
        EventBatch batch = call.batch();
        boolean strict = call.prefers("handling=strict");
        if (batch.events().isEmpty() || (strict && !batch.rejected().isEmpty())) {
            return refused(
                    batch, batch.events().stream().map(any -> Staging.NOT_TAKEN).toList());
        }
        List<BackfillSets.Event> events = batch.events().stream()
                .map(event -> new BackfillSets.Event(
                        event.correlation(), event.schemaVersion(), call.received(), event.json()))
                .toList();
        BackfillSets.Load command =
                new BackfillSets.Load(call.caller().tenant(), call.actor(), set.id(), strict, events);
        return Addresses.LOAD_BACKFILL_SET
                .ask(bus, command, ANSWER_MILLIS)
                .compose(loaded -> loaded.outcomes().stream()
                                .allMatch(one -> one == Staging.FOREIGN || one == Staging.NOT_TAKEN)
                        ? refused(batch, loaded.outcomes())
                        : Future.succeededFuture(StagedBody.answer(call, batch, receipts(batch, loaded.outcomes()))));
    }

    /** The body of a load from the archive. */
    record ArchivedDay(LocalDate day, long from) {}

    Future<Answer> loadDay(Call call) {
        ArchivedDay asked = MasterDataAction.content(call, ArchivedDay.class);
        BackfillSets.LoadDay command = new BackfillSets.LoadDay(
                call.caller().tenant(), call.actor(), call.path(SET), asked.day(), asked.from());
        return Addresses.LOAD_ARCHIVED_DAY.ask(bus, command, CLOSING_MILLIS).map(loaded -> Answer.json(200, loaded));
    }

    private static Future<Answer> refused(EventBatch batch, List<Staging> outcomes) {
        EventsAnswer answer = new EventsAnswer(receipts(batch, outcomes), batch.deprecations());
        return Future.failedFuture(new RefusedException(new Refusal.EventsRejected(answer)));
    }

    /** Of every event of the request; {@code ACCEPTED} stands for staged. */
    private static List<Receipt> receipts(EventBatch batch, List<Staging> outcomes) {
        List<Receipt> receipts = new ArrayList<>(batch.rejected());
        for (int i = 0; i < outcomes.size(); i++) {
            AdmittedEvent event = batch.events().get(i);
            boolean foreign = outcomes.get(i) == Staging.FOREIGN;
            ReceiptStatus status = switch (outcomes.get(i)) {
                case STAGED -> ReceiptStatus.ACCEPTED;
                case DUPLICATE -> ReceiptStatus.DUPLICATE;
                case FOREIGN -> ReceiptStatus.REJECTED;
                case NOT_TAKEN -> ReceiptStatus.NOT_TAKEN;
            };
            receipts.add(new Receipt(
                    event.index(),
                    event.source(),
                    event.id(),
                    status,
                    event.correlation(),
                    foreign ? List.of(new FieldError("/subject", "is no account of the set's customer")) : List.of()));
        }
        receipts.sort(Comparator.comparingInt(Receipt::index));
        return receipts;
    }

    Future<Answer> preview(Call call) {
        return found(call, call.path(SET))
                .compose(set -> Addresses.PREVIEW_BACKFILL_SET.ask(
                        bus, new BackfillSets.Preview(call.caller().tenant(), set.id()), CLOSING_MILLIS))
                .compose(effect -> previews.of(call, effect))
                .map(preview -> Answer.json(200, preview).with("ETag", Requests.etag(preview.revision())));
    }

    Future<Answer> close(Call call) {
        Long revision = Requests.ifMatch(call);
        return found(call, call.path(SET)).compose(set -> {
            if (set.periodCorrection()) {
                demand(call.caller(), Scope.BILLING_APPROVE);
            }
            BackfillSets.Close command =
                    new BackfillSets.Close(call.caller().tenant(), call.actor(), set.id(), revision);
            return Addresses.CLOSE_BACKFILL_SET
                    .ask(bus, command, CLOSING_MILLIS)
                    .onSuccess(customers -> customers.forEach(
                            customer -> changed.accept(call.caller().tenant(), customer)))
                    .compose(done -> shown(call, set.id(), 200));
        });
    }

    Future<Answer> drop(Call call) {
        return found(call, call.path(SET))
                .compose(set -> Addresses.DROP_BACKFILL_SET.ask(
                        bus, new BackfillSets.Drop(call.caller().tenant(), call.actor(), set.id()), ANSWER_MILLIS))
                .map(done -> Answer.empty(204));
    }
}
