package io.weir.reconciliation;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks what sources declared, in a bounded number at a time, and answers {@link Addresses#DECLARE_TOTAL},
 * {@link Addresses#RETRY_TOTAL} and {@link Addresses#RESOLVE_TOTAL}; any number of nodes may run it.
 */
public final class ReconciliationVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ReconciliationVerticle.class);

    private final AtomicReference<@Nullable Instant> countedUpTo = new AtomicReference<>();
    private final WeirSettings.Reconciliation settings;
    private final SourceTotals totals;
    private final ReconciliationQueries queries;
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();
    private boolean checking;
    private long timer = -1;

    public ReconciliationVerticle(Pool report, WeirSettings.Reconciliation settings, InstantSource clock) {
        this.settings = settings;
        this.totals = new SourceTotals(report, settings, clock, countedUpTo::get);
        this.queries = new ReconciliationQueries(report, settings.pageEntries(), countedUpTo::get);
    }

    /** Answers questions; safe to be called from any thread. */
    public ReconciliationQueries queries() {
        return queries;
    }

    @Override
    public Future<?> start() {
        var bus = vertx.eventBus();
        consumers.add(Addresses.COUNTED_UP_TO.listen(bus, countedUpTo::set));
        consumers.add(Addresses.DECLARE_TOTAL.answer(bus, totals::declare));
        consumers.add(Addresses.RETRY_TOTAL.answer(bus, totals::retry));
        consumers.add(Addresses.RESOLVE_TOTAL.answer(bus, totals::resolve));
        timer = vertx.setPeriodic(settings.checkMillis(), tick -> check());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        vertx.cancelTimer(timer);
        return Future.join(
                consumers.reversed().stream().map(MessageConsumer::unregister).toList());
    }

    private void check() {
        if (checking) {
            return;
        }
        checking = true;
        totals.checkDue()
                .onFailure(failure -> LOG.warn("reconciliation.check failure={}", failure.toString()))
                .onComplete(done -> checking = false);
    }
}
