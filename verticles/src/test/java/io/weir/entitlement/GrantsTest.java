package io.weir.entitlement;

import static io.weir.entitlement.World.CUSTOMER;
import static io.weir.entitlement.World.NOW;
import static io.weir.entitlement.World.SUPPORT;
import static io.weir.entitlement.World.TENANT;
import static io.weir.entitlement.World.TOKENS;
import static io.weir.entitlement.World.json;
import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.weir.schemas.Actor;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands.Grant;
import io.weir.schemas.Commands.PutGrant;
import io.weir.schemas.Commands.Stored;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GrantsTest {
    private final World world = new World();

    @AfterEach
    void close() {
        world.close();
    }

    private static Grant tokens(String amount) {
        return new Grant(TOKENS, new BigDecimal(amount), false, 0, null, null);
    }

    private static Grant tokens(@Nullable String amount, @Nullable Instant from, @Nullable Instant to) {
        return new Grant(TOKENS, amount == null ? null : new BigDecimal(amount), amount == null, 0, from, to);
    }

    private Refusal refusal(Future<?> answer) {
        return assertThrows(RefusedException.class, () -> await(answer)).refusal();
    }

    private long changes() {
        return world.database
                .run("select count(*) from change where kind = 'GRANT'")
                .iterator()
                .next()
                .getLong(0);
    }

    @Test
    void grant_adds_to_the_plan_and_the_next_question_sees_it() {
        long version = world.ask(TOKENS).version();
        assertEquals(new Stored(1, true), await(world.put("g1", tokens("500"), null)));
        assertEquals("1000500", json(world.ask(TOKENS)).getString("limit"));
        assertTrue(world.ask(TOKENS).version() > version);
        assertEquals(1, changes());
    }

    @Test
    void put_replaces_the_grant_and_identical_content_changes_nothing() {
        await(world.put("g1", tokens("500"), null));
        world.pass(Duration.ofSeconds(1));
        assertEquals(new Stored(1, false), await(world.put("g1", tokens("500.0"), null)));
        assertEquals(1, changes());
        assertEquals(new Stored(2, false), await(world.put("g1", tokens("700"), null)));
        assertEquals("1000700", json(world.ask(TOKENS)).getString("limit"));
        GrantQueries.Found found = await(new GrantQueries(world.database.pool()).grant(TENANT, CUSTOMER, "g1"));
        assertEquals(new GrantQueries.Found(tokens("700", NOW, null), 2), found);
    }

    @Test
    void if_match_must_name_the_current_revision() {
        assertEquals(new Refusal.PreconditionFailed("0"), refusal(world.put("g1", tokens("1"), 1L)));
        await(world.put("g1", tokens("1"), null));
        assertEquals(new Refusal.PreconditionFailed("1"), refusal(world.put("g1", tokens("2"), 7L)));
        assertEquals(new Stored(2, false), await(world.put("g1", tokens("2"), 1L)));
    }

    @Test
    void unlimited_grant_lifts_the_limit_and_expires_without_any_change() {
        await(world.put("g1", tokens(null, NOW, NOW.plusSeconds(60)), null));
        assertEquals("unlimited", world.ask(TOKENS).reason());
        assertNull(json(world.ask(TOKENS)).getValue("limit"));
        assertTrue(json(world.ask(TOKENS)).containsKey("limit"));
        world.pass(Duration.ofSeconds(60));
        assertEquals("1000000", json(world.ask(TOKENS)).getString("limit"));
    }

    @Test
    void grant_begins_without_any_change() {
        await(world.put("g1", tokens("5", NOW.plusSeconds(60), null), null));
        assertEquals("1000000", json(world.ask(TOKENS)).getString("limit"));
        world.pass(Duration.ofSeconds(60));
        assertEquals("1000005", json(world.ask(TOKENS)).getString("limit"));
    }

    @Test
    void grant_that_makes_no_sense_is_refused_at_its_pointer() {
        FeatureKey nothing = new FeatureKey("nothing");
        assertEquals(List.of("/feature"), pointers(new Grant(nothing, BigDecimal.ONE, false, 0, null, null)));
        assertEquals(List.of("/feature"), pointers(new Grant(SUPPORT, BigDecimal.ONE, false, 0, null, null)));
        assertEquals(List.of("/amount"), pointers(new Grant(TOKENS, null, false, 0, null, null)));
        assertEquals(List.of("/amount"), pointers(new Grant(TOKENS, BigDecimal.ONE, true, 0, null, null)));
        assertEquals(List.of("/amount"), pointers(tokens("-1")));
        assertEquals(List.of("/expiresAt"), pointers(tokens("1", NOW, NOW)));
        assertEquals(
                new Refusal.NotFound("customer"),
                refusal(Addresses.PUT_GRANT.ask(
                        world.vertx.eventBus(),
                        new PutGrant(TENANT, Actor.WEIR, "org", new CustomerId("nobody"), "g", tokens("1"), null),
                        10_000)));
        assertEquals(
                new Refusal.NotFound("grant"),
                refusal(new GrantQueries(world.database.pool()).grant(TENANT, CUSTOMER, "g")));
    }

    private List<String> pointers(Grant grant) {
        Refusal.Invalid invalid = assertInstanceOf(Refusal.Invalid.class, refusal(world.put("g", grant, null)));
        return invalid.errors().stream().map(error -> error.pointer()).toList();
    }

    @Test
    void concurrent_puts_of_a_grant_are_one_after_the_other() {
        List<Future<Stored>> puts = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
            puts.add(world.put("g1", tokens(Integer.toString(i)), null));
        }
        await(Future.all(puts));
        assertEquals(
                50,
                await(new GrantQueries(world.database.pool()).grant(TENANT, CUSTOMER, "g1"))
                        .revision());
        assertEquals(50, changes());
    }
}
