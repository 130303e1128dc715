package io.weir.metering;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Caller;
import io.weir.schemas.Decimals;
import io.weir.schemas.FieldMapping;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.MeterFilter;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The SQL of usage, and how its rows are read. */
final class MeteringTable {
    /** The subscription of another customer is unknown to a caller that is narrowed to customers. */
    static final String METER = """
            select m.version, m.revision, m.event_type, m.aggregation, m.value, m.dimensions, m.unit,
                   m.filter::text as filter, $4::text is null or exists (
                       select from customer c where c.tenant = $1 and c.customer = $4 and c.effective_to = 'infinity')
                       as customer_known,
                   $5::text is null or exists (
                       select from subscription s
                       where s.tenant = $1 and s.subscription = $5
                         and case when $6::boolean then s.customer = $4 else s.effective_to = 'infinity' end)
                       as subscription_known,
                   (select count(*) from ledger_exception x
                    where x.tenant = $1 and x.state = 'open' and x.event_type = m.event_type
                      and x.reason in ('unmatched_account', 'unknown_subscription')) as held,
                   (select coalesce(jsonb_object_agg(s.version::text, s.mappings), '{}')::text
                      from event_type_schema s
                      where s.organisation = m.organisation and s.event_type = m.event_type and s.mappings <> '{}') as mappings
            from meter m
            where m.organisation = $2 and m.meter = $3
            order by m.version desc
            limit 1
            """;

    /**
     * Parameters: tenant 1, meter 2, its version 3, revision 4, event type 5, value path 6 (null: count); customer 7 and
     * subscription 8 (null: all); whole quarters 9-10; edges 11-13 and 14-16 (from, to, sign); starts of the windows 17;
     * grouping by customer 18, subscription 19, dimensions 20; most rows 21; where versions of the type's schema have value (named
     * by the empty text) and dimensions under other names 22; the terms of its filter 23 (null: none). Entries that an older master-data revision
     * resolved than the meter's are in none of its aggregates, so they are left out here as well.
     */
    static final String USAGE = """
            with counted as (
                select greatest(a.bucket, ($17::timestamptz[])[1]) as at, a.customer, a.subscription,
                       array(select coalesce(a.dimensions::jsonb ->> d.name, '')
                             from unnest($20::text[]) with ordinality d (name, n) order by d.n) as dimensions,
                       a.entries, a.value
                from aggregate a
                where a.tenant = $1 and a.meter = $2 and a.meter_version = $3
                  and ($7::text is null or a.customer = $7) and ($8::text is null or a.subscription = $8)
                  and a.bucket >= $9::timestamptz and a.bucket < $10::timestamptz
                union all
                select greatest(date_bin('15 minutes', e.event_time, 'epoch'), ($17::timestamptz[])[1]), e.customer,
                       coalesce(e.subscription, ''),
                       array(select coalesce(e.data #>> nullif(array(select jsonb_array_elements_text(
                                                 $22::text::jsonb #> array[e.schema_version::text, d.name])), '{}'),
                                             e.data ->> d.name, '')
                             from unnest($20::text[]) with ordinality d (name, n) order by d.n),
                       s.sign,
                       s.sign * case when $6::text[] is null then 1 else (r.value #>> '{}')::numeric end
                from entry e
                cross join lateral (
                    select coalesce(e.data #> nullif(array(select jsonb_array_elements_text(
                                        $22::text::jsonb #> array[e.schema_version::text, ''])), '{}'),
                                    e.data #> $6::text[]) as value) r
                cross join lateral (
                    select case when e.event_time >= $11::timestamptz and e.event_time < $12::timestamptz
                                then $13::int else $16::int end as sign) s
                where e.tenant = $1 and e.event_type = $5 and e.held is null and e.master_revision >= $4
                  and ($7::text is null or e.customer = $7) and ($8::text is null or e.subscription = $8)
                  and ($6::text[] is null or jsonb_typeof(r.value) = 'number')
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
            )
            select width_bucket(at, $17::timestamptz[]) as window,
                   case when $18::boolean then customer end as customer,
                   case when $19::boolean then subscription end as subscription,
                   dimensions, sum(value) as value
            from counted
            group by 1, 2, 3, 4
            having sum(entries) > 0 or sum(value) <> 0
            order by 1, 2, 3, 4
            limit $21
            """;

