package io.weir.posting;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Instants;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Delivery: claims and outcomes of {@code posting_document}, and {@code posting_attempt}. Claims are timed by the database. */
final class DeliveryTable {
    /** Connections with documents to deliver. */
    static final String CONNECTIONS = """
            select distinct c.tenant, c.connection, c.vendor, c.base_url, c.credential, c.mode
            from posting_document d
            join posting p on p.posting = d.posting
            join connection c on c.tenant = p.tenant and c.connection = p.connection
            where d.state in ('due', 'claimed', 'sent') and d.due_at <= now() and (d.state = 'due' or d.claimed_until < now())
              and c.mode <> 'off' and c.vendor = any ($1::text[])
            """;

    /** Takes documents that are due, or whose claim ran out. */
    static final String CLAIM = """
            with picked as (
                select d.external_id
                from posting_document d join posting p on p.posting = d.posting
                where p.tenant = $1 and p.connection = $2
                  and d.state in ('due', 'claimed', 'sent') and d.due_at <= now()
                  and (d.state = 'due' or d.claimed_until < now())
                order by d.due_at, d.external_id
                limit $3
                for update of d skip locked),
            claimed as (
                update posting_document d
                set state = 'claimed', fence = d.fence + 1, attempts = d.attempts + 1,
                    claimed_until = now() + make_interval(secs => $4::bigint / 1000.0)
                from picked where d.external_id = picked.external_id
                returning d.external_id, d.posting, d.tenant, d.fence, d.attempts, d.bill_to, d.legal_entity, d.currency,
                          d.dated, d.period)
            select c.external_id, c.posting, c.tenant, c.fence, c.attempts, c.legal_entity, c.currency, c.dated, c.period,
                   p.correlation,
                   coalesce((select i.key from customer_identity i
                             where i.tenant = c.tenant and i.system = 'erp' and i.customer = c.bill_to
                               and i.effective_to = 'infinity' order by i.key limit 1), c.bill_to) as entity,
                   exists (select from posting_attempt a
                           where a.external_id = c.external_id and a.action = 'write'
                             and (a.outcome is null or a.outcome in ('ambiguous', 'failed'))) as uncertain
            from claimed c join posting p on p.posting = c.posting
            order by c.external_id
            """;

    /** The first claim of an approved posting begins its delivery. */
    static final String BEGUN = """
            with begun as (
                update posting set state = 'posting' where posting = any ($1::text[]) and state = 'approved' returning tenant)
            insert into change (tenant, customer, kind) select tenant, null, 'POSTING' from begun
            """;

    static final String LINES = """
            select l.line, c.charge_key, c.item, c.meter, c.quantity, c.unit_price, c.amount, c.span_from, c.span_to
            from posting_line l join charge c on c.charge_key = l.charge_key
            where l.external_id = $1 order by l.line
            """;

    /** An attempt, written before its call; none where the claim is lost or could run out during the call. */
    static final String ATTEMPT = """
            with mine as (
                update posting_document set state = case when $3 = 'write' then 'sent' else state end
                where external_id = $1 and fence = $2 and state in ('claimed', 'sent')
                  and claimed_until > now() + make_interval(secs => $5::bigint / 1000.0)
                returning external_id)
            insert into posting_attempt (external_id, fence, action, started_at)
            select external_id, $2, $3, $4 from mine
            returning attempt
            """;

    static final String OUTCOME = """
            update posting_attempt set finished_at = $2, outcome = $3, http_status = $4, code = $5, detail = $6
            where attempt = $1
            """;

    static final String SETTLE = """
            update posting_document
            set state = $3, due_at = now() + make_interval(secs => $4::bigint / 1000.0), claimed_until = null,
                document = $5, reason = $6, detail = $7, posted_at = $8
            where external_id = $1 and fence = $2 and state in ('claimed', 'sent')
            """;

    /** What waits for a connection waits no longer. */
    static final String WAKE = """
            update posting_document d set due_at = now()
            from posting p
            where p.posting = d.posting and p.tenant = $1 and p.connection = $2 and d.state = 'due' and d.due_at > now()
            """;

    static final String WAITING = "select count(*) from posting_document where state in ('due', 'claimed', 'sent')";

    private DeliveryTable() {}

    static Future<List<Connection>> connections(SqlClient in, String[] vendors) {
        return in.preparedQuery(CONNECTIONS).execute(Tuple.of(vendors)).map(rows -> {
            List<Connection> connections = new ArrayList<>();
            rows.forEach(row -> connections.add(new Connection(
                    row.getString("tenant"),
                    row.getString("connection"),
                    row.getString("vendor"),
                    row.getString("base_url"),
                    row.getString("credential"),
                    row.getString("mode").equals("shadow"))));
            return connections;
        });
    }

