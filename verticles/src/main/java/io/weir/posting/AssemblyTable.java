package io.weir.posting;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Instants;
import io.weir.schemas.Locks;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Making of postings: {@code posting_run}, {@code posting}, {@code posting_document} and {@code posting_line}. */
final class AssemblyTable {
    static final String LOCK = "select pg_advisory_xact_lock($1::int, hashtext($2))";

    static final String RUN = """
            insert into posting_run (run, assembled_at)
            select run, $3 from billing_run where tenant = $1 and run = $2
            on conflict do nothing returning run
            """;

    static final String MADE = "select posting from posting where tenant = $1 and run = $2 order by posting";

    /** Runs whose node was lost between their charges and their postings. */
    static final String STRAYS = """
            select r.tenant, r.run from billing_run r
            where r.charges > 0 and r.created_at < $1
              and not exists (select from posting_run p where p.run = r.run)
            order by r.created_at limit 100
            """;

    static final String CHARGES = """
            select c.charge_key, c.customer, c.bill_to, c.subscription, c.legal_entity, coalesce(r.connection, '') as connection,
                   c.item, c.meter, c.unit, c.quantity, c.unit_price, c.amount, c.currency, c.span_from, c.span_to
            from charge c
            left join connection_route r on r.tenant = c.tenant and r.legal_entity = c.legal_entity and r.kind = 'invoice'
            where c.tenant = $1 and c.run = $2
            order by c.charge_key
            """;

    static final String SEQUENCES = """
            select d.subscription, d.period, max(d.sequence) as sequence
            from posting_document d
            where d.tenant = $1 and d.subscription = any ($2::text[]) and d.period = any ($3::text[])
            group by d.subscription, d.period
            """;

    static final String INSERT_POSTING = """
            insert into posting (posting, tenant, run, kind, connection, state, currency, total, lines, sha256, manifest,
                                 created_by, correlation, created_at)
            select $1, r.tenant, r.run, $3, $4, $5, $6, $7, $8, $9, $10, r.requested_by, r.correlation, $11
            from billing_run r where r.run = $2
            """;

    static final String INSERT_DOCUMENT = """
            insert into posting_document (external_id, posting, tenant, legal_entity, customer, bill_to, subscription, period,
                                          sequence, dated, currency, total, lines, state, due_at, reason, detail)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            """;

    static final String INSERT_LINES = """
            insert into posting_line (charge_key, posting, external_id, line)
            select l.charge_key, $2, $1, l.line from unnest($3::text[]) with ordinality as l (charge_key, line)
            """;

    static final String CHANGE = "insert into change (tenant, customer, kind) values ($1, null, 'POSTING')";

    private AssemblyTable() {}

    /** Waits until nobody else makes postings of the tenant. */
    static Future<Void> lock(SqlConnection in, TenantId tenant) {
        return in.preparedQuery(LOCK)
                .execute(Tuple.of(Locks.POSTING_ASSEMBLY, tenant.value()))
                .mapEmpty();
    }

    /** Takes the run; false where its postings are made already (or there is no such run). */
    static Future<Boolean> take(SqlConnection in, TenantId tenant, String run, Instant now) {
        return in.preparedQuery(RUN)
                .execute(Tuple.of(tenant.value(), run, Instants.utc(now)))
                .map(rows -> rows.rowCount() > 0);
    }

    static Future<List<String>> made(SqlConnection in, TenantId tenant, String run) {
        return in.preparedQuery(MADE)
                .execute(Tuple.of(tenant.value(), run))
                .map(rows -> rows.stream().map(row -> row.getString(0)).toList());
    }

    static Future<List<RunCharge>> charges(SqlConnection in, TenantId tenant, String run) {
        return in.preparedQuery(CHARGES).execute(Tuple.of(tenant.value(), run)).map(rows -> {
            List<RunCharge> charges = new ArrayList<>();
            rows.forEach(row -> charges.add(charge(row)));
            return charges;
        });
    }

