package io.weir.ledger;

/** SQL of replays. */
final class ReplayTable {
    static final String LAST = "select coalesce(max(exception), 0) as last from ledger_exception";

    /**
     * Exceptions of a replay that it has not tried. Parameters: tenant 1; these 2, opened from 3, to 4, reason 5 (null: all);
     * up to 6; the replay 7 (null: not begun); most 8.
     */
    static final String NEXT = """
            select exception from ledger_exception
            where tenant = $1 and state = 'open' and reason <> 'conflict'
              and ($2::bigint[] is null or exception = any ($2::bigint[]))
              and ($3::timestamptz is null or opened_at >= $3) and ($4::timestamptz is null or opened_at < $4)
              and ($5::text is null or reason = $5) and exception <= $6
              and ($7::text is null or replay is distinct from $7)
            order by exception
            limit $8
            """;

    static final String COUNT = """
            select count(*) as total from ledger_exception
            where tenant = $1 and state = 'open' and reason <> 'conflict'
              and ($2::bigint[] is null or exception = any ($2::bigint[]))
              and ($3::timestamptz is null or opened_at >= $3) and ($4::timestamptz is null or opened_at < $4)
              and ($5::text is null or reason = $5) and exception <= $6
            """;

    static final String INSERT = """
            insert into replay (replay, tenant, state, exceptions, opened_from, opened_to, reason, last, rate, comment,
                preview, correlation, created_by, created_at)
            values ($1, $2, 'awaiting_approval', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """;

    static final String LOCK = "select state, created_by from replay where tenant = $1 and replay = $2 for update";

    static final String DECIDE = """
            update replay set state = $2, decided_by = $3, decided_at = $4, next_at = $4 where replay = $1
            """;

    /** One whose next part may run, that no other node runs now. */
    static final String DUE = """
            select replay, tenant, exceptions, opened_from, opened_to, reason, last, rate
            from replay
            where state = 'approved' and next_at <= $1
            order by next_at
            limit 1
            for update skip locked
            """;

    static final String ADVANCE =
            "update replay set next_at = $2, started_at = coalesce(started_at, $3) where replay = $1";

    static final String DONE = """
            update replay r set state = 'done', ended_at = $2, started_at = coalesce(started_at, $2),
                result = (select jsonb_build_object('tried', count(*), 'resolved', count(*) filter (where x.state = 'resolved'))::text
                          from ledger_exception x where x.replay = r.replay)
            where r.replay = $1
            """;

    private ReplayTable() {}
}
