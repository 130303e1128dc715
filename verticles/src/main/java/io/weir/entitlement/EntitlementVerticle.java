package io.weir.entitlement;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.Commands.PutGrant;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Keeps the read model of entitlements alive: feeds it with changes, and stores grants. */
public final class EntitlementVerticle extends VerticleBase {
    private final Entitlements entitlements;
    private final GrantWrites grants;
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();

    public EntitlementVerticle(
            Pool check, WeirSettings.Entitlement settings, InstantSource time, MeterRegistry meters) {
        this.entitlements = new Entitlements(new EntitlementTable(check), settings, time, meters);
        this.grants = new GrantWrites(check, time);
    }

    /** The read model; it answers from the start of this verticle on. */
    public Entitlements entitlements() {
        return entitlements;
    }

    @Override
    public Future<?> start() {
        entitlements.start(vertx);
        consumers.add(Addresses.CHANGES.listen(vertx.eventBus(), entitlements::apply));
        consumers.add(Addresses.PUT_GRANT.answer(vertx.eventBus(), this::putGrant));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return Future.join(consumers.stream().map(MessageConsumer::unregister).toList())
                .onComplete(done -> entitlements.stop());
    }

    /** Stored, and forgotten here before the answer: who asks next on this node sees it. */
    private Future<Commands.Stored> putGrant(PutGrant put) {
        return grants.put(put).onSuccess(stored -> entitlements.invalidate(put.tenant(), put.customer()));
    }
}
