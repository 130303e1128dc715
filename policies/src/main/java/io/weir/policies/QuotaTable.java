package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import java.time.LocalDate;
import java.util.List;

/** SQL of the month's tanks. */
final class QuotaTable {
    /**
     * Gives back, tells what was spent, and reserves more, at once: at most a share of what is left, so that slices shrink
     * towards the end; never less than what a request waits for, if that much is there.
     */
    static final String SETTLE = """
            with tank as (
                insert into quota_month as q (tenant, holder, month, used, given)
                values ($1, $2, $3::date,
                    case when $5::bigint < $9::bigint then 0
                         else least($5::bigint, greatest($9::bigint, least($8::bigint, $5::bigint / $10::bigint))) end,
                    case when $5::bigint < $9::bigint then 0
                         else least($5::bigint, greatest($9::bigint, least($8::bigint, $5::bigint / $10::bigint))) end)
                on conflict (tenant, holder, month) do update set
                    used = q.used - $6::bigint
                        + case when $5::bigint - q.used + $6::bigint < greatest($9::bigint, 0) then 0
                               else least($5::bigint - q.used + $6::bigint, greatest($9::bigint,
                                   least($8::bigint, ($5::bigint - q.used + $6::bigint) / $10::bigint))) end,
                    given = case when $5::bigint - q.used + $6::bigint < greatest($9::bigint, 0) then 0
                               else least($5::bigint - q.used + $6::bigint, greatest($9::bigint,
                                   least($8::bigint, ($5::bigint - q.used + $6::bigint) / $10::bigint))) end
                returning used, given
            ), node as (
                insert into quota_reservation as r (tenant, holder, month, node, reserved, spent)
                select $1, $2, $3::date, $4, given - $6::bigint, $7::bigint from tank
                on conflict (tenant, holder, month, node) do update set
                    reserved = r.reserved + excluded.reserved, spent = r.spent + excluded.spent, at = now()
            )
            select used, given,
                (select coalesce(sum(reserved - spent), 0)::bigint from quota_reservation
                 where tenant = $1 and holder = $2 and month = $3::date and node <> $4
                   and at > now() - interval '10 seconds') as elsewhere
            from tank
            """;

    /** What a node of this name has reserved in lives before. */
    static final String OWN = """
            select tenant, holder, month, reserved, spent from quota_reservation
            where node = $1 and month >= $2::date
            """;

    /** Sets what a node had really spent; the rest of what it had reserved is free again. */
    static final String RECONCILE = """
            with node as (
                select tenant, holder, month, reserved - $5::bigint as unspent from quota_reservation
                where tenant = $1 and holder = $2 and month = $3::date and node = $4),
            told as (
                update quota_reservation r set reserved = $5::bigint, spent = $5::bigint, at = now() from node
                where r.tenant = $1 and r.holder = $2 and r.month = $3::date and r.node = $4)
            update quota_month q set used = q.used - node.unspent from node
            where q.tenant = $1 and q.holder = $2 and q.month = $3::date
            """;

    private QuotaTable() {}

    /**
     * What a node asks of a tank.
     *
     * @param quota what it holds for the month
     * @param back returned, unspent
     * @param spent spent since this was told last
     * @param want to be reserved ahead of need
     * @param need to be reserved, or nothing at all
     * @param shares how many such slices what is left is thought to be divided into
     */
    record Settlement(long quota, long back, long spent, long want, long need, long shares) {}

    /**
     * What the tank answers.
     *
     * @param used what all nodes have reserved of it now
     * @param given what was reserved by this statement
     * @param elsewhere what other nodes that are at work have reserved and not spent
     */
    record Settled(long used, long given, long elsewhere) {}

    /** What a node has reserved, and how much of it it has told as spent. */
    record Own(String tenant, String holder, LocalDate month, long reserved, long spent) {}

    static Future<List<Own>> own(SqlClient sql, String node, LocalDate from) {
        return sql.preparedQuery(OWN)
                .execute(Tuple.of(node, from))
                .map(rows -> rows.stream()
                        .map(row -> new Own(
                                row.getString("tenant"),
                                row.getString("holder"),
                                row.getLocalDate("month"),
                                row.getLong("reserved"),
                                row.getLong("spent")))
                        .toList());
    }

    static Future<Void> reconcile(SqlClient sql, String node, Own own, long spent) {
        return sql.preparedQuery(RECONCILE)
                .execute(Tuple.of(own.tenant, own.holder, own.month, node, spent))
                .mapEmpty();
    }

    static Future<Settled> settle(SqlClient sql, Month month, LocalDate of, String node, Settlement asked) {
        return sql.preparedQuery(SETTLE)
                .execute(Tuple.of(month.tenant.value(), month.holder, of, node)
                        .addLong(asked.quota)
                        .addLong(asked.back)
                        .addLong(asked.spent)
                        .addLong(asked.want)
                        .addLong(asked.need)
                        .addLong(asked.shares))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Settled(row.getLong("used"), row.getLong("given"), row.getLong("elsewhere"));
                });
    }
}
