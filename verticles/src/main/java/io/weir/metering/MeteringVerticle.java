package io.weir.metering;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Keeps up to which instant usage is counted, and holds what answers questions about it. */
public final class MeteringVerticle extends VerticleBase {
    private final AtomicReference<@Nullable Instant> countedUpTo = new AtomicReference<>();
    private final UsageQueries usage;
    private @Nullable MessageConsumer<?> counted;

    /** @param report connections of the flow class that answers reports */
    public MeteringVerticle(Pool report, WeirSettings.Metering settings, InstantSource clock, MeterRegistry meters) {
        usage = new UsageQueries(report, settings, clock, () -> Optional.ofNullable(countedUpTo.get()));
        Gauge.builder("weir.usage.lag", () -> lagSeconds(clock.instant()))
                .description("How long ago the instant is up to which usage is counted; none before it is known")
                .baseUnit("seconds")
                .register(meters);
    }

    /** Answers questions; before the verticle has heard from the ledger it refuses as unavailable. */
    public UsageQueries usage() {
        return usage;
    }

    @Override
    public Future<?> start() {
        MessageConsumer<?> consumer = Addresses.COUNTED_UP_TO.listen(vertx.eventBus(), countedUpTo::set);
        counted = consumer;
        return consumer.completion();
    }

    @Override
    public Future<?> stop() {
        return counted == null ? Future.succeededFuture() : counted.unregister();
    }

    private double lagSeconds(Instant now) {
        Instant upTo = countedUpTo.get();
        return upTo == null ? Double.NaN : Duration.between(upTo, now).toMillis() / 1_000.0;
    }
}
