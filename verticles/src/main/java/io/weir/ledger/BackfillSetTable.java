package io.weir.ledger;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Instants;
import io.weir.schemas.TenantId;
import io.weir.schemas.UsageLog;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of backfill sets as they are written; {@link BackfillSetQueries} has what is shown of them. */
final class BackfillSetTable {
    static final String LOCK_TENANT = "select pg_advisory_xact_lock($1::int, hashtext($2))";

    static final String COUNT_OPEN = """
            select count(*) as open from backfill_set where tenant = $1 and state = 'open' and expires_at > $2
            """;

    static final String CUSTOMER = """
            select customer from customer where tenant = $1 and customer = $2 and effective_to = 'infinity'
            """;

    static final String INSERT = """
            insert into backfill_set (backfill_set, tenant, period_correction, customer, span_from, span_to, reason,
                created_by, created_at, expires_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """;

    /** A set as it is decided on. */
    static final String SET = """
            select backfill_set, tenant, state, customer, period_correction, span_from, span_to, events, lines, revision,
                loaded_by, created_by, expires_at
            from backfill_set where tenant = $1 and backfill_set = $2
            """;

    /** The same, locked: commands on one set come one after the other. */
    static final String LOCK = SET + " for update";

    /** Keeps events that are not in the set with the same content; answers their lines. */
    static final String STAGE = """
            insert into backfill_event (backfill_set, line, schema_version, event_key, digest, event_time, received_at,
                source, id, correlation, payload)
            select $1, line, schema_version, event_key, digest, event_time, received_at, source, id, correlation, payload
            from unnest($2::int[], $3::int[], $4::uuid[], $5::uuid[], $6::timestamptz[], $7::timestamptz[], $8::text[],
                $9::text[], $10::text[], $11::bytea[])
                as e(line, schema_version, event_key, digest, event_time, received_at, source, id, correlation, payload)
            order by line
            on conflict (backfill_set, event_key, digest) do nothing
            returning line
            """;

    static final String LOADED = """
            update backfill_set set events = events + $2, lines = $3, revision = revision + 1,
                loaded_by = case when $4 = any (loaded_by) then loaded_by else loaded_by || $4::text end
            where backfill_set = $1
            """;

    /** The next events of a set behind a line. */
    static final String PIECE = """
            select line, schema_version, received_at, correlation, payload from backfill_event
            where backfill_set = $1 and line > $2
            order by line limit $3
            """;

    /** Says what became of events; what is recorded, or an exception, keeps its content there. */
    static final String SETTLE = """
            update backfill_event b set outcome = n.outcome, payload = null
            from unnest($2::int[], $3::text[]) as n(line, outcome)
            where b.backfill_set = $1 and b.line = n.line
            """;

    static final String END = """
            update backfill_set set state = $2, ended_by = $3, ended_at = $4, result = $5, revision = revision + 1
            where backfill_set = $1
            """;

    static final String FORGET_EVENTS = "delete from backfill_event where backfill_set = $1";

    /** A set that is over, and that no other node ends now. */
    static final String OVER = """
            select backfill_set, tenant, state, customer, period_correction, span_from, span_to, events, lines, revision,
                loaded_by, created_by, expires_at
            from backfill_set where state = 'open' and expires_at <= $1
            order by expires_at limit 1
            for update skip locked
            """;

    static final String KEYS = "select distinct event_key from backfill_event where backfill_set = $1";

    /** Days of the archive with events of the tenant whose ids are forgotten, all or some. */
    static final String FORGETFUL_DAYS = """
            select distinct d.day from archive_day d join archive_part p on p.day = d.day
            where p.tenant = $1 and (d.ids_passed > 0 or d.forgotten_at is not null)
            """;

    /** What is counted of the months. */
    static final String MONTHS = """
            select m.n, u.value
            from unnest($1::text[], $2::text[], $3::text[], $4::date[]) with ordinality as m(tenant, customer, meter, month, n)
            join usage_month u using (tenant, customer, meter, month)
            """;

    private BackfillSetTable() {}

    /** A set. */
    record SetRow(
            String id,
            TenantId tenant,
            String state,
            boolean periodCorrection,
            @Nullable String customer,
            Instant from,
            Instant to,
            int events,
            int lines,
            long revision,
            List<String> loadedBy,
            String createdBy,
            Instant expiresAt) {
        /** Whether that principal opened it or put anything into it. */
        boolean isOf(String principal) {
            return createdBy.equals(principal) || loadedBy.contains(principal);
        }
    }

    static SetRow set(Row row) {
        return new SetRow(
                row.getString("backfill_set"),
                new TenantId(row.getString("tenant")),
                row.getString("state"),
                row.getBoolean("period_correction"),
                row.getString("customer"),
                Instants.of(row.getOffsetDateTime("span_from")),
                Instants.of(row.getOffsetDateTime("span_to")),
                row.getInteger("events"),
                row.getInteger("lines"),
                row.getLong("revision"),
                List.of(row.getArrayOfStrings("loaded_by")),
                row.getString("created_by"),
                Instants.of(row.getOffsetDateTime("expires_at")));
    }

    /** An event of a set as if it came out of the log. */
    static LogRecord event(SetRow set, Row row) {
        Instant received = Instants.of(row.getOffsetDateTime("received_at"));
        return event(
                set.tenant,
                row.getInteger("line"),
                received,
                row.getString("correlation"),
                row.getInteger("schema_version"),
                row.getBuffer("payload").getBytes());
    }

    static LogRecord event(
            TenantId tenant, int line, Instant received, String correlation, int schemaVersion, byte[] json) {
        return new LogRecord(
                LogRecord.BY_SET,
                line,
                received,
                tenant.value() + UsageLog.SEPARATOR,
                json,
                received,
                correlation,
                schemaVersion,
                Optional.empty());
    }
}
