package io.weir.ledger;

/** SQL of events that are too late to be recorded. */
final class TooLateTable {
    /** How old an event's time may be when it arrives. */
    static final String WINDOWS = "select tenant, past_seconds from tenant where tenant = any($1::text[])";

    /** Those of the ids that are known, which nobody forgets until the transaction ends. */
    static final String KNOWN = """
            select event_key from event_id where event_key = any($1::uuid[]) order by event_key for key share
            """;

    /** What of these events is an exception already, whatever became of that. */
    static final String KEPT = """
            select event_key, digest from ledger_exception where event_key = any($1::uuid[]) and reason = 'too_late'
            """;

    static final String INSERT = """
            insert into ledger_exception (opened_at, tenant, reason, event_key, digest, source, id, event_type, subject,
                correlation, detail, payload, received_at, logged_at, schema_version)
            select $1, tenant, 'too_late', event_key, digest, source, id, event_type, subject, correlation, detail, payload,
                received_at, logged_at, schema_version
            from unnest($2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::bytea[], $12::timestamptz[], $13::timestamptz[], $14::int[])
                as x(tenant, event_key, digest, source, id, event_type, subject, correlation, detail, payload, received_at,
                    logged_at, schema_version)
            """;

    private TooLateTable() {}
}
