package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Addresses;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts held events once their account is known, and then has {@link Attribution} find what a subscription covers now:
 * whenever master data changed, and once at the start. Each pass takes a bounded number in one transaction that excludes
 * writers of master data, so that an event is either matched here or was recorded with the identity in sight.
 */
public final class HeldVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(HeldVerticle.class);

    private final Pool pool;
    private final WeirSettings.Ledger settings;
    private final InstantSource clock;
    private final Accounts accounts;
    private final DimensionSets dimensions;
    private final Attribution attribution;
    private boolean matching;
    private boolean again;
    private boolean running = true;

    public HeldVerticle(Pool pool, WeirSettings.Ledger settings, MeterSettings meters, InstantSource clock) {
        this.pool = pool;
        this.settings = settings;
        this.clock = clock;
        this.accounts = new Accounts(settings.subjectCacheSize());
        this.dimensions = new DimensionSets(meters.maxDimensionSets(), settings.subjectCacheSize());
        this.attribution = new Attribution(pool, settings.heldPerPass(), accounts, dimensions);
    }

    @Override
    public Future<?> start() {
        Addresses.CHANGES.listen(vertx.eventBus(), this::heard);
        context.runOnContext(go -> match());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        running = false;
        return Future.succeededFuture();
    }

    private void heard(ChangeBatch batch) {
        if (batch.everything()
                || batch.changes().stream().anyMatch(change -> change.kind() == ChangeKind.MASTER_DATA)) {
            attribution.remember(batch);
            match();
        }
    }

    private void match() {
        if (matching) {
            again = true;
            return;
        }
        matching = true;
        try {
            long after = 0;
            while (running && after >= 0) {
                after = pass(after);
            }
            attribution.run(() -> running);
        } catch (Exception e) {
            // Exception: await throws what failed, which a lost connection makes an IOException.
            LOG.warn("ledger.held failure={}", e.toString());
            vertx.setTimer(settings.maxRetryMillis(), later -> match());
        } finally {
            matching = false;
        }
        if (again && running) {
            again = false;
            match();
        }
    }

    /** Matches some; answers the last one looked at, or -1 when there are no more. */
    private long pass(long after) {
        dimensions.begin();
        long last = InTransaction.run(pool, sql -> pass(sql, after));
        dimensions.committed();
        return last;
    }

    private long pass(SqlConnection sql, long after) {
        accounts.lock(sql);
        List<HeldEvents.Held> held = HeldEvents.read(
                sql.preparedQuery(LedgerTable.MATCHABLE).execute(Tuple.of(after, settings.heldPerPass())));
        if (held.isEmpty()) {
            return -1;
        }
        int matched = HeldEvents.count(sql, accounts, dimensions, held, clock.instant())
                .matched()
                .size();
        if (matched > 0) {
            LOG.info("ledger.matched events={}", matched);
        }
        return held.getLast().exception();
    }
}