    static final String EVENT = """
            select e.source, e.id, e.event_type, e.subject, e.event_time, e.correlation, e.customer, e.subscription,
                   e.subscription_revision, e.legal_entity, e.item, e.schema_version, e.master_revision,
                   e.data::text as data, e.received_at, e.logged_at, e.recorded_at, e.held, x.exception,
                   greatest(e.recorded_at, x.resolved_at) as counted_at,
                   array(select c.exception from ledger_exception c
                         where c.event_key = e.event_key and c.tenant = e.tenant and c.reason = 'conflict'
                         order by c.exception) as conflicts
            from event_id i
            join entry e on e.event_key = i.event_key and e.recorded_at = i.recorded_at
            left join lateral (
                select h.exception, h.resolved_at from ledger_exception h
                where h.event_key = e.event_key and h.tenant = e.tenant
                  and h.reason in ('unmatched_account', 'unknown_subscription')
                order by h.exception desc
                limit 1) x on true
            where i.event_key = $1 and e.tenant = $2
            """;

    /** The meters that an entry of that master-data revision is counted in. */
    static final String METERS_OF_TYPE = """
            select distinct on (m.meter) m.meter, m.version, m.revision, m.aggregation, m.value, m.dimensions,
                   m.filter::text as filter,
                   (select s.mappings::text from event_type_schema s
                    where s.organisation = m.organisation and s.event_type = m.event_type and s.version = $4) as mappings
            from meter m
            join tenant t on t.organisation = m.organisation
            where t.tenant = $1 and m.event_type = $2 and m.revision <= $3
            order by m.meter, m.version desc
            """;

    /** Of each meter the first charge of the event's hour since it was counted: later ones are adjustments for others. */
    static final String CHARGES = """
            select distinct on (c.meter) c.meter, c.charge_key, c.created_at, l.posting, l.external_id, d.document,
                   d.state, d.posted_at
            from charge_hour h
            join charge c on c.charge_key = h.charge_key
            left join posting_line l on l.charge_key = c.charge_key
            left join posting_document d on d.external_id = l.external_id
            where h.tenant = $1 and h.subscription = $2 and h.subscription_revision = $3
              and h.hour = date_trunc('hour', $4::timestamptz, 'UTC') and h.meter = any ($5::text[])
              and c.created_at >= $6::timestamptz
            order by c.meter, c.created_at, c.sequence
            """;

    /**
     * A meter as usage reads it.
     *
     * @param path where its value lies in an event's data; null for count
     * @param renamed where versions of its type's schema have value and dimensions under other names: JSON of paths by version
     * @param filter its filter's terms as JSON: path, paths by version, what must hold there; null where it takes every event
     * @param held events of its type that are held, of the whole tenant
     */
    record Meter(
            int version,
            long revision,
            String eventType,
            String @Nullable [] path,
            List<String> dimensions,
            String renamed,
            @Nullable String filter,
            String unit,
            boolean customerKnown,
            boolean subscriptionKnown,
            long held) {}

    private MeteringTable() {}

    static Future<Optional<Meter>> meter(SqlClient client, Caller caller, UsageQuestion question) {
        return client.preparedQuery(METER)
                .execute(Tuple.of(
                        caller.tenant().value(),
                        caller.organisation(),
                        question.meter().value(),
                        question.customer() == null ? null : question.customer().value(),
                        question.subscription() == null
                                ? null
                                : question.subscription().value(),
                        caller.narrowing().customers() != null))
                .map(rows -> rowsOf(rows).stream().findFirst().map(MeteringTable::meter));
    }

