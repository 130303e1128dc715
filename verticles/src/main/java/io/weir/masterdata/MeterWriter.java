package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.weir.schemas.Act;
import io.weir.schemas.Aggregation;
import io.weir.schemas.Audited;
import io.weir.schemas.CanonicalJson;
import io.weir.schemas.Commands;
import io.weir.schemas.FieldError;
import io.weir.schemas.InlinedSchema;
import io.weir.schemas.MeterFilter;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.MeterSettings;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Stores meters. A definition never changes: a different one is the next version, and what is recorded from its writing on
 * counts in that one. A definition that a price or a feature uses stays, or a balance or an amount would change its meaning
 * behind somebody's back; who answers for a meter and what it is for may be said anew at any time.
 */
final class MeterWriter {
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private final Pool pool;
    private final MeterSettings limits;
    private final int maxSubschemas;

    MeterWriter(Pool pool, MeterSettings limits, int maxSubschemas) {
        this.pool = pool;
        this.limits = limits;
        this.maxSubschemas = maxSubschemas;
    }

    Future<Commands.Stored> put(Commands.PutMeter given) {
        List<FieldError> errors = new ArrayList<>();
        Commands.PutMeter put = plain(given, errors);
        return pool.withTransaction(connection -> MasterDataTable.lock(connection)
                .compose(locked -> MeterTable.meters(
                        connection, put.organisation(), put.meter().value()))
                .compose(found -> {
                    Optional<Revised<Catalog.Meter>> current = found.stream().findFirst();
                    Current.match(put.ifMatch(), current);
                    if (current.isPresent() && sameDefinition(current.get().content(), put.content())) {
                        return describe(connection, put, current.get());
                    }
                    return define(connection, put, current, errors);
                }));
    }

    /** The command without what its aggregation ignores; takes what is wrong in itself. */
    private static Commands.PutMeter plain(Commands.PutMeter put, List<FieldError> errors) {
        Commands.Meter content = put.content();
        Optional<Aggregation> aggregation = Aggregation.of(content.aggregation());
        if (aggregation.isEmpty()) {
            errors.add(new FieldError("/aggregation", "is no aggregation"));
        }
        boolean reads = aggregation.map(Aggregation::reads).orElse(true);
        if (reads && content.value() == null) {
            errors.add(new FieldError("/value", "must be given: the JSON Pointer of what is aggregated"));
        }
        boolean ranked = aggregation.filter(Aggregation.PERCENTILE::equals).isPresent();
        BigDecimal percentile = content.percentile();
        if (ranked && (percentile == null || percentile.signum() <= 0 || percentile.compareTo(HUNDRED) > 0)) {
            errors.add(new FieldError("/percentile", "must be given: more than 0, at most 100"));
        }
        JsonNode filter = content.filter();
        Commands.Meter plain = new Commands.Meter(
                content.eventType(),
                content.aggregation(),
                reads ? content.value() : null,
                ranked ? percentile : null,
                Objects.requireNonNullElse(content.dimensions(), List.of()),
                filter == null || filter.isObject() && filter.isEmpty() ? null : filter,
                content.unit(),
                content.owner(),
                content.purpose());
        return new Commands.PutMeter(put.tenant(), put.actor(), put.organisation(), put.meter(), plain, put.ifMatch());
    }

    /** Whether both count alike; the order of dimensions is none of it. */
    private static boolean sameDefinition(Catalog.Meter current, Commands.Meter put) {
        return current.eventType().equals(put.eventType())
                && current.aggregation().equals(put.aggregation())
                && Objects.equals(current.value(), put.value())
                && same(current.percentile(), put.percentile())
                && Set.copyOf(current.dimensions())
                        .equals(Set.copyOf(Objects.requireNonNullElse(put.dimensions(), List.of())))
                && text(current.filter()).equals(text(put.filter()))
                && current.unit().equals(put.unit());
    }

    private static boolean same(@Nullable JsonNode current, @Nullable BigDecimal put) {
        return current == null || put == null
                ? current == null && put == null
                : current.decimalValue().compareTo(put) == 0;
    }

