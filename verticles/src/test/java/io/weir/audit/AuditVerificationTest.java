package io.weir.audit;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import io.weir.audit.AuditVerification.Chain;
import io.weir.audit.AuditVerification.Noted;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.CanonicalJson;
import io.weir.schemas.Json;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuditVerificationTest {
    private static final String APPEND = "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    private static final int ACTS = 5;

    private final Vertx vertx = Vertx.vertx();
    private final TestDatabase database = TestDatabase.fresh(vertx).seedDemo();
    private int tenants;
    private TenantId tenant = new TenantId("demo");

    @AfterAll
    void leave_nothing_running() {
        database.close();
        await(vertx.close());
    }

    @BeforeEach
    void a_tenant_with_some_acts() {
        tenant = new TenantId("audited:" + ++tenants);
        database.run(
                "insert into tenant (tenant, organisation, name, region) values ($1, 'demo', $1, 'local')",
                tenant.value());
        for (int i = 1; i <= ACTS; i++) {
            append(i);
        }
    }

    private void append(int number) {
        Map<String, Object> was = Map.of("name", "Ann \"the\" \u0007 \ud83c\udf0a \u00e9 /\\", "count", number);
        Audited act = Audited.of(
                tenant,
                new Actor("ann", "key\t1", "corr-" + number),
                Act.CUSTOMER_CHANGED,
                "c/" + number,
                number == 1 ? null : was,
                Map.of());
        database.run(APPEND, act.parameters().toArray());
    }

    private Chain verified(Noted... noted) {
        List<Chain> chains = await(new AuditVerification(database.pool()).verify(List.of(noted)));
        return chains.stream()
                .filter(chain -> chain.tenant().equals(tenant.value()))
                .findFirst()
                .orElseThrow();
    }

    /** As somebody would who owns the database. */
    private void tamper(String sql, Object... parameters) {
        await(database.pool()
                .withTransaction(in -> in.query("alter table audit_entry disable trigger user")
                        .execute()
                        .compose(done -> in.query("alter table audit_head disable trigger user")
                                .execute())
                        .compose(done -> in.preparedQuery(sql).execute(Tuple.wrap(parameters)))
                        .compose(done -> in.query(
                                        "alter table audit_entry enable always trigger audit_entry_append_only")
                                .execute())
                        .compose(done -> in.query("alter table audit_head enable always trigger audit_head_stays")
                                .execute())
                        .compose(done -> in.query("alter table audit_head enable always trigger audit_head_forward")
                                .execute())));
    }

    @Test
    void a_chain_that_nobody_touched_holds_and_tells_its_head() {
        Chain chain = verified();
        assertTrue(chain.holds(), chain.why());
        assertEquals(ACTS, chain.entries());
        assertTrue(verified(new Noted(tenant.value(), ACTS, chain.hash())).holds());
        append(6);
        assertTrue(verified(new Noted(tenant.value(), ACTS, chain.hash())).holds(), "an older head holds as well");
    }

    @ParameterizedTest
    @CsvSource({
        "state_before, {}",
        "state_after, '{\"name\":\"other\"}'",
        "principal, bob",
        "credential, other",
        "act, customer-created",
        "kind, grant",
        "object, c/9",
        "correlation, other"
    })
    void a_changed_entry_is_found_out(String column, String value) {
        tamper("update audit_entry set " + column + " = $2 where tenant = $1 and sequence = 3", tenant.value(), value);
        assertBroken(3, verified());
    }

    @Test
    void a_changed_time_or_hash_is_found_out() {
        tamper(
                "update audit_entry set acted_at = acted_at - interval '1 microsecond' where tenant = $1 and sequence = 2",
                tenant.value());
        assertBroken(2, verified());
        tenantAgain();
        tamper("update audit_entry set hash = sha256('x') where tenant = $1 and sequence = 2", tenant.value());
        assertBroken(2, verified());
        tenantAgain();
        tamper("update audit_entry set previous_hash = sha256('x') where tenant = $1 and sequence = 2", tenant.value());
        assertBroken(2, verified());
    }

    private void tenantAgain() {
        a_tenant_with_some_acts();
    }

    @Test
    void a_removed_entry_is_found_out() {
        tamper("delete from audit_entry where tenant = $1 and sequence = 4", tenant.value());
        assertBroken(4, verified());
    }

    @Test
    void a_removed_entry_is_found_out_although_the_others_were_renumbered() {
        tamper("delete from audit_entry where tenant = $1 and sequence = 2", tenant.value());
        tamper("update audit_entry set sequence = sequence - 1 where tenant = $1 and sequence > 2", tenant.value());
        assertBroken(2, verified());
    }

    @Test
    void an_inserted_entry_is_found_out() {
        tamper("""
                insert into audit_entry (tenant, sequence, acted_at, principal, credential, act, kind, object, correlation,
                                         previous_hash, hash)
                select tenant, sequence + 1, acted_at, 'mallory', credential, act, kind, object, correlation, hash, sha256('x')
                from audit_entry where tenant = $1 and sequence = 5
                """, tenant.value());
        assertBroken(6, verified());
    }

    @Test
    void a_well_made_entry_behind_the_head_is_found_out() {
        Chain before = verified();
        append(6);
        tamper(
                "update audit_head set sequence = 5, hash = decode($2, 'hex') where tenant = $1",
                tenant.value(),
                before.hash());
        assertBroken(6, verified());
    }

    @Test
    void a_tail_that_was_cut_off_is_found_out() {
        tamper("delete from audit_entry where tenant = $1 and sequence = 5", tenant.value());
        assertBroken(5, verified());
    }

    @Test
    void a_tail_that_was_cut_off_with_its_head_is_found_out_beside_a_noted_head() {
        Chain whole = verified();
        tamper("delete from audit_entry where tenant = $1 and sequence = 5", tenant.value());
        tamper("""
                update audit_head h set sequence = 4, hash = e.hash from audit_entry e
                where e.tenant = $1 and e.sequence = 4 and h.tenant = $1
                """, tenant.value());
        assertTrue(verified().holds(), "nothing in the database tells of it");
        assertBroken(5, verified(new Noted(tenant.value(), 5, whole.hash())));
        append(5);
        assertBroken(5, verified(new Noted(tenant.value(), 5, whole.hash())));
    }

    @Test
    void a_chain_that_is_wholly_gone_is_found_out_beside_a_noted_head() {
        Chain whole = verified();
        tamper("delete from audit_entry where tenant = $1", tenant.value());
        tamper("delete from audit_head where tenant = $1", tenant.value());
        assertBroken(1, verified(new Noted(tenant.value(), 5, whole.hash())));
    }

    private static void assertBroken(long at, Chain chain) {
        assertEquals(at, chain.brokenAt(), chain.toString());
        assertEquals(at - 1, chain.entries());
        assertTrue(!chain.why().isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "update audit_entry set principal = 'x'",
                "delete from audit_entry",
                "truncate audit_entry",
                "delete from audit_head",
                "truncate audit_head",
                "update audit_head set sequence = sequence - 1",
                "update audit_head set sequence = sequence"
            })
    void the_trail_is_append_only(String sql) {
        PgException refused = assertThrows(PgException.class, () -> database.run(sql));
        assertEquals("23001", refused.getSqlState());
    }

    @Test
    void an_act_that_failed_leaves_no_entry_and_no_gap() {
        Audited act = Audited.of(tenant, Actor.WEIR, Act.BILLING_RUN, "R-1", null, null);
        assertThrows(
                IllegalStateException.class,
                () -> await(database.pool()
                        .withTransaction(in -> in.preparedQuery(APPEND)
                                .execute(Tuple.tuple(act.parameters()))
                                .compose(done -> Future.failedFuture(new IllegalStateException("the act failed"))))));
        append(6);
        assertEquals(6, verified().entries());
    }

    @Test
    void acts_at_the_same_time_are_in_one_chain() {
        List<Future<?>> acts = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            Audited act = Audited.of(tenant, Actor.WEIR, Act.GRANT_CREATED, "g-" + i, null, Map.of("i", i));
            acts.add(database.pool().preparedQuery(APPEND).execute(Tuple.tuple(act.parameters())));
        }
        await(Future.all(acts));
        assertEquals(ACTS + 40, verified().entries());
    }

    /** As an outsider does, from the API's answer alone. */
    @Test
    void each_hash_can_be_computed_from_what_the_api_tells() {
        AuditQueries.Filter all = new AuditQueries.Filter(null, null, null, null, null);
        List<AuditItem> items = await(new AuditQueries(database.pool()).list(tenant, all, 100, null))
                .items();
        assertEquals(ACTS, items.size());
        for (AuditItem item : items) {
            ObjectNode told = (ObjectNode) Json.tree(Json.text(item));
            String hash = Objects.requireNonNull(told.remove("hash")).asString();
            assertEquals(hash, sha256(CanonicalJson.text(told)));
        }
        JsonNode oldest = Json.tree(Json.text(items.getLast()));
        assertEquals("0".repeat(64), oldest.path("previousHash").asString());
        assertEquals(27, oldest.path("at").asString().length());
    }

    private String sha256(String text) {
        Pool pool = database.pool();
        return await(pool.preparedQuery("select encode(sha256(convert_to($1, 'UTF8')), 'hex')")
                        .execute(Tuple.of(text)))
                .iterator()
                .next()
                .getString(0);
    }

    @Test
    void a_head_is_noted_as_it_is_told() {
        String hash = "ab".repeat(32);
        assertEquals(new Noted("a:b", 7, hash), Noted.read("a:b:7:" + hash).orElseThrow());
        for (String wrong : List.of("", ":", "demo:7", "demo:x:" + hash, ":7:" + hash, "demo:7:" + hash + "0")) {
            assertTrue(Noted.read(wrong).isEmpty(), wrong);
        }
    }
}
