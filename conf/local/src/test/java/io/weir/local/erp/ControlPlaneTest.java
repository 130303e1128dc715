package io.weir.local.erp;

import static io.weir.local.erp.RunningErp.errorCode;
import static io.weir.local.erp.RunningErp.json;
import static io.weir.local.erp.VendorPathsTest.INVOICE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ControlPlaneTest {
    @TempDir
    Path directory;

    RunningErp erp;

    @BeforeEach
    void start() throws IOException {
        erp = new RunningErp(directory.resolve("erp").resolve("documents.jsonl"));
    }

    @AfterEach
    void stop() throws IOException {
        erp.close();
    }

    @Test
    void documents_are_listed_with_decimals_as_text() throws Exception {
        erp.put("weir-1", INVOICE);
        JsonNode document = erp.items("documents").get(0);
        assertEquals("weir-1", document.get("externalId").textValue());
        assertEquals("cust-001", document.get("customer").textValue());
        assertEquals("USD", document.get("currency").textValue());
        assertEquals("30.03", document.get("total").textValue());
        JsonNode line = document.get("lines").get(0);
        assertEquals(
                "{\"item\":\"tokens\",\"description\":\"Output tokens\",\"quantity\":\"12000\",\"rate\":\"0.0025\",\"amount\":\"30.00\"}",
                line.toString());
    }

    @Test
    void drop_before_commit_closes_the_connection_and_stores_nothing() throws Exception {
        erp.fault("{\"kind\":\"drop_before_commit\",\"count\":1}");
        assertThrows(IOException.class, () -> erp.put("weir-1", INVOICE));
        assertEquals(404, erp.get("invoice/eid:weir-1").statusCode());
        assertEquals(204, erp.put("weir-1", INVOICE).statusCode());
    }

    @Test
    void closed_connections_do_not_use_up_the_concurrent_requests() throws Exception {
        erp.fault("{\"kind\":\"drop_before_commit\",\"count\":10}");
        for (int attempt = 0; attempt < 10; attempt++) {
            assertThrows(IOException.class, () -> erp.put("weir-1", INVOICE));
        }
        assertEquals(204, erp.put("weir-1", INVOICE).statusCode());
    }

    @Test
    void drop_after_commit_closes_the_connection_with_the_document_stored() throws Exception {
        erp.fault("{\"kind\":\"drop_after_commit\",\"count\":1}");
        assertThrows(IOException.class, () -> erp.put("weir-1", INVOICE));
        assertEquals(200, erp.get("invoice/eid:weir-1").statusCode());
        JsonNode request = erp.items("requests").get(0);
        assertEquals("PUT", request.get("method").textValue());
        assertEquals("weir-1", request.get("externalId").textValue());
        assertTrue(request.get("dropped").booleanValue());
        assertEquals("drop_after_commit", request.get("fault").textValue());
        assertFalse(request.has("status"));
    }

    @Test
    void throttle_takes_the_vendors_two_forms_in_turns_without_retry_after() throws Exception {
        erp.fault("{\"kind\":\"throttle\"}");
        HttpResponse<String> first = erp.put("weir-1", INVOICE);
        HttpResponse<String> second = erp.put("weir-1", INVOICE);
        assertEquals(List.of(429, 400), List.of(first.statusCode(), second.statusCode()));
        assertEquals("CONCURRENCY_LIMIT_EXCEEDED", errorCode(first));
        assertEquals("CONCURRENCY_LIMIT_EXCEEDED", errorCode(second));
        assertTrue(first.headers().firstValue("Retry-After").isEmpty());
        assertFalse(json(second).has("status"));
    }

    @Test
    void a_fault_without_count_lasts_until_it_is_deleted_and_spares_reads() throws Exception {
        erp.fault("{\"kind\":\"error\"}");
        for (int attempt = 0; attempt < 3; attempt++) {
            HttpResponse<String> response = erp.put("weir-1", INVOICE);
            assertEquals(500, response.statusCode());
            assertEquals("UNEXPECTED_ERROR", errorCode(response));
        }
        assertEquals(404, erp.get("invoice/eid:weir-1").statusCode());
        assertEquals("error", erp.items("faults").get(0).get("kind").textValue());
        assertEquals(204, erp.control("DELETE", "faults", "").statusCode());
        assertEquals(204, erp.put("weir-1", INVOICE).statusCode());
    }

    @Test
    void a_count_is_used_up() throws Exception {
        erp.fault("{\"kind\":\"period_closed\",\"count\":2}");
        assertEquals("USER_ERROR", errorCode(erp.put("weir-1", INVOICE)));
        assertEquals(1, erp.items("faults").get(0).get("count").intValue());
        assertEquals(400, erp.put("weir-1", INVOICE).statusCode());
        assertEquals(204, erp.put("weir-1", INVOICE).statusCode());
        assertTrue(erp.items("faults").isEmpty());
    }

    @Test
    void a_probability_takes_some_of_the_writes() throws Exception {
        erp.fault("{\"kind\":\"error\",\"probability\":0.5}");
        int failed = 0;
        for (int attempt = 0; attempt < 100; attempt++) {
            failed += erp.put("weir-1", INVOICE).statusCode() == 500 ? 1 : 0;
        }
        assertTrue(failed > 10 && failed < 90, "failed: " + failed);
    }

    @Test
    void down_cuts_reads_and_writes() throws Exception {
        erp.fault("{\"kind\":\"down\"}");
        assertThrows(IOException.class, () -> erp.put("weir-1", INVOICE));
        assertThrows(IOException.class, () -> erp.get("invoice/eid:weir-1"));
        erp.control("DELETE", "faults", "");
        assertEquals(404, erp.get("invoice/eid:weir-1").statusCode());
    }

    @Test
    void delay_answers_late_with_the_document_already_stored() throws Exception {
        erp.fault("{\"kind\":\"delay\",\"delayMillis\":300,\"count\":1}");
        long before = System.nanoTime();
        assertEquals(204, erp.put("weir-1", INVOICE).statusCode());
        assertTrue(System.nanoTime() - before >= 300_000_000L);
        assertEquals(1, erp.items("documents").size());
    }

    @Test
    void more_requests_at_once_than_the_account_may_have_are_throttled() throws Exception {
        erp.fault("{\"kind\":\"delay\",\"delayMillis\":500}");
        List<CompletableFuture<HttpResponse<String>>> answers = IntStream.rangeClosed(
                        1, RunningErp.CONCURRENCY_LIMIT + 2)
                .mapToObj(number -> erp.putLater("weir-" + number, INVOICE))
                .toList();
        List<Integer> statuses = answers.stream()
                .map(answer -> answer.join().statusCode())
                .sorted()
                .toList();
        assertEquals(List.of(204, 204, 204, 400, 429), statuses);
        assertEquals(RunningErp.CONCURRENCY_LIMIT, erp.items("documents").size());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"kind":"explode"}                       | /kind
            {}                                       | /kind
            {"kind":"error","count":0}               | /count
            {"kind":"error","count":"3"}             | /count
            {"kind":"error","probability":1.5}       | /probability
            {"kind":"delay","delayMillis":-1}        | /delayMillis
            {"kind":"error","times":3}               | /times
            []                                       | ''
            """)
    void a_bad_fault_is_refused_with_the_field_named(String body, String pointer) throws Exception {
        HttpResponse<String> response = erp.control("POST", "faults", body);
        assertEquals(400, response.statusCode());
        assertEquals(
                "application/problem+json",
                response.headers().firstValue("Content-Type").orElseThrow());
        assertEquals(pointer, json(response).get("errors").get(0).get("pointer").textValue());
        assertTrue(erp.items("faults").isEmpty());
    }

    @Test
    void documents_survive_a_restart_with_their_ids() throws Exception {
        erp.put("weir-1", INVOICE);
        erp.put("weir-2", INVOICE);
        erp.put("weir-1", "{\"memo\":\"Corrected\"}");
        JsonNode before = erp.items("documents");
        erp.restart();
        assertEquals(before, erp.items("documents"));
        assertTrue(erp.put("weir-3", INVOICE)
                .headers()
                .firstValue("Location")
                .orElseThrow()
                .endsWith("/10003"));
    }

    @Test
    void deleted_documents_stay_deleted_after_a_restart() throws Exception {
        erp.put("weir-1", INVOICE);
        assertEquals(204, erp.control("DELETE", "documents", "").statusCode());
        assertTrue(erp.items("documents").isEmpty());
        erp.restart();
        assertTrue(erp.items("documents").isEmpty());
        assertEquals(404, erp.get("invoice/eid:weir-1").statusCode());
    }

    @Test
    void unknown_control_path_is_a_problem() throws Exception {
        assertEquals(404, erp.control("GET", "nothing", "").statusCode());
    }
}
