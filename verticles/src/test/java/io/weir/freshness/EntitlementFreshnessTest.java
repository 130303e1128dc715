package io.weir.freshness;

import static io.weir.entitlement.World.TENANT;
import static io.weir.entitlement.World.TOKENS;
import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.changes.ChangeFeedVerticle;
import io.weir.entitlement.Answer;
import io.weir.entitlement.EntitlementVerticle;
import io.weir.entitlement.World;
import io.weir.schemas.Actor;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Locks;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EntitlementFreshnessTest {
    private static final int CUSTOMERS = 40;
    private static final int WRITERS = 3;
    private static final int CHANGES = 10_000;
    private static final int CHANGES_A_TRANSACTION = 5;
    private static final InstantSource TIME = InstantSource.system();
    private static final WeirSettings.Entitlement SETTINGS =
            new WeirSettings.Entitlement(1000, 5000, 1, 60, 5000, 5000, 3, 50);

    private static final String USE = """
            insert into usage_month (month, entries, revision, tenant, customer, meter, value)
            select $1, 1, 1, 'acme', c, 'llm_output_tokens', 1 from unnest($2::text[]) as c order by c
            on conflict (tenant, customer, meter, month) do update
            set revision = usage_month.revision + 1, value = usage_month.value + excluded.value
            """;
    private static final String TELL =
            "insert into change (tenant, customer, kind) select 'acme', c, $2 from unnest($1::text[]) as c";
    private static final String CLOSE = """
            update subscription set effective_to = now()
            where tenant = 'acme' and subscription = $1 and effective_to = 'infinity'
            """;
    private static final String REVISE = """
            insert into subscription (tenant, subscription, revision, effective_from, customer, contract, plan,
                                      starts_at, ends_at, currency)
            select tenant, subscription, max(revision) + 1, now(), customer, contract, $2, min(starts_at),
                   case when $3 then now() - interval '1 s' else 'infinity'::timestamptz end, 'USD'
            from subscription where tenant = 'acme' and subscription = $1
            group by tenant, subscription, customer, contract
            """;

    private final World world = new World(SETTINGS, TIME);
    private final List<Queue<Instant>> acknowledged = new ArrayList<>();

    @BeforeEach
    void start() {
        world.database.run("insert into plan values ('org', 'large', 1, 'Large')");
        world.database.run("insert into plan_feature (organisation, plan, revision, feature, allowance)"
                + " values ('org', 'large', 1, 'llm_tokens', 5000000)");
        for (int i = 0; i < CUSTOMERS; i++) {
            acknowledged.add(new ConcurrentLinkedQueue<>());
            world.customer(name(i));
            world.subscription(name(i), name(i), "standard", "2026-01-01T00:00:00Z", "infinity");
        }
        WeirSettings.Changes settings = new WeirSettings.Changes(20, 2000, 1000, 2, 24, 600_000);
        await(world.vertx.deployVerticle(
                new ChangeFeedVerticle(world.database.pool(), settings, TIME, new SimpleMeterRegistry())));
    }

    @AfterEach
    void stop() {
        world.close();
    }

    private static String name(int customer) {
        return "random-" + (100 + customer);
    }

    @Test
    void answers_are_true_up_to_their_as_of_during_ten_thousand_changes_and_healed_after_them() {
        List<Future<Void>> writers = new ArrayList<>();
        for (int w = 0; w < WRITERS; w++) {
            writers.add(write(new Random(w), CHANGES / CHANGES_A_TRANSACTION / WRITERS));
        }
        Future<?> written = Future.all(writers);
        long[] versions = new long[CUSTOMERS];
        Random random = new Random(99);
        long fromCache = 0;
        while (!written.isComplete()) {
            int customer = random.nextInt(CUSTOMERS);
            Answer answer = world.entitlements.cached(TENANT, new CustomerId(name(customer)), TOKENS);
            if (answer == null) {
                answer = await(ask(customer));
            } else {
                fromCache++;
            }
            Instant asOf = answer.asOf();
            assertHolds(customer, answer, asOf);
            assertTrue(answer.version() >= versions[customer], "the version fell");
            versions[customer] = answer.version();
        }
        await(written);
        assertTrue(fromCache > 0);
        heals();
    }

    /** Whatever was acknowledged before {@code asOf} is counted. */
    private void assertHolds(int customer, Answer answer, Instant asOf) {
        long before = acknowledged.get(customer).stream()
                .filter(at -> at.isBefore(asOf))
                .count();
        BigDecimal used = answer.used();
        assertNotNull(used);
        assertTrue(
                used.longValueExact() >= before,
                () -> "as of " + asOf + ": " + used + " used, but " + before + " were acknowledged before");
    }

    private void heals() {
        Instant end = TIME.instant();
        while (!world.entitlements.asOf().isAfter(end)) {
            Thread.onSpinWait();
        }
        EntitlementVerticle other =
                new EntitlementVerticle(world.database.pool(), SETTINGS, TIME, new SimpleMeterRegistry());
        await(world.vertx.deployVerticle(other));
        for (int i = 0; i < CUSTOMERS; i++) {
            Answer truth = await(other.entitlements().answer(World.caller(TENANT), new CustomerId(name(i)), TOKENS));
            Answer answer = await(ask(i));
            while (!answer.asOf().isAfter(end)) {
                answer = await(ask(i));
            }
            assertEquals(truth.etag(false), answer.etag(false));
        }
    }

    private Future<Answer> ask(int customer) {
        return world.entitlements.answer(World.caller(TENANT), new CustomerId(name(customer)), TOKENS);
    }

    private Future<Void> write(Random random, int transactions) {
        if (transactions == 0) {
            return Future.succeededFuture();
        }
        TreeSet<Integer> customers = new TreeSet<>();
        while (customers.size() < CHANGES_A_TRANSACTION) {
            customers.add(random.nextInt(CUSTOMERS));
        }
        int kind = random.nextInt(10);
        Future<?> written = switch (kind) {
            case 0 -> revise(customers.first(), random);
            case 1 -> grant(customers.first(), random);
            default -> use(customers, random.nextInt(4) / 200.0);
        };
        return written.compose(done -> write(random, transactions - 1));
    }

    private Future<?> use(TreeSet<Integer> customers, double pauseSeconds) {
        String[] names = customers.stream().map(EntitlementFreshnessTest::name).toArray(String[]::new);
        LocalDate month = LocalDate.ofInstant(TIME.instant(), ZoneOffset.UTC).withDayOfMonth(1);
        return world.database
                .pool()
                .withTransaction(tx -> tell(tx, names, "USAGE")
                        .compose(told -> tx.query("select pg_sleep(" + pauseSeconds + ")")
                                .execute())
                        .compose(paused ->
                                tx.preparedQuery(USE).execute(Tuple.of(month).addArrayOfString(names))))
                .onSuccess(committed -> {
                    Instant now = TIME.instant();
                    customers.forEach(customer -> acknowledged.get(customer).add(now));
                });
    }

    private Future<?> revise(int customer, Random random) {
        String plan = random.nextBoolean() ? "standard" : "large";
        return world.database
                .pool()
                .withTransaction(tx -> tx.preparedQuery("select pg_advisory_xact_lock($1)")
                        .execute(Tuple.of(Locks.MASTER_DATA))
                        .compose(locked -> tx.preparedQuery(CLOSE).execute(Tuple.of(name(customer))))
                        .compose(closed -> tx.preparedQuery(REVISE)
                                .execute(Tuple.of(name(customer), plan, random.nextInt(4) == 0)))
                        .compose(revised -> tell(tx, new String[] {name(customer)}, "MASTER_DATA")));
    }

    private Future<?> tell(SqlConnection tx, String[] names, String kind) {
        return tx.preparedQuery(TELL)
                .execute(Tuple.tuple().addArrayOfString(names).addString(kind));
    }

    private Future<?> grant(int customer, Random random) {
        Commands.Grant content =
                new Commands.Grant(TOKENS, BigDecimal.valueOf(random.nextInt(1000)), false, 0, null, null);
        return Addresses.PUT_GRANT.ask(
                world.vertx.eventBus(),
                new Commands.PutGrant(
                        TENANT,
                        Actor.WEIR,
                        "org",
                        new CustomerId(name(customer)),
                        "g" + random.nextInt(3),
                        content,
                        null),
                20_000);
    }
}
