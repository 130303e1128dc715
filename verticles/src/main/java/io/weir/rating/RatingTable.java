package io.weir.rating;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.RunBilling;
import io.weir.schemas.Instants;
import io.weir.schemas.Locks;
import io.weir.schemas.SubscriptionId;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The tables {@code billing_run}, {@code charge} and {@code charge_hour}, and what rating reads of other stages'. */
final class RatingTable {
    static final String LOCK = "select pg_advisory_xact_lock($1::int, hashtext($2))";

    /** Hours with usage of a priced meter under a subscription that has a line for it: one row for all of a line's hours. */
    static final String USED = """
            with hours as (
                select a.subscription, a.subscription_revision, a.meter,
                       extract(epoch from date_trunc('hour', a.bucket, 'UTC'))::bigint as hour, sum(a.value) as quantity
                from aggregate a
                where a.tenant = $1 and a.bucket >= $3 and a.bucket < $4 and a.subscription <> ''
                  and (cardinality($5::text[]) = 0 or a.subscription = any ($5::text[]))
                  and (a.meter, a.meter_version) in (
                      select m.meter, max(m.version) from meter m
                      where m.organisation = $2 and m.meter in (select p.meter from price p where p.organisation = $2)
                      group by m.meter)
                group by 1, 2, 3, 4
                limit $6),
            used as (
                select subscription, subscription_revision, meter, array_agg(hour) as hours, array_agg(quantity) as quantities
                from hours group by 1, 2, 3)
            select u.subscription, u.subscription_revision, u.meter, u.hours, u.quantities,
                   s.customer, s.plan, s.currency, l.item, l.legal_entity, l.bill_to, m.unit
            from used u
            join subscription s on s.tenant = $1 and s.subscription = u.subscription and s.revision = u.subscription_revision
            cross join lateral (
                select item, legal_entity, bill_to from subscription_line l
                where l.tenant = $1 and l.subscription = u.subscription and l.revision = u.subscription_revision
                  and l.meter = u.meter
                order by line limit 1) l
            cross join lateral (
                select unit from meter m where m.organisation = $2 and m.meter = u.meter order by version desc limit 1) m
            """;

    static final String PRICES =
            "select plan, meter, currency, price, version, unit_price, effective_from from price where organisation = $1";

    /** What is charged of the hours: one row for each charge that has any of them. */
    static final String CHARGED = """
            with hours as (
                select charge_key, extract(epoch from hour)::bigint as hour, quantity
                from charge_hour
                where tenant = $1 and hour >= $2 and hour < $3
                  and (cardinality($4::text[]) = 0 or subscription = any ($4::text[]))
                limit $5),
            charged as (
                select charge_key, array_agg(hour) as hours, array_agg(quantity) as quantities from hours group by 1)
            select c.subscription, c.subscription_revision, c.meter, c.price, c.price_version, c.month, c.unit_price,
                   c.customer, c.currency, c.item, c.legal_entity, c.bill_to, c.unit, h.hours, h.quantities
            from charged h join charge c on c.charge_key = h.charge_key
            """;

    /** All charges of the months that the hours lie in. */
    static final String STANDING = """
            select subscription, subscription_revision, meter, price, price_version, month,
                   sum(quantity) as quantity, sum(amount) as amount, max(sequence) as sequence
            from charge
            where tenant = $1
              and month >= date_trunc('month', $2::timestamptz at time zone 'UTC')::date
              and month <= ($3::timestamptz at time zone 'UTC')::date
              and (cardinality($4::text[]) = 0 or subscription = any ($4::text[]))
            group by subscription, subscription_revision, meter, price, price_version, month
            """;

    static final String INSERT_RUN = """
            insert into billing_run (run, tenant, span_from, span_to, requested_by, correlation, charges, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            """;

    static final String INSERT_CHARGE = """
            insert into charge (charge_key, run, tenant, customer, subscription, subscription_revision, item, meter,
                                legal_entity, bill_to, price, price_version, unit, quantity, unit_price, amount, currency,
                                month, span_from, span_to, sequence, correlation, created_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
            """;

    static final String INSERT_HOURS = """
            insert into charge_hour (tenant, subscription, meter, hour, subscription_revision, charge_key, quantity)
            select $1, h.subscription, h.meter, h.hour, h.revision, h.charge_key, h.quantity::numeric
            from unnest($2::text[], $3::text[], $4::timestamptz[], $5::bigint[], $6::text[], $7::text[])
                as h (subscription, meter, hour, revision, charge_key, quantity)
            """;

