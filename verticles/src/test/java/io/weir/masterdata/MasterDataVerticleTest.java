package io.weir.masterdata;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.weir.fixtures.Refused;
import io.weir.fixtures.TestClock;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Actor;
import io.weir.schemas.Address;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.MeterKey;
import io.weir.schemas.Refusal;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.TenantId;
import io.weir.settings.MeterSettings;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class MasterDataVerticleTest {
    private static final TenantId DEMO = new TenantId("demo");
    private static final Instant JANUARY = Instant.parse("2026-01-01T00:00:00Z");

    private final Vertx vertx = Vertx.vertx();
    private final TestClock clock = TestClock.at("2026-11-20T10:00:00Z");
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private TestDatabase database;
    private MasterDataQueries queries;

    @BeforeEach
    void deploy() {
        Address.prepare(vertx);
        database = TestDatabase.fresh(vertx).seedDemo();
        queries = new MasterDataQueries(database.pool());
        await(vertx.deployVerticle(new MasterDataVerticle(
                database.pool(),
                new WeirSettings.Schemas(65_536, 2_000, 500, 1_000, 5),
                new MeterSettings(10, 5, 10, 10, 1, 100),
                clock,
                meters)));
    }

    @AfterEach
    void close() {
        database.close();
        await(vertx.close());
    }

    @Test
    void first_revision_of_a_customer_holds_since_ever_and_later_ones_from_their_writing() {
        Commands.Stored first = await(put("acme", customer("Acme", product("ws-acme"))));
        assertTrue(first.created());
        Revised<Commands.Customer> stored =
                await(queries.customer(DEMO, id("acme"))).orElseThrow();
        assertEquals(customer("Acme", product("ws-acme")), stored.content());
        assertEquals(first.revision(), stored.revision());
        assertNull(stored.effectiveFrom());

        Instant later = clock.advance(Duration.ofHours(1));
        Commands.Stored second = await(put("acme", customer("Acme Ltd", product("ws-acme"))));
        assertFalse(second.created());
        assertTrue(second.revision() > first.revision());
        assertEquals(
                later, await(queries.customer(DEMO, id("acme"))).orElseThrow().effectiveFrom());
        assertEquals(
                List.of("-infinity to 2026-11-20 11:00:00", "2026-11-20 11:00:00 to infinity"),
                spans("customer", "customer", "acme"));
        assertEquals(
                List.of("-infinity to infinity"),
                spans("customer_identity", "customer", "acme"),
                "an identity that stays keeps its row");
    }

    @Test
    void identical_content_keeps_the_revision_and_writes_nothing() {
        Commands.Customer content = customer("Acme", product("ws-acme"), new Commands.Identity("crm", "001"));
        Commands.Stored first = await(put("acme", content));
        long changes = changes("acme");
        Commands.Stored again = await(
                put("acme", new Commands.Customer("Acme", content.identities().reversed(), null)));
        assertEquals(new Commands.Stored(first.revision(), false), again);
        assertEquals(changes, changes("acme"));
        assertEquals(1, changes);
    }

    @Test
    void an_identity_moves_only_after_its_holder_gave_it_up() {
        await(put("one", customer("One", product("ws-x"))));
        Refusal taken = Refused.by(put("two", customer("Two", product("ws-x"))));
        assertEquals(
                "identity-taken",
                assertInstanceOf(Refusal.Conflict.class, taken).kind());
        assertEquals(Optional.empty(), await(queries.customer(DEMO, id("two"))));

        clock.advance(Duration.ofHours(1));
        await(put("one", customer("One")));
        clock.advance(Duration.ofHours(1));
        await(put("two", customer("Two", product("ws-x"))));
        assertEquals(
                List.of("-infinity to 2026-11-20 11:00:00", "2026-11-20 12:00:00 to infinity"),
                spans("customer_identity", "key", "ws-x"));
    }

    @Test
    void a_parent_must_exist_and_not_lie_below() {
        await(put("group", customer("Group")));
        await(put("unit", new Commands.Customer("Unit", List.of(), id("group"))));
        assertEquals(
                id("group"),
                await(queries.customer(DEMO, id("unit")))
                        .orElseThrow()
                        .content()
                        .parent());
        assertEquals(
                List.of("/parent"),
                Refused.pointers(put("lost", new Commands.Customer("Lost", List.of(), id("nobody")))));
        assertEquals(
                List.of("/parent"),
                Refused.pointers(put("group", new Commands.Customer("Group", List.of(), id("unit")))));
        assertEquals(
                List.of("/parent"),
                Refused.pointers(put("self", new Commands.Customer("Self", List.of(), id("self")))));
    }

    @Test
    void all_that_is_wrong_with_a_customer_is_said_at_once() {
        Commands.Identity good = product("ws-good");
        Commands.Identity unknownSystem = new Commands.Identity("fax", "1");
        assertEquals(
                List.of("/name", "/identities/1/system", "/identities/2"),
                Refused.pointers(put("acme", customer("", good, unknownSystem, good))));
    }

    @Test
    void if_match_writes_only_over_the_revision_that_it_names() {
        Commands.Stored first = await(put("acme", customer("Acme")));
        Commands.PutCustomer wrong =
                new Commands.PutCustomer(DEMO, Actor.WEIR, id("acme"), customer("Other"), first.revision() - 1);
        assertEquals(
                new Refusal.PreconditionFailed(Long.toString(first.revision())),
                Refused.by(ask(Addresses.PUT_CUSTOMER, wrong)));
        Commands.PutCustomer absent = new Commands.PutCustomer(DEMO, Actor.WEIR, id("new"), customer("New"), 1L);
        assertInstanceOf(Refusal.PreconditionFailed.class, Refused.by(ask(Addresses.PUT_CUSTOMER, absent)));
        Commands.PutCustomer right =
                new Commands.PutCustomer(DEMO, Actor.WEIR, id("acme"), customer("Other"), first.revision());
        assertTrue(await(ask(Addresses.PUT_CUSTOMER, right)).revision() > first.revision());
    }

    @Test
    void writes_are_counted_by_outcome() {
        await(put("acme", customer("Acme")));
        await(put("acme", customer("Acme")));
        Refused.by(put("acme", customer("a".repeat(257))));
        assertEquals(1, count("created"));
        assertEquals(1, count("stored"));
        assertEquals(1, count("refused"));
        assertEquals(0, count("failed"));
    }

    @Test
    void a_subscription_gets_its_own_contract_and_a_line_for_each_priced_meter() {
        await(put("acme", customer("Acme")));
        Commands.Stored stored = await(put("sub-acme", subscription("acme", "USD")));
        assertTrue(stored.created());
        Revised<Commands.Subscription> read =
                await(queries.subscription(DEMO, sub("sub-acme"))).orElseThrow();
        assertEquals(
                new Commands.Subscription(
                        id("acme"),
                        "sub-acme",
                        "standard",
                        JANUARY,
                        null,
                        "USD",
                        List.of(new Commands.SubscriptionLine(
                                "llm-output-tokens", new MeterKey("llm_output_tokens"), "main", id("acme")))),
                read.content());
        assertNull(read.effectiveFrom());
        assertEquals(List.of("-infinity to infinity"), spans("contract", "contract", "sub-acme"));
        assertEquals(
                new Commands.Stored(stored.revision(), false), await(put("sub-acme", subscription("acme", "USD"))));
        assertEquals(2, changes("acme"));
    }

    @Test
    void a_changed_subscription_closes_its_revision_and_its_contract_follows() {
        await(put("acme", customer("Acme")));
        await(put("sub-acme", subscription("acme", "USD")));
        clock.advance(Duration.ofHours(1));
        Commands.Subscription ended = new Commands.Subscription(
                id("acme"), null, "standard", JANUARY, Instant.parse("2026-12-01T00:00:00Z"), "USD", null);
        await(put("sub-acme", ended));
        List<String> spans = List.of("-infinity to 2026-11-20 11:00:00", "2026-11-20 11:00:00 to infinity");
        assertEquals(spans, spans("subscription", "subscription", "sub-acme"));
        assertEquals(spans, spans("contract", "contract", "sub-acme"));
    }

    @Test
    void a_subscription_that_moves_concerns_both_customers() {
        await(put("one", customer("One")));
        await(put("two", customer("Two")));
        await(put("sub-x", subscription("one", "USD")));
        await(put("sub-x", subscription("two", "USD")));
        assertEquals(3, changes("one"));
        assertEquals(2, changes("two"));
        Commands.Subscription under =
                new Commands.Subscription(id("one"), "sub-x", "standard", JANUARY, null, "USD", null);
        assertEquals(
                "contract-taken",
                assertInstanceOf(Refusal.Conflict.class, Refused.by(put("sub-y", under)))
                        .kind());
    }

    @Test
    void all_that_is_wrong_with_a_subscription_is_said_at_once() {
        assertEquals(
                List.of("/currency", "/to", "/lines/1/meter"),
                Refused.pointers(put(
                        "sub-x",
                        new Commands.Subscription(
                                id("cust-001"),
                                null,
                                "standard",
                                JANUARY,
                                JANUARY,
                                "usd",
                                List.of(line("api_bytes", null), line("api_bytes", null))))));
        assertEquals(
                List.of("/customer", "/plan", "/lines/0/meter", "/lines/1/billTo"),
                Refused.pointers(put(
                        "sub-x",
                        new Commands.Subscription(
                                id("nobody"),
                                null,
                                "nothing",
                                JANUARY,
                                null,
                                "USD",
                                List.of(line("no_meter", "cust-001"), line("api_bytes", "nobody"))))));
    }

    @Test
    void a_customer_that_no_line_can_bill_is_pointed_at_in_each() {
        Commands.Subscription content = new Commands.Subscription(
                id("cust-001"),
                null,
                "standard",
                JANUARY,
                null,
                "USD",
                List.of(line("api_requests", "nobody"), line("api_bytes", "nobody")));
        assertEquals(List.of("/lines/0/billTo", "/lines/1/billTo"), Refused.pointers(put("sub-x", content)));
    }

    @Test
    void lines_name_their_legal_entity_and_payer() {
        Commands.SubscriptionLine given =
                new Commands.SubscriptionLine("SKU-1", new MeterKey("api_bytes"), "emea", id("cust-002"));
        Commands.Subscription content = new Commands.Subscription(
                id("cust-001"),
                "frame-1",
                "standard",
                JANUARY,
                null,
                "EUR",
                List.of(given, line("api_requests", null)));
        await(put("sub-x", content));
        Commands.Subscription read =
                await(queries.subscription(DEMO, sub("sub-x"))).orElseThrow().content();
        assertEquals("frame-1", read.contract());
        assertEquals(
                List.of(
                        given,
                        new Commands.SubscriptionLine("item", new MeterKey("api_requests"), "main", id("cust-001"))),
                read.lines());
    }

    @Test
    void writers_at_once_leave_one_current_revision() {
        List<Future<?>> puts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            puts.add(put("acme", customer("Acme " + i % 3, product("ws-" + i % 2))));
        }
        await(Future.all(puts));
        assertEquals(
                1L,
                database.run("select count(*) from customer where customer = 'acme' and effective_to = 'infinity'")
                        .iterator()
                        .next()
                        .getLong(0));
        assertEquals(
                1,
                await(queries.customer(DEMO, id("acme")))
                        .orElseThrow()
                        .content()
                        .identities()
                        .size());
    }

    @Test
    void another_tenant_sees_nothing() {
        TenantId other = new TenantId("other");
        assertEquals(Optional.empty(), await(queries.customer(other, id("cust-001"))));
        assertEquals(Optional.empty(), await(queries.subscription(other, sub("sub-001"))));
        assertEquals(List.of(), await(queries.customers(other, null, 10, null)).items());
    }

    private static Commands.SubscriptionLine line(String meter, @Nullable String billTo) {
        return new Commands.SubscriptionLine("item", new MeterKey(meter), null, billTo == null ? null : id(billTo));
    }

    private static CustomerId id(String customer) {
        return new CustomerId(customer);
    }

    private static SubscriptionId sub(String subscription) {
        return new SubscriptionId(subscription);
    }

    private static Commands.Identity product(String key) {
        return new Commands.Identity("product", key);
    }

    private static Commands.Customer customer(String name, Commands.Identity... identities) {
        return new Commands.Customer(name, List.of(identities), null);
    }

    private static Commands.Subscription subscription(String customer, String currency) {
        return new Commands.Subscription(id(customer), null, "standard", JANUARY, null, currency, null);
    }

    private Future<Commands.Stored> put(String customer, Commands.Customer content) {
        return ask(Addresses.PUT_CUSTOMER, new Commands.PutCustomer(DEMO, Actor.WEIR, id(customer), content, null));
    }

    private Future<Commands.Stored> put(String subscription, Commands.Subscription content) {
        return ask(
                Addresses.PUT_SUBSCRIPTION,
                new Commands.PutSubscription(DEMO, Actor.WEIR, "demo", sub(subscription), content, null));
    }

    private <Q> Future<Commands.Stored> ask(Address<Q, Commands.Stored> address, Q question) {
        return address.ask(vertx.eventBus(), question, 20_000);
    }

    private long changes(String customer) {
        return database.run("select count(*) from change where kind = 'MASTER_DATA' and customer = $1", customer)
                .iterator()
                .next()
                .getLong(0);
    }

    private double count(String outcome) {
        return meters.get("weir.masterdata.writes")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private List<String> spans(String table, String column, String key) {
        List<String> spans = new ArrayList<>();
        database.run("""
                        select (effective_from at time zone 'UTC') || ' to ' || (effective_to at time zone 'UTC')
                        from %s where tenant = 'demo' and %s = $1 order by revision
                        """.formatted(table, column), key).forEach(row -> spans.add(row.getString(0)));
        return spans;
    }
}
