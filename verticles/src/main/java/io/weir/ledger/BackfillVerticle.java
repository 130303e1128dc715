package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Addresses;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Locks;
import io.weir.schemas.TenantId;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has new versions of meters count what was recorded before them, beside ingest, in small transactions.
 *
 * <p>Each entry keeps the revision of the master data that it was recorded at. A version of a meter has a revision too: an
 * entry of an older one is counted here, every other one when it was recorded (or matched), so none is counted twice and none
 * is left out. Here entries are gone through by day of recording and key; the position is committed with what it counted, so
 * a killed node's work goes on, on any node, where it stands. Who changes an old entry ({@link Attribution}) holds the
 * position meanwhile, and so knows what has counted it.
 *
 * <p>Bounds: a transaction looks at {@code meters.backfillBatch} entries, fewer after a failure; one of an organisation at a
 * time; between two there is a pause.
 */
public final class BackfillVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(BackfillVerticle.class);
    private static final UUID BEFORE_ALL = new UUID(0, 0);
    private static final int SMALLEST_BATCH = 50;

    private final Pool pool;
    private final MeterSettings settings;
    private final InstantSource clock;
    private final LedgerMeters meters;
    private final Accounts accounts;
    private final DimensionSets dimensions;
    private int batch;
    private boolean working;
    private boolean again;
    private boolean running = true;

    public BackfillVerticle(
            Pool pool, WeirSettings.Ledger ledger, MeterSettings settings, InstantSource clock, LedgerMeters meters) {
        this.pool = pool;
        this.settings = settings;
        this.clock = clock;
        this.meters = meters;
        this.accounts = new Accounts(ledger.subjectCacheSize());
        this.dimensions = new DimensionSets(settings.maxDimensionSets(), ledger.subjectCacheSize());
        this.batch = settings.backfillBatch();
    }

    /** A backfill that goes on: where it stands. */
    private record Standing(
            String organisation,
            String meter,
            int version,
            LocalDate day,
            LocalDate lastDay,
            OffsetDateTime afterAt,
            UUID after) {
        static Standing of(Row row) {
            return new Standing(
                    row.getString("organisation"),
                    row.getString("meter"),
                    row.getInteger("version"),
                    row.getLocalDate("day"),
                    row.getLocalDate("last_day"),
                    row.getOffsetDateTime("after_at"),
                    row.getUUID("after_key"));
        }

        boolean is(Meter one) {
            return one.version() == version && one.key().value().equals(meter);
        }
    }

    /** An entry that may have to be counted. */
    private record Old(
            TenantId tenant,
            Instant recordedAt,
            UUID key,
            String type,
            int schemaVersion,
            long masterRevision,
            Aggregates.Counting counting) {
        static Old of(Row row) {
            TenantId tenant = new TenantId(row.getString("tenant"));
            return new Old(
                    tenant,
                    Instants.of(row.getOffsetDateTime("recorded_at")),
                    row.getUUID("event_key"),
                    row.getString("event_type"),
                    row.getInteger("schema_version"),
                    row.getLong("master_revision"),
                    new Aggregates.Counting(
                            tenant,
                            Rebuild.whose(new CustomerId(row.getString("customer")), row),
                            Instants.of(row.getOffsetDateTime("event_time")),
                            Json.tree(row.getString("data"))));
        }
    }

    /** Some entries in key order, and how far they reach. */
    private record Page(
            @Nullable OffsetDateTime lastAt, @Nullable UUID last, long lookedAt, List<Old> entries) {}

    @Override
    public Future<?> start() {
        Addresses.CHANGES.listen(vertx.eventBus(), this::heard);
        vertx.setPeriodic(settings.backfillPollMillis(), tick -> work());
        context.runOnContext(go -> work());
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        running = false;
        return Future.succeededFuture();
    }

    private void heard(ChangeBatch changes) {
        if (changes.everything()
                || changes.changes().stream().anyMatch(change -> change.kind() == ChangeKind.CATALOG)) {
            work();
        }
    }

    private void work() {
        if (working) {
            again = true;
            return;
        }
        working = true;
        try {
            do {
                again = false;
                begin();
                while (running && step()) {
                    Future.await(vertx.timer(settings.backfillPauseMillis()));
                }
            } while (running && again);
        } catch (Exception e) { // what a future failed with is thrown as it is, checked or not
            if (running) {
                LOG.warn("ledger.backfill batch={} failure={}", batch, e.toString());
                batch = Math.max(SMALLEST_BATCH, batch / 2);
            }
        } finally {
            working = false;
        }
    }

    /** Gives each newest version of a meter a position to begin at; alone, so that nobody counts or moves entries meanwhile. */
    private void begin() {
        long unbegun = Future.await(pool.preparedQuery(AggregateTable.UNBEGUN).execute())
                .iterator()
                .next()
                .getLong("unbegun");
        if (unbegun == 0) {
            return;
        }
        InTransaction.run(pool, sql -> {
            sql.preparedQuery(LedgerTable.LOCK_ALONE).execute(Tuple.of(Locks.MASTER_DATA));
            for (Row row : Future.await(sql.preparedQuery(AggregateTable.BEGIN_BACKFILLS)
                    .execute(Tuple.of(Instants.utc(clock.instant()))))) {
                if (row.getInteger("version") > 1) {
                    Future.await(sql.preparedQuery(AggregateTable.RESTART_MONTHS)
                            .execute(Tuple.of(
                                    row.getString("organisation"), row.getString("meter"), row.getInteger("version"))));
                }
            }
            return unbegun;
        });
    }

    /** Counts some more; false where there is no more to count. */
    private boolean step() {
        dimensions.begin();
        boolean some = InTransaction.run(pool, this::pass);
        dimensions.committed();
        batch = Math.min(2 * batch, settings.backfillBatch());
        return some;
    }

    private boolean pass(SqlConnection sql) {
        accounts.lock(sql);
        Optional<Standing> next = Optional.empty();
        for (Row row :
                Future.await(sql.preparedQuery(AggregateTable.NEXT_BACKFILL).execute(Tuple.of(Locks.BACKFILL)))) {
            next = Optional.of(Standing.of(row));
        }
        next.ifPresent(standing -> pass(sql, standing));
        return next.isPresent();
    }

    private void pass(SqlConnection sql, Standing standing) {
        Page page = page(sql, standing);
        long counted = page.entries.isEmpty() ? 0 : count(sql, standing, page.entries);
        boolean dayDone = page.last == null || page.lookedAt < batch;
        LocalDate day = dayDone ? standing.day.plusDays(1) : standing.day;
        OffsetDateTime reached = dayDone ? day.atStartOfDay().atOffset(ZoneOffset.UTC) : page.lastAt;
        boolean ended = day.isAfter(standing.lastDay);
        Future.await(sql.preparedQuery(AggregateTable.ADVANCE_BACKFILL)
                .execute(Tuple.of(standing.organisation, standing.meter, standing.version, day)
                        .addValue(reached)
                        .addValue(dayDone ? BEFORE_ALL : page.last)
                        .addValue(page.lookedAt)
                        .addValue(counted)
                        .addValue(ended ? Instants.utc(clock.instant()) : null)));
        if (ended) {
            LOG.info("ledger.backfilled meter={} version={}", standing.meter, standing.version);
        }
        meters.backfilled(counted);
    }

    private Page page(SqlConnection sql, Standing standing) {
        OffsetDateTime lastAt = null;
        UUID last = null;
        long lookedAt = 0;
        List<Old> entries = new ArrayList<>();
        for (Row row : Future.await(sql.preparedQuery(AggregateTable.BACKFILL_PAGE)
                .execute(Tuple.of(
                        standing.day,
                        standing.afterAt,
                        standing.after,
                        batch,
                        standing.organisation,
                        standing.meter,
                        standing.version)))) {
            lastAt = row.getOffsetDateTime("last_at");
            last = row.getUUID("last_key");
            lookedAt = row.getLong("looked_at");
            if (row.getUUID("event_key") != null) {
                entries.add(Old.of(row));
            }
        }
        return new Page(lastAt, last, lookedAt, entries);
    }

    private long count(SqlConnection sql, Standing standing, List<Old> entries) {
        Set<TenantId> tenants = new HashSet<>();
        entries.forEach(entry -> tenants.add(entry.tenant));
        accounts.loadMeters(sql, tenants);
        Map<TenantId, Backfills> backfills = new HashMap<>();
        tenants.forEach(tenant -> backfills.put(tenant, Backfills.read(sql, tenant)));
        Aggregates aggregates = new Aggregates();
        Uncounted uncounted = new Uncounted();
        long counted = 0;
        for (Old entry : entries) {
            if (count(standing, entry, backfills.get(entry.tenant), aggregates, uncounted)) {
                counted++;
            }
        }
        dimensions.fit(sql, aggregates);
        List<Future<?>> sent = new ArrayList<>();
        AggregateWrites.send(sql, aggregates, sent);
        AggregateWrites.sendChanges(sql, aggregates.customers(), ChangeKind.USAGE.name(), sent);
        uncounted.send(sql, sent);
        AggregateWrites.await(sent);
        return counted;
    }

    /** Counts an entry in the meter; where it is the first that counts it, it is no uncounted event any more. */
    private boolean count(
            Standing standing, Old entry, @Nullable Backfills backfills, Aggregates aggregates, Uncounted uncounted) {
        boolean before = false;
        boolean now = false;
        for (Meter meter : accounts.countedBy(
                entry.tenant,
                entry.type,
                entry.schemaVersion,
                entry.masterRevision,
                one -> standing.is(one) || backfills != null && backfills.passed(one, entry.recordedAt, entry.key))) {
            if (standing.is(meter)) {
                now = aggregates.count(entry.counting, meter);
            } else {
                before |= meter.counts(entry.counting.data());
            }
        }
        if (now && !before) {
            uncounted.add(entry.tenant, entry.type, entry.counting.time(), -1);
        }
        return now;
    }
}
