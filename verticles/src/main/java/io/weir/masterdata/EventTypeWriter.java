package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands;
import io.weir.schemas.Deprecation;
import io.weir.schemas.FieldError;
import io.weir.schemas.InlinedSchema;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * Stores versions of event types' schemas, which are never changed, and what stands beside them. A new version is next to the
 * last one, compatible with it as its type says, and readable to every meter of the type.
 */
final class EventTypeWriter {
    private static final int KEY_BYTES = 32;

    private final Pool pool;
    private final WeirSettings.Schemas limits;
    private final SecureRandom random = new SecureRandom();

    EventTypeWriter(Pool pool, WeirSettings.Schemas limits) {
        this.pool = pool;
        this.limits = limits;
    }

    Future<Commands.Stored> put(Commands.PutSchema put) {
        return pool.withTransaction(connection -> MasterDataTable.lock(connection)
                .compose(locked -> EventTypeTable.standing(connection, put))
                .compose(standing -> standing.isPresent()
                        ? Future.succeededFuture(stands(put, standing.get()))
                        : register(connection, put)));
    }

    private static Commands.Stored stands(Commands.PutSchema put, EventTypeTable.Standing standing) {
        Long ifMatch = put.ifMatch();
        if (ifMatch != null && ifMatch != standing.revision()) {
            throw new RefusedException(new Refusal.PreconditionFailed(Long.toString(standing.revision())));
        }
        if (!standing.same()) {
            throw conflict(
                    "schema-exists", "version " + put.version() + " is another schema: put it as the next version");
        }
        return new Commands.Stored(standing.revision(), false);
    }