    private static String text(@Nullable JsonNode filter) {
        return filter == null ? "" : CanonicalJson.text(filter);
    }

    private static Future<Commands.Stored> describe(
            SqlClient connection, Commands.PutMeter put, Revised<Catalog.Meter> current) {
        Catalog.Meter before = current.content();
        if (Objects.equals(before.owner(), put.content().owner())
                && Objects.equals(before.purpose(), put.content().purpose())) {
            return Future.succeededFuture(new Commands.Stored(current.revision(), false));
        }
        return MasterDataTable.nextRevision(connection)
                .compose(revision -> MeterTable.describe(connection, put, revision)
                        .compose(done -> stored(connection, put, Optional.of(current), revision)));
    }

    private Future<Commands.Stored> define(
            SqlClient connection,
            Commands.PutMeter put,
            Optional<Revised<Catalog.Meter>> current,
            List<FieldError> errors) {
        int version = current.map(now -> now.content().version()).orElse(0) + 1;
        return MeterTable.standing(connection, put)
                .map(standing -> allowed(put, version, standing))
                .compose(allowed -> EventTypeTable.last(
                        connection, put.organisation(), put.content().eventType()))
                .map(schema -> check(put, schema, errors))
                .compose(checked -> MasterDataTable.nextRevision(connection))
                .compose(revision -> MeterTable.insert(connection, put, version, revision)
                        .compose(done -> MeterTable.describe(connection, put, revision))
                        .compose(done -> stored(connection, put, current, revision)));
    }

    private MeterTable.Standing allowed(Commands.PutMeter put, int version, MeterTable.Standing standing) {
        if (version > 1 && !standing.users().isEmpty()) {
            throw conflict(
                    "meter-in-use",
                    "its definition stays, since it is used by " + String.join(", ", standing.users())
                            + ": put the new one as another meter");
        }
        if (version > limits.maxVersions()) {
            throw conflict("meter-limit", "a meter may have " + limits.maxVersions() + " versions");
        }
        if (standing.others() >= limits.maxPerType()) {
            throw conflict(
                    "meter-limit",
                    limits.maxPerType() + " meters count events of type "
                            + put.content().eventType() + ", and no more may");
        }
        return standing;
    }

    private Commands.PutMeter check(
            Commands.PutMeter put, Optional<EventTypeTable.Last> schema, List<FieldError> errors) {
        Commands.Meter content = put.content();
        JsonNode given = content.filter();
        MeterFilter filter = given == null ? MeterFilter.NONE : MeterFilter.of(given, errors);
        if (schema.isEmpty()) {
            errors.add(new FieldError("/eventType", "no such event type"));
        } else if (errors.isEmpty()) {
            errors.addAll(MeterReads.wrong(written(schema.get()), schema.get().mappings(), content, filter));
        }
        if (!errors.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(List.copyOf(errors)));
        }
        return put;
    }

    private JsonNode written(EventTypeTable.Last schema) {
        try {
            return InlinedSchema.of(schema.schema(), maxSubschemas);
        } catch (InlinedSchema.Unusable e) {
            throw new RefusedException(
                    Refusal.Invalid.at("/eventType", "its schema cannot be used: " + e.getMessage()));
        }
    }

    private static Future<Commands.Stored> stored(
            SqlClient connection, Commands.PutMeter put, Optional<Revised<Catalog.Meter>> before, long revision) {
        return EventTypeTable.changed(connection, put.organisation())
                .compose(done -> MasterDataTable.audit(
                        connection,
                        Audited.of(
                                put.tenant(),
                                put.actor(),
                                before.isPresent() ? Act.METER_CHANGED : Act.METER_CREATED,
                                put.meter().value(),
                                before.map(now -> now.content().defined()).orElse(null),
                                put.content())))
                .map(done -> new Commands.Stored(revision, before.isEmpty()));
    }

    private static RefusedException conflict(String kind, String detail) {
        return new RefusedException(new Refusal.Conflict(kind, detail));
    }
}
