package io.weir.metering;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.archive.Archive;
import io.weir.archive.ArchivedEvent;
import io.weir.schemas.Aggregation;
import io.weir.schemas.Decimals;
import io.weir.schemas.EventKeys;
import io.weir.schemas.FieldMapping;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.MeterFilter;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.io.IOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Answers what became of one event: from its recording to the ERP document; safe to be called from any thread. */
public final class EventQueries {
    private static final Logger LOG = LoggerFactory.getLogger(EventQueries.class);

    private final Pool report;
    private final Archive archive;
    private final Vertx vertx;

    /**
     * Answers.
     *
     * @param report connections of the flow class that answers reports
     * @param vertx on whose workers the archive is read
     */
    public EventQueries(Pool report, Archive archive, Vertx vertx) {
        this.report = report;
        this.archive = archive;
        this.vertx = vertx;
    }

    /** The event, once it is recorded; empty where the tenant has recorded none of that source and id. */
    public Future<Optional<EventState>> find(TenantId tenant, String source, String id) {
        return report.preparedQuery(MeteringTable.EVENT)
                .execute(Tuple.of(EventKeys.key(tenant, source, id), tenant.value()))
                .compose(rows -> rows.size() == 0
                        ? archived(tenant, EventKeys.key(tenant, source, id))
                        : lineage(tenant, rows.iterator().next()).map(Optional::of));
    }

    /** The event, where it has left for the archive. */
    private Future<Optional<EventState>> archived(TenantId tenant, UUID key) {
        return report.preparedQuery(MeteringTable.DAYS_OF_EVENT)
                .execute(Tuple.of(key, tenant.value()))
                .map(rows -> MeteringTable.rowsOf(rows).stream()
                        .map(row -> row.getLocalDate("day"))
                        .toList())
                .compose(days -> days.isEmpty()
                        ? Future.succeededFuture(Optional.empty())
                        : vertx.executeBlocking(() -> looked(key, days))
                                .compose(found -> found.isEmpty()
                                        ? Future.succeededFuture(Optional.empty())
                                        : archived(tenant, found.get()).map(Optional::of)));
    }

    private Optional<Archive.Found> looked(UUID key, List<LocalDate> days) {
        try {
            return archive.find(key, days);
        } catch (IOException e) {
            LOG.warn("archive.unread failure={}", e.toString());
            throw new RefusedException(new Refusal.Unavailable("the archive cannot be read on this node", 60));
        }
    }

    private Future<EventState> archived(TenantId tenant, Archive.Found found) {
        ArchivedEvent event = found.event();
        Tuple given = Tuple.of(event.key(), tenant.value(), event.source(), event.id(), event.type(), event.subject())
                .addValue(Instants.utc(event.time()))
                .addValue(event.correlation())
                .addValue(event.customer())
                .addValue(event.subscription())
                .addValue(event.subscriptionRevision())
                .addValue(event.legalEntity())
                .addValue(event.item())
                .addValue(event.schemaVersion())
                .addValue(event.masterRevision())
                .addValue(event.data())
                .addValue(Instants.utc(event.receivedAt()))
                .addValue(Instants.utc(event.loggedAt()))
                .addValue(Instants.utc(event.recordedAt()))
                .addValue(event.held());
        EventState.Archived place = new EventState.Archived(found.day().toString(), Archive.file(found.day()));
        return report.preparedQuery(MeteringTable.ARCHIVED_EVENT)
                .execute(given)
                .compose(rows -> lineage(tenant, rows.iterator().next()))
                .map(state -> state.archived(place));
    }

    /** Where an event is counted, what it is charged by, and how it was corrected. */
    private record Found(
            List<EventState.Aggregate> aggregates, List<Row> charges, List<EventState.Correction> corrections) {}

    private Future<EventState> lineage(TenantId tenant, Row entry) {
        JsonNode data = Json.tree(entry.getString("data"));
        return corrections(entry)
                .compose(corrections -> aggregates(tenant, entry, data)
                        .compose(aggregates -> charges(tenant, entry, aggregates, !corrections.isEmpty())
                                .map(charges -> state(entry, data, new Found(aggregates, charges, corrections)))));
    }

