package io.weir.policies;

import static io.weir.policies.Door.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Address;
import io.weir.schemas.Addresses;
import io.weir.schemas.Caller;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import io.weir.settings.AdmissionSettings;
import java.lang.reflect.Field;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Keys and event types, as they are kept in Postgres and remembered by a node. */
class StoredTest {
    private static final TenantId DEMO = new TenantId("demo");
    private static final AccessTier TIER = new AccessTier("partner", 20, 40, 500, 1_000);
    private static final ApiKey KEY = ApiKey.create("local");

    private final Vertx vertx = Vertx.vertx();
    private final Database database = new Database(vertx);
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-11-20T10:00:00Z"));
    private final InstantSource clock = now::get;
    private final ApiKeys keys = new ApiKeys(
            database.pool, new AdmissionSettings.Keys("local", 100, 100, 3_600, 7_200, 3_600, 2, 60, 600), clock);
    private final AccessTiers tiers = new AccessTiers(database.pool, keys, 1_000, 1);
    private final EventTypes types = new EventTypes(database.pool, 10, ValidateEventsTest.RULES);

    @BeforeEach
    void follow() {
        Address.prepare(vertx);
        keys.follow(vertx.eventBus());
        types.follow(vertx.eventBus());
    }

    @AfterEach
    void close() {
        database.close();
        await(vertx.close());
    }

    @Test
    void a_keys_holder_is_who_it_was_made_for() {
        put(KEY, Set.of(Scope.USAGE_WRITE, Scope.USAGE_READ));
        Caller caller = caller(KEY).orElseThrow();
        assertEquals(DEMO, caller.tenant());
        assertEquals("demo", caller.organisation());
        assertEquals("robot", caller.principal());
        assertEquals(KEY.id(), caller.credential());
        assertEquals(EnumSet.of(Scope.USAGE_WRITE, Scope.USAGE_READ), caller.scopes());
        assertEquals(TIER, caller.tier());
        assertEquals("local", caller.region());
        assertEquals(35, caller.eventsPast().toDays());
        assertEquals(5, caller.eventsFuture().toMinutes());
    }

    @Test
    void admin_holds_every_scope() {
        put(KEY, Set.of(Scope.ADMIN));
        assertEquals(EnumSet.allOf(Scope.class), caller(KEY).orElseThrow().scopes());
    }

    @Test
    void a_wrong_secret_of_a_known_key_is_nobody() {
        put(KEY, Set.of(Scope.ADMIN));
        assertTrue(caller(KEY).isPresent());
        assertEquals(Optional.empty(), caller(new ApiKey("local", KEY.id(), "wrong")));
        assertEquals(Optional.empty(), caller(ApiKey.create("local")));
    }

    @Test
    void only_so_many_different_keys_are_looked_up_at_once() {
        put(KEY, Set.of(Scope.ADMIN));
        ApiKey unknown = ApiKey.create("local");
        ApiKey beyond = ApiKey.create("local");
        List<Future<Optional<Caller>>> asked = onLoop(() -> Future.succeededFuture(List.of(
                keys.caller(KEY), keys.caller(KEY), keys.caller(unknown), keys.caller(beyond), keys.caller(KEY))));
        assertTrue(asked.get(3).cause() instanceof RefusedException);
        assertEquals(1, keys.refusedLookups());
        assertTrue(await(asked.get(0)).isPresent());
        assertTrue(await(asked.get(1)).isPresent());
        assertEquals(Optional.empty(), await(asked.get(2)));
        assertTrue(await(asked.get(4)).isPresent());
        assertEquals(0, keys.lookups());
        assertEquals(Optional.empty(), caller(beyond));
    }

    @Test
    void a_key_past_its_time_is_nobody_also_when_it_is_remembered() {
        put(KEY, Set.of(Scope.ADMIN));
        database.run("update api_key set expires_at = '2026-11-20T10:00:01Z'");
        assertTrue(caller(KEY).isPresent());
        now.set(Instant.parse("2026-11-20T10:00:01Z"));
        assertEquals(Optional.empty(), caller(KEY));
    }

