package io.weir.masterdata;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.RefusedException;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** Answers the commands that store customers, subscriptions, event types, meters and owners of fields. */
public final class MasterDataVerticle extends VerticleBase {
    private final CustomerWriter customers;
    private final SubscriptionWriter subscriptions;
    private final EventTypeWriter eventTypes;
    private final FieldOwnerWriter fieldOwners;
    private final MeterWriter meterWriter;
    private final Map<Outcome, Counter> writes = new EnumMap<>(Outcome.class);
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();

    private enum Outcome {
        CREATED,
        STORED,
        REFUSED,
        FAILED
    }

    /** @param sync connections of the flow class that takes changes of master data */
    public MasterDataVerticle(
            Pool sync, WeirSettings.Schemas schemas, MeterSettings limits, InstantSource clock, MeterRegistry meters) {
        customers = new CustomerWriter(sync, clock);
        subscriptions = new SubscriptionWriter(sync, clock);
        eventTypes = new EventTypeWriter(sync, schemas);
        fieldOwners = new FieldOwnerWriter(sync);
        meterWriter = new MeterWriter(sync, limits, schemas.maxSubschemas());
        for (Outcome outcome : Outcome.values()) {
            writes.put(
                    outcome,
                    Counter.builder("weir.masterdata.writes")
                            .description("Customers, subscriptions, event types and meters that were put")
                            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .register(meters));
        }
    }

    @Override
    public Future<?> start() {
        consumers.add(Addresses.PUT_CUSTOMER.answer(vertx.eventBus(), put -> counted(customers.put(put))));
        consumers.add(Addresses.PUT_SUBSCRIPTION.answer(vertx.eventBus(), put -> counted(subscriptions.put(put))));
        consumers.add(Addresses.PUT_SCHEMA.answer(vertx.eventBus(), put -> counted(eventTypes.put(put))));
        consumers.add(Addresses.PUT_EVENT_TYPE.answer(vertx.eventBus(), put -> counted(eventTypes.put(put))));
        consumers.add(Addresses.PUT_DEPRECATION.answer(vertx.eventBus(), put -> counted(eventTypes.put(put))));
        consumers.add(Addresses.PUT_METER.answer(vertx.eventBus(), put -> counted(meterWriter.put(put))));
        consumers.add(Addresses.PUT_FIELD_OWNERS.answer(vertx.eventBus(), put -> counted(fieldOwners.put(put))));
        return Future.all(consumers.stream().map(MessageConsumer::completion).toList());
    }

    @Override
    public Future<?> stop() {
        return Future.join(
                consumers.reversed().stream().map(MessageConsumer::unregister).toList());
    }

    private Future<Commands.Stored> counted(Future<Commands.Stored> stored) {
        return stored.onComplete(done -> {
            Outcome outcome = switch (done.cause()) {
                case null -> done.result().created() ? Outcome.CREATED : Outcome.STORED;
                case RefusedException refused -> Outcome.REFUSED;
                default -> Outcome.FAILED;
            };
            Objects.requireNonNull(writes.get(outcome)).increment();
        });
    }
}
