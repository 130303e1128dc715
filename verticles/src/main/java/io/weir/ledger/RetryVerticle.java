package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what people ask of the ledger's exceptions ({@link Addresses#RETRY_EVENT}, {@link Addresses#RESOLVE_EVENT},
 * {@link Addresses#REQUEST_REPLAY}, {@link Addresses#DECIDE_REPLAY}), and runs approved replays part by part. To be deployed on
 * virtual threads; any number of nodes may run it.
 */
public final class RetryVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(RetryVerticle.class);

    private final Retries retries;
    private final Replays replays;
    private final int pollMillis;
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();
    private boolean replaying;
    private boolean running = true;
    private long timer = -1;

    public RetryVerticle(
            Pool pool,
            String topic,
            WeirSettings.Ledger settings,
            MeterSettings meters,
            WeirSettings.Replays replays,
            InstantSource clock) {
        this.retries = new Retries(pool, topic, settings.heldPerPass(), meters.maxDimensionSets(), clock);
        this.replays = new Replays(pool, retries, replays, clock);
        this.pollMillis = replays.pollMillis();
    }

    @Override
    public Future<?> start() {
        var bus = vertx.eventBus();
        consumers.add(Addresses.RETRY_EVENT.answer(bus, command -> Future.succeededFuture(retries.retry(command))));
        consumers.add(Addresses.RESOLVE_EVENT.answer(bus, command -> {
            retries.resolve(command);
            return Future.succeededFuture();
        }));
        consumers.add(
                Addresses.REQUEST_REPLAY.answer(bus, command -> Future.succeededFuture(replays.request(command))));
        consumers.add(Addresses.DECIDE_REPLAY.answer(bus, command -> {
            replays.decide(command);
            return Future.succeededFuture();
        }));
        timer = vertx.setPeriodic(pollMillis, tick -> replay());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        running = false;
        vertx.cancelTimer(timer);
        return Future.join(
                consumers.reversed().stream().map(MessageConsumer::unregister).toList());
    }

    private void replay() {
        if (replaying) {
            return;
        }
        replaying = true;
        try {
            boolean more = true;
            while (running && more) {
                more = replays.part();
            }
        } catch (Exception e) {
            // Exception: await throws what failed, which a lost connection makes an IOException.
            LOG.warn("ledger.replay failure={}", e.toString());
        } finally {
            replaying = false;
        }
    }
}
