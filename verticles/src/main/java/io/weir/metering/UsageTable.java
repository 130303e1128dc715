package io.weir.metering;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Aggregation;
import io.weir.schemas.Caller;
import io.weir.schemas.Decimals;
import io.weir.schemas.Instants;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of usage, and how its rows are read: a statement for each form that a quarter is kept in. Whole quarters come from
 * what the ledger keeps of them, the edges of the span from the entries, in one statement, so of one instant.
 *
 * <p>Parameters: tenant 1, meter 2, its version 3, revision 4, event type 5, value path 6 (null: count); customer 7 and
 * subscription 8 (null: all); whole quarters 9-10; edges 11-13 and 14-16 (from, to, sign); starts of the windows 17;
 * grouping by customer 18, subscription 19, dimensions 20; most rows 21; where versions of the type's schema have value (named
 * by the empty text) and dimensions under other names 22; the terms of its filter 23 (null: none); all its dimensions 24; its
 * organisation 25, aggregation 26, percentile 27 (null: another one); most values 28; end of the span 29.
 */
final class UsageTable {
    private static final int PLACES = 12;
    private static final BigDecimal SECONDS_AN_HOUR = BigDecimal.valueOf(3_600);

    /** Entries at the edges: those that the meter counts, as it counts them. */
    private static String edges() {
        return """
                select greatest(date_bin('15 minutes', e.event_time, 'epoch'), ($17::timestamptz[])[1]) as at, e.event_time,
                       e.customer, coalesce(e.subscription, '') as subscription,
                       array(select case when k.apart then coalesce(k.named ->> d.name, '') else '__other__' end
                             from unnest($20::text[]) with ordinality d (name, n) order by d.n) as dimensions,
                       s.sign, r.value
                from entry_standing e
                cross join lateral (
                    select coalesce(e.data #> nullif(array(select jsonb_array_elements_text(
                                        $22::text::jsonb #> array[e.schema_version::text, ''])), '{}'),
                                    e.data #> $6::text[]) as value) r
                cross join lateral (
                    select case when e.event_time >= $11::timestamptz and e.event_time < $12::timestamptz
                                then $13::int else $16::int end as sign) s
                cross join lateral (
                    select coalesce(jsonb_object_agg(d.name, d.value #>> '{}')
                                    filter (where jsonb_typeof(d.value) in ('string', 'number', 'boolean')), '{}') as named
                    from (select m.name, coalesce(e.data #> nullif(array(select jsonb_array_elements_text(
                                                      $22::text::jsonb #> array[e.schema_version::text, m.name])), '{}'),
                                                  e.data -> m.name) as value
                          from unnest($24::text[]) m (name) where cardinality($20::text[]) > 0) d) f
                cross join lateral (
                    select f.named, f.named = '{}' or exists (
                        select from dimension_set x
                        where x.tenant = $1 and x.meter = $2 and x.meter_version = $3 and x.customer = e.customer
                          and x.month = date_trunc('month', e.event_time, 'UTC')::date and x.dimensions::jsonb = f.named)
                        as apart) k
            """ + whichEntries();
    }

    /** Which entries lie at the edges, and are counted by the meter. */
    private static String whichEntries() {
        return """
                where ($11::timestamptz < $12::timestamptz or $14::timestamptz < $15::timestamptz)
                  and e.tenant = $1 and e.event_type = $5 and e.held is null
                  and (e.master_revision >= $4 or exists (
                      select from meter_backfill b
                      where b.organisation = $25 and b.meter = $2 and b.version = $3
                        and has_passed(b, e.recorded_at, e.event_key)))
                  and ($7::text is null or e.customer = $7) and ($8::text is null or e.subscription = $8)
                  and ($6::text[] is null or jsonb_typeof(r.value) = any (
                      case when $26::text = 'unique' then '{string,number,boolean}' else '{number}' end::text[]))
                  and not exists (
                      select from jsonb_array_elements($23::text::jsonb) t
                      where not coalesce(
                          coalesce(e.data #> nullif(array(select jsonb_array_elements_text(
                                       t -> 'renamed' -> e.schema_version::text)), '{}'),
                                   e.data #> array(select jsonb_array_elements_text(t -> 'path')))
                              @@ (t ->> 'holds')::jsonpath,
                          (t -> 'absent')::boolean))
                  and (e.event_time >= $11::timestamptz and e.event_time < $12::timestamptz
                       or e.event_time >= $14::timestamptz and e.event_time < $15::timestamptz)
            """;
    }

