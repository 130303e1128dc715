package io.weir.ledger;

/** SQL of what people do to the ledger's exceptions. */
final class RetryTable {
    /** An exception as a decision needs it, locked. */
    static final String LOCK = """
            select reason, state, attempts, detail, resolution from ledger_exception
            where tenant = $1 and exception = $2
            for update
            """;

    /** Of those exceptions what is held, with its entry. */
    static final String HELD = """
            select x.exception, x.tenant, e.recorded_at, e.event_key, e.event_type, e.schema_version, e.subject, e.event_time,
                e.data::text
            from ledger_exception x
            join event_standing i on i.event_key = x.event_key
            join entry e on e.event_key = i.event_key and e.recorded_at = i.recorded_at
            where x.exception = any($1::bigint[]) and x.state = 'open' and e.held = x.reason
            order by x.exception
            for update of x
            """;

    /** Of those exceptions what could not be read, and what was too late to be recorded by itself. */
    static final String UNRECORDED = """
            select x.exception, x.tenant, x.payload, x.correlation, coalesce(x.received_at, x.opened_at) as received_at,
                coalesce(x.logged_at, x.opened_at) as logged_at, coalesce(x.schema_version, 0) as schema_version
            from ledger_exception x
            where x.exception = any($1::bigint[]) and x.state = 'open' and x.reason in ('unreadable', 'too_late')
            order by x.exception
            for update of x
            """;

    static final String TRIED = """
            update ledger_exception set attempts = attempts + 1, tried_at = $1, replay = coalesce($2, replay)
            where exception = any($3::bigint[])
            """;

    /** Says why it cannot be recorded, by the last try. */
    static final String WHY = "update ledger_exception set detail = $2 where exception = $1";

    static final String RESOLVE = """
            update ledger_exception set state = 'resolved', resolved_at = $1, resolution = $2
            where exception = $3 and state = 'open'
            """;

    static final String RESOLVE_BY = """
            update ledger_exception set state = 'resolved', resolved_at = $1, resolution = $2, comment = $3, resolved_by = $4
            where exception = $5 and state = 'open'
            """;

    static final String CHANGED = "insert into change (tenant, kind) values ($1, 'EXCEPTION')";

    static final String AUDIT = "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private RetryTable() {}
}