    private static RunCharge charge(Row row) {
        return new RunCharge(
                row.getString("charge_key"),
                row.getString("customer"),
                row.getString("bill_to"),
                row.getString("subscription"),
                row.getString("legal_entity"),
                row.getString("connection"),
                row.getString("item"),
                row.getString("meter"),
                row.getString("unit"),
                row.getBigDecimal("quantity"),
                row.getBigDecimal("unit_price"),
                row.getBigDecimal("amount"),
                row.getString("currency"),
                row.getOffsetDateTime("span_from").toInstant(),
                row.getOffsetDateTime("span_to").toInstant());
    }

    static Future<Map<Assembly.Numbered, Integer>> sequences(
            SqlConnection in, TenantId tenant, List<RunCharge> charges) {
        String[] subscriptions =
                charges.stream().map(RunCharge::subscription).distinct().toArray(String[]::new);
        String[] periods = charges.stream()
                .map(charge -> Assembly.period(charge.to()))
                .distinct()
                .toArray(String[]::new);
        return in.preparedQuery(SEQUENCES)
                .execute(Tuple.of(tenant.value(), subscriptions, periods))
                .map(rows -> {
                    Map<Assembly.Numbered, Integer> sequences = new HashMap<>();
                    rows.forEach(row -> sequences.put(
                            new Assembly.Numbered(row.getString("subscription"), row.getString("period")),
                            row.getInteger("sequence")));
                    return sequences;
                });
    }

    /** Writes a posting with its documents and lines. */
    static Future<Void> insert(SqlConnection in, TenantId tenant, String run, PostingDraft draft, Instant now) {
        boolean routed = !draft.connection().isEmpty();
        Tuple posting = Tuple.tuple()
                .addString(draft.posting())
                .addString(run)
                .addString(PostingDraft.KIND)
                .addString(draft.connection())
                .addString(routed ? "awaiting_approval" : "held")
                .addString(draft.currency());
        posting.addBigDecimal(draft.total()).addInteger(draft.lines()).addString(Manifest.sha256(draft.manifest()));
        posting.addString(draft.manifest()).addOffsetDateTime(Instants.utc(now));
        List<Tuple> documents = draft.documents().stream()
                .map(document -> tuple(tenant, draft, document, now))
                .toList();
        List<Tuple> lines = draft.documents().stream()
                .map(document -> Tuple.of(document.externalId(), draft.posting(), chargeKeys(document)))
                .toList();
        return in.preparedQuery(INSERT_POSTING)
                .execute(posting)
                .compose(done -> in.preparedQuery(INSERT_DOCUMENT).executeBatch(documents))
                .compose(done -> in.preparedQuery(INSERT_LINES).executeBatch(lines))
                .mapEmpty();
    }

    private static String[] chargeKeys(PostingDraft.Document document) {
        return document.charges().stream().map(RunCharge::chargeKey).toArray(String[]::new);
    }

    private static Tuple tuple(TenantId tenant, PostingDraft draft, PostingDraft.Document document, Instant now) {
        boolean routed = !draft.connection().isEmpty();
        Tuple row = Tuple.tuple();
        row.addString(document.externalId()).addString(draft.posting()).addString(tenant.value());
        row.addString(document.legalEntity()).addString(document.customer()).addString(document.billTo());
        row.addString(document.subscription()).addString(document.period()).addInteger(document.sequence());
        row.addLocalDate(document.dated()).addString(draft.currency()).addBigDecimal(document.total());
        row.addInteger(document.charges().size()).addString(routed ? "waiting" : "held");
        row.addOffsetDateTime(Instants.utc(now));
        row.addString(routed ? null : PostingDraft.NO_ROUTE);
        row.addString(routed ? null : "no connection takes invoices of the legal entity " + document.legalEntity());
        return row;
    }

    /** Tells the tenant's readers that a posting changed. */
    static Future<Void> changed(SqlConnection in, String tenant) {
        return in.preparedQuery(CHANGE).execute(Tuple.of(tenant)).mapEmpty();
    }

    /** A run without postings. */
    record Stray(TenantId tenant, String run) {}

    static Future<List<Stray>> strays(SqlConnection in, Instant before) {
        return in.preparedQuery(STRAYS)
                .execute(Tuple.of(Instants.utc(before)))
                .map(rows -> rows.stream()
                        .map(row -> new Stray(new TenantId(row.getString("tenant")), row.getString("run")))
                        .toList());
    }
}