    /** What rows of what is kept have in common: their place and dimensions. */
    private static String kept(String at) {
        return """
                select greatest(%1$s, ($17::timestamptz[])[1]) as at, a.customer, a.subscription,
                       case when cardinality($20::text[]) = 0 then '{}'::text[]
                            else array(select coalesce(a.dimensions::jsonb ->> d.name, '')
                                       from unnest($20::text[]) with ordinality d (name, n) order by d.n) end as dimensions,
                """.formatted(at);
    }

    /** Every parameter with its type: no statement needs all, and Postgres asks for all. */
    private static String given() {
        return """
            given as (
                select $1::text, $2::text, $3::int, $4::bigint, $5::text, $6::text[], $7::text, $8::text, $9::timestamptz,
                       $10::timestamptz, $11::timestamptz, $12::timestamptz, $13::int, $14::timestamptz, $15::timestamptz,
                       $16::int, $17::timestamptz[], $18::boolean, $19::boolean, $20::text[], $21::bigint, $22::text,
                       $23::text, $24::text[], $25::text, $26::text, $27::numeric, $28::bigint, $29::timestamptz),
            """;
    }

    /** How rows are told apart. */
    private static String grouped(String number) {
        return """
            select width_bucket(at, $17::timestamptz[]) as %s,
                   case when $18::boolean then customer end as customer,
                   case when $19::boolean then subscription end as subscription, dimensions,
            """.formatted(number);
    }

    /** What is kept of whole quarters. */
    private static String of(String table, String at) {
        return """
                from %1$s a
                where a.tenant = $1 and a.meter = $2 and a.meter_version = $3
                  and ($7::text is null or a.customer = $7) and ($8::text is null or a.subscription = $8)
                  and a.%2$s >= $9::timestamptz and a.%2$s < $10::timestamptz
            """.formatted(table, at);
    }

    /** Quarters added up over all that is not told apart, before anything is made of each: a month has 3,000 of them, and many combinations. */
    private static String ofQuartersAdded() {
        return """
                from (
                    select a.bucket, case when $18::boolean then a.customer end as customer,
                           case when $19::boolean then a.subscription end as subscription,
                           case when cardinality($20::text[]) > 0 then a.dimensions end as dimensions,
                           sum(a.entries) as entries, sum(a.value) as value
            """ + of("aggregate", "bucket") + """
                    group by 1, 2, 3, 4) a
            """;
    }

    /** A value's text as the ledger keeps it. */
    private static String distinct() {
        return """
            case when octet_length(x.plain) <= 200 then x.plain
                 else 'digest:' || encode(substring(sha256(convert_to(x.plain, 'UTF8')) from 1 for 16), 'hex')::uuid::text end
            """;
    }

    /** Sums and how many entries they are of; an edge may be taken off. */
    static final String SUMS =
            "with " + given() + "edge as (" + edges() + "), counted as (" + kept("a.bucket") + "a.entries, a.value"
                    + ofQuartersAdded() + """
                union all
                select at, customer, subscription, dimensions, sign,
                       sign * case when $6::text[] is null then 1 else (value #>> '{}')::numeric end
                from edge)
            """ + grouped("window") + """
                   sum(value) as value, sum(entries) as entries
            from counted
            group by 1, 2, 3, 4
            having sum(entries) > 0 or sum(value) <> 0
            order by 1, 2, 3, 4
            limit $21
            """;

    /** The one value that stands. */
    static final String ONES = "with " + given() + "edge as (" + edges() + "), counted as (" + kept("a.bucket")
            + "coalesce(a.last_at, a.bucket) as last_at, a.value" + of("aggregate", "bucket") + """
                union all
                select at, customer, subscription, dimensions, event_time, (value #>> '{}')::numeric from edge)
            """ + grouped("window")
            + """
                   case $26::text when 'min' then min(value) when 'max' then max(value)
                        else (array_agg(value order by last_at desc, value desc))[1] end as value
            from counted
            group by 1, 2, 3, 4
            order by 1, 2, 3, 4
            limit $21
            """;

