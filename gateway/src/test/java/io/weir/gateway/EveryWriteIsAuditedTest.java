package io.weir.gateway;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.weir.gateway.Contract.Operation;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;

/** Every operation that writes, asked once: what it did stands in the audit trail. A new one needs a line here. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EveryWriteIsAuditedTest {
    /** What each operation's question writes into the trail, in order. Events are usage, not acts: they have the ledger. */
    private static final Map<String, List<String>> ACTS = Map.ofEntries(
            entry("postEvents", List.of()),
            entry("validateEvents", List.of()),
            entry("putGrant", List.of("grant-created")),
            entry("putCustomer", List.of("customer-created")),
            entry("putSubscription", List.of("subscription-created")),
            entry("putFieldOwners", List.of("field-owners-changed")),
            entry("putMeter", List.of("meter-created")),
            entry("putEventType", List.of("schema-changed")),
            entry("putEventSchema", List.of("schema-registered")),
            entry("putSchemaDeprecation", List.of("schema-changed")),
            entry("voidEvent", List.of("event-voided")),
            entry("amendEvent", List.of("event-amended")),
            entry("runBilling", List.of("billing-run")),
            entry("decidePosting", List.of("posting-rejected")),
            entry("retryException", List.of("exception-retried")),
            entry("resolveException", List.of("exception-resolved")),
            entry("assignException", List.of("exception-assigned")),
            entry("requestReplay", List.of("replay-requested")),
            entry("decideReplay", List.of("replay-approved")),
            entry("confirmArchiveDay", List.of("archive-day-confirmed")),
            entry("openBackfillSet", List.of("backfill-set-opened")),
            entry("loadBackfillSet", List.of("backfill-set-loaded")),
            entry("loadArchivedDay", List.of("backfill-set-loaded")),
            entry("closeBackfillSet", List.of("backfill-set-closed")),
            entry("dropBackfillSet", List.of("backfill-set-dropped")),
            entry("putSourceTotal", List.of("source-total-declared")),
            entry("actOnExceptions", List.of("exception-retried")),
            entry("createApiKey", List.of("role-created", "principal-created", "key-created")),
            entry("rotateApiKey", List.of("key-rotated")),
            entry("revokeApiKey", List.of("key-revoked")),
            entry("putRole", List.of("role-created")),
            entry("putPrincipal", List.of("principal-created")),
            entry("putAccessTier", List.of("tier-created")),
            entry("putClientCertificate", List.of("certificate-created")),
            entry("revokeClientCertificate", List.of("certificate-revoked")),
            entry("putTokenSubject", List.of("subject-created")),
            entry("deleteTokenSubject", List.of("subject-deleted")));

    private final ContractRun run = new ContractRun();
    private final Map<String, List<JsonNode>> byCorrelation = new TreeMap<>();

    @BeforeAll
    void read_the_trail() {
        String next = "/v1/audit?limit=1000";
        while (!next.isEmpty()) {
            Reply page = run.node.get("admin", next);
            assertEquals(200, page.status(), page::toString);
            page.json()
                    .path("items")
                    .forEach(item -> byCorrelation
                            .computeIfAbsent(item.path("correlation").asString(), first -> new ArrayList<>())
                            .addFirst(item));
            String link = page.header("Link");
            next = link.isEmpty() ? "" : link.substring(1, link.indexOf('>'));
        }
    }

    @AfterAll
    void leave_nothing_running() {
        run.close();
    }

    private Stream<Operation> writing() {
        return run.contract.operations().stream()
                .filter(operation -> !operation.method().equals("GET"));
    }

    @Test
    void each_operation_that_writes_has_a_line() {
        assertEquals(
                new TreeSet<>(writing().map(Operation::id).toList()),
                new TreeSet<>(ACTS.keySet()),
                "say of a new operation which acts it writes into the audit trail");
    }

    @TestFactory
    Stream<DynamicTest> each_write_is_in_the_trail() {
        return writing()
                .map(operation -> dynamicTest(operation.id(), () -> {
                    HttpResponse<String> answer = run.answered(operation);
                    assertEquals(2, answer.statusCode() / 100, answer::body);
                    String correlation =
                            answer.headers().firstValue("X-Correlation-Id").orElseThrow();
                    List<JsonNode> entries = byCorrelation.getOrDefault(correlation, List.of());
                    assertEquals(
                            ACTS.get(operation.id()),
                            entries.stream()
                                    .map(entry -> entry.path("act").asString())
                                    .toList());
                    for (JsonNode entry : entries) {
                        assertEquals("admin", entry.path("principal").asString());
                        assertEquals("demo", entry.path("tenant").asString());
                    }
                }));
    }

    @Test
    void what_a_first_start_gives_rights_to_is_told_as_weirs_own_act() {
        List<JsonNode> entries = byCorrelation.getOrDefault("start", List.of());
        for (String principal : List.of("admin", "finance", "approver")) {
            assertEquals(
                    1,
                    entries.stream()
                            .filter(entry -> entry.path("act").asString().equals("principal-created")
                                    && entry.path("object").asString().equals(principal)
                                    && entry.path("principal").asString().equals("weir"))
                            .count());
        }
        assertEquals(
                entries.size() / 2,
                entries.stream()
                        .filter(entry -> entry.path("act").asString().equals("key-created"))
                        .count());
    }

    @Test
    void no_secret_is_in_the_trail() {
        String all = byCorrelation.toString();
        assertEquals(-1, all.indexOf("weir_test_"), "the text of a key");
        assertEquals(-1, all.indexOf("secret"), "anything called a secret");
    }
}
