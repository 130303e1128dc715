package io.weir.local.erp;

import static io.weir.local.erp.RunningErp.errorCode;
import static io.weir.local.erp.RunningErp.errorPath;
import static io.weir.local.erp.RunningErp.errorText;
import static io.weir.local.erp.RunningErp.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VendorPathsTest {
    static final String INVOICE = """
            {"entity":{"externalId":"cust-001"},"currency":{"refName":"USD"},"tranDate":"2026-11-01","memo":"Usage",
             "item":{"items":[
               {"item":{"externalId":"tokens"},"description":"Output tokens","quantity":12000,"rate":0.0025,"amount":30.00},
               {"item":{"id":"567"},"quantity":0.3,"rate":0.1}]}}
            """;

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
    void first_put_creates_the_invoice_and_says_where_it_is() throws Exception {
        HttpResponse<String> response = erp.put("weir-1", INVOICE);
        assertEquals(204, response.statusCode());
        String location = response.headers().firstValue("Location").orElseThrow();
        assertTrue(location.endsWith("/services/rest/record/v1/invoice/10001"), location);
        assertEquals(
                "10001",
                json(erp.get(location.substring(location.indexOf("invoice/"))))
                        .get("id")
                        .textValue());
    }

    @Test
    void second_put_updates_the_same_document() throws Exception {
        erp.put("weir-1", INVOICE);
        HttpResponse<String> second = erp.put("weir-1", "{\"memo\":\"Corrected\"}");
        assertEquals(204, second.statusCode());
        assertTrue(second.headers().firstValue("Location").orElseThrow().endsWith("/10001"));
        JsonNode documents = erp.items("documents");
        assertEquals(1, documents.size());
        assertEquals("Corrected", documents.get(0).get("memo").textValue());
        assertEquals(2, documents.get(0).get("writes").intValue());
        assertEquals("30.03", documents.get(0).get("total").textValue());
    }

    @Test
    void replace_parameter_puts_new_lines_in_place_of_all() throws Exception {
        erp.put("weir-1", INVOICE);
        var replacing = erp.vendor("/services/rest/record/v1/invoice/eid:weir-1?replace=item")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(
                        "{\"item\":{\"items\":[{\"item\":{\"externalId\":\"tokens\"},\"amount\":5}]}}"))
                .build();
        assertEquals(204, erp.send(replacing).statusCode());
        assertEquals("5.00", erp.items("documents").get(0).get("total").textValue());
    }

    @Test
    void a_line_without_a_number_is_added_and_one_with_a_known_number_is_changed() throws Exception {
        erp.put("weir-1", INVOICE);
        erp.put("weir-1", """
                {"item":{"items":[{"line":1,"amount":1.00},{"item":{"externalId":"extra"},"amount":2.00}]}}
                """);
        JsonNode document = erp.items("documents").get(0);
        assertEquals(3, document.get("lines").size());
        assertEquals("3.03", document.get("total").textValue());
    }

    @Test
    void a_read_gives_the_record_with_lines_only_when_asked_to_expand() throws Exception {
        erp.put("weir-1", INVOICE);
        HttpResponse<String> plain = erp.get("invoice/eid:weir-1");
        assertEquals(200, plain.statusCode());
        JsonNode record = json(plain);
        assertEquals("weir-1", record.get("externalId").textValue());
        assertEquals("30.03", record.get("total").decimalValue().toPlainString());
        assertEquals("cust-001", record.get("entity").get("externalId").textValue());
        assertFalse(record.get("item").has("items"));
        JsonNode expanded = json(erp.get("invoice/eid:weir-1?expandSubResources=true"));
        assertEquals(
                "30.00",
                expanded.get("item")
                        .get("items")
                        .get(0)
                        .get("amount")
                        .decimalValue()
                        .toPlainString());
        assertEquals(
                "0.03",
                expanded.get("item")
                        .get("items")
                        .get(1)
                        .get("amount")
                        .decimalValue()
                        .toPlainString());
    }

    @Test
    void money_is_decimal_from_the_request_to_the_control_plane() throws Exception {
        erp.put("weir-1", """
                {"entity":{"externalId":"c"},"item":{"items":[
                  {"item":{"externalId":"t"},"quantity":123456789012345678.1,"rate":0.000000000000000001,"amount":90071992547409.93},
                  {"item":{"externalId":"t"},"amount":0.10}]}}
                """);
        JsonNode document = erp.items("documents").get(0);
        assertEquals("90071992547410.03", document.get("total").textValue());
        assertEquals(
                "123456789012345678.1",
                document.get("lines").get(0).get("quantity").textValue());
        assertEquals(
                "0.000000000000000001", document.get("lines").get(0).get("rate").textValue());
    }

    @Test
    void credit_memos_are_documents_of_their_own_type() throws Exception {
        erp.put("weir-1", INVOICE);
        var credit = erp.vendor("/services/rest/record/v1/creditMemo/eid:weir-1")
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(INVOICE))
                .build();
        assertEquals(204, erp.send(credit).statusCode());
        assertEquals(2, erp.items("documents").size());
        assertEquals(200, erp.get("creditMemo/eid:weir-1").statusCode());
    }

    @Test
    void an_external_id_is_decoded_from_the_path() throws Exception {
        assertEquals(204, erp.put("weir%2F2026+%C3%A4", INVOICE).statusCode());
        assertEquals(
                "weir/2026+\u00e4",
                erp.items("documents").get(0).get("externalId").textValue());
    }

    @Test
    void unknown_document_is_a_404_of_the_vendor() throws Exception {
        HttpResponse<String> response = erp.get("invoice/eid:nobody");
        assertEquals(404, response.statusCode());
        assertEquals("NONEXISTENT_ID", errorCode(response));
        assertEquals(
                "application/vnd.oracle.resource+json; type=error",
                response.headers().firstValue("Content-Type").orElseThrow());
    }

    @Test
    void wrong_token_is_an_invalid_login() throws Exception {
        var request = erp.vendor("/services/rest/record/v1/invoice/eid:weir-1")
                .setHeader("Authorization", "Bearer wrong")
                .build();
        HttpResponse<String> response = erp.send(request);
        assertEquals(401, response.statusCode());
        assertEquals("INVALID_LOGIN", errorCode(response));
    }

    @Test
    void wrong_content_type_is_refused() throws Exception {
        var request = erp.vendor("/services/rest/record/v1/invoice/eid:weir-1")
                .header("Content-Type", "text/plain")
                .PUT(HttpRequest.BodyPublishers.ofString(INVOICE))
                .build();
        HttpResponse<String> response = erp.send(request);
        assertEquals(400, response.statusCode());
        assertEquals("INVALID_HEADER", errorCode(response));
    }

    @Test
    void other_paths_and_methods_are_refused_in_the_vendors_form() throws Exception {
        assertEquals(404, erp.get("vendorBill/eid:1").statusCode());
        assertEquals(404, erp.get("invoice").statusCode());
        var delete =
                erp.vendor("/services/rest/record/v1/invoice/eid:1").DELETE().build();
        assertEquals(405, erp.send(delete).statusCode());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            no JSON                 | {"entity"                                                             | INVALID_CONTENT    | ''
            no object               | []                                                                    | INVALID_CONTENT    | ''
            a member given twice    | {"memo":"a","memo":"b"}                                               | INVALID_CONTENT    | ''
            unknown header field    | {"entity":{"id":"1"},"usage":1}                                       | INVALID_PARAMETER  | usage
            a computed field        | {"entity":{"id":"1"},"total":1}                                       | INVALID_PARAMETER  | total
            unknown line field      | {"item":{"items":[{"qty":1}]}}                                        | INVALID_PARAMETER  | item.items[0].qty
            unknown sublist field   | {"item":{"items":[],"more":1}}                                        | INVALID_PARAMETER  | item.more
            unknown reference field | {"entity":{"name":"x"}}                                               | INVALID_PARAMETER  | entity.name
            no reference object     | {"entity":"cust-001"}                                                 | INVALID_CONTENT    | entity
            an empty reference      | {"entity":{}}                                                         | INVALID_CONTENT    | entity
            memo is no text         | {"memo":5}                                                            | INVALID_CONTENT    | memo
            amount is text          | {"item":{"items":[{"item":{"id":"1"},"amount":"30.00"}]}}             | INVALID_CONTENT    | item.items[0].amount
            date in another form    | {"tranDate":"11/01/2026"}                                             | INVALID_CONTENT    | tranDate
            line number twice       | {"item":{"items":[{"line":1},{"line":1}]}}                            | INVALID_CONTENT    | item.items[1].line
            another external id     | {"externalId":"other"}                                                | INVALID_CONTENT    | externalId
            no customer             | {"item":{"items":[{"item":{"id":"1"},"amount":1}]}}                   | USER_ERROR         | ''
            no lines                | {"entity":{"id":"1"}}                                                 | USER_ERROR         | ''
            a line without amount   | {"entity":{"id":"1"},"item":{"items":[{"item":{"id":"1"}}]}}          | USER_ERROR         | ''
            unknown customer        | {"entity":{"externalId":"unknown-7"}}                                 | INVALID_KEY_OR_REF | entity
            unknown customer id     | {"entity":{"id":"99999"}}                                             | INVALID_KEY_OR_REF | entity
            blocked customer        | {"entity":{"externalId":"blocked-7"}}                                 | USER_ERROR         | entity
            inactive item           | {"item":{"items":[{"item":{"externalId":"inactive-1"},"amount":1}]}}  | INVALID_CONTENT    | item.items[0].item
            unknown currency        | {"entity":{"id":"1"},"currency":{"refName":"XYZ1"}}                   | INVALID_KEY_OR_REF | currency
            closed period           | {"entity":{"id":"1"},"tranDate":"2025-10-31"}                         | USER_ERROR         | tranDate
            """)
    void a_bad_body_is_refused_and_stores_nothing(String what, String body, String code, String path) throws Exception {
        HttpResponse<String> response = erp.put("weir-1", body);
        assertEquals(400, response.statusCode(), what);
        assertEquals(code, errorCode(response), what);
        assertEquals(path, errorPath(response), what);
        assertTrue(erp.items("documents").isEmpty());
    }

    @Test
    void a_date_in_a_closed_period_gets_the_vendors_words() throws Exception {
        HttpResponse<String> response = erp.put("weir-1", "{\"entity\":{\"id\":\"1\"},\"tranDate\":\"2020-01-01\"}");
        assertEquals(
                "The transaction date you specified is not within the date range of your accounting period.",
                errorText(response));
    }
}
