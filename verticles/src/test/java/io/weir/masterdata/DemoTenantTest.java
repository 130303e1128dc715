package io.weir.masterdata;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.weir.fixtures.Refused;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.BackfillState;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Json;
import io.weir.schemas.MeterKey;
import io.weir.schemas.Page;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.TenantId;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class DemoTenantTest {
    private static final TenantId DEMO = new TenantId("demo");
    private static final Vertx VERTX = Vertx.vertx();
    private static TestDatabase database;
    private static MasterDataQueries queries;

    @BeforeAll
    static void seed() {
        database = TestDatabase.fresh(VERTX).seedDemo();
        queries = new MasterDataQueries(database.pool());
    }

    @AfterAll
    static void close() {
        database.close();
        await(VERTX.close());
    }

    @Test
    void seeding_again_changes_nothing() {
        database.seedDemo();
        assertEquals(1L, number("select revision from master_data"));
        assertEquals(100L, number("select count(*) from customer"));
        assertEquals(3L, number("select count(*) from change"));
        assertEquals(2L, number("select count(*) from tenant where region = 'local'"));
    }

    @Test
    void hundred_customers_each_have_an_identity_and_a_subscription() {
        assertEquals(
                new Commands.Customer("Customer 100", List.of(new Commands.Identity("product", "ws-100")), null),
                await(queries.customer(DEMO, new CustomerId("cust-100")))
                        .orElseThrow()
                        .content());
        Revised<Commands.Subscription> subscription =
                await(queries.subscription(DEMO, new SubscriptionId("sub-042"))).orElseThrow();
        assertEquals(
                new Commands.Subscription(
                        new CustomerId("cust-042"),
                        "sub-042",
                        "standard",
                        Instant.parse("2020-01-01T00:00:00Z"),
                        null,
                        "USD",
                        List.of(new Commands.SubscriptionLine(
                                "llm-output-tokens",
                                new MeterKey("llm_output_tokens"),
                                "main",
                                new CustomerId("cust-042")))),
                subscription.content());
        assertNull(subscription.effectiveFrom());
        assertEquals(100L, number("select count(*) from contract where contract ~ '^sub-[0-9]{3}$'"));
    }

    @Test
    void pages_hold_every_customer_once_and_in_order() {
        List<String> found = new ArrayList<>();
        String cursor = null;
        do {
            Page<Revised<Commands.Customer>> page = await(queries.customers(DEMO, null, 33, cursor));
            page.items().forEach(item -> found.add(item.id()));
            cursor = page.next();
        } while (cursor != null);
        assertEquals(100, found.size());
        assertEquals(found.stream().sorted().distinct().toList(), found);
        assertEquals(
                List.of("sub-007"),
                await(queries.subscriptions(DEMO, new CustomerId("cust-007"), 10, null)).items().stream()
                        .map(Revised::id)
                        .toList());
        assertEquals(List.of("/cursor"), Refused.pointers(queries.customers(DEMO, null, 10, "?")));
    }

    @Test
    void plan_says_what_each_feature_is() {
        Catalog.Plan plan =
                await(queries.plan("demo", "standard")).orElseThrow().content();
        assertEquals("Standard", plan.name());
        JsonNode config = Json.tree("{\"models\":[\"m1\"]}");
        assertEquals(
                List.of(
                        new Catalog.PlanFeature("llm_tokens", true, false, new BigDecimal("1000000"), "block", null),
                        new Catalog.PlanFeature("model_access", true, false, null, "block", config),
                        new Catalog.PlanFeature("premium_support", true, false, null, "block", null)),
                plan.features());
        assertEquals(
                new Catalog.Feature("metered", "llm_output_tokens"),
                await(queries.feature("demo", "llm_tokens")).orElseThrow().content());
    }

    @Test
    void one_meter_is_priced() {
        List<Revised<Catalog.Price>> versions = await(queries.priceVersions("demo", "llm-output-tokens"));
        assertEquals(
                List.of(new Catalog.Price(
                        1, "standard", "llm_output_tokens", "per_unit", new BigDecimal("0.0001"), "USD", null)),
                versions.stream().map(Revised::content).toList());
        assertEquals(Optional.of(versions.getFirst()), await(queries.price("demo", "llm-output-tokens", 1)));
        assertEquals(Optional.empty(), await(queries.price("demo", "llm-output-tokens", 2)));
        assertEquals(1L, number("select count(*) from price"));
    }

    @Test
    void five_meters_measure_two_event_types() {
        assertEquals(
                new Catalog.Meter(
                        1,
                        "llm.completion",
                        "sum",
                        "/data/inputTokens",
                        null,
                        List.of("model", "region"),
                        null,
                        "tokens",
                        null,
                        null,
                        new BackfillState("pending", null)),
                await(queries.meter("demo", "llm_input_tokens")).orElseThrow().content());
        assertEquals(
                List.of("api_bytes", "api_requests", "llm_input_tokens", "llm_output_tokens", "llm_requests"),
                await(queries.meters("demo")).stream().map(Revised::id).toList());
        assertEquals(
                List.of(
                        new Catalog.EventType("api.request", List.of(1), "backward", 0),
                        new Catalog.EventType("llm.completion", List.of(1), "backward", 0)),
                await(queries.eventTypes("demo")));
    }

    @Test
    void schemas_refuse_what_they_do_not_name() {
        JsonNode schema = Json.tree(Objects.requireNonNull(
                await(queries.schema("demo", "llm.completion", 1)).orElseThrow().schema()));
        assertEquals(false, schema.at("/additionalProperties").booleanValue());
        assertEquals(4, schema.at("/required").size());
        assertTrue(schema.at("/properties").has("subscription"));
        assertEquals(Optional.empty(), await(queries.schema("demo", "llm.completion", 2)));
        assertEquals(Optional.empty(), await(queries.schema("other", "llm.completion", 1)));
    }

    @Test
    void the_other_tenant_holds_nothing() {
        assertEquals(List.of(), await(queries.meters("other")));
        assertEquals(Optional.empty(), await(queries.plan("other", "standard")));
        assertEquals(Optional.empty(), await(queries.feature("other", "llm_tokens")));
    }

    @Test
    void a_list_item_has_its_key_and_its_revision_beside_its_content() {
        JsonNode json = Json.tree(
                Json.text(await(queries.customers(DEMO, null, 1, null)).items().getFirst()));
        assertEquals(Json.tree("""
                        { "id": "cust-001", "name": "Customer 001",
                          "identities": [ { "system": "product", "key": "ws-001" } ], "revision": 1 }
                        """), json);
    }

    private static long number(String sql) {
        return database.run(sql).iterator().next().getLong(0);
    }
}
