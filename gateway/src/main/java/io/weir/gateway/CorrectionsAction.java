package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.weir.metering.EventQueries;
import io.weir.metering.EventState;
import io.weir.policies.AdmittedEvent;
import io.weir.policies.Call;
import io.weir.policies.EventBatch;
import io.weir.policies.ValidateAmendment;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Corrections of recorded events: the ledger appends them, and the answer is the event as it stands then. */
final class CorrectionsAction {
    private static final long ANSWER_MILLIS = 8_000;
    private static final String EVENT = "event recorded; one that was accepted just now may still be on its way";

    private final EventBus bus;
    private final EventQueries events;
    private final BiConsumer<TenantId, CustomerId> changed;

    /**
     * Corrects.
     *
     * @param changed told of a customer whose usage changed, before the caller is, so that what it asks next sees it
     */
    CorrectionsAction(EventBus bus, EventQueries events, BiConsumer<TenantId, CustomerId> changed) {
        this.bus = bus;
        this.events = events;
        this.changed = changed;
    }

    /** The body of a void. */
    record Voided(String source, String id, String reason) {}

    /** Takes an event back. */
    Future<Answer> voidEvent(Call call) {
        Voided body = MasterDataAction.content(call, Voided.class);
        if (!call.caller().narrowing().mayPostSource(body.source())) {
            throw new RefusedException(new Refusal.Narrowed("the credential is narrowed to other sources"));
        }
        return correct(call, body.source(), body.id(), body.reason(), null);
    }

    /** Puts another event in its place. */
    Future<Answer> amend(Call call) {
        EventBatch batch = call.batch();
        String source = call.content().path("source").asString();
        String id = call.content().path("id").asString();
        if (!batch.rejected().isEmpty()) {
            return found(call, source, id)
                    .compose(wrong -> Future.failedFuture(new RefusedException(
                            new Refusal.Invalid(batch.rejected().getFirst().errors()))));
        }
        AdmittedEvent event = batch.events().getFirst();
        Commands.Amendment amendment = new Commands.Amendment(
                event.json(),
                event.schemaVersion(),
                call.received(),
                call.received().minus(call.caller().eventsPast()),
                event.correlation());
        String reason = call.content().path(ValidateAmendment.REASON).asString();
        return correct(call, source, id, reason, amendment)
                .map(answer -> Deprecations.told(answer, batch.deprecations()));
    }

    private Future<Answer> correct(
            Call call, String source, String id, String reason, Commands.@Nullable Amendment amendment) {
        TenantId tenant = call.caller().tenant();
        Commands.CorrectEvent command = new Commands.CorrectEvent(
                tenant, call.actor(), call.caller().narrowing(), source, id, reason, amendment);
        return Addresses.CORRECT_EVENT
                .ask(bus, command, ANSWER_MILLIS)
                .onSuccess(done -> done.customers().forEach(customer -> changed.accept(tenant, customer)))
                .compose(done -> found(call, source, id))
                .map(found -> Answer.json(200, found));
    }

    private Future<EventState> found(Call call, String source, String id) {
        return events.find(call.caller().tenant(), source, id).compose(found -> Requests.found(found, EVENT));
    }
}
