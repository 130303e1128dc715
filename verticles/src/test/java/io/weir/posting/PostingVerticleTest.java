package io.weir.posting;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.weir.posting.PostingViews.Detail;
import io.weir.posting.PostingViews.Document;
import io.weir.posting.PostingViews.Item;
import io.weir.schemas.Json;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class PostingVerticleTest {
    private Scene scene;

    @BeforeEach
    void begin(@TempDir Path directory) {
        scene = new Scene(directory);
        scene.node();
    }

    @AfterEach
    void end() {
        scene.close();
    }

    @Test
    void an_approved_posting_becomes_one_document_a_customer_in_the_erp() {
        scene.charged(Scene.RUN, 25);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "posted");
        List<JsonNode> documents = scene.erp.documents();
        assertEquals(25, documents.size());
        for (JsonNode document : documents) {
            assertEquals("15.00", document.path("total").asString());
            assertEquals("USD", document.path("currency").asString());
            assertEquals(1, document.path("writes").asInt());
            JsonNode line = document.path("lines").path(0);
            assertEquals("150000", line.path("quantity").asString());
            assertEquals("0.0001", line.path("rate").asString());
            assertEquals("15.00", line.path("amount").asString());
            assertTrue(document.path("memo").asString().contains("corr-1"));
        }
        Set<String> erpIds = new HashSet<>();
        documents.forEach(document -> erpIds.add(document.path("internalId").asString()));
        Set<String> known = new HashSet<>();
        scene.posting(posting).documents().forEach(document -> known.add(document.document()));
        assertEquals(erpIds, known);
    }

    @Test
    void a_manifest_says_exactly_what_is_approved() {
        scene.charged(Scene.RUN, 2);
        String id = scene.assemble(Scene.RUN).getFirst();
        Detail posting = scene.posting(id);
        assertEquals("awaiting_approval", posting.state());
        assertEquals(new PostingViews.Counts(2, 2), posting.counts());
        assertEquals("30.00", posting.controlTotals().amount());
        assertEquals("300000", posting.controlTotals().quantities().get("llm_output_tokens"));
        assertEquals("30.00", posting.total());
        assertEquals(2, posting.lines().size());
        assertEquals(posting.sha256(), Manifest.sha256(posting.manifest()));
        assertEquals("finance", posting.createdBy());
        for (Document document : posting.documents()) {
            assertTrue(document.externalId().matches("[A-Z0-9-]{1,35}"), document.externalId());
            assertEquals("waiting", document.state());
        }
        String json = new String(Json.bytes(posting), StandardCharsets.UTF_8);
        assertTrue(json.contains("\"controlTotals\":{\"amount\":\"30.00\""), json);
    }

    @Test
    void a_run_is_assembled_once_however_often_it_is_asked_for() {
        scene.charged(Scene.RUN, 3);
        List<String> first = scene.assemble(Scene.RUN);
        assertEquals(1, first.size());
        assertEquals(first, scene.assemble(Scene.RUN));
    }

    @Test
    void a_run_that_lost_its_node_before_its_postings_gets_them() {
        scene.charged(Scene.RUN, 3);
        scene.database.run("update billing_run set created_at = now() - interval '1 minute'");
        scene.until(
                () -> await(scene.queries.postings(Scene.DEMO, "awaiting_approval", 10, null))
                                .items()
                                .size()
                        == 1,
                () -> "no posting");
    }

    @Test
    void a_second_run_of_the_month_gives_a_document_of_its_own() {
        scene.charged("R-1", 1);
        scene.charged("R-2", 1);
        String first = scene.approved("R-1");
        String second = scene.approved("R-2");
        scene.becomes(first, "posted");
        scene.becomes(second, "posted");
        assertNotEquals(
                scene.document(first).externalId(), scene.document(second).externalId());
        assertEquals(2, scene.erp.documents().size());
    }

    @Test
    void who_ran_the_billing_cannot_approve_it() {
        scene.charged(Scene.RUN, 1);
        String posting = scene.assemble(Scene.RUN).getFirst();
        assertInstanceOf(Refusal.SeparationOfDuties.class, refusal(scene.decide(posting, "finance", true)));
        assertInstanceOf(Refusal.SeparationOfDuties.class, refusal(scene.decide(posting, "finance", false)));
        assertEquals("awaiting_approval", scene.posting(posting).state());
        await(scene.decide(posting, "approver", true));
        assertInstanceOf(Refusal.Conflict.class, refusal(scene.decide(posting, "approver", true)));
        assertInstanceOf(Refusal.NotFound.class, refusal(scene.decide("P-unknown", "approver", true)));
        assertEquals("approver", scene.posting(posting).decidedBy());
        assertEquals("seen", scene.posting(posting).comment());
    }

    private static Refusal refusal(Future<?> asked) {
        return assertThrows(RefusedException.class, () -> await(asked)).refusal();
    }

    @Test
    void a_rejected_posting_is_never_sent() {
        scene.charged("R-1", 1);
        scene.charged("R-2", 1);
        String rejected = scene.assemble("R-1").getFirst();
        await(scene.decide(rejected, "approver", false));
        scene.becomes(scene.approved("R-2"), "posted");
        assertEquals("rejected", scene.posting(rejected).state());
        assertEquals("rejected", scene.document(rejected).state());
        assertEquals(1, scene.erp.documents().size());
    }

    @Test
    void an_unapproved_posting_waits() {
        scene.charged("R-1", 1);
        scene.charged("R-2", 1);
        String waiting = scene.assemble("R-1").getFirst();
        scene.becomes(scene.approved("R-2"), "posted");
        assertEquals("waiting", scene.document(waiting).state());
    }

    @Test
    void another_tenant_sees_nothing() {
        scene.charged(Scene.RUN, 1);
        String posting = scene.assemble(Scene.RUN).getFirst();
        TenantId other = new TenantId("other");
        assertEquals(
                List.of(), await(scene.queries.postings(other, null, 10, null)).items());
        assertInstanceOf(Refusal.NotFound.class, refusal(scene.queries.posting(other, posting)));
        assertInstanceOf(Refusal.NotFound.class, refusal(scene.queries.attempts(other, posting, 10, null)));
    }

    @Test
    void postings_and_attempts_are_listed_in_pages() {
        for (int run = 1; run <= 5; run++) {
            scene.charged("R-" + run, 1);
            scene.assemble("R-" + run);
        }
        Set<String> seen = new HashSet<>();
        Page<Item> page = await(scene.queries.postings(Scene.DEMO, null, 2, null));
        while (page.next() != null) {
            page.items().forEach(item -> seen.add(item.id()));
            page = await(scene.queries.postings(Scene.DEMO, null, 2, page.next()));
        }
        page.items().forEach(item -> seen.add(item.id()));
        assertEquals(5, seen.size());
    }

    @Test
    void the_erps_own_customer_key_is_used_where_it_is_known() {
        scene.database.run("""
                insert into customer_identity (tenant, system, key, customer, revision, effective_from)
                values ('demo', 'erp', 'NS-4711', 'cust-001', 77, '-infinity')
                """);
        scene.charged(Scene.RUN, 1);
        scene.becomes(scene.approved(Scene.RUN), "posted");
        assertEquals(
                "NS-4711", scene.erp.documents().getFirst().path("customer").asString());
    }

    @Test
    void a_legal_entity_without_a_route_is_held_until_there_is_one() {
        scene.charged(Scene.RUN, 1, "elsewhere");
        String posting = scene.assemble(Scene.RUN).getFirst();
        assertEquals("held", scene.posting(posting).state());
        assertEquals("no_route", scene.document(posting).reason());
        String externalId = scene.document(posting).externalId();
        assertInstanceOf(Refusal.Conflict.class, refusal(scene.decide(posting, "approver", true)));
        assertInstanceOf(Refusal.Conflict.class, refusal(scene.retry(externalId)));
        await(scene.connections.route(Scene.DEMO, "elsewhere", "invoice", "erp-main"));
        await(scene.retry(externalId));
        assertEquals("awaiting_approval", scene.posting(posting).state());
        await(scene.decide(posting, "approver", true));
        scene.becomes(posting, "posted");
    }

    @Test
    void a_connection_that_is_off_sends_nothing_until_it_is_on() {
        scene.connect(Connections.Mode.OFF, scene.erp.token());
        scene.charged(Scene.RUN, 1);
        String posting = scene.approved(Scene.RUN);
        assertEquals("due", scene.document(posting).state());
        assertEquals("approved", scene.posting(posting).state());
        scene.connect(Connections.Mode.LIVE, scene.erp.token());
        scene.becomes(posting, "posted");
        assertEquals(1, scene.erp.documents().size());
    }

    @Test
    void a_connection_in_shadow_mode_only_looks() {
        scene.connect(Connections.Mode.SHADOW, scene.erp.token());
        scene.charged(Scene.RUN, 1);
        String posting = scene.approved(Scene.RUN);
        scene.becomes(posting, "held");
        assertEquals("shadow", scene.document(posting).reason());
        assertEquals(List.of(), scene.erp.documents());
        scene.connect(Connections.Mode.LIVE, scene.erp.token());
        await(scene.retry(scene.document(posting).externalId()));
        scene.becomes(posting, "posted");
    }
}