    /**
     * Keeps what of the span's usage cannot be rated, and resolves what can be by now. Usage whose plan does not price the meter, or
     * whose subscription has no line for it, is not meant to be charged. What a person resolved stays so.
     */
    static final String FAILURES = """
            with failed as (
                select u.customer, u.subscription, u.meter, min(u.hour) as first_hour, max(u.hour) as last_hour,
                       sum(u.quantity) as quantity,
                       'no price of plan ' || max(u.plan) || ' in ' || max(u.currency) || ' is in force' as detail
                from (
                    select a.customer, a.subscription, a.meter, date_trunc('hour', a.bucket, 'UTC') as hour, s.plan, s.currency,
                           sum(a.value) as quantity
                    from aggregate a
                    join subscription s on s.tenant = $1 and s.subscription = a.subscription and s.revision = a.subscription_revision
                    where a.tenant = $1 and a.bucket >= $3 and a.bucket < $4 and a.subscription <> ''
                      and (cardinality($5::text[]) = 0 or a.subscription = any ($5::text[]))
                      and a.meter_version = (select max(m.version) from meter m where m.organisation = $2 and m.meter = a.meter)
                      and exists (select from price p where p.organisation = $2 and p.plan = s.plan and p.meter = a.meter)
                      and exists (select from subscription_line l where l.tenant = $1 and l.subscription = a.subscription
                                      and l.revision = a.subscription_revision and l.meter = a.meter)
                    group by 1, 2, 3, 4, 5, 6) u
                where u.quantity <> 0 and not exists (
                    select from price p where p.organisation = $2 and p.plan = u.plan and p.meter = u.meter
                        and p.currency = u.currency and p.effective_from <= u.hour)
                group by 1, 2, 3),
            kept as (
                insert into rating_exception as x (tenant, customer, subscription, meter, first_hour, last_hour, quantity,
                    detail, opened_at, tried_at)
                select $1, customer, subscription, meter, first_hour, last_hour, quantity, detail, $6, $6 from failed
                on conflict (tenant, subscription, meter) do update set
                    first_hour = least(x.first_hour, excluded.first_hour), last_hour = greatest(x.last_hour, excluded.last_hour),
                    quantity = excluded.quantity, detail = excluded.detail, attempts = x.attempts + 1, tried_at = $6,
                    opened_at = case when x.resolved_at is null or x.resolved_by is not null then x.opened_at else $6 end,
                    resolved_at = case when x.resolved_by is not null then x.resolved_at end,
                    resolution = case when x.resolved_by is not null then x.resolution end)
            update rating_exception x set resolved_at = $6, resolution = 'rated'
            where x.tenant = $1 and x.resolved_at is null and x.first_hour >= $3 and x.last_hour < $4
              and (cardinality($5::text[]) = 0 or x.subscription = any ($5::text[]))
              and not exists (select from failed f where f.subscription = x.subscription and f.meter = x.meter)
            """;

    static final String LOCK_FAILURE = """
            select resolved_at, resolution from rating_exception where tenant = $1 and failure = $2 for update
            """;

    static final String RESOLVE_FAILURE = """
            update rating_exception set resolved_at = $3, resolution = $4, comment = $5, resolved_by = $6
            where tenant = $1 and failure = $2
            """;

    static final String CHANGED = "insert into change (tenant, kind) values ($1, 'EXCEPTION')";

    static final String AUDIT = "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private static final int HOURS_A_STATEMENT = 10_000;

    private RatingTable() {}

    /**
     * Quantities by hour.
     *
     * @param lookedAt how many hours were read for them, which is what a run is bounded by
     */
    record Hours(List<HourQuantity> quantities, int lookedAt) {
        Hours and(Hours more) {
            quantities.addAll(more.quantities);
            return new Hours(quantities, lookedAt + more.lookedAt);
        }
    }

    /** Waits until no other run of the tenant is under way. */
    static Future<Void> lock(SqlConnection in, RunBilling run) {
        return in.preparedQuery(LOCK)
                .execute(Tuple.of(Locks.BILLING_RUN, run.tenant().value()))
                .mapEmpty();
    }

    /** Every price version of the organisation. */
    static Future<Prices> prices(SqlConnection in, RunBilling run) {
        return in.preparedQuery(PRICES).execute(Tuple.of(run.organisation())).map(rows -> {
            Prices prices = new Prices();
            for (Row row : rows) {
                prices.add(
                        new Prices.Scope(row.getString("plan"), row.getString("meter"), row.getString("currency")),
                        new Prices.Version(
                                row.getString("price"),
                                row.getInteger("version"),
                                row.getBigDecimal("unit_price"),
                                Instants.of(row.getOffsetDateTime("effective_from"))));
            }
            return prices;
        });
    }

