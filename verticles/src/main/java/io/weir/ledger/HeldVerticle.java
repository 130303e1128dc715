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
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

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

    public HeldVerticle(Pool pool, WeirSettings.Ledger settings, WeirSettings.Meters meters, InstantSource clock) {
        this.pool = pool;
        this.settings = settings;
        this.clock = clock;
        this.accounts = new Accounts(settings.subjectCacheSize());
        this.dimensions = new DimensionSets(meters.maxDimensionSets(), settings.subjectCacheSize());
        this.attribution = new Attribution(pool, settings.heldPerPass(), accounts, dimensions);
    }

    /** A held event. */
    private record Held(
            long exception,
            TenantId tenant,
            Instant recordedAt,
            java.util.UUID key,
            String type,
            int schemaVersion,
            String subject,
            Instant time,
            String data) {
        static Held of(Row row) {
            return new Held(
                    row.getLong("exception"),
                    new TenantId(row.getString("tenant")),
                    Instants.of(row.getOffsetDateTime("recorded_at")),
                    row.getUUID("event_key"),
                    row.getString("event_type"),
                    row.getInteger("schema_version"),
                    row.getString("subject"),
                    Instants.of(row.getOffsetDateTime("event_time")),
                    row.getString("data"));
        }
    }

    /** A held event whose account is known now. */
    private record Matched(Held held, Resolution.Counted whose) {}

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
        List<Held> held = new ArrayList<>();
        Future.await(sql.preparedQuery(LedgerTable.MATCHABLE).execute(Tuple.of(after, settings.heldPerPass())))
                .forEach(row -> held.add(Held.of(row)));
        if (held.isEmpty()) {
            return -1;
        }
        count(sql, held);
        return held.getLast().exception();
    }

    private void count(SqlConnection sql, List<Held> held) {
        Set<Accounts.Name> names =
                held.stream().map(event -> name(event, Json.tree(event.data))).collect(Collectors.toSet());
        accounts.load(sql, names);
        List<Matched> matched = new ArrayList<>();
        Aggregates aggregates = new Aggregates();
        Uncounted uncounted = new Uncounted();
        for (Held event : held) {
            JsonNode data = Json.tree(event.data);
            List<Meter> meters = Meter.accepting(accounts.meters(event.tenant, event.type, event.schemaVersion), data);
            Resolution whose = Resolution.of(
                    accounts.account(name(event, data)),
                    event.subject,
                    LoggedEvent.subscription(data),
                    event.time,
                    meters);
            if (whose instanceof Resolution.Counted counted) {
                matched.add(new Matched(event, counted));
                if (!aggregates.count(event.tenant, counted, event.time, data, meters)) {
                    uncounted.add(event.tenant, event.type, event.time, 1);
                }
            }
        }
        if (!matched.isEmpty()) {
            write(sql, matched, aggregates, uncounted);
        }
    }

    private static Accounts.Name name(Held event, JsonNode data) {
        return event.subject.isEmpty()
                ? new Accounts.Name(
                        event.tenant,
                        Accounts.By.SUBSCRIPTION,
                        data.path("subscription").asString(""))
                : new Accounts.Name(event.tenant, Accounts.By.SUBJECT, event.subject);
    }

    private void write(SqlConnection sql, List<Matched> matched, Aggregates aggregates, Uncounted uncounted) {
        dimensions.fit(sql, aggregates);
        List<Future<?>> sent = new ArrayList<>();
        sent.add(sql.preparedQuery(LedgerTable.MATCH_ENTRIES)
                .execute(Columns.after(accounts.revision())
                        .times(matched, match -> match.held.recordedAt)
                        .uuid(matched, match -> match.held.key)
                        .text(matched, match -> match.whose.customer().value())
                        .text(
                                matched,
                                match -> term(match)
                                        .map(term -> term.subscription().value())
                                        .orElse(null))
                        .longs(
                                matched,
                                match -> term(match).map(Account.Term::revision).orElse(null))
                        .text(
                                matched,
                                match -> match.whose
                                        .line()
                                        .map(Account.Line::item)
                                        .orElse(null))
                        .text(
                                matched,
                                match -> match.whose
                                        .line()
                                        .map(Account.Line::legalEntity)
                                        .orElse(null))
                        .tuple()));
        AggregateWrites.send(sql, aggregates, sent);
        uncounted.send(sql, sent);
        AggregateWrites.sendChanges(sql, aggregates.customers(), "USAGE", sent);
        AggregateWrites.sendChanges(sql, aggregates.customers(), "EXCEPTION", sent);
        Long[] exceptions = matched.stream().map(match -> match.held.exception).toArray(Long[]::new);
        sent.add(sql.preparedQuery(LedgerTable.RESOLVE_EXCEPTIONS)
                .execute(Tuple.of(Instants.utc(clock.instant())).addArrayOfLong(exceptions)));
        AggregateWrites.await(sent);
        LOG.info("ledger.matched events={}", matched.size());
    }

    private static Optional<Account.Term> term(Matched match) {
        return match.whose.term();
    }
}
