package io.weir.posting;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AssemblyTest {
    private static final Instant FROM = Instant.parse("2026-10-31T23:00:00Z");
    private static final Instant NOVEMBER = Instant.parse("2026-11-01T00:00:00Z");

    private static RunCharge charge(
            String key, String subscription, String billTo, String legalEntity, String connection, String currency) {
        return new RunCharge(
                key,
                "cust-1",
                billTo,
                subscription,
                legalEntity,
                connection,
                "SKU",
                "tokens",
                "tokens",
                new BigDecimal("1.50"),
                new BigDecimal("2"),
                new BigDecimal("3.00"),
                currency,
                FROM,
                NOVEMBER);
    }

    private static RunCharge charge(String key, String subscription) {
        return charge(key, subscription, "cust-1", "main", "erp", "USD");
    }

    private static List<PostingDraft> drafts(RunCharge... charges) {
        return new Assembly("demo", "R-1", Map.of()).drafts(List.of(charges));
    }

    @Test
    void a_connection_and_currency_is_a_posting() {
        List<PostingDraft> drafts = drafts(
                charge("C-1", "sub-1"),
                charge("C-2", "sub-2", "cust-1", "branch", "erp", "USD"),
                charge("C-3", "sub-3", "cust-1", "main", "erp", "EUR"),
                charge("C-4", "sub-4", "cust-1", "abroad", "erp-2", "USD"));
        assertEquals(
                List.of("erp EUR 1", "erp USD 2", "erp-2 USD 1"),
                drafts.stream()
                        .map(it -> it.connection() + " " + it.currency() + " "
                                + it.documents().size())
                        .toList());
    }

    @Test
    void each_legal_entity_without_a_route_has_a_posting_of_its_own() {
        List<PostingDraft> drafts = drafts(
                charge("C-1", "sub-1", "cust-1", "lost", "", "USD"),
                charge("C-2", "sub-2", "cust-1", "gone", "", "USD"));
        assertEquals(2, drafts.stream().map(PostingDraft::posting).distinct().count());
    }

    @Test
    void a_subscription_and_who_pays_and_who_sells_is_a_document() {
        List<PostingDraft.Document> documents = drafts(
                        charge("C-1", "sub-1"),
                        charge("C-2", "sub-1"),
                        charge("C-3", "sub-2"),
                        charge("C-4", "sub-2", "cust-parent", "main", "erp", "USD"),
                        charge("C-5", "sub-2", "cust-1", "branch", "erp", "USD"))
                .getFirst()
                .documents();
        assertEquals(4, documents.size());
        assertEquals("6.00", documents.getFirst().total().toPlainString());
        assertEquals(
                4,
                documents.stream()
                        .map(PostingDraft.Document::externalId)
                        .distinct()
                        .count());
    }

    @Test
    void an_external_id_is_a_function_of_tenant_subscription_period_and_sequence() {
        String first =
                drafts(charge("C-1", "sub-1")).getFirst().documents().getFirst().externalId();
        assertTrue(first.matches("W202610-[0-9A-Z]{16}-1"), first);
        assertTrue(first.length() <= 35);
        assertEquals(
                first,
                drafts(charge("C-9", "sub-1")).getFirst().documents().getFirst().externalId());
        Map<Assembly.Numbered, Integer> before = Map.of(new Assembly.Numbered("sub-1", "202610"), 1);
        String second = new Assembly("demo", "R-2", before)
                .drafts(List.of(charge("C-2", "sub-1")))
                .getFirst()
                .documents()
                .getFirst()
                .externalId();
        assertEquals(first.substring(0, first.length() - 1) + "2", second);
    }

    @Test
    void a_manifest_is_dated_by_its_last_usage_and_sums_what_it_holds() {
        PostingDraft draft =
                drafts(charge("C-1", "sub-1"), charge("C-2", "sub-1")).getFirst();
        var manifest = Json.tree(draft.manifest());
        assertEquals("2026-10-31", manifest.at("/documents/0/dated").asString());
        assertEquals("6.00", manifest.at("/controlTotals/amount").asString());
        assertEquals("3", manifest.at("/controlTotals/quantities/tokens").asString());
        assertEquals(2, manifest.at("/counts/lines").asInt());
        assertEquals("1.5", manifest.at("/documents/0/lines/0/quantity").asString());
    }
}
