package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Ids;
import io.weir.schemas.Instants;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Text;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Stores customers: checks what only the tables know, and writes a new revision where something differs. */
final class CustomerWriter {
    private static final Set<String> SYSTEMS = Set.of("product", "crm", "erp", "billing", "support");

    private static final String CUSTOMER = "customer";

    private static final int LONGEST_NAME = 256;

    private final Pool pool;
    private final InstantSource clock;

    CustomerWriter(Pool pool, InstantSource clock) {
        this.pool = pool;
        this.clock = clock;
    }

    Future<Commands.Stored> put(Commands.PutCustomer put) {
        List<FieldError> errors = wrong(put.content());
        if (!errors.isEmpty()) {
            return Future.failedFuture(new RefusedException(new Refusal.Invalid(errors)));
        }
        return pool.withTransaction(connection -> MasterDataTable.lock(connection)
                .compose(locked -> checkParent(connection, put))
                .compose(checked -> checkIdentities(connection, put))
                .compose(checked -> MasterDataTable.customer(connection, put.tenant(), put.customer()))
                .compose(current -> store(connection, put, current)));
    }

    private Future<Commands.Stored> store(
            SqlClient connection, Commands.PutCustomer put, Optional<Revised<Commands.Customer>> current) {
        Current.match(put.ifMatch(), current);
        if (current.isPresent() && same(current.get().content(), put.content())) {
            return Future.succeededFuture(new Commands.Stored(current.get().revision(), false));
        }
        List<String> changed =
                Fields.changed(current.map(one -> Fields.of(one.content())).orElse(Map.of()), Fields.of(put.content()));
        return ProvenanceTable.owners(connection, put.tenant(), CUSTOMER)
                .compose(owners -> {
                    Fields.check(put.actor().system(), current, changed, owners);
                    return MasterDataTable.nextRevision(connection);
                })
                .compose(revision -> write(connection, put, revision, current.isEmpty()))
                .compose(revision -> ProvenanceTable.write(
                                connection,
                                put.tenant(),
                                CUSTOMER,
                                put.customer().value(),
                                changed,
                                put.actor(),
                                clock.instant())
                        .map(revision))
                .compose(revision ->
                        MasterDataTable.audit(connection, act(put, current)).map(revision))
                .map(revision -> new Commands.Stored(revision, current.isEmpty()));
    }

    private static Audited act(Commands.PutCustomer put, Optional<Revised<Commands.Customer>> current) {
        return Audited.of(
                put.tenant(),
                put.actor(),
                current.isEmpty() ? Act.CUSTOMER_CREATED : Act.CUSTOMER_CHANGED,
                put.customer().value(),
                current.map(Revised::content).orElse(null),
                put.content());
    }

    private Future<Long> write(SqlClient connection, Commands.PutCustomer put, long revision, boolean first) {
        OffsetDateTime now = Instants.utc(clock.instant());
        String tenant = put.tenant().value();
        String customer = put.customer().value();
        String[] systems = systems(put.content());
        String[] keys = keys(put.content());
        CustomerId parent = put.content().parent();
        return connection
                .preparedQuery(MasterDataTable.CLOSE_CUSTOMER)
                .execute(Tuple.of(tenant, customer, now))
                .compose(done -> connection
                        .preparedQuery(MasterDataTable.INSERT_CUSTOMER)
                        .execute(Tuple.of(
                                tenant,
                                customer,
                                revision,
                                first ? null : now,
                                put.content().name(),
                                parent == null ? null : parent.value())))
                .compose(done -> connection
                        .preparedQuery(MasterDataTable.CLOSE_IDENTITIES)
                        .execute(Tuple.of(tenant, customer, now, systems, keys)))
                .compose(done -> connection
                        .preparedQuery(MasterDataTable.INSERT_IDENTITIES)
                        .execute(Tuple.of(tenant, customer, revision, now, systems, keys)))
                .compose(done -> MasterDataTable.changes(connection, put.tenant(), List.of(customer)))
                .map(done -> revision);
    }

    private static Future<?> checkParent(SqlClient connection, Commands.PutCustomer put) {
        CustomerId parent = put.content().parent();
        if (parent == null) {
            return Future.succeededFuture();
        }
        return connection
                .preparedQuery(MasterDataTable.ANCESTORS)
                .execute(Tuple.of(put.tenant().value(), parent.value()))
                .map(rows -> {
                    List<String> line = MasterDataTable.rowsOf(rows).stream()
                            .map(row -> row.getString(0))
                            .toList();
                    if (parent.equals(put.customer())
                            || line.contains(put.customer().value())) {
                        throw new RefusedException(
                                Refusal.Invalid.at("/parent", "would make the customer its own ancestor"));
                    }
                    if (line.isEmpty()) {
                        throw new RefusedException(Refusal.Invalid.at("/parent", "no such customer"));
                    }
                    return line;
                });
    }

    private static Future<?> checkIdentities(SqlClient connection, Commands.PutCustomer put) {
        return connection
                .preparedQuery(MasterDataTable.IDENTITY_OF_ANOTHER)
                .execute(Tuple.of(
                        put.tenant().value(), put.customer().value(), systems(put.content()), keys(put.content())))
                .map(rows -> {
                    MasterDataTable.rowsOf(rows).forEach(row -> {
                        throw new RefusedException(new Refusal.Conflict(
                                "identity-taken",
                                "%s identity %s belongs to customer %s"
                                        .formatted(
                                                row.getString("system"),
                                                row.getString("key"),
                                                row.getString("customer"))));
                    });
                    return rows;
                });
    }

    private static List<FieldError> wrong(Commands.Customer content) {
        List<FieldError> errors = new ArrayList<>();
        String name = content.name();
        if (name.isEmpty()
                || name.length() > LONGEST_NAME
                || !Text.storable(name)
                || name.chars().anyMatch(Character::isISOControl)) {
            errors.add(new FieldError("/name", "must be 1-256 characters without control characters"));
        }
        Set<Commands.Identity> seen = new HashSet<>();
        for (int i = 0; i < content.identities().size(); i++) {
            Commands.Identity identity = content.identities().get(i);
            if (!SYSTEMS.contains(identity.system())) {
                errors.add(new FieldError(
                        "/identities/" + i + "/system", "must be product, crm, erp, billing or support"));
            }
            if (!Ids.valid(identity.key())) {
                errors.add(new FieldError(
                        "/identities/" + i + "/key", "must be 1-128 characters without control characters"));
            }
            if (!seen.add(identity)) {
                errors.add(new FieldError("/identities/" + i, "stands twice"));
            }
        }
        return errors;
    }

    private static boolean same(Commands.Customer one, Commands.Customer other) {
        return one.name().equals(other.name())
                && Objects.equals(one.parent(), other.parent())
                && Set.copyOf(one.identities()).equals(Set.copyOf(other.identities()));
    }

    private static String[] systems(Commands.Customer content) {
        return content.identities().stream().map(Commands.Identity::system).toArray(String[]::new);
    }

    private static String[] keys(Commands.Customer content) {
        return content.identities().stream().map(Commands.Identity::key).toArray(String[]::new);
    }
}