    /**
     * What should stand, from {@code from} up to {@code to}. Hours without a price are not in it.
     *
     * @param limit so many hours with usage are looked at, priced or not
     */
    static Future<Hours> due(SqlConnection in, RunBilling run, Prices prices, Instant from, Instant to, int limit) {
        Tuple given = Tuple.of(
                run.tenant().value(),
                run.organisation(),
                Instants.utc(from),
                Instants.utc(to),
                subscriptions(run),
                (long) limit);
        return in.preparedQuery(USED).execute(given).map(rows -> {
            Hours due = new Hours(new ArrayList<>(), 0);
            for (Row row : rows) {
                due = due.and(due(row, prices));
            }
            return due;
        });
    }

    private static Hours due(Row row, Prices prices) {
        Prices.Scope scope = new Prices.Scope(row.getString("plan"), row.getString("meter"), row.getString("currency"));
        Long[] hours = row.getArrayOfLongs("hours");
        BigDecimal[] quantities = row.getArrayOfBigDecimals("quantities");
        List<HourQuantity> due = new ArrayList<>(hours.length);
        for (int i = 0; i < hours.length; i++) {
            Instant hour = Instant.ofEpochSecond(hours[i]);
            BigDecimal quantity = quantities[i];
            prices.inForce(scope, hour).ifPresent(price -> {
                LocalDate month = LocalDate.ofInstant(hour, ZoneOffset.UTC).withDayOfMonth(1);
                LineKey line = new LineKey(
                        row.getString("subscription"),
                        row.getLong("subscription_revision"),
                        scope.meter(),
                        price.price(),
                        price.version(),
                        month);
                due.add(new HourQuantity(line, terms(row, price.unitPrice()), hour, quantity));
            });
        }
        return new Hours(due, hours.length);
    }

    /** What is charged; at most so many hours of it. */
    static Future<Hours> charged(SqlConnection in, RunBilling run, Instant from, Instant to, int limit) {
        Tuple given =
                Tuple.of(run.tenant().value(), Instants.utc(from), Instants.utc(to), subscriptions(run), (long) limit);
        return in.preparedQuery(CHARGED).execute(given).map(rows -> {
            List<HourQuantity> charged = new ArrayList<>();
            for (Row row : rows) {
                LineKey line = line(row);
                Terms terms = terms(row, row.getBigDecimal("unit_price"));
                Long[] hours = row.getArrayOfLongs("hours");
                BigDecimal[] quantities = row.getArrayOfBigDecimals("quantities");
                for (int i = 0; i < hours.length; i++) {
                    charged.add(new HourQuantity(line, terms, Instant.ofEpochSecond(hours[i]), quantities[i]));
                }
            }
            return new Hours(charged, charged.size());
        });
    }

    /** All charges of the lines that could be charged. */
    static Future<Map<LineKey, Standing>> standing(SqlConnection in, RunBilling run, Instant from, Instant to) {
        Tuple given = Tuple.of(run.tenant().value(), Instants.utc(from), Instants.utc(to), subscriptions(run));
        return in.preparedQuery(STANDING).execute(given).map(rows -> {
            Map<LineKey, Standing> standing = new HashMap<>();
            for (Row row : rows) {
                standing.put(
                        line(row),
                        new Standing(
                                row.getBigDecimal("quantity"),
                                row.getBigDecimal("amount"),
                                row.getInteger("sequence")));
            }
            return standing;
        });
    }

    /** Keeps what of those hours cannot be rated, and resolves what can be by now. */
    static Future<Void> failures(SqlConnection in, RunBilling run, Instant from, Instant to, Instant now) {
        Tuple given = Tuple.of(run.tenant().value(), run.organisation())
                .addValue(Instants.utc(from))
                .addValue(Instants.utc(to))
                .addValue(subscriptions(run))
                .addValue(Instants.utc(now));
        return in.preparedQuery(FAILURES).execute(given).mapEmpty();
    }

