package io.weir.entitlement;

import static io.weir.entitlement.World.CUSTOMER;
import static io.weir.entitlement.World.MODELS;
import static io.weir.entitlement.World.NOW;
import static io.weir.entitlement.World.SUPPORT;
import static io.weir.entitlement.World.TENANT;
import static io.weir.entitlement.World.TOKENS;
import static io.weir.entitlement.World.caller;
import static io.weir.entitlement.World.changed;
import static io.weir.entitlement.World.json;
import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.weir.local.LocalStack;
import io.weir.schemas.Addresses;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EntitlementsTest {
    private final World world = new World();

    @AfterEach
    void close() {
        world.close();
    }

    private static void eventually(BooleanSupplier holds) {
        long deadline = System.nanoTime() + 10_000_000_000L;
        while (!holds.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "did not come to hold");
            Thread.onSpinWait();
        }
    }

    private Refusal refusal(Future<?> answer) {
        return assertThrows(RefusedException.class, () -> await(answer)).refusal();
    }

    private Answer hit(FeatureKey feature) {
        Answer answer = world.entitlements.cached(TENANT, CUSTOMER, feature);
        assertNotNull(answer);
        return answer;
    }

    @Test
    void metered_feature_is_answered_from_postgres_and_then_from_the_cache() {
        assertNull(world.entitlements.cached(TENANT, CUSTOMER, TOKENS));
        JsonObject first = json(world.ask(TOKENS));
        assertEquals(new JsonObject("""
                        { "customer": "cust-001", "feature": "llm_tokens", "kind": "metered", "granted": true,
                          "reason": "within_limit", "limit": "1000000", "used": "0", "held": "0",
                          "remaining": "1000000", "overage": "block", "resetsAt": "2026-12-01T00:00:00Z",
                          "asOf": "2026-11-20T10:00:00.000Z", "source": "postgres", "stale": false, "version": 7 }
                        """), first);
        assertEquals(first.put("source", "cache"), json(hit(TOKENS)));
        assertEquals(1, world.loads());
    }

    @Test
    void boolean_and_static_features_are_answered_with_their_configuration() {
        JsonObject support = json(world.ask(SUPPORT));
        assertEquals("enabled", support.getString("reason"));
        assertFalse(support.containsKey("limit"));
        JsonObject models = json(world.ask(MODELS));
        assertEquals(new JsonObject("{\"models\":[\"m1\"]}"), models.getJsonObject("config"));
        assertEquals(true, models.getBoolean("granted"));
    }

    @Test
    void customer_without_entitlement_is_answered_and_one_that_does_not_exist_is_not_found() {
        world.customer("cust-002");
        JsonObject bare = json(world.ask(new CustomerId("cust-002"), TOKENS));
        assertEquals("no_entitlement", bare.getString("reason"));
        assertEquals(false, bare.getBoolean("granted"));
        assertEquals(
                new Refusal.NotFound("customer"),
                refusal(world.entitlements.answer(caller(TENANT), new CustomerId("nobody"), TOKENS)));
        assertEquals(
                new Refusal.NotFound("customer"),
                refusal(world.entitlements.answer(caller(new TenantId("other")), CUSTOMER, TOKENS)));
        assertEquals(
                new Refusal.NotFound("feature"),
                refusal(world.entitlements.answer(caller(TENANT), CUSTOMER, new FeatureKey("nothing"))));
    }

    @Test
    void customer_that_was_unknown_is_answered_as_soon_as_it_is_there() {
        CustomerId late = new CustomerId("late");
        refusal(world.entitlements.answer(caller(TENANT), late, TOKENS));
        world.customer("late");
        assertEquals("no_entitlement", world.ask(late, TOKENS).reason());
    }

    @Test
    void subscription_that_ended_is_answered_contract_ended() {
        world.customer("cust-003");
        world.subscription("sub-003", "cust-003", "standard", "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z");
        assertEquals(
                "contract_ended", world.ask(new CustomerId("cust-003"), TOKENS).reason());
    }

    @Test
    void recorded_usage_uses_the_allowance_up_at_once_after_invalidation() {
        world.ask(TOKENS);
        world.use("cust-001", 250_113);
        assertEquals("0", json(hit(TOKENS)).getString("used"));
        world.entitlements.invalidate(TENANT, CUSTOMER);
        assertNull(world.entitlements.cached(TENANT, CUSTOMER, TOKENS));
        JsonObject used = json(world.ask(TOKENS));
        assertEquals("250113", used.getString("used"));
        assertEquals("749887", used.getString("remaining"));
        world.use("cust-001", 749_887);
        world.entitlements.invalidate(TENANT, CUSTOMER);
        assertEquals("limit_reached", world.ask(TOKENS).reason());
    }

    @Test
    void told_usage_is_read_in_the_background_while_the_old_answer_stands_with_its_as_of() {
        world.tell();
        world.ask(TOKENS);
        world.pass(Duration.ofSeconds(1));
        world.tell();
        eventually(() -> world.entitlements.asOf().equals(world.now()));
        assertEquals(world.now(), hit(TOKENS).asOf());
        Answer before = hit(TOKENS);
        Instant known = before.asOf();
        world.use("cust-001", 10);
        world.pass(Duration.ofSeconds(1));
        world.tell(changed(ChangeKind.USAGE));
        eventually(() -> "10".equals(json(hit(TOKENS)).getString("used")));
        assertEquals(known, before.asOf());
        assertEquals(world.now(), hit(TOKENS).asOf());
        assertTrue(hit(TOKENS).version() > before.version());
    }

    @Test
    void catalog_changes_and_lost_continuity_let_everything_be_read_again() {
        world.ask(TOKENS);
        world.database.run("insert into plan values ('org', 'standard', 4, 'Standard')");
        world.database.run("insert into plan_feature (organisation, plan, revision, feature, allowance, overage)"
                + " values ('org', 'standard', 4, 'llm_tokens', 5, 'bill')");
        world.tell(new Change(TENANT, null, ChangeKind.CATALOG));
        eventually(() -> world.entitlements.cached(TENANT, CUSTOMER, TOKENS) == null);
        assertEquals("5", json(world.ask(TOKENS)).getString("limit"));
        assertEquals("bill", world.ask(TOKENS).overage());
        Addresses.CHANGES.tell(world.vertx.eventBus(), new ChangeBatch(List.of(), NOW, true));
        eventually(() -> world.entitlements.cached(TENANT, CUSTOMER, TOKENS) == null);
    }

    @Test
    void new_month_resets_usage_without_any_change() {
        world.use("cust-001", 1_000_000);
        Answer november = world.ask(TOKENS);
        assertEquals("limit_reached", november.reason());
        world.at("2026-11-30T23:59:59.999Z");
        assertNotNull(world.entitlements.cached(TENANT, CUSTOMER, TOKENS));
        world.at("2026-12-01T00:00:00Z");
        assertNull(world.entitlements.cached(TENANT, CUSTOMER, TOKENS));
        JsonObject december = json(world.ask(TOKENS));
        assertEquals("0", december.getString("used"));
        assertEquals("2027-01-01T00:00:00Z", december.getString("resetsAt"));
        assertEquals(november.version(), december.getLong("version"));
        world.use("cust-001", 3, LocalDate.of(2026, 11, 1));
        world.entitlements.invalidate(TENANT, CUSTOMER);
        assertEquals("0", json(world.ask(TOKENS)).getString("used"));
        assertTrue(world.ask(TOKENS).version() > november.version());
    }

    @Test
    void term_ends_without_any_change() {
        world.customer("cust-004");
        world.subscription("sub-004", "cust-004", "standard", "2026-01-01T00:00:00Z", "2026-11-20T10:00:05Z");
        CustomerId customer = new CustomerId("cust-004");
        assertEquals("within_limit", world.ask(customer, TOKENS).reason());
        world.pass(Duration.ofSeconds(5));
        assertEquals("contract_ended", world.ask(customer, TOKENS).reason());
    }

    @Test
    void many_questions_about_a_customer_are_one_load() {
        List<Future<Answer>> answers = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            answers.add(world.entitlements.answer(caller(TENANT), CUSTOMER, TOKENS));
        }
        await(Future.all(answers));
        assertEquals(1, world.loads());
    }

    @Test
    void many_customers_asked_at_once_are_read_by_few_queries() {
        for (int i = 100; i < 500; i++) {
            world.customer("many-" + i);
        }
        List<Future<Answer>> answers = new ArrayList<>();
        for (int i = 100; i < 500; i++) {
            answers.add(world.entitlements.answer(caller(TENANT), new CustomerId("many-" + i), TOKENS));
        }
        await(Future.all(answers));
        assertTrue(world.loads() <= 100, () -> world.loads() + " queries");
        assertEquals(400, world.answered("loaded"));
    }

    @Test
    void answer_grows_stale_when_nothing_is_told_and_fresh_again() {
        Answer answer = world.ask(TOKENS);
        assertFalse(json(answer).getBoolean("stale"));
        world.pass(Duration.ofMillis(5001));
        assertTrue(json(hit(TOKENS)).getBoolean("stale"));
        world.tell();
        eventually(() -> world.entitlements.asOf().equals(world.now()));
        assertFalse(json(hit(TOKENS)).getBoolean("stale"));
    }

    @Test
    void with_postgres_away_the_older_answer_is_given_as_stale_and_nothing_is_invented() {
        world.ask(TOKENS);
        LocalStack.shared().stopPostgres();
        try {
            assertEquals("within_limit", hit(TOKENS).reason());
            world.entitlements.invalidate(TENANT, CUSTOMER);
            JsonObject older = json(world.ask(TOKENS));
            assertEquals(true, older.getBoolean("stale"));
            assertEquals("cache", older.getString("source"));
            assertTrue(
                    refusal(world.entitlements.answer(caller(TENANT), new CustomerId("cust-002"), TOKENS))
                            instanceof Refusal.Unavailable);
            assertTrue(refusal(world.entitlements.customerOf(caller(TENANT), "ws-001")) instanceof Refusal.Unavailable);
        } finally {
            LocalStack.shared().startPostgres();
        }
        eventually(() -> !json(world.ask(TOKENS)).getBoolean("stale"));
    }

    @Test
    void silent_postgres_delays_a_question_no_longer_than_the_deadline() {
        try (World hurried = new World(new WeirSettings.Entitlement(10, 5000, 1, 60, 100, 5000, 2, 10))) {
            hurried.ask(TOKENS);
            hurried.entitlements.invalidate(TENANT, CUSTOMER);
            var holder = await(hurried.database.pool().getConnection());
            var locked = await(holder.begin());
            await(holder.query("lock table customer in access exclusive mode").execute());
            assertTrue(json(hurried.ask(TOKENS)).getBoolean("stale"));
            await(locked.rollback());
            await(holder.close());
            eventually(() -> !json(hurried.ask(TOKENS)).getBoolean("stale"));
        }
    }

    @Test
    void subject_is_found_by_the_product_identity_and_follows_when_it_moves() {
        assertEquals(
                new Refusal.NotFound("customer"), refusal(world.entitlements.customerOf(caller(TENANT), "ws-001")));
        String identity = "insert into customer_identity (tenant, system, key, customer, revision, effective_from)"
                + " values ('acme', 'product', 'ws-001', $1, $2, '2026-01-01')";
        world.database.run(identity, "cust-001", 5L);
        assertEquals(CUSTOMER, await(world.entitlements.customerOf(caller(TENANT), "ws-001")));
        world.database.run("update customer_identity set effective_to = now()");
        world.database.run(identity, "cust-009", 6L);
        world.tell(new Change(TENANT, new CustomerId("cust-009"), ChangeKind.MASTER_DATA));
        eventually(() ->
                await(world.entitlements.customerOf(caller(TENANT), "ws-001")).equals(new CustomerId("cust-009")));
    }

    @Test
    void asking_thread_gets_its_answer_on_its_own_event_loop() {
        var context = world.vertx.getOrCreateContext();
        Promise<Boolean> same = Promise.promise();
        context.runOnContext(go -> world.entitlements
                .answer(caller(TENANT), CUSTOMER, TOKENS)
                .onComplete(done -> same.complete(Vertx.currentContext() == context)));
        assertTrue(await(same.future()));
    }
}
