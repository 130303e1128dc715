package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands;
import io.weir.schemas.Instants;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Stores subscriptions: completes what the caller left out (contract, lines, legal entity, payer), checks what only the
 * tables know, and writes a new revision where something differs.
 */
final class SubscriptionWriter {
    private static final String SUBSCRIPTION = "subscription";

    private final Pool pool;
    private final InstantSource clock;

    SubscriptionWriter(Pool pool, InstantSource clock) {
        this.pool = pool;
        this.clock = clock;
    }

    Future<Commands.Stored> put(Commands.PutSubscription asked) {
        return Future.succeededFuture(with(asked, SubscriptionRules.truncated(asked.content())))
                .map(put -> {
                    SubscriptionRules.check(put.content());
                    return put;
                })
                .compose(put -> pool.withTransaction(
                        connection -> MasterDataTable.lock(connection).compose(locked -> put(connection, put))));
    }

    private Future<Commands.Stored> put(SqlClient connection, Commands.PutSubscription put) {
        return completed(connection, put)
                .compose(complete -> MasterDataTable.subscription(connection, put.tenant(), put.subscription())
                        .compose(current -> check(connection, put, complete, current)
                                .compose(checked -> store(connection, complete, current))));
    }

    private static Future<Commands.PutSubscription> completed(SqlClient connection, Commands.PutSubscription put) {
        List<Commands.SubscriptionLine> given = put.content().lines();
        Future<List<Commands.SubscriptionLine>> lines = given == null || given.isEmpty()
                ? MasterDataTable.defaultLines(connection, put)
                : Future.succeededFuture(given);
        return lines.map(found -> with(put, SubscriptionRules.completed(put, found)));
    }

    /** @param asked what the caller gave, which errors point into; {@code complete} may have more lines */
    private static Future<?> check(
            SqlClient connection,
            Commands.PutSubscription asked,
            Commands.PutSubscription complete,
            Optional<Revised<Commands.Subscription>> current) {
        String contract = SubscriptionRules.contract(complete);
        List<Commands.SubscriptionLine> lines = SubscriptionRules.lines(complete.content());
        return MasterDataTable.facts(
                        connection,
                        complete,
                        contract,
                        lines.stream().map(line -> line.meter().value()).toArray(String[]::new),
                        SubscriptionRules.billTos(complete.content()))
                .map(facts -> {
                    SubscriptionRules.check(asked.content(), facts);
                    boolean own = asked.content().contract() == null;
                    boolean wasIts = current.isPresent()
                            && contract.equals(current.get().content().contract());
                    boolean ofAnother = facts.contractCustomer() != null
                            && !facts.contractCustomer()
                                    .equals(complete.content().customer().value());
                    if (ofAnother && !(own && wasIts)) {
                        throw new RefusedException(new Refusal.Conflict(
                                "contract-taken",
                                "contract " + contract + " belongs to customer " + facts.contractCustomer()));
                    }
                    return facts;
                });
    }

    private Future<Commands.Stored> store(
            SqlClient connection, Commands.PutSubscription put, Optional<Revised<Commands.Subscription>> current) {
        Current.match(put.ifMatch(), current);
        if (current.isPresent() && current.get().content().equals(put.content())) {
            return Future.succeededFuture(new Commands.Stored(current.get().revision(), false));
        }
        OffsetDateTime now = Instants.utc(clock.instant());
        Set<String> concerned = new LinkedHashSet<>();
        concerned.add(put.content().customer().value());
        current.ifPresent(revised -> concerned.add(revised.content().customer().value()));
        List<String> changed =
                Fields.changed(current.map(one -> Fields.of(one.content())).orElse(Map.of()), Fields.of(put.content()));
        String id = put.subscription().value();
        return ProvenanceTable.owners(connection, put.tenant(), SUBSCRIPTION)
                .compose(owners -> {
                    Fields.check(put.actor().system(), current, changed, owners);
                    return ProvenanceTable.write(
                            connection, put.tenant(), SUBSCRIPTION, id, changed, put.actor(), now.toInstant());
                })
                .compose(done -> MasterDataTable.nextRevision(connection))
                .compose(revision -> writeContract(connection, put, revision, now)
                        .compose(done -> write(connection, put, revision, now, current.isEmpty()))
                        .compose(done -> MasterDataTable.changes(connection, put.tenant(), concerned))
                        .compose(done -> MasterDataTable.audit(connection, act(put, current)))
                        .map(done -> new Commands.Stored(revision, current.isEmpty())));
    }

    private static Audited act(Commands.PutSubscription put, Optional<Revised<Commands.Subscription>> current) {
        return Audited.of(
                put.tenant(),
                put.actor(),
                current.isEmpty() ? Act.SUBSCRIPTION_CREATED : Act.SUBSCRIPTION_CHANGED,
                put.subscription().value(),
                current.map(Revised::content).orElse(null),
                put.content());
    }

    /** A contract that carries the subscription's key is its own and follows it; another is made once and then left alone. */
    private static Future<?> writeContract(
            SqlClient connection, Commands.PutSubscription put, long revision, OffsetDateTime now) {
        String tenant = put.tenant().value();
        String contract = SubscriptionRules.contract(put);
        String customer = put.content().customer().value();
        OffsetDateTime from = Instants.utc(put.content().from());
        @Nullable OffsetDateTime to = MasterDataTable.utc(put.content().to());
        Future<?> closed = contract.equals(put.subscription().value())
                ? connection
                        .preparedQuery(MasterDataTable.CLOSE_CONTRACT)
                        .execute(Tuple.of(tenant, contract, now, customer, from, to))
                : Future.succeededFuture();
        return closed.compose(done -> connection
                .preparedQuery(MasterDataTable.INSERT_CONTRACT)
                .execute(Tuple.of(tenant, contract, revision, now, customer, from)
                        .addValue(to)));
    }

    private static Future<?> write(
            SqlClient connection, Commands.PutSubscription put, long revision, OffsetDateTime now, boolean first) {
        String tenant = put.tenant().value();
        String subscription = put.subscription().value();
        Commands.Subscription content = put.content();
        List<Commands.SubscriptionLine> lines = SubscriptionRules.lines(content);
        Tuple row = Tuple.of(tenant, subscription, revision)
                .addValue(first ? null : now)
                .addString(content.customer().value())
                .addString(content.contract())
                .addString(content.plan())
                .addValue(Instants.utc(content.from()))
                .addValue(MasterDataTable.utc(content.to()))
                .addString(content.currency());
        Tuple lineRows = Tuple.of(tenant, subscription, revision)
                .addArrayOfString(
                        lines.stream().map(Commands.SubscriptionLine::item).toArray(String[]::new))
                .addArrayOfString(
                        lines.stream().map(line -> line.meter().value()).toArray(String[]::new))
                .addArrayOfString(lines.stream()
                        .map(Commands.SubscriptionLine::legalEntity)
                        .toArray(String[]::new))
                .addArrayOfString(SubscriptionRules.billTos(content));
        return connection
                .preparedQuery(MasterDataTable.CLOSE_SUBSCRIPTION)
                .execute(Tuple.of(tenant, subscription, now))
                .compose(done -> connection
                        .preparedQuery(MasterDataTable.INSERT_SUBSCRIPTION)
                        .execute(row))
                .compose(done ->
                        connection.preparedQuery(MasterDataTable.INSERT_LINES).execute(lineRows));
    }

    private static Commands.PutSubscription with(Commands.PutSubscription put, Commands.Subscription content) {
        return new Commands.PutSubscription(
                put.tenant(), put.actor(), put.organisation(), put.subscription(), content, put.ifMatch());
    }
}