    /** Writes the run with its charges and their hours. */
    static Future<Void> insert(SqlConnection in, RunBilling run, String id, List<ChargeLine> charges, Instant now) {
        Tuple row = Tuple.of(
                id,
                run.tenant().value(),
                Instants.utc(run.from()),
                Instants.utc(run.to()),
                run.actor().principal(),
                run.actor().correlation());
        row.addInteger(charges.size()).addOffsetDateTime(Instants.utc(now));
        Future<?> written = in.preparedQuery(INSERT_RUN).execute(row);
        if (charges.isEmpty()) {
            return written.mapEmpty();
        }
        List<Tuple> rows =
                charges.stream().map(charge -> tuple(run, id, charge, now)).toList();
        return written.compose(done -> in.preparedQuery(INSERT_CHARGE).executeBatch(rows))
                .compose(done -> insertHours(in, run, hourRows(run, charges), 0));
    }

    /** Tells the audit trail of the run. */
    static Future<Void> audit(SqlConnection in, RunBilling run, String id, int charges) {
        Ran ran = new Ran(run.from(), run.to(), run.subscriptions(), charges);
        Audited act = Audited.of(run.tenant(), run.actor(), Act.BILLING_RUN, id, null, ran);
        return in.preparedQuery(AUDIT).execute(Tuple.tuple(act.parameters())).mapEmpty();
    }

    private record Ran(Instant from, Instant to, List<SubscriptionId> subscriptions, int charges) {}

    private static Tuple tuple(RunBilling run, String id, ChargeLine charge, Instant now) {
        LineKey line = charge.line();
        Terms terms = charge.terms();
        Tuple row = Tuple.tuple();
        row.addString(ChargeKey.of(run.tenant().value(), line, charge.sequence()))
                .addString(id)
                .addString(run.tenant().value())
                .addString(terms.customer())
                .addString(line.subscription())
                .addLong(line.revision());
        row.addString(terms.item()).addString(line.meter()).addString(terms.legalEntity());
        row.addString(terms.billTo()).addString(line.price()).addInteger(line.priceVersion());
        row.addString(terms.unit()).addBigDecimal(charge.quantity()).addBigDecimal(terms.unitPrice());
        row.addBigDecimal(charge.amount()).addString(terms.currency()).addLocalDate(line.month());
        row.addOffsetDateTime(Instants.utc(charge.from())).addOffsetDateTime(Instants.utc(charge.to()));
        row.addInteger(charge.sequence()).addString(run.actor().correlation()).addOffsetDateTime(Instants.utc(now));
        return row;
    }

    private record HourRow(LineKey line, String chargeKey, Instant hour, BigDecimal quantity) {}

    private static List<HourRow> hourRows(RunBilling run, List<ChargeLine> charges) {
        List<HourRow> rows = new ArrayList<>();
        for (ChargeLine charge : charges) {
            String key = ChargeKey.of(run.tenant().value(), charge.line(), charge.sequence());
            charge.hours().forEach((hour, quantity) -> rows.add(new HourRow(charge.line(), key, hour, quantity)));
        }
        return rows;
    }

    private static Future<Void> insertHours(SqlConnection in, RunBilling run, List<HourRow> rows, int from) {
        if (from >= rows.size()) {
            return Future.succeededFuture();
        }
        int to = Math.min(rows.size(), from + HOURS_A_STATEMENT);
        List<HourRow> some = rows.subList(from, to);
        Tuple given = Tuple.of(
                run.tenant().value(),
                some.stream().map(row -> row.line().subscription()).toArray(String[]::new),
                some.stream().map(row -> row.line().meter()).toArray(String[]::new),
                some.stream().map(row -> Instants.utc(row.hour())).toArray(OffsetDateTime[]::new),
                some.stream().map(row -> row.line().revision()).toArray(Long[]::new),
                some.stream().map(HourRow::chargeKey).toArray(String[]::new));
        given.addArrayOfString(
                some.stream().map(row -> row.quantity().toPlainString()).toArray(String[]::new));
        return in.preparedQuery(INSERT_HOURS).execute(given).compose(done -> insertHours(in, run, rows, to));
    }

    private static String[] subscriptions(RunBilling run) {
        return run.subscriptions().stream().map(SubscriptionId::value).toArray(String[]::new);
    }

    private static Terms terms(Row row, BigDecimal unitPrice) {
        return new Terms(
                row.getString("customer"),
                row.getString("item"),
                row.getString("legal_entity"),
                row.getString("bill_to"),
                row.getString("unit"),
                unitPrice,
                row.getString("currency"));
    }

    private static LineKey line(Row row) {
        return new LineKey(
                row.getString("subscription"),
                row.getLong("subscription_revision"),
                row.getString("meter"),
                row.getString("price"),
                row.getInteger("price_version"),
                row.getLocalDate("month"));
    }
}