    private Future<Commands.Stored> register(SqlClient connection, Commands.PutSchema put) {
        Current.match(put.ifMatch(), Optional.empty());
        JsonNode written = written(put.schema());
        List<FieldError> wrong = MeterReads.wrong(written, put.mappings());
        if (!wrong.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(wrong));
        }
        return EventTypeTable.last(connection, put.organisation(), put.type())
                .map(last -> inOrder(put, last))
                .compose(last -> EventTypeTable.types(connection, put.organisation(), put.type())
                        .map(types -> compatible(types, last, written)))
                .compose(checked -> EventTypeTable.meters(connection, put.organisation(), put.type()))
                .map(meters -> readable(written, put, meters))
                .compose(checked -> MasterDataTable.nextRevision(connection))
                .compose(revision -> EventTypeTable.insert(connection, put, revision, key(put.schema()))
                        .compose(done -> EventTypeTable.changed(connection, put.organisation()))
                        .compose(done -> MasterDataTable.audit(connection, registered(put)))
                        .map(done -> new Commands.Stored(revision, true)));
    }

    private static Audited registered(Commands.PutSchema put) {
        return Audited.of(
                put.tenant(),
                put.actor(),
                Act.SCHEMA_REGISTERED,
                put.type() + "/" + put.version(),
                null,
                Map.of("schema", put.schema(), "mappings", put.mappings()));
    }

    private JsonNode written(JsonNode schema) {
        try {
            return InlinedSchema.of(schema, limits.maxSubschemas());
        } catch (InlinedSchema.Unusable e) {
            throw new RefusedException(new Refusal.Invalid(List.of(e.error())));
        }
    }

    private Optional<EventTypeTable.Last> inOrder(Commands.PutSchema put, Optional<EventTypeTable.Last> last) {
        int next = last.map(EventTypeTable.Last::version).orElse(0) + 1;
        if (put.version() != next) {
            throw conflict("schema-version-order", "the next version of this type is " + next);
        }
        if (next > limits.maxVersions()) {
            throw conflict("schema-version-order", "a type may have " + limits.maxVersions() + " versions");
        }
        return last;
    }

    private Optional<EventTypeTable.Last> compatible(
            List<Catalog.EventType> types, Optional<EventTypeTable.Last> last, JsonNode written) {
        String mode = types.isEmpty() ? "backward" : types.getFirst().compatibility();
        if (last.isEmpty() || mode.equals("none")) {
            return last;
        }
        List<FieldError> differences = new ArrayList<>();
        try {
            JsonNode before = InlinedSchema.of(last.get().schema(), limits.maxSubschemas());
            if (!mode.equals("forward")) {
                differences.addAll(SchemaComparison.differences(before, written));
            }
            if (!mode.equals("backward")) {
                SchemaComparison.differences(written, before)
                        .forEach(error -> differences.add(
                                new FieldError(error.pointer(), "in the last version: " + error.detail())));
            }
        } catch (InlinedSchema.Unusable e) {
            differences.add(new FieldError("", "the last version cannot be compared: " + e.getMessage()));
        }
        if (!differences.isEmpty()) {
            throw new RefusedException(new Refusal.Conflict(
                    "incompatible-schema",
                    "the type's versions must be compatible: " + mode + "; " + differences.size() + " differences",
                    differences));
        }
        return last;
    }

    private static List<Revised<Catalog.Meter>> readable(
            JsonNode written, Commands.PutSchema put, List<Revised<Catalog.Meter>> meters) {
        List<FieldError> unreadable = MeterReads.unreadable(written, put.mappings(), meters);
        if (!unreadable.isEmpty()) {
            throw new RefusedException(new Refusal.Conflict(
                    "meter-unreadable", "meters could not read events of this version", unreadable));
        }
        return meters;
    }

    /** A key to hash with, should the organisation have none yet and the schema classify anything. */
    private Optional<byte[]> key(JsonNode schema) {
        if (!schema.toString().contains(InlinedSchema.CLASSIFICATION)) {
            return Optional.empty();
        }
        byte[] key = new byte[KEY_BYTES];
        random.nextBytes(key);
        return Optional.of(key);
    }

    Future<Commands.Stored> put(Commands.PutEventType put) {
        return pool.withTransaction(connection -> MasterDataTable.lock(connection)
                .compose(locked -> EventTypeTable.types(connection, put.organisation(), put.type()))
                .compose(types -> {
                    Optional<Catalog.EventType> current = types.stream().findFirst();
                    long revision = current.map(Catalog.EventType::revision).orElse(0L);
                    Long ifMatch = put.ifMatch();
                    if (ifMatch != null && (current.isEmpty() || ifMatch != revision)) {
                        throw new RefusedException(
                                new Refusal.PreconditionFailed(current.isEmpty() ? "none" : Long.toString(revision)));
                    }
                    if (revision > 0 && current.orElseThrow().compatibility().equals(put.compatibility())) {
                        return Future.succeededFuture(new Commands.Stored(revision, false));
                    }
                    return MasterDataTable.nextRevision(connection)
                            .compose(next -> EventTypeTable.insert(connection, put, next)
                                    .compose(done -> EventTypeTable.changed(connection, put.organisation()))
                                    .compose(done -> MasterDataTable.audit(connection, changed(put, current)))
                                    .map(done -> new Commands.Stored(next, current.isEmpty())));
                }));
    }

    private static Audited changed(Commands.PutEventType put, Optional<Catalog.EventType> current) {
        return Audited.of(
                put.tenant(),
                put.actor(),
                Act.SCHEMA_CHANGED,
                put.type(),
                current.map(type -> Map.of("compatibility", type.compatibility()))
                        .orElse(null),
                Map.of("compatibility", put.compatibility()));
    }

    Future<Commands.Stored> put(Commands.PutDeprecation put) {
        Instant sunset = put.content().sunsetAt();
        if (sunset != null && sunset.isBefore(put.content().deprecatedAt())) {
            return Future.failedFuture(
                    new RefusedException(Refusal.Invalid.at("/sunsetAt", "must not be before deprecatedAt")));
        }
        return pool.withTransaction(connection -> MasterDataTable.lock(connection)
                .compose(locked -> EventTypeTable.schemas(connection, put.organisation(), put.type(), put.version()))
                .compose(versions -> {
                    if (versions.isEmpty()) {
                        throw new RefusedException(new Refusal.NotFound("schema"));
                    }
                    return EventTypeTable.deprecation(connection, put);
                })
                .compose(current -> store(connection, put, current)));
    }

    private static Future<Commands.Stored> store(
            SqlClient connection, Commands.PutDeprecation put, Optional<Revised<Deprecation>> current) {
        Current.match(put.ifMatch(), current);
        if (current.isPresent() && current.get().content().equals(put.content())) {
            return Future.succeededFuture(new Commands.Stored(current.get().revision(), false));
        }
        return MasterDataTable.nextRevision(connection)
                .compose(revision -> EventTypeTable.insert(connection, put, revision)
                        .compose(done -> EventTypeTable.changed(connection, put.organisation()))
                        .compose(done -> MasterDataTable.audit(connection, changed(put, current)))
                        .map(done -> new Commands.Stored(revision, current.isEmpty())));
    }

    private static Audited changed(Commands.PutDeprecation put, Optional<Revised<Deprecation>> current) {
        return Audited.of(
                put.tenant(),
                put.actor(),
                Act.SCHEMA_CHANGED,
                put.type() + "/" + put.version(),
                current.map(Revised::content).orElse(null),
                put.content());
    }

    private static RefusedException conflict(String kind, String detail) {
        return new RefusedException(new Refusal.Conflict(kind, detail));
    }
}
