package io.weir.entitlement;

import static io.weir.fixtures.TestDatabase.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Tuple;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Actor;
import io.weir.schemas.Address;
import io.weir.schemas.Addresses;
import io.weir.schemas.Caller;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.EnumSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A tenant with a plan and a customer, a clock that the test moves, and the stage deployed on a database of its own. */
public final class World implements AutoCloseable {
    public static final TenantId TENANT = new TenantId("acme");
    public static final CustomerId CUSTOMER = new CustomerId("cust-001");
    public static final FeatureKey TOKENS = new FeatureKey("llm_tokens");
    public static final FeatureKey SUPPORT = new FeatureKey("premium_support");
    public static final FeatureKey MODELS = new FeatureKey("model_access");
    public static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

    private static final String SEED = """
            insert into organisation values ('org', 'Org');
            insert into tenant (tenant, organisation, name, region)
            values ('acme', 'org', 'Acme', 'local'), ('other', 'org', 'Other', 'local');
            insert into feature (organisation, feature, revision, kind, meter) values
                ('org', 'llm_tokens', 1, 'metered', 'llm_output_tokens'),
                ('org', 'premium_support', 1, 'boolean', null),
                ('org', 'model_access', 1, 'static', null);
            insert into plan values ('org', 'standard', 1, 'Standard');
            insert into plan_feature (organisation, plan, revision, feature, allowance, config) values
                ('org', 'standard', 1, 'llm_tokens', 1000000, null),
                ('org', 'standard', 1, 'premium_support', null, null),
                ('org', 'standard', 1, 'model_access', null, '{"models": ["m1"]}');
            """;

    public final Vertx vertx = Vertx.vertx();
    public final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    public final TestDatabase database = TestDatabase.fresh(vertx);
    public final Entitlements entitlements;
    private volatile Instant now = NOW;

    public World() {
        this(new WeirSettings.Entitlement(1000, 5000, 1, 60, 2000, 5000, 3, 50));
    }

    World(WeirSettings.Entitlement settings) {
        this(settings, null);
    }

    /** With a clock of the test's, or null for one that it moves. */
    public World(WeirSettings.Entitlement settings, @Nullable InstantSource clock) {
        Address.prepare(vertx);
        await(database.pool().query(SEED).execute());
        customer("cust-001");
        subscription("sub-001", "cust-001", "standard", "2026-01-01T00:00:00Z", "infinity");
        EntitlementVerticle verticle =
                new EntitlementVerticle(database.pool(), settings, clock == null ? new MovedByTest() : clock, meters);
        await(vertx.deployVerticle(verticle));
        entitlements = verticle.entitlements();
    }

    private final class MovedByTest implements InstantSource {
        @Override
        public Instant instant() {
            return now;
        }
    }

    public static Caller caller(TenantId tenant) {
        return new Caller(
                tenant,
                "org",
                "principal",
                "key",
                EnumSet.allOf(Scope.class),
                new AccessTier("tier", 1, 1, 1, 1),
                "local",
                Duration.ofDays(35),
                Duration.ofMinutes(5));
    }

    Instant now() {
        return now;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    void at(String instant) {
        now = Instant.parse(instant);
    }

    public void customer(String customer) {
        database.run(
                "insert into customer (tenant, customer, revision, effective_from, name)"
                        + " values ('acme', $1::text, 2, '2026-01-01', $1)",
                customer);
    }

    public void subscription(String key, String customer, String plan, String from, String to) {
        database.run(
                "insert into subscription (tenant, subscription, revision, effective_from, customer, contract, plan,"
                        + " starts_at, ends_at, currency) values ('acme', $1::text, 3, '2026-01-01', $2, $1, $3,"
                        + " $4::text::timestamptz, $5::text::timestamptz, 'USD')",
                key,
                customer,
                plan,
                from,
                to);
    }

    /** Counts usage as the ledger does: the month's row and the change, in one transaction. */
    void use(String customer, long quantity, LocalDate month) {
        await(database.pool()
                .withTransaction(tx -> tx.preparedQuery("""
                                insert into usage_month (month, entries, revision, tenant, customer, meter, value)
                                values ($1, 1, 1, 'acme', $2, 'llm_output_tokens', $3)
                                on conflict (tenant, customer, meter, month) do update
                                set entries = usage_month.entries + 1, revision = usage_month.revision + 1,
                                    value = usage_month.value + excluded.value
                                """)
                        .execute(Tuple.of(month, customer, BigDecimal.valueOf(quantity)))
                        .compose(counted -> tx.preparedQuery(
                                        "insert into change (tenant, customer, kind) values ('acme', $1, 'USAGE')")
                                .execute(Tuple.of(customer)))));
    }

    void use(String customer, long quantity) {
        use(customer, quantity, EntitlementRules.month(now));
    }

    Future<Commands.Stored> put(String grant, Commands.Grant content, @Nullable Long ifMatch) {
        return Addresses.PUT_GRANT.ask(
                vertx.eventBus(),
                new Commands.PutGrant(TENANT, Actor.WEIR, "org", CUSTOMER, grant, content, ifMatch),
                10_000);
    }

    /** Tells a batch as the change feed does, up to now. */
    void tell(Change... changes) {
        Addresses.CHANGES.tell(vertx.eventBus(), new ChangeBatch(List.of(changes), now, false));
    }

    static Change changed(ChangeKind kind) {
        return new Change(TENANT, CUSTOMER, kind);
    }

    Answer ask(FeatureKey feature) {
        return ask(CUSTOMER, feature);
    }

    Answer ask(CustomerId customer, FeatureKey feature) {
        return await(entitlements.answer(caller(TENANT), customer, feature));
    }

    static JsonObject json(Answer answer) {
        Instant asOf = answer.asOf();
        return answer.body(asOf, answer.source(), answer.stale(asOf)).toJsonObject();
    }

    double answered(String outcome) {
        return meters.get("weir.entitlement.answers")
                .tag("outcome", outcome)
                .functionCounter()
                .count();
    }

    long loads() {
        return meters.get("weir.entitlement.load")
                .tag("outcome", "loaded")
                .timer()
                .count();
    }

    @Override
    public void close() {
        database.close();
        await(vertx.close());
    }
}
