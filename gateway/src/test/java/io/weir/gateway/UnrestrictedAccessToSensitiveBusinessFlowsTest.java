package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** OWASP API6:2023: a business flow that is driven by a script, many times or all at once, does what it does once. */
class UnrestrictedAccessToSensitiveBusinessFlowsTest {
    private static final int SCRIPTS = 12;

    private static RunningNode weir;

    @BeforeAll
    static void start() {
        weir = RunningNode.start(Map.of());
    }

    @AfterAll
    static void stop() {
        weir.close();
    }

    @Test
    void billing_runs_at_once_charge_usage_once() {
        Story.use(weir, "flow-1", "ws-041");
        Asking run = Story.charging(weir, "finance");
        Eventually.holds(
                "it is charged",
                () -> {
                    atOnce(run::ask)
                            .forEach(answer -> assertTrue(
                                    List.of(200, 201, 409, 503).contains(answer.statusCode()), answer.body()));
                    return charged("cust-041");
                },
                quantity -> quantity.signum() > 0);
        assertEquals(new BigDecimal("7000"), charged("cust-041"));
    }

    private static BigDecimal charged(String customer) {
        BigDecimal all = BigDecimal.ZERO;
        for (JsonNode charge :
                weir.get("finance", "/v1/charges?customer=" + customer).json().get("items")) {
            if (charge.get("meter").asString().equals("llm_output_tokens")) {
                all = all.add(new BigDecimal(charge.get("quantity").asString()));
            }
        }
        return all;
    }

    @Test
    void a_posting_is_approved_once_and_never_by_who_ran_it() {
        Story.use(weir, "flow-2", "ws-042");
        Asking run = Story.charging(weir, "admin");
        String posting = Eventually.holds(
                "a posting", () -> Json.tree(run.ask().body()).at("/postings/0").asString(""), id -> !id.isEmpty());
        String path = "/v1/postings/" + posting + "/approval";
        Map<String, String> approve = Map.of("decision", "approve");
        assertEquals(403, weir.call("admin", "POST", path, approve).status());
        List<Reply> answers = atOnce(() -> weir.call("approver", "POST", path, approve));
        assertEquals(
                1, answers.stream().filter(answer -> answer.status() == 200).count(), answers.toString());
        assertEquals(
                SCRIPTS - 1,
                answers.stream().filter(answer -> answer.status() == 409).count(),
                answers.toString());
    }

    @Test
    void a_grant_that_is_given_again_and_again_is_one_grant() {
        String grant = "/v1/customers/cust-043/grants/welcome";
        Map<String, Object> given = Map.of("feature", "llm_tokens", "amount", "500");
        String check = "/v1/customers/cust-043/entitlements/llm_tokens";
        BigDecimal before = limit(weir.get("support", check));
        List<Reply> answers = atOnce(() -> weir.call("admin", "PUT", grant, given));
        assertTrue(
                answers.stream().allMatch(answer -> List.of(200, 201, 503).contains(answer.status())),
                answers.toString());
        assertEquals(
                1, answers.stream().filter(answer -> answer.status() == 201).count(), answers.toString());
        Eventually.holds(
                "the grant is seen",
                () -> limit(weir.get("support", check)).subtract(before),
                more -> more.compareTo(new BigDecimal(500)) == 0);
    }

    private static BigDecimal limit(Reply check) {
        return new BigDecimal(check.json().get("limit").asString());
    }

    @Test
    void one_event_that_is_sent_by_many_is_counted_once() {
        List<tools.jackson.databind.node.ObjectNode> event = List.of(Events.event("ws-044"));
        List<Reply> answers = atOnce(() -> weir.post(event, "recorded"));
        long recorded = answers.stream()
                .mapToLong(answer -> answer.json().path("recorded").asInt())
                .sum();
        long duplicates = answers.stream()
                .mapToLong(answer -> answer.json().path("duplicates").asInt())
                .sum();
        assertEquals(1, recorded, answers.toString());
        assertEquals(SCRIPTS - 1, duplicates, answers.toString());
    }

    private static <T> List<T> atOnce(Callable<T> call) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> answers = new ArrayList<>();
            for (Future<T> one : threads.invokeAll(java.util.Collections.nCopies(SCRIPTS, call))) {
                answers.add(one.get());
            }
            return answers;
        } catch (InterruptedException | java.util.concurrent.ExecutionException e) {
            throw new AssertionError(e);
        }
    }
}