    static Future<List<Claim>> claim(Pool money, Connection.Key connection, int most, long claimMillis) {
        Tuple given = Tuple.of(connection.tenant(), connection.connection(), (long) most, claimMillis);
        return money.withTransaction(in -> in.preparedQuery(CLAIM)
                .execute(given)
                .map(rows -> {
                    List<Claim> claims = new ArrayList<>();
                    rows.forEach(row -> claims.add(claim(row)));
                    return claims;
                })
                .compose(claims -> claims.isEmpty()
                        ? Future.succeededFuture(claims)
                        : in.preparedQuery(BEGUN)
                                .execute(Tuple.of((Object) postings(claims)))
                                .map(claims)));
    }

    private static String[] postings(List<Claim> claims) {
        return claims.stream().map(Claim::posting).distinct().sorted().toArray(String[]::new);
    }

    private static Claim claim(Row row) {
        return new Claim(
                row.getString("external_id"),
                row.getString("posting"),
                row.getString("tenant"),
                row.getLong("fence"),
                row.getInteger("attempts"),
                row.getString("entity"),
                row.getString("legal_entity"),
                row.getString("currency"),
                row.getLocalDate("dated"),
                row.getString("period"),
                row.getString("correlation"),
                row.getBoolean("uncertain"));
    }

    static Future<ErpDocument> document(SqlClient in, Claim claim) {
        return in.preparedQuery(LINES).execute(Tuple.of(claim.externalId())).map(rows -> {
            List<ErpDocument.Line> lines = new ArrayList<>();
            rows.forEach(row -> lines.add(line(row)));
            return new ErpDocument(
                    claim.externalId(),
                    claim.entity(),
                    claim.legalEntity(),
                    claim.currency(),
                    claim.dated(),
                    "Usage " + claim.period() + " correlation " + claim.correlation(),
                    claim.posting(),
                    lines);
        });
    }

    private static ErpDocument.Line line(Row row) {
        String description = row.getString("meter") + " "
                + row.getOffsetDateTime("span_from").toInstant() + "/"
                + row.getOffsetDateTime("span_to").toInstant() + " " + row.getString("charge_key");
        return new ErpDocument.Line(
                row.getInteger("line"),
                row.getString("item"),
                description,
                row.getBigDecimal("quantity"),
                row.getBigDecimal("unit_price"),
                row.getBigDecimal("amount"));
    }

    /** Writes an attempt; empty where the claim does not hold for the call. */
    static Future<OptionalLong> attempt(SqlClient in, Claim claim, String action, Instant now, long callMillis) {
        return in.preparedQuery(ATTEMPT)
                .execute(Tuple.of(claim.externalId(), claim.fence(), action, Instants.utc(now), callMillis))
                .map(rows -> {
                    Optional<Row> row = rows.stream().findFirst();
                    return row.isEmpty()
                            ? OptionalLong.empty()
                            : OptionalLong.of(row.get().getLong(0));
                });
    }

    static Future<Void> outcome(SqlClient in, long attempt, ErpOutcome outcome, Instant now) {
        ErpOutcome.Row row = ErpOutcome.Row.of(outcome);
        Tuple given = Tuple.of(attempt, Instants.utc(now), row.outcome(), row.status(), row.code(), row.detail());
        return in.preparedQuery(OUTCOME).execute(given).mapEmpty();
    }

    /**
     * What becomes of a document.
     *
     * @param state posted, held or due
     * @param waitMillis how long until it is due, where it is
     */
    record Settlement(
            String state,
            long waitMillis,
            @Nullable String document,
            @Nullable String reason,
            @Nullable String detail) {}

    /** Writes what becomes of a document; false where the claim was lost, and somebody else decides. */
    static Future<Boolean> settle(SqlConnection in, Claim claim, Settlement to, Instant now) {
        Tuple given =
                Tuple.of(claim.externalId(), claim.fence(), to.state(), to.waitMillis(), to.document(), to.reason());
        given.addString(to.detail()).addOffsetDateTime(to.document() == null ? null : Instants.utc(now));
        return DecisionTable.lock(in, claim.posting())
                .compose(held -> in.preparedQuery(SETTLE).execute(given))
                .compose(rows -> rows.rowCount() == 0
                        ? Future.succeededFuture(false)
                        : DecisionTable.follow(in, claim.posting())
                                .compose(done -> to.state().equals("due")
                                        ? Future.<Void>succeededFuture()
                                        : AssemblyTable.changed(in, claim.tenant()))
                                .map(true));
    }

    static Future<Void> wake(SqlClient in, Connection.Key connection) {
        return in.preparedQuery(WAKE)
                .execute(Tuple.of(connection.tenant(), connection.connection()))
                .mapEmpty();
    }

    static Future<Long> waiting(SqlClient in) {
        return in.preparedQuery(WAITING)
                .execute()
                .map(rows -> rows.iterator().next().getLong(0));
    }
}
