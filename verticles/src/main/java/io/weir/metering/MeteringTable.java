package io.weir.metering;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Aggregation;
import io.weir.schemas.BackfillState;
import io.weir.schemas.Caller;
import io.weir.schemas.FieldMapping;
import io.weir.schemas.Json;
import io.weir.schemas.JsonPointers;
import io.weir.schemas.MeterFilter;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The SQL of what usage is asked of: a meter as it stands, one event, and what became of it. */
final class MeteringTable {
    /** The subscription of another customer is unknown to a caller that is narrowed to customers. */
    static final String METER = """
            select m.version, m.revision, m.event_type, m.aggregation, m.value, m.percentile, m.dimensions, m.unit,
                   m.filter::text as filter, b.day, b.ended_at, b.since, $4::text is null or exists (
                       select from customer c where c.tenant = $1 and c.customer = $4 and c.effective_to = 'infinity')
                       as customer_known,
                   $5::text is null or exists (
                       select from subscription s
                       where s.tenant = $1 and s.subscription = $5
                         and case when $6::boolean then s.customer = $4 else s.effective_to = 'infinity' end)
                       as subscription_known,
                   (select max(p.last_time) from archive_part p join archive_day d on d.day = p.day
                    where p.tenant = $1 and p.event_type = m.event_type and d.state in ('leaving', 'dropped')) as archived_to,
                   (select count(*) from ledger_exception x
                    where x.tenant = $1 and x.state = 'open' and x.event_type = m.event_type
                      and x.reason in ('unmatched_account', 'unknown_subscription')) as held,
                   (select coalesce(sum(u.events), 0)::bigint from uncounted_event u
                    where u.tenant = $1 and u.event_type = m.event_type) as uncounted,
                   (select coalesce(jsonb_object_agg(s.version::text, s.mappings), '{}')::text
                      from event_type_schema s
                      where s.organisation = m.organisation and s.event_type = m.event_type and s.mappings <> '{}') as mappings
            from meter m
            left join meter_backfill b on b.organisation = m.organisation and b.meter = m.meter and b.version = m.version
            where m.organisation = $2 and m.meter = $3
            order by m.version desc
            limit 1
            """;

    /** An event as it stands, or stood last. */
    static final String EVENT = """
            select e.event_key, e.source, e.id, e.event_type, e.subject, e.event_time, e.correlation, e.customer, e.subscription,
                   e.subscription_revision, e.legal_entity, e.item, e.schema_version, e.master_revision,
                   e.data::text as data, e.received_at, e.logged_at, e.recorded_at, e.held, x.exception,
                   array(select c.exception from ledger_exception c
                         where c.event_key = e.event_key and c.tenant = e.tenant and c.reason = 'conflict'
                         order by c.exception) as conflicts,
                   i.recorded_at is null as voided, i.corrections,
                   (select max(b.backfill_set) from backfill_event b
                    where b.event_key = e.event_key and b.outcome = 'recorded') as backfill_set
            from event_standing i
            join entry e on e.event_key = i.event_key and e.recorded_at = i.last_at
            left join lateral (
                select h.exception from ledger_exception h
                where h.event_key = e.event_key and h.tenant = e.tenant
                  and h.reason in ('unmatched_account', 'unknown_subscription')
                order by h.exception desc
                limit 1) x on true
            where i.event_key = $1 and e.tenant = $2
            """;

    /** Voids and amendments of an event, in their order, and what each took back. */
    static final String CORRECTIONS = """
            select c.kind, c.reason, c.corrected_by, c.corrected_at, c.correlation, e.event_type, e.subject, e.event_time, e.customer,
                   e.subscription, e.data::text as data
            from correction c
            join event_id i on i.event_key = c.event_key and c.corrected_at > i.recorded_at
            left join entry e on e.event_key = c.event_key and e.recorded_at = c.reversed_at
            where c.event_key = $1
            order by c.sequence
            """;

    /**
     * An event that has left, as {@link #EVENT} tells of one that is here. Parameters: key 1, tenant 2, source 3, id 4, type 5,
     * subject 6, time 7, correlation 8, customer 9, subscription 10, its revision 11, legal entity 12, item 13, schema version 14,
     * master revision 15, data 16, received 17, logged 18, recorded 19, held 20.
     */
    static final String ARCHIVED_EVENT = """
            select $1::uuid as event_key, $3::text as source, $4::text as id, $5::text as event_type, $6::text as subject,
                   $7::timestamptz as event_time, $8::text as correlation, $9::text as customer, $10::text as subscription,
                   $11::bigint as subscription_revision, $12::text as legal_entity, $13::text as item, $14::int as schema_version,
                   $15::bigint as master_revision, $16::text as data, $17::timestamptz as received_at,
                   $18::timestamptz as logged_at, $19::timestamptz as recorded_at, $20::text as held, x.exception,
                   array(select c.exception from ledger_exception c
                         where c.event_key = $1 and c.tenant = $2 and c.reason = 'conflict' order by c.exception) as conflicts,
                   coalesce((select c.kind = 'void' from correction c where c.event_key = $1 order by c.sequence desc limit 1), false)
                       as voided,
                   (select count(*)::int from correction c where c.event_key = $1) as corrections,
                   (select max(b.backfill_set) from backfill_event b
                    where b.event_key = $1 and b.outcome = 'recorded') as backfill_set
            from (select 1) one
            left join lateral (
                select h.exception from ledger_exception h
                where h.event_key = $1 and h.tenant = $2 and h.reason in ('unmatched_account', 'unknown_subscription')
                order by h.exception desc
                limit 1) x on true
            """;