    private Future<List<EventState.Correction>> corrections(Row entry) {
        return entry.getInteger("corrections") == 0
                ? Future.succeededFuture(List.of())
                : report.preparedQuery(MeteringTable.CORRECTIONS)
                        .execute(Tuple.of(entry.getUUID("event_key")))
                        .map(rows -> MeteringTable.rowsOf(rows).stream()
                                .map(EventQueries::correction)
                                .toList());
    }

    private static EventState.Correction correction(Row row) {
        String type = row.getString("event_type");
        return new EventState.Correction(
                row.getString("kind"),
                row.getString("reason"),
                row.getString("corrected_by"),
                instant(row, "corrected_at"),
                row.getString("correlation"),
                type == null
                        ? null
                        : new EventState.TakenBack(
                                type,
                                subject(row),
                                instant(row, "event_time"),
                                row.getString("customer"),
                                row.getString("subscription"),
                                Json.tree(row.getString("data"))));
    }

    /** Where the entry is counted, or was until it was voided. */
    private Future<List<EventState.Aggregate>> aggregates(TenantId tenant, Row entry, JsonNode data) {
        if (entry.getString("held") != null) {
            return Future.succeededFuture(List.of());
        }
        return report.preparedQuery(MeteringTable.METERS_OF_ENTRY)
                .execute(Tuple.of(
                        tenant.value(),
                        entry.getString("event_type"),
                        entry.getLong("master_revision"),
                        entry.getInteger("schema_version"),
                        entry.getOffsetDateTime("recorded_at"),
                        entry.getUUID("event_key")))
                .map(rows -> MeteringTable.rowsOf(rows).stream()
                        .flatMap(meter -> aggregate(meter, data, instant(entry, "event_time")).stream())
                        .toList())
                .compose(aggregates -> kept(tenant, entry, aggregates));
    }

    /** The aggregates, in the remainder where their dimensions are not kept apart. */
    private Future<List<EventState.Aggregate>> kept(TenantId tenant, Row entry, List<EventState.Aggregate> aggregates) {
        if (aggregates.stream().allMatch(one -> one.dimensions().isEmpty())) {
            return Future.succeededFuture(aggregates);
        }
        return report.preparedQuery(MeteringTable.KEPT_APART)
                .execute(Tuple.of(tenant.value(), entry.getString("customer"))
                        .addArrayOfString(aggregates.stream()
                                .map(EventState.Aggregate::meter)
                                .toArray(String[]::new))
                        .addArrayOfInteger(aggregates.stream()
                                .map(EventState.Aggregate::meterVersion)
                                .toArray(Integer[]::new))
                        .addArrayOfString(aggregates.stream()
                                .map(one -> Json.text(one.dimensions()))
                                .toArray(String[]::new))
                        .addOffsetDateTime(entry.getOffsetDateTime("event_time")))
                .map(rows -> MeteringTable.rowsOf(rows).stream()
                        .map(row -> row.getString("meter"))
                        .collect(Collectors.toSet()))
                .map(apart -> aggregates.stream()
                        .map(one -> apart.contains(one.meter()) ? one : one.inRemainder())
                        .toList());
    }

    private Future<List<Row>> charges(
            TenantId tenant, Row entry, List<EventState.Aggregate> aggregates, boolean corrected) {
        if (entry.getString("subscription") == null && !corrected) {
            return Future.succeededFuture(List.of());
        }
        return report.preparedQuery(MeteringTable.CHARGES)
                .execute(Tuple.of(
                        entry.getUUID("event_key"),
                        tenant.value(),
                        entry.getOffsetDateTime("recorded_at"),
                        aggregates.stream().map(EventState.Aggregate::meter).toArray(String[]::new)))
                .map(MeteringTable::rowsOf);
    }

