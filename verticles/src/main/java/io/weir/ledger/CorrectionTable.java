package io.weir.ledger;

/** SQL of voids and amendments. */
final class CorrectionTable {
    /** Makes corrections of one event wait for each other; an event that is not recorded has no row. */
    static final String LOCK_EVENT = "select from event_id where event_key = $1 for update";

    /** What the event waits as, where it is held; locked before its entry, as by who counts held events. */
    static final String LOCK_HELD = """
            select exception from ledger_exception
            where event_key = $1 and tenant = $2 and state = 'open' and reason in ('unmatched_account', 'unknown_subscription')
            order by exception
            for update
            """;

    static final String STANDING = """
            select recorded_at, last_at, digest, corrections from event_standing where event_key = $1
            """;

    static final String LOCK_ENTRY = "select from entry_row where event_key = $1 and recorded_at = $2 for update";

    /** Asked once it is locked: the lock may have waited for who gave it another owner. */
    static final String ENTRY = """
            select recorded_at, event_key, event_type, event_time, subject, schema_version, master_revision, customer,
                subscription, subscription_revision, held, data::text as data
            from entry
            where event_key = $1 and recorded_at = $2
            """;

    static final String INSERT = """
            insert into correction (event_key, sequence, kind, reversed_at, replaced_at, digest, tenant, reason, corrected_by,
                correlation, corrected_at)
            select $1, 1 + coalesce(max(sequence), 0), $2, $3, $4, $5, $6, $7, $8, $9, $10 from correction where event_key = $1
            """;

    static final String RESOLVE_HELD = """
            update ledger_exception set state = 'resolved', resolved_at = $1, resolution = $2, resolved_by = $3
            where exception = any($4::bigint[])
            """;

    private CorrectionTable() {}
}