    /** Days that have left and may hold what stands of an event: that of its id, or where that is forgotten, all whose ids are; newest first. */
    static final String DAYS_OF_EVENT = """
            select d.day from archive_day d
            where d.state in ('leaving', 'dropped')
              and exists (select from archive_part p where p.day = d.day and p.tenant = $2)
              and case when exists (select from event_id i where i.event_key = $1)
                       then d.day = (select (i.last_at at time zone 'UTC')::date from event_standing i where i.event_key = $1)
                       else d.ids_passed > 0 end
            order by d.day desc
            """;

    /**
     * The meters that an entry may be counted in, each in the newest version that has counted such: by that master-data revision,
     * or because its backfill has passed the entry.
     */
    static final String METERS_OF_ENTRY = """
            with own as (
                select m.meter, m.version, m.revision, m.event_type, m.aggregation, m.value, m.dimensions, m.filter, m.organisation
                from meter m join tenant t on t.organisation = m.organisation
                where t.tenant = $1),
            counting as (
                select * from (
                    select distinct on (o.meter) o.* from own o where o.revision <= $3 order by o.meter, o.version desc) newest
                union all
                select o.* from own o
                join meter_backfill b on b.organisation = o.organisation and b.meter = o.meter and b.version = o.version
                where o.revision > $3 and has_passed(b, $5::timestamptz, $6::uuid))
            select distinct on (c.meter) c.meter, c.version, c.aggregation, c.value, c.dimensions, c.filter::text as filter,
                   (select s.mappings::text from event_type_schema s
                    where s.organisation = c.organisation and s.event_type = c.event_type and s.version = $4) as mappings
            from counting c
            where c.event_type = $2
            order by c.meter, c.version desc
            """;

    /** Which of these dimensions are kept apart; others are counted in the remainder. */
    static final String KEPT_APART = """
            select n.meter from unnest($3::text[], $4::int[], $5::text[]) as n(meter, version, dimensions)
            where n.dimensions = '{}' or exists (
                select from dimension_set d
                where d.tenant = $1 and d.customer = $2 and d.meter = n.meter and d.meter_version = n.version
                  and d.month = date_trunc('month', $6::timestamptz, 'UTC')::date
                  and d.dimensions::jsonb = n.dimensions::jsonb)
            """;

    /** What it is charged by, of the entry of that time in those meters alone; and what took charges back. */
    static final String CHARGES = """
            select p.meter, p.charge_key, p.taken_back, c.created_at, l.posting, l.external_id, d.document, d.state, d.posted_at
            from charges_of_event($1, $2) p
            join charge c on c.charge_key = p.charge_key
            left join posting_line l on l.charge_key = c.charge_key
            left join posting_document d on d.external_id = l.external_id
            where p.recorded_at <> $3 or p.meter = any ($4::text[])
            order by c.created_at, p.meter, p.charge_key, p.taken_back
            """;

    /**
     * A meter as usage reads it.
     *
     * @param path where its value lies in an event's data; null for count
     * @param percentile for the aggregation of that name alone
     * @param renamed where versions of its type's schema have value and dimensions under other names: JSON of paths by version
     * @param filter its filter's terms as JSON: path, paths by version, what must hold there; null where it takes every event
     * @param held events of its type that are held, of the whole tenant
     * @param uncounted events of its type that no meter counts, of the whole tenant
     * @param archivedTo the latest time of an event of its type that has left for the archive; null where none has
     */
    record Meter(
            int version,
            long revision,
            String eventType,
            Aggregation aggregation,
            String @Nullable [] path,
            @Nullable BigDecimal percentile,
            List<String> dimensions,
            String renamed,
            @Nullable String filter,
            String unit,
            boolean customerKnown,
            boolean subscriptionKnown,
            long held,
            long uncounted,
            BackfillState backfill,
            @Nullable Instant archivedTo) {}

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

    static List<Row> rowsOf(RowSet<Row> rows) {
        return StreamSupport.stream(rows.spliterator(), false).toList();
    }

    /** The path of a JSON Pointer into the event, within the event's data. */
    static String[] path(String pointer) {
        if (!pointer.startsWith("/data/")) {
            throw new IllegalStateException("a meter's value must lie in the event's data: " + pointer);
        }
        return JsonPointers.steps(pointer.substring("/data".length())).toArray(String[]::new);
    }

    private static Meter meter(Row row) {
        OffsetDateTime archivedTo = row.getOffsetDateTime("archived_to");
        String value = row.getString("value");
        Aggregation aggregation = Aggregation.of(row.getString("aggregation")).orElseThrow();
        return new Meter(
                row.getInteger("version"),
                row.getLong("revision"),
                row.getString("event_type"),
                aggregation,
                !aggregation.reads() || value == null ? null : path(value),
                row.getBigDecimal("percentile"),
                List.of(row.getArrayOfStrings("dimensions")),
                renamed(value, row),
                filter(MeterFilter.stored(row.getString("filter")), Json.tree(row.getString("mappings"))),
                row.getString("unit"),
                row.getBoolean("customer_known"),
                row.getBoolean("subscription_known"),
                row.getLong("held"),
                row.getLong("uncounted"),
                BackfillState.of(
                        row.getLocalDate("day"), row.getOffsetDateTime("ended_at"), row.getOffsetDateTime("since")),
                archivedTo == null ? null : archivedTo.toInstant());
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
}
