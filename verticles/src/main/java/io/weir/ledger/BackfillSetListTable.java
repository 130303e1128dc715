package io.weir.ledger;

/** The SQL of backfill sets as they are read. */
final class BackfillSetListTable {
    /** Parameters: tenant 1, state 2 (null: all); behind time 3 and id 4; most 5. */
    static final String SETS = """
            select * from backfill_set
            where tenant = $1 and ($2::text is null or state = $2)
              and ($3::timestamptz is null or (created_at, backfill_set) < ($3, $4::text))
            order by created_at desc, backfill_set desc
            limit $5
            """;

    static final String SET = "select * from backfill_set where tenant = $1 and backfill_set = $2";

    /** Parameters: tenant 1, set 2, status 3 (null: all); behind line 4; most 5. */
    static final String EVENTS = """
            select e.line, e.source, e.id, e.event_time, coalesce(e.outcome, 'staged') as status, e.correlation
            from backfill_event e join backfill_set s on s.backfill_set = e.backfill_set
            where s.tenant = $1 and s.backfill_set = $2 and ($3::text is null or coalesce(e.outcome, 'staged') = $3)
              and e.line > $4::bigint
            order by e.line
            limit $5
            """;

    private BackfillSetListTable() {}
}