    @Test
    void a_revoked_key_is_nobody_once_the_change_is_told_and_a_new_one_is_somebody() {
        assertEquals(Optional.empty(), caller(KEY));
        put(KEY, Set.of(Scope.ADMIN));
        assertEquals(Optional.empty(), caller(KEY));
        tell(ChangeKind.CREDENTIAL, false);
        assertTrue(caller(KEY).isPresent());
        database.run("update api_key set revoked_at = now()");
        tell(ChangeKind.USAGE, false);
        assertTrue(caller(KEY).isPresent());
        tell(ChangeKind.USAGE, true);
        assertEquals(Optional.empty(), caller(KEY));
    }

    @Test
    void a_key_that_is_there_is_not_replaced_and_a_tier_is() {
        put(KEY, Set.of(Scope.USAGE_READ));
        put(KEY, Set.of(Scope.ADMIN));
        assertFalse(caller(KEY).orElseThrow().may(Scope.USAGE_WRITE));
        await(tiers.seed(DEMO, new AccessTier("partner", 1, 1, 1_000, 1_000), false));
        await(tiers.put(
                DEMO,
                io.weir.schemas.Actor.WEIR,
                "partner",
                new AccessTiers.Limits(2L, 2L, 1_000L, 1_000L, null, null, 5, 7L, "open", null, false, true)));
        AccessTier changed = caller(KEY).orElseThrow().tier();
        assertEquals(2, changed.requests().orElseThrow().perSecond());
        assertEquals(Optional.empty(), changed.bytes());
        assertEquals(5, changed.concurrentRequests().orElseThrow());
        assertEquals(7, changed.eventsPerMonth().orElseThrow());
        assertEquals(AccessTier.FailMode.OPEN, changed.failMode());
        assertEquals(Optional.of(changed), caller(KEY).orElseThrow().tenantTier());
    }

    @Test
    void the_newest_version_of_a_type_counts_once_the_change_is_told() {
        schema(1, "{\"required\":[\"a\"]}");
        assertEquals(1, version());
        schema(2, "{\"required\":[\"a\",\"b\"]}");
        assertEquals(1, version());
        tell(ChangeKind.CATALOG, false);
        assertEquals(2, version());
        assertEquals(java.util.Map.of(), onLoop(() -> types.of("nobody")));
    }

    @Test
    void every_statement_can_be_prepared() throws ReflectiveOperationException {
        SqlConnection sql = await(database.pool.getConnection());
        List<String> prepared = new ArrayList<>();
        for (Class<?> table : List.of(
                CredentialTable.class,
                AccessTierTable.class,
                PrincipalTable.class,
                IssuedKeyTable.class,
                CertificateTable.class,
                TokenTable.class,
                EventTypes.class)) {
            for (Field field : table.getDeclaredFields()) {
                if (field.getType() == String.class) {
                    field.setAccessible(true);
                    await(sql.prepare(String.valueOf(field.get(null))));
                    prepared.add(field.getName());
                }
            }
        }
        await(sql.close());
        assertTrue(prepared.containsAll(List.of("FIND", "VERSIONS")), prepared::toString);
    }

    private void put(ApiKey key, Set<Scope> scopes) {
        await(tiers.seed(DEMO, TIER, true)
                .compose(done -> keys.seed(DEMO, "robot", "service", "partner", scopes, List.of(), key)));
    }

    private Optional<Caller> caller(ApiKey key) {
        return onLoop(() -> keys.caller(key));
    }

    private void schema(int version, String schema) {
        database.run(
                "insert into event_type_schema (organisation, event_type, version, revision, schema)"
                        + " values ('demo', 't', $1, 1, $2::text::jsonb)",
                version,
                schema);
    }

    private int version() {
        EventType type = onLoop(() -> types.of("demo")).get("t");
        return type == null ? 0 : type.current().number();
    }

    /** Asks on an event loop, as a request does. */
    private <T> T onLoop(Supplier<Future<T>> question) {
        Promise<T> answer = Promise.promise();
        vertx.runOnContext(go -> question.get().onComplete(answer));
        return await(answer.future());
    }

    /** Tells a change, and waits until all that listen have heard of it. */
    private void tell(ChangeKind kind, boolean everything) {
        Promise<Void> heard = Promise.promise();
        Addresses.CHANGES.listen(vertx.eventBus(), batch -> heard.tryComplete());
        List<Change> changes = List.of(new Change(DEMO, null, kind));
        Addresses.CHANGES.tell(vertx.eventBus(), new ChangeBatch(changes, clock.instant(), everything));
        await(heard.future());
    }
}