    private static String readValues() {
        return "with " + given() + "edge as (" + edges() + "), counted as (" + kept("a.at")
                + "a.value, a.occurrences" + of("aggregate_value", "at") + """
                union all
                select at, customer, subscription, dimensions,
                       case when $26::text = 'unique' then
            """ + distinct() + """
                            else value #>> '{}' end, 1
                from edge
                cross join lateral (
                    select case when jsonb_typeof(value) = 'string' then '"' || (value #>> '{}')
                                else value #>> '{}' end as plain) x
                limit $28),
            told as (
            """ + grouped("n")
                + "value, occurrences from counted)";
    }

    /** How many different values; and how many were read. */
    static final String UNIQUES = readValues() + """
            select n as window, customer, subscription, dimensions, count(distinct value)::numeric as value,
                   (select count(*) from counted) as read
            from told
            group by 1, 2, 3, 4
            order by 1, 2, 3, 4
            limit $21
            """;

    /** The least value that so many percent do not exceed; and how many were read. */
    static final String PERCENTILES = readValues() + """
            , summed as (
                select n, customer, subscription, dimensions, value::numeric as value, sum(occurrences) as times
                from told group by 1, 2, 3, 4, 5),
            ranked as (
                select n, customer, subscription, dimensions, value,
                       sum(times) over (partition by n, customer, subscription, dimensions order by value) as upto,
                       sum(times) over (partition by n, customer, subscription, dimensions) as total
                from summed)
            select n as window, customer, subscription, dimensions, min(value) as value, (select count(*) from counted) as read
            from ranked
            where upto * 100 >= $27::numeric * total
            group by 1, 2, 3, 4
            order by 1, 2, 3, 4
            limit $21
            """;

    /**
     * Level times seconds. A level holds from its event to the next one of the same customer and dimensions, at most to the
     * end of the span; so the last one before the span is read as well. Of two at one instant the greater holds.
     */
    static final String LEVELS = "with recursive " + given() + """
            series as (
                (select a.customer, a.dimensions from aggregate_value a
                 where a.tenant = $1 and a.meter = $2 and a.meter_version = $3 and ($7::text is null or a.customer = $7)
                 order by a.customer, a.dimensions limit 1)
                union all
                select n.customer, n.dimensions from series s
                cross join lateral (
                    select a.customer, a.dimensions from aggregate_value a
                    where a.tenant = $1 and a.meter = $2 and a.meter_version = $3 and ($7::text is null or a.customer = $7)
                      and (a.customer, a.dimensions) > (s.customer, s.dimensions)
                    order by a.customer, a.dimensions limit 1) n),
            read as (
                select s.customer, s.dimensions, l.at, l.value, l.subscription
                from series s
                cross join lateral (
                    (select a.at, a.value::numeric as value, a.subscription from aggregate_value a
                     where a.tenant = $1 and a.meter = $2 and a.meter_version = $3 and a.customer = s.customer
                       and a.dimensions = s.dimensions and a.at < ($17::timestamptz[])[1]
                     order by a.at desc, a.value::numeric desc limit 1)
                    union all
                    select a.at, a.value::numeric, a.subscription from aggregate_value a
                    where a.tenant = $1 and a.meter = $2 and a.meter_version = $3 and a.customer = s.customer
                      and a.dimensions = s.dimensions and a.at >= ($17::timestamptz[])[1] and a.at < $29::timestamptz) l
                limit $28),
            span as (
                select customer, dimensions, subscription, value, greatest(at, ($17::timestamptz[])[1]) as since,
                       least(lead(at) over (partition by customer, dimensions order by at, value), $29::timestamptz) as until
                from read),
            counted as (
                select w.n, s.customer, s.subscription,
                       array(select coalesce(s.dimensions::jsonb ->> d.name, '')
                             from unnest($20::text[]) with ordinality d (name, n) order by d.n) as dimensions,
                       s.value * extract(epoch from
                           least(s.until, coalesce(($17::timestamptz[])[w.n + 1], $29::timestamptz))
                           - greatest(s.since, ($17::timestamptz[])[w.n])) as value
                from span s
                cross join lateral generate_series(
                    width_bucket(s.since, $17::timestamptz[]), width_bucket(s.until, $17::timestamptz[])) w (n)
                where s.until > s.since and ($8::text is null or s.subscription = $8)
                  and s.until > ($17::timestamptz[])[w.n])
            select n as window, case when $18::boolean then customer end as customer,
                   case when $19::boolean then subscription end as subscription, dimensions, sum(value) as value,
                   (select count(*) from read) as read
            from counted
            group by 1, 2, 3, 4
            order by 1, 2, 3, 4
            limit $21
            """;