    static Future<List<UsageAnswer.Row>> usage(
            SqlClient client, Caller caller, UsageQuestion question, Meter meter, Cut cut) {
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
        parameters
                .addValue(cut.starts().stream().map(Instants::utc).toArray(OffsetDateTime[]::new))
                .addValue(question.byCustomer())
                .addValue(question.bySubscription())
                .addValue(question.dimensions().toArray(String[]::new))
                .addValue(cut.mostRows() + 1)
                .addValue(meter.renamed())
                .addValue(meter.filter());
        return client.preparedQuery(USAGE)
                .execute(parameters)
                .map(rows -> rowsOf(rows).stream()
                        .map(row -> row(row, question, cut))
                        .toList());
    }

    /** How a question is read: where its windows start, from which quarters and edges, and how many rows at most. */
    record Cut(List<Instant> starts, Instant end, Quarters quarters, int mostRows) {
        Instant from(int window) {
            return starts.get(window - 1);
        }

        Instant to(int window) {
            return window < starts.size() ? starts.get(window) : end;
        }
    }

    static List<Row> rowsOf(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false).toList();
    }

    /** The path of a JSON Pointer into the event, within the event's data. */
    static String[] path(String pointer) {
        if (!pointer.startsWith("/data/")) {
            throw new IllegalStateException("a meter's value must lie in the event's data: " + pointer);
        }
        String[] path = pointer.substring("/data/".length()).split("/", -1);
        for (int i = 0; i < path.length; i++) {
            path[i] = path[i].replace("~1", "/").replace("~0", "~");
        }
        return path;
    }

    private static Meter meter(Row row) {
        String value = row.getString("value");
        boolean count = row.getString("aggregation").equals("count");
        return new Meter(
                row.getInteger("version"),
                row.getLong("revision"),
                row.getString("event_type"),
                count || value == null ? null : path(value),
                List.of(row.getArrayOfStrings("dimensions")),
                renamed(value, row),
                filter(MeterFilter.stored(row.getString("filter")), Json.tree(row.getString("mappings"))),
                row.getString("unit"),
                row.getBoolean("customer_known"),
                row.getBoolean("subscription_known"),
                row.getLong("held"));
    }

    private static @Nullable String filter(MeterFilter filter, JsonNode mappings) {
        if (filter.terms().isEmpty()) {
            return null;
        }
        ArrayNode terms = Json.object().putArray("terms");
        for (MeterFilter.Term term : filter.terms()) {
            ObjectNode one = terms.addObject();
            steps(term.pointer(), one.putArray("path"));
            ObjectNode renamed = one.putObject("renamed");
            mappings.properties().forEach(version -> {
                JsonNode to = version.getValue().path(term.pointer());
                if (to.isString()) {
                    steps(to.stringValue(), renamed.putArray(version.getKey()));
                }
            });
            one.put("holds", term.path());
            one.put("absent", term.holdsAbsent());
        }
        return terms.toString();
    }

    private static void steps(String pointer, ArrayNode path) {
        for (String step : path(pointer)) {
            path.add(step);
        }
    }

    private static String renamed(@Nullable String value, Row meter) {
        ObjectNode versions = Json.object();
        Json.tree(meter.getString("mappings")).properties().forEach(version -> {
            ObjectNode paths = versions.putObject(version.getKey());
            if (value != null) {
                renamed("", version.getValue().path(value), paths);
            }
            for (String name : meter.getArrayOfStrings("dimensions")) {
                renamed(name, version.getValue().path(FieldMapping.pointer(name)), paths);
            }
        });
        return versions.toString();
    }

    private static void renamed(String name, JsonNode to, ObjectNode paths) {
        if (to.isString()) {
            steps(to.stringValue(), paths.putArray(name));
        }
    }

    private static UsageAnswer.Row row(Row row, UsageQuestion question, Cut cut) {
        int window = row.getInteger("window");
        String subscription = row.getString("subscription");
        return new UsageAnswer.Row(
                cut.from(window),
                cut.to(window),
                row.getString("customer"),
                subscription == null || subscription.isEmpty() ? null : subscription,
                dimensions(question.dimensions(), row.getArrayOfStrings("dimensions")),
                Decimals.text(row.getBigDecimal("value")));
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
