package io.weir.lineage;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Decimals;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The SQL of lineage, and how its rows are read. */
final class LineageTable {
    /**
     * Each event once: as what stands of it, or stood last. Parameters: tenant 1; event time from 2, to 3; customers 4, type 5,
     * state 6 (null: all); behind time 7 and key 8; most 9.
     */
    static final String EVENTS = """
            with page as (
                select e.source, e.id, e.held, e.event_type, e.subject, e.event_time, e.customer, e.subscription,
                       e.recorded_at, e.correlation, e.event_key, s.state
                from entry e
                left join correction r on r.event_key = e.event_key and r.reversed_at = e.recorded_at
                cross join lateral (
                    select case when r.event_key is not null then 'voided' when e.held is not null then 'held'
                                when e.log_partition = -2 then 'amended' else 'recorded' end as state) s
                where e.tenant = $1 and e.event_time >= $2 and e.event_time < $3
                  and ($4::text[] is null or e.customer = any ($4::text[])) and ($5::text is null or e.event_type = $5)
                  and ($6::text is null or s.state = $6)
                  and (r.event_key is null or r.kind = 'void' and not exists (
                      select from correction l where l.event_key = e.event_key and l.sequence > r.sequence))
                  and ($7::timestamptz is null or (e.event_time, e.event_key) < ($7, $8::uuid))
                order by e.event_time desc, e.event_key desc
                limit $9)
            select p.*, x.exception
            from page p
            left join lateral (
                select h.exception from ledger_exception h
                where p.state = 'held' and h.event_key = p.event_key and h.tenant = $1 and h.reason = p.held
                order by h.exception desc
                limit 1) x on true
            order by p.event_time desc, p.event_key desc
            """;

    static final String EVENT = """
            select e.source, e.id, e.event_type, e.subject, e.event_time, e.customer, e.subscription, e.recorded_at,
                   e.correlation, e.event_key, array[]::text[] as charges, array[]::text[] as taken_back_by
            from event_standing i
            join entry e on e.event_key = i.event_key and e.recorded_at = i.last_at
            where i.event_key = $1 and e.tenant = $2
            """;

    static final String CHARGES_OF_EVENT = """
            select charge_key, bool_or(taken_back) as taken_back from charges_of_event($1, $2)
            group by charge_key
            order by charge_key
            """;

    /** A document by its id here, or by the ERP's number. */
    static final String DOCUMENT = """
            select d.external_id, d.customer
            from posting_document d
            where d.tenant = $1 and (d.external_id = $2 or d.document = $2)
            order by (d.external_id = $2) desc, d.posted_at desc nulls last
            limit 1
            """;

    static final String CHARGES_OF_DOCUMENT = """
            select l.charge_key from posting_line l where l.external_id = $1 order by l.line
            """;

    static final String CHARGES = """
            select c.charge_key, c.run, c.customer, c.subscription, c.meter, c.price, c.price_version, c.quantity,
                   c.unit_price, c.amount, c.currency, c.span_from, c.span_to, c.created_at, l.external_id
            from charge c
            left join posting_line l on l.charge_key = c.charge_key
            where c.tenant = $1 and c.charge_key = any ($2::text[])
            order by c.subscription, c.meter, c.span_from, c.charge_key
            """;

    static final String DOCUMENTS = """
            select d.external_id, d.document, d.state, d.reason, d.posting, d.customer, d.subscription, d.currency,
                   d.total, d.posted_at
            from posting_document d
            where d.tenant = $1 and d.external_id in (
                select l.external_id from posting_line l where l.charge_key = any ($2::text[]))
            order by d.external_id
            """;

    static final String POSTINGS = """
            select p.posting, p.state, p.run, p.sha256, p.created_by, p.created_at, p.decided_by, p.decided_at
            from posting p
            where p.tenant = $1 and p.posting in (
                select l.posting from posting_line l where l.charge_key = any ($2::text[]))
            order by p.created_at, p.posting
            """;

    /** Hours of those charges; only that one hour where it is given. */
    static final String USAGE = """
            select h.charge_key, h.meter, h.hour, h.quantity
            from charge_hour h
            where h.tenant = $1 and h.charge_key = any ($2::text[])
              and ($3::timestamptz is null or h.hour = date_trunc('hour', $3::timestamptz, 'UTC'))
            order by h.hour, h.meter, h.charge_key
            """;

