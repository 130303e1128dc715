package io.weir.rating;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Actor;
import io.weir.schemas.Address;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands.BillingRun;
import io.weir.schemas.Commands.RunBilling;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RatingVerticleTest {
    private static final TenantId DEMO = new TenantId("demo");
    private static final String SPAN_FROM = "2026-11-01T00:00:00Z";
    private static final String SPAN_TO = "2026-12-01T00:00:00Z";

    private final Vertx vertx = Vertx.vertx();
    private TestDatabase database;
    private ChargeQueries queries;
    private volatile Instant now = Instant.parse("2026-11-20T10:30:00Z");
    private long revision;

    @BeforeEach
    void start() {
        Address.prepare(vertx);
        database = TestDatabase.fresh(vertx).seedDemo();
        queries = new ChargeQueries(database.pool());
        revision = database.run("select max(revision) from subscription")
                .iterator()
                .next()
                .getLong(0);
        Addresses.ASSEMBLE_POSTINGS.answer(
                vertx.eventBus(), command -> Future.succeededFuture(List.of("posting of " + command.run())));
        RatingVerticle verticle = new RatingVerticle(
                database.pool(), new WeirSettings.Rating(100, 100), () -> now, new SimpleMeterRegistry());
        await(vertx.deployVerticle(verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
        counted(now);
    }

    @AfterEach
    void stop() {
        database.close();
        await(vertx.close());
    }

    private void counted(Instant upTo) {
        Addresses.COUNTED_UP_TO.tell(vertx.eventBus(), upTo);
    }

    private void use(int customer, String bucket, String quantity) {
        use(customer, "llm_output_tokens", "sub-%03d".formatted(customer), bucket, quantity);
    }

    private void use(int customer, String meter, String subscription, String bucket, String quantity) {
        database.run(
                """
                insert into aggregate (bucket, subscription_revision, entries, meter_version, tenant, meter, customer,
                                       subscription, dimensions, value)
                values ($1::timestamptz, $2, 1, 1, 'demo', $3, $4, $5, '{}', $6)
                on conflict (tenant, meter, customer, bucket, subscription, subscription_revision, dimensions, meter_version)
                do update set value = aggregate.value + excluded.value, entries = aggregate.entries + 1
                """,
                Instant.parse(bucket).atOffset(ZoneOffset.UTC),
                revision,
                meter,
                "cust-%03d".formatted(customer),
                subscription,
                new BigDecimal(quantity));
    }

    private BillingRun run(String from, String to, String... subscriptions) {
        return await(ask(from, to, subscriptions));
    }

    private Future<BillingRun> ask(String from, String to, String... subscriptions) {
        return Addresses.RUN_BILLING.ask(
                vertx.eventBus(),
                new RunBilling(
                        DEMO,
                        "demo",
                        new Actor("finance", "key", "corr-1"),
                        Instant.parse(from),
                        Instant.parse(to),
                        List.of(subscriptions).stream().map(SubscriptionId::new).toList()),
                20_000);
    }

    private Page<Charge> charges(int limit, @Nullable String cursor) {
        return await(queries.charges(DEMO, null, null, null, null, limit, cursor));
    }

    private List<Charge> charges() {
        return charges(1_000, null).items();
    }

    private String table() {
        return charges().stream()
                .map(it -> String.join(" ", it.subscription(), it.quantity(), it.amount(), it.currency()))
                .sorted()
                .collect(Collectors.joining("\n"));
    }

    @Test
    void quarter_hours_of_a_subscription_become_one_charge_with_what_it_is_billed_by() {
        use(1, "2026-11-03T10:00:00Z", "100000");
        use(1, "2026-11-03T10:45:00Z", "20000");
        use(1, "2026-11-04T09:15:00Z", "30000");
        BillingRun run = run(SPAN_FROM, SPAN_TO);
        assertEquals(1, run.charges());
        assertEquals(List.of("posting of " + run.id()), run.postings());
        Charge charge = charges().getFirst();
        assertEquals("sub-001 150000 15.00 USD", table());
        assertEquals("cust-001", charge.customer());
        assertEquals("llm-output-tokens", charge.item());
        assertEquals("0.0001", charge.unitPrice());
        assertEquals("2026-11-03T10:00:00Z", charge.from().toString());
        assertEquals("2026-11-04T10:00:00Z", charge.to().toString());
        assertEquals("rated", charge.state());
        assertEquals(charge.id(), charge.chargeKey());
    }

    @Test
    void the_same_usage_is_never_charged_twice() {
        use(1, "2026-11-03T10:00:00Z", "1000");
        assertEquals(1, run(SPAN_FROM, SPAN_TO).charges());
        BillingRun again = run("2026-11-03T00:00:00Z", SPAN_TO);
        assertEquals(0, again.charges());
        assertEquals(List.of(), again.postings());
        assertEquals(1, charges().size());
        assertEquals(2, database.run("select from billing_run").size(), "a run that charged nothing can be seen");
    }

    @Test
    void runs_at_the_same_time_charge_the_same_usage_once() {
        for (int customer = 1; customer <= 20; customer++) {
            use(customer, "2026-11-03T10:00:00Z", "1000");
        }
        List<Future<BillingRun>> runs = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            runs.add(ask(SPAN_FROM, SPAN_TO));
        }
        await(Future.all(runs));
        assertEquals(20, runs.stream().mapToInt(run -> run.result().charges()).sum());
        assertEquals(20, charges().size());
    }

    @Test
    void late_usage_is_charged_as_an_adjustment() {
        use(1, "2026-11-03T10:00:00Z", "40");
        assertEquals(1, run(SPAN_FROM, SPAN_TO).charges());
        use(1, "2026-11-03T10:00:00Z", "20");
        assertEquals(1, run(SPAN_FROM, SPAN_TO).charges());
        assertEquals("sub-001 20 0.01 USD\nsub-001 40 0.00 USD", table());
    }

    @Test
    void only_closed_hours_are_charged() {
        use(1, "2026-11-20T09:45:00Z", "1000");
        use(1, "2026-11-20T10:00:00Z", "2000");
        counted(Instant.parse("2026-11-20T09:59:59Z"));
        assertEquals(0, run(SPAN_FROM, SPAN_TO).charges(), "not all events up to its end are counted");
        counted(now);
        assertEquals(1, run(SPAN_FROM, SPAN_TO).charges());
        assertEquals("sub-001 1000 0.10 USD", table());
        now = Instant.parse("2026-11-20T11:00:00Z");
        counted(now);
        assertEquals(1, run(SPAN_FROM, SPAN_TO).charges(), "the next hour has ended");
    }

    @Test
    void hours_outside_of_the_span_and_other_subscriptions_are_left_alone() {
        use(1, "2026-11-03T09:45:00Z", "1");
        use(1, "2026-11-03T10:00:00Z", "20000");
        use(1, "2026-11-03T11:00:00Z", "3");
        use(2, "2026-11-03T10:00:00Z", "4");
        assertEquals(
                1,
                run("2026-11-03T09:30:00Z", "2026-11-03T11:30:00Z", "sub-001").charges());
        assertEquals("sub-001 20000 2.00 USD", table());
    }

    @Test
    void usage_without_a_price_or_a_subscription_is_not_charged() {
        use(1, "llm_input_tokens", "sub-001", "2026-11-03T10:00:00Z", "1000");
        use(1, "llm_output_tokens", "", "2026-11-03T10:00:00Z", "1000");
        assertEquals(0, run(SPAN_FROM, SPAN_TO).charges());
    }

    @Test
    void a_new_price_version_charges_its_own_hours() {
        database.run("""
                insert into price (organisation, price, version, revision, plan, meter, model, unit_price, currency, effective_from)
                values ('demo', 'llm-output-tokens', 2, 99, 'standard', 'llm_output_tokens', 'per_unit', 0.0002, 'USD', $1)
                """, Instant.parse("2026-11-10T00:00:00Z").atOffset(ZoneOffset.UTC));
        use(1, "2026-11-09T23:00:00Z", "10000");
        use(1, "2026-11-10T00:00:00Z", "10000");
        assertEquals(2, run(SPAN_FROM, SPAN_TO).charges());
        assertEquals("sub-001 10000 1.00 USD\nsub-001 10000 2.00 USD", table());
    }

    @Test
    void another_tenant_sees_and_charges_nothing() {
        use(1, "2026-11-03T10:00:00Z", "1000");
        RunBilling others = new RunBilling(
                new TenantId("other"),
                "other",
                new Actor("finance", "key", "corr"),
                Instant.parse(SPAN_FROM),
                Instant.parse(SPAN_TO),
                List.of());
        assertEquals(
                0,
                await(Addresses.RUN_BILLING.ask(vertx.eventBus(), others, 10_000))
                        .charges());
        run(SPAN_FROM, SPAN_TO);
        assertEquals(
                List.of(),
                await(queries.charges(new TenantId("other"), null, null, null, null, 10, null))
                        .items());
    }

    @Test
    void a_span_that_is_reversed_too_long_or_too_full_is_refused() {
        assertEquals("/to", pointer(SPAN_TO, SPAN_FROM));
        assertEquals("/from", pointer("2026-01-01T00:00:00Z", SPAN_TO));
        for (int hour = 0; hour < 101; hour++) {
            use(1, Instant.parse(SPAN_FROM).plusSeconds(3_600L * hour).toString(), "1");
        }
        assertEquals("/from", pointer(SPAN_FROM, SPAN_TO));
        assertEquals(0, charges().size());
    }

    private String pointer(String from, String to) {
        RefusedException refused = assertThrows(RefusedException.class, () -> run(from, to));
        return assertInstanceOf(Refusal.Invalid.class, refused.refusal())
                .errors()
                .getFirst()
                .pointer();
    }

    @Test
    void charges_are_listed_newest_first_in_pages_and_by_span_customer_and_subscription() {
        for (int customer = 1; customer <= 7; customer++) {
            use(customer, "2026-11-03T10:00:00Z", "1000");
        }
        run(SPAN_FROM, SPAN_TO);
        now = now.plusSeconds(60);
        use(1, "2026-11-05T10:00:00Z", "5000");
        run(SPAN_FROM, SPAN_TO);
        List<String> seen = new ArrayList<>();
        Page<Charge> page = charges(3, null);
        assertEquals("5000", page.items().getFirst().quantity());
        while (true) {
            page.items().forEach(charge -> seen.add(charge.id()));
            if (page.next() == null) {
                break;
            }
            assertTrue(seen.size() < 8);
            page = charges(3, page.next());
        }
        assertEquals(8, seen.stream().distinct().count());
        assertEquals(8, seen.size());
        CustomerId first = new CustomerId("cust-001");
        Instant day = Instant.parse("2026-11-05T00:00:00Z");
        assertEquals(
                2,
                await(queries.charges(DEMO, null, null, first, null, 10, null))
                        .items()
                        .size());
        assertEquals(
                1,
                await(queries.charges(DEMO, day, null, first, null, 10, null))
                        .items()
                        .size());
        assertEquals(
                7,
                await(queries.charges(DEMO, null, day, null, null, 10, null))
                        .items()
                        .size());
        SubscriptionId second = new SubscriptionId("sub-002");
        assertEquals(
                1,
                await(queries.charges(DEMO, null, null, null, second, 10, null))
                        .items()
                        .size());
        assertThrows(RefusedException.class, () -> charges(10, "no cursor"));
    }

    @Test
    void a_charges_state_follows_its_document() {
        use(1, "2026-11-03T10:00:00Z", "1000");
        String run = run(SPAN_FROM, SPAN_TO).id();
        String key = charges().getFirst().id();
        database.run("""
                insert into posting (posting, tenant, run, kind, connection, state, currency, total, lines, sha256, manifest,
                                     created_by, correlation, created_at)
                values ('P-1', 'demo', $1, 'invoice', 'erp', 'awaiting_approval', 'USD', 0.10, 1, '', '', 'finance', 'c', now())
                """, run);
        database.run("""
                insert into posting_document (external_id, posting, tenant, legal_entity, customer, bill_to, subscription, period,
                                              sequence, dated, currency, total, lines, state, due_at)
                values ('W-1', 'P-1', 'demo', 'main', 'cust-001', 'cust-001', 'sub-001', '202611', 1, '2026-11-03', 'USD', 0.10,
                        1, 'waiting', now())
                """);
        database.run(
                "insert into posting_line (charge_key, posting, external_id, line) values ($1, 'P-1', 'W-1', 1)", key);
        assertEquals("awaiting_approval", charges().getFirst().state());
        assertEquals("P-1", charges().getFirst().posting());
        database.run("update posting set state = 'posting'");
        database.run("update posting_document set state = 'posted'");
        assertEquals("posted", charges().getFirst().state());
    }

    @Test
    void random_usage_and_runs_sum_up_to_a_single_rating() {
        Random random = new Random(20261120);
        BigDecimal[] used = new BigDecimal[4];
        java.util.Arrays.fill(used, BigDecimal.ZERO);
        for (int step = 0; step < 80; step++) {
            if (random.nextInt(5) == 0) {
                run(
                        SPAN_FROM,
                        Instant.parse(SPAN_FROM)
                                .plusSeconds(3_600L * random.nextInt(1, 480))
                                .toString());
            } else {
                int customer = random.nextInt(1, 4);
                BigDecimal quantity = BigDecimal.valueOf(random.nextLong(1, 9_999));
                String bucket = Instant.parse(SPAN_FROM)
                        .plusSeconds(900L * random.nextInt(80))
                        .toString();
                use(customer, bucket, quantity.toPlainString());
                used[customer] = used[customer].add(quantity);
            }
        }
        run(SPAN_FROM, SPAN_TO);
        for (int customer = 1; customer < used.length; customer++) {
            CustomerId id = new CustomerId("cust-%03d".formatted(customer));
            List<Charge> lines = await(queries.charges(DEMO, null, null, id, null, 1_000, null))
                    .items();
            BigDecimal quantity =
                    lines.stream().map(it -> new BigDecimal(it.quantity())).reduce(BigDecimal.ZERO, BigDecimal::add);
            BigDecimal amount =
                    lines.stream().map(it -> new BigDecimal(it.amount())).reduce(BigDecimal.ZERO, BigDecimal::add);
            assertEquals(0, used[customer].compareTo(quantity), "quantity of " + id);
            assertEquals(Rater.amount(used[customer], new BigDecimal("0.0001"), "USD"), amount, "amount of " + id);
        }
    }
}
