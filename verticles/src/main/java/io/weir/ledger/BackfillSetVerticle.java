package io.weir.ledger;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.archive.Archive;
import io.weir.schemas.Addresses;
import io.weir.settings.BackfillSetSettings;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers what is asked of backfill sets ({@link Addresses#OPEN_BACKFILL_SET} and its neighbours), and ends those that stayed open
 * too long. To be deployed on virtual threads; any number of nodes may run it.
 */
public final class BackfillSetVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(BackfillSetVerticle.class);
    private static final String SETS = "weir.backfill.sets";

    private final BackfillSetWriter sets;
    private final ArchivedEvents archived;
    private final int pollMillis;
    private final MeterRegistry meters;
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();
    private boolean running = true;
    private long timer = -1;

    public BackfillSetVerticle(
            Pool pool,
            Archive archive,
            WeirSettings.Ledger ledger,
            MeterSettings dimensions,
            BackfillSetSettings settings,
            InstantSource clock,
            MeterRegistry meters) {
        this.sets = new BackfillSetWriter(
                pool,
                new ArchivedIds(archive),
                settings,
                ledger.subjectCacheSize(),
                dimensions.maxDimensionSets(),
                clock);
        this.archived = new ArchivedEvents(archive, sets);
        this.pollMillis = settings.pollMillis();
        this.meters = meters;
    }

    @Override
    public Future<?> start() {
        var bus = vertx.eventBus();
        consumers.add(Addresses.OPEN_BACKFILL_SET.answer(bus, command -> done("opened", sets.open(command))));
        consumers.add(Addresses.LOAD_BACKFILL_SET.answer(bus, command -> Future.succeededFuture(sets.load(command))));
        consumers.add(
                Addresses.LOAD_ARCHIVED_DAY.answer(bus, command -> Future.succeededFuture(archived.load(command))));
        consumers.add(
                Addresses.PREVIEW_BACKFILL_SET.answer(bus, command -> Future.succeededFuture(sets.preview(command))));
        consumers.add(Addresses.CLOSE_BACKFILL_SET.answer(bus, command -> done("closed", sets.close(command))));
        consumers.add(Addresses.DROP_BACKFILL_SET.answer(bus, command -> {
            sets.drop(command);
            ended("dropped");
            return Future.succeededFuture();
        }));
        timer = vertx.setPeriodic(0, pollMillis, tick -> expire());
        return Future.succeededFuture();
    }

    private <T> Future<T> done(String outcome, T result) {
        ended(outcome);
        return Future.succeededFuture(result);
    }

    private void ended(String outcome) {
        meters.counter(SETS, "outcome", outcome).increment();
    }

    @Override
    public Future<?> stop() {
        running = false;
        vertx.cancelTimer(timer);
        return Future.join(
                consumers.reversed().stream().map(MessageConsumer::unregister).toList());
    }

    private void expire() {
        try {
            while (running && sets.expire()) {
                ended("expired");
            }
        } catch (Exception e) {
            // Exception: await throws what failed, which a lost connection makes an IOException.
            LOG.warn("ledger.backfill_sets failure={}", e.toString());
        }
    }
}