    /**
     * How a question is read: where its windows start, from which quarters and edges, and how many rows and values at most.
     *
     * @param upTo until when levels hold: what is counted, at most to the end
     */
    record Cut(List<Instant> starts, Instant end, Instant upTo, Quarters quarters, int mostRows, int mostValues) {
        Instant from(int window) {
            return starts.get(window - 1);
        }

        Instant to(int window) {
            return window < starts.size() ? starts.get(window) : end;
        }
    }

    /** The rows, and how many kept values were read for them. */
    record Read(List<UsageAnswer.Row> rows, long values) {}

    private UsageTable() {}

    static Future<Read> usage(
            SqlClient client, Caller caller, UsageQuestion question, MeteringTable.Meter meter, Cut cut) {
        return client.preparedQuery(statement(meter.aggregation()))
                .execute(parameters(caller, question, meter, cut))
                .map(rows -> MeteringTable.rowsOf(rows))
                .map(rows -> new Read(
                        rows.stream().map(row -> row(row, question, meter, cut)).toList(),
                        rows.isEmpty() || rows.getFirst().getColumnIndex("read") < 0
                                ? 0
                                : rows.getFirst().getLong("read")));
    }

    private static String statement(Aggregation aggregation) {
        return switch (aggregation) {
            case COUNT, SUM, AVG -> SUMS;
            case MIN, MAX, LATEST -> ONES;
            case UNIQUE -> UNIQUES;
            case PERCENTILE -> PERCENTILES;
            case WEIGHTED_SUM -> LEVELS;
        };
    }

    private static Tuple parameters(Caller caller, UsageQuestion question, MeteringTable.Meter meter, Cut cut) {
        Quarters quarters = cut.quarters();
        Tuple parameters = Tuple.of(
                        caller.tenant().value(),
                        question.meter().value(),
                        meter.version(),
                        meter.revision(),
                        meter.eventType())
                .addValue(meter.path())
                .addValue(
                        question.customer() == null ? null : question.customer().value())
                .addValue(
                        question.subscription() == null
                                ? null
                                : question.subscription().value())
                .addValue(Instants.utc(quarters.from()))
                .addValue(Instants.utc(quarters.to()));
        for (Quarters.Edge edge : List.of(quarters.head(), quarters.tail())) {
            parameters
                    .addValue(Instants.utc(edge.from()))
                    .addValue(Instants.utc(edge.to()))
                    .addValue(edge.sign());
        }
        return parameters
                .addValue(cut.starts().stream().map(Instants::utc).toArray(OffsetDateTime[]::new))
                .addValue(question.byCustomer())
                .addValue(question.bySubscription())
                .addValue(question.dimensions().toArray(String[]::new))
                .addValue(cut.mostRows() + 1)
                .addValue(meter.renamed())
                .addValue(meter.filter())
                .addValue(meter.dimensions().toArray(String[]::new))
                .addValue(caller.organisation())
                .addValue(meter.aggregation().text())
                .addValue(meter.percentile())
                .addValue(cut.mostValues() + 1)
                .addValue(Instants.utc(cut.upTo()));
    }

    private static UsageAnswer.Row row(Row row, UsageQuestion question, MeteringTable.Meter meter, Cut cut) {
        int window = row.getInteger("window");
        String subscription = row.getString("subscription");
        return new UsageAnswer.Row(
                cut.from(window),
                cut.to(window),
                row.getString("customer"),
                subscription == null || subscription.isEmpty() ? null : subscription,
                dimensions(question.dimensions(), row.getArrayOfStrings("dimensions")),
                Decimals.text(value(row, meter.aggregation())));
    }

    /** Quotients have twelve places, rounded to even; all else is exact. */
    private static BigDecimal value(Row row, Aggregation aggregation) {
        BigDecimal value = row.getBigDecimal("value");
        @Nullable
        BigDecimal by = switch (aggregation) {
            case AVG -> row.getBigDecimal("entries");
            case WEIGHTED_SUM -> SECONDS_AN_HOUR;
            case COUNT, SUM, MIN, MAX, LATEST, UNIQUE, PERCENTILE -> null;
        };
        return by == null ? value : value.divide(by, PLACES, RoundingMode.HALF_EVEN);
    }

    private static Map<String, String> dimensions(List<String> names, String[] values) {
        Map<String, String> dimensions = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            if (!values[i].isEmpty()) {
                dimensions.put(names.get(i), values[i]);
            }
        }
        return dimensions;
    }
}