    private static EventState state(Row entry, JsonNode data, Found found) {
        boolean voided = entry.getBoolean("voided");
        String held = voided ? null : entry.getString("held");
        Long exception = entry.getLong("exception");
        boolean counted = !voided && held == null;
        return new EventState(
                entry.getString("source"),
                entry.getString("id"),
                voided ? "voided" : held != null ? "held" : found.corrections.isEmpty() ? "recorded" : "amended",
                counted && found.aggregates.isEmpty() ? true : null,
                held == null || exception == null ? null : exceptionId(exception),
                held,
                entry.getString("event_type"),
                subject(entry),
                instant(entry, "event_time"),
                entry.getString("correlation"),
                entry.getString("customer"),
                entry.getString("subscription"),
                entry.getString("legal_entity"),
                entry.getString("item"),
                entry.getString("backfill_set"),
                entry.getInteger("schema_version"),
                entry.getLong("master_revision"),
                data,
                new EventState.Stages(
                        instant(entry, "received_at"),
                        instant(entry, "logged_at"),
                        instant(entry, "recorded_at"),
                        earliest(found.charges, "created_at"),
                        earliest(found.charges, "posted_at")),
                counted ? found.aggregates : List.of(),
                found.charges.stream().map(EventQueries::charge).toList(),
                conflicts(entry),
                found.corrections.isEmpty() ? null : found.corrections,
                null);
    }

    private static @Nullable String subject(Row row) {
        String subject = row.getString("subject");
        return subject.isEmpty() ? null : subject;
    }

    private static Optional<EventState.Aggregate> aggregate(Row meter, JsonNode data, Instant time) {
        FieldMapping mapping = FieldMapping.of(meter.getString("mappings"));
        if (!MeterFilter.stored(meter.getString("filter")).accepts(data, mapping)) {
            return Optional.empty();
        }
        Map<String, String> dimensions = new LinkedHashMap<>();
        for (String name : meter.getArrayOfStrings("dimensions")) {
            JsonNode node = mapping.member(data, name);
            if (node.isValueNode() && !node.isNull()) {
                dimensions.put(name, node.asString());
            }
        }
        Instant from = Quarters.start(time);
        return value(meter, data, mapping)
                .map(value -> new EventState.Aggregate(
                        meter.getString("meter"),
                        meter.getInteger("version"),
                        from,
                        Quarters.end(from),
                        value,
                        dimensions));
    }

    /** What the event adds to the meter; empty where it has no number there, or for unique no scalar. */
    private static Optional<String> value(Row meter, JsonNode data, FieldMapping mapping) {
        Aggregation aggregation = Aggregation.of(meter.getString("aggregation")).orElseThrow();
        if (!aggregation.reads()) {
            return Optional.of("1");
        }
        JsonNode node = mapping.read(data, meter.getString("value"));
        if (node.isNumber()) {
            return Optional.of(Decimals.text(node.decimalValue()));
        }
        return !aggregation.numeric() && node.isValueNode() && !node.isNull()
                ? Optional.of(node.asString())
                : Optional.empty();
    }

    private static EventState.Charge charge(Row row) {
        return new EventState.Charge(
                row.getString("charge_key"),
                row.getString("meter"),
                row.getString("posting"),
                row.getString("external_id"),
                row.getString("document"),
                row.getString("state"),
                row.getBoolean("taken_back") ? true : null);
    }

    private static EventState.Conflicts conflicts(Row entry) {
        List<String> exceptions = Arrays.stream(entry.getArrayOfLongs("conflicts"))
                .map(EventQueries::exceptionId)
                .toList();
        return new EventState.Conflicts(exceptions.size(), exceptions);
    }

    /** An exception's id in the API: the ledger's carry an L. */
    private static String exceptionId(long exception) {
        return "L-" + exception;
    }

    private static Instant instant(Row row, String column) {
        return row.getOffsetDateTime(column).toInstant();
    }

    private static @Nullable Instant earliest(List<Row> rows, String column) {
        return rows.stream()
                .map(row -> row.getOffsetDateTime(column))
                .filter(Objects::nonNull)
                .min(OffsetDateTime::compareTo)
                .map(OffsetDateTime::toInstant)
                .orElse(null);
    }
}