    /**
     * Events that those charges are of, oldest first: each in the first charge of its hour since it was counted, and, where it was
     * charged before it was taken back, in the first one since then. Behind time 3 and key 4, most 5.
     */
    static final String EVENTS_OF_CHARGES = """
            with hours as materialized (
                select h.subscription, h.subscription_revision, h.meter, h.hour, h.charge_key, c.created_at, c.sequence
                from charge_hour h join charge c on c.charge_key = h.charge_key
                where h.tenant = $1 and h.charge_key = any ($2::text[])
            ), span as (select min(hour) as first, max(hour) + interval '1 hour' as behind from hours)
            select e.source, e.id, (array_agg(e.event_type order by e.recorded_at desc))[1] as event_type,
                   (array_agg(e.subject order by e.recorded_at desc))[1] as subject, e.event_time,
                   (array_agg(e.customer order by e.recorded_at desc))[1] as customer,
                   (array_agg(e.subscription order by e.recorded_at desc))[1] as subscription,
                   max(e.recorded_at) as recorded_at,
                   (array_agg(e.correlation order by e.recorded_at desc))[1] as correlation, e.event_key,
                   array_agg(distinct h.charge_key order by h.charge_key) as charges,
                   array(select distinct k from unnest(array_agg(h.charge_key) filter (where w.back)) k order by k)
                       as taken_back_by
            from span
            join entry_life e on e.tenant = $1 and e.event_time >= span.first and e.event_time < span.behind and e.held is null
            join tenant t on t.tenant = e.tenant
            join hours h on h.subscription = e.subscription and h.subscription_revision = e.subscription_revision
                and h.hour = date_trunc('hour', e.event_time, 'UTC')
            cross join lateral (values (e.counted_at, false), (e.taken_back_at, true)) w (at, back)
            where w.at <= h.created_at
              and case when w.back then exists (
                      select from charge_hour b join charge bc on bc.charge_key = b.charge_key
                      where b.tenant = $1 and b.subscription = h.subscription and b.meter = h.meter and b.hour = h.hour
                        and b.subscription_revision = h.subscription_revision and bc.created_at >= e.counted_at
                        and bc.created_at < e.taken_back_at)
                  else e.taken_back_at is null or h.created_at < e.taken_back_at end
              and ($3::timestamptz is null or (e.event_time, e.event_key) > ($3, $4::uuid))
              and exists (select from meter m where m.organisation = t.organisation and m.meter = h.meter
                              and m.event_type = e.event_type)
              and not exists (
                  select from charge_hour o join charge oc on oc.charge_key = o.charge_key
                  where o.tenant = $1 and o.subscription = h.subscription and o.meter = h.meter and o.hour = h.hour
                    and o.subscription_revision = h.subscription_revision and oc.created_at >= w.at
                    and (oc.created_at, oc.sequence) < (h.created_at, h.sequence))
            group by e.event_time, e.event_key, e.source, e.id
            order by e.event_time, e.event_key
            limit $5
            """;

    /** Days that have left and may hold events of these charges. */
    static final String ARCHIVED_DAYS = """
            select d.day::text as day
            from (select min(hour) as first, max(hour) as last from charge_hour
                  where tenant = $1 and charge_key = any ($2::text[])) h
            cross join lateral archived_days($1, null, h.first, h.last + interval '1 hour') d (day)
            where h.first is not null
            order by 1
            """;

    private LineageTable() {}

    static EventItem item(Row row) {
        String state = row.getString("state");
        Long exception = row.getLong("exception");
        return new EventItem(
                row.getString("source"),
                row.getString("id"),
                state,
                state.equals("held") ? row.getString("held") : null,
                exception == null ? null : "L-" + exception,
                row.getString("event_type"),
                subject(row),
                instant(row, "event_time"),
                row.getString("customer"),
                row.getString("subscription"),
                instant(row, "recorded_at"),
                row.getString("correlation"));
    }

    static Lineage.Event event(Row row) {
        return new Lineage.Event(
                row.getString("source"),
                row.getString("id"),
                row.getString("event_type"),
                subject(row),
                instant(row, "event_time"),
                row.getString("customer"),
                row.getString("subscription"),
                instant(row, "recorded_at"),
                row.getString("correlation"),
                List.copyOf(Arrays.asList(row.getArrayOfStrings("charges"))),
                takenBack(Arrays.asList(row.getArrayOfStrings("taken_back_by"))));
    }

    /** Null where it is none: most events are never taken back. */
    static @Nullable List<String> takenBack(List<String> charges) {
        return charges.isEmpty() ? null : List.copyOf(charges);
    }

    static Lineage.Document document(Row row) {
        return new Lineage.Document(
                row.getString("external_id"),
                row.getString("document"),
                row.getString("state"),
                row.getString("reason"),
                row.getString("posting"),
                row.getString("customer"),
                row.getString("subscription"),
                row.getString("currency"),
                Decimals.text(row.getBigDecimal("total")),
                maybe(row, "posted_at"));
    }

    static Lineage.Posting posting(Row row) {
        return new Lineage.Posting(
                row.getString("posting"),
                row.getString("state"),
                row.getString("run"),
                row.getString("sha256"),
                row.getString("created_by"),
                instant(row, "created_at"),
                row.getString("decided_by"),
                maybe(row, "decided_at"));
    }

    static Lineage.Charge charge(Row row) {
        return new Lineage.Charge(
                row.getString("charge_key"),
                row.getString("run"),
                row.getString("customer"),
                row.getString("subscription"),
                row.getString("meter"),
                row.getString("price"),
                row.getInteger("price_version"),
                Decimals.text(row.getBigDecimal("quantity")),
                Decimals.text(row.getBigDecimal("unit_price")),
                Decimals.text(row.getBigDecimal("amount")),
                row.getString("currency"),
                instant(row, "span_from"),
                instant(row, "span_to"),
                instant(row, "created_at"),
                row.getString("external_id"));
    }

    static Lineage.Usage usage(Row row) {
        Instant hour = instant(row, "hour");
        return new Lineage.Usage(
                row.getString("charge_key"),
                row.getString("meter"),
                hour,
                hour.plusSeconds(3_600),
                Decimals.text(row.getBigDecimal("quantity")));
    }

    static Instant instant(Row row, String column) {
        return Objects.requireNonNull(maybe(row, column));
    }

    private static @Nullable Instant maybe(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }

    private static @Nullable String subject(Row row) {
        String subject = row.getString("subject");
        return subject.isEmpty() ? null : subject;
    }
}
