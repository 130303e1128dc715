package io.weir.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.weir.schemas.Json;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/** Content that breaks readers which trust it is refused, as itself, whether an event holds it or a command. */
class HostileContentTest {
    private static final String EVENT = "POST /v1/events";
    private static final String COMMAND = "PUT /v1/customers/cust-hostile";
    private static final List<Integer> REFUSED = List.of(400, 413, 415, 422);

    private final RunningNode weir = RunningNode.shared();

    /** Bytes that take the place of a text's inside, one character a byte. */
    private static Map<String, String> insides() {
        Map<String, String> insides = new LinkedHashMap<>();
        insides.put("a lone continuation byte", "\u0080");
        insides.put("an overlong slash", "\u00c0\u00af");
        insides.put("an overlong NUL", "\u00c0\u0080");
        insides.put("a surrogate in UTF-8", "\u00ed\u00a0\u0080");
        insides.put("a code point beyond Unicode", "\u00f4\u0090\u0080\u0080");
        insides.put("a cut sequence", "\u00e2\u0082");
        insides.put("a byte that is never UTF-8", "\u00ff");
        insides.put("NUL itself", "\u0000");
        insides.put("a control character itself", "\u0001");
        insides.put("NUL, escaped", "\\u0000");
        insides.put("an unpaired surrogate, escaped", "\\ud800");
        insides.put("surrogates the wrong way round", "\\udc00\\ud800");
        insides.put("an escape that is none", "\\x41");
        insides.put("half an escape", "\\u00");
        return insides;
    }

    /** Values in the place of one that is expected. */
    private static Map<String, String> values() {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("an exponent that would fill memory", "1e999999");
        values.put("a negative one", "1e-999999");
        values.put("an exponent too long to read", "1e99999999999999999999");
        values.put("too many digits", "1".repeat(39));
        values.put("digits without end", "1".repeat(100_000));
        values.put("not a number", "NaN");
        values.put("infinity", "-Infinity");
        values.put("a leading zero", "01");
        values.put("nesting beyond the bound", "[".repeat(40) + "]".repeat(40));
        values.put("nesting that would fill the stack", "[".repeat(200_000));
        values.put("a key twice", "{\"a\": 1, \"a\": 2}");
        values.put("a key of NUL", "{\"\\u0000\": 1}");
        values.put("a comment", "/* x */ 1");
        values.put("single quotes", "'x'");
        values.put("a comma too many", "[1,]");
        return values;
    }

    @TestFactory
    Stream<DynamicTest> texts_that_no_text_can_be_are_refused() {
        return insides().entrySet().stream()
                .flatMap(inside -> Stream.of(
                        dynamicTest(
                                inside.getKey() + " in an event",
                                () -> refused(event("\"" + inside.getValue() + "\""))),
                        dynamicTest(
                                inside.getKey() + " in a command",
                                () -> refused(command("\"" + inside.getValue() + "\"")))));
    }

    @TestFactory
    Stream<DynamicTest> values_that_could_not_be_kept_are_refused() {
        return values().entrySet().stream()
                .flatMap(value -> Stream.of(
                        dynamicTest(value.getKey() + " in an event", () -> refused(event(value.getValue()))),
                        dynamicTest(value.getKey() + " in a command", () -> refused(command(value.getValue())))));
    }

    @TestFactory
    Stream<DynamicTest> bodies_that_are_no_json_are_refused() {
        return Stream.of(
                        "",
                        " ",
                        "{",
                        "}",
                        "null",
                        "true",
                        "1",
                        "\"x\"",
                        "{} {}",
                        "\u0000",
                        "\u00fe\u00ff\u0000{\u0000}",
                        "<a/>",
                        "a=b")
                .flatMap(body -> Stream.of(
                        dynamicTest(Json.text(body) + " as an event", () -> refused(send(EVENT, eventMedia(), body))),
                        dynamicTest(
                                Json.text(body) + " as a command", () -> refused(send(COMMAND, jsonMedia(), body)))));
    }

    @TestFactory
    Stream<DynamicTest> other_media_types_are_not_guessed() {
        return Stream.of(
                        "",
                        "Content-Type: \r\n",
                        "Content-Type: text/plain\r\n",
                        "Content-Type: text/html\r\n",
                        "Content-Type: multipart/form-data; boundary=x\r\n",
                        "Content-Type: application/x-www-form-urlencoded\r\n",
                        "Content-Type: application/jsonx\r\n",
                        "Content-Type: application\r\n",
                        "Content-Type: /\r\n",
                        "Content-Type: */*\r\n",
                        "Content-Type: ;\r\n",
                        "Content-Type: application/xml\r\n")
                .flatMap(media -> Stream.of(
                        dynamicTest(Json.text(media) + " event", () -> answered(415, send(EVENT, media, "{}"))),
                        dynamicTest(Json.text(media) + " command", () -> answered(415, send(COMMAND, media, "{}")))));
    }

    @TestFactory
    Stream<DynamicTest> other_codings_are_not_guessed() {
        return Stream.of("br", "deflate", "compress", "x", "chunked", "*", "gzip;q=1", "utf-8")
                .map(coding -> dynamicTest(coding, () -> {
                    RawAnswer answer = send(EVENT, eventMedia() + "Content-Encoding: " + coding + "\r\n", "{}");
                    answered(415, answer);
                    assertTrue(answer.headers().firstValue("Accept-Encoding").isPresent(), answer.toString());
                }));
    }

    @TestFactory
    Stream<DynamicTest> parameters_that_hold_what_no_text_can_be_are_refused_or_find_nothing() {
        return Stream.of(
                        "%00", "%ff", "%c0%af", "%ed%a0%80", "%zz", "%", "%u0041", "%0a", "%1b%5b2J", "x".repeat(4_000))
                .flatMap(value -> Stream.of(
                                "/v1/customers/" + value,
                                "/v1/customers?cursor=" + value,
                                "/v1/usage?meter=" + value,
                                "/v1/events?source=" + value + "&id=" + value,
                                "/v1/entitlements/llm_tokens?subject=" + value,
                                "/v1/charges?from=" + value,
                                "/v1/customers?limit=" + value)
                        .map(path -> dynamicTest(path.length() > 60 ? path.substring(0, 60) : path, () -> {
                            RawAnswer answer = send("GET " + path, "", "");
                            assertTrue(answer.status() < 500, answer.toString());
                        })));
    }

    @TestFactory
    Stream<DynamicTest> headers_that_cannot_be_understood_do_no_harm() {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("traceparent", "00-" + "0".repeat(32) + "-\u00ff-zz");
        headers.put("If-Match", "\"\u00ff\", W/\"99999999999999999999\", *");
        headers.put("If-None-Match", "\"" + "x".repeat(5_000));
        headers.put("Prefer", "return=representation;;;=, handling=\u00e9, wait=99999999999999");
        headers.put("Authorization", "Bearer \u00ff\u00fe");
        return headers.entrySet().stream()
                .map(header -> dynamicTest(header.getKey(), () -> {
                    RawAnswer read =
                            send("GET /v1/customers/cust-047", header.getKey() + ": " + header.getValue() + "\r\n", "");
                    assertTrue(read.status() < 500, read.toString());
                    RawAnswer written = send(
                            COMMAND,
                            jsonMedia() + header.getKey() + ": " + header.getValue() + "\r\n",
                            "{\"name\": 1}");
                    assertTrue(REFUSED.contains(written.status()) || written.status() == 401, written.toString());
                }));
    }

    @Test
    void a_date_that_is_none_is_told_in_words_of_the_api() {
        for (String date :
                List.of("2099-01-01T00:00:00Z6", "2026-02-30T00:00:00Z", "+999999999-12-31T23:59:59.999999999Z")) {
            Reply answer = weir.call(
                    "admin",
                    "PUT",
                    "/v1/customers/cust-049/grants/g-date",
                    Map.of("feature", "llm_tokens", "amount", "1", "expiresAt", date));
            assertEquals(422, answer.status(), answer.toString());
            assertTrue(answer.body().contains("/expiresAt"), answer.toString());
            assertTrue(!answer.body().contains("java."), answer.toString());
        }
    }

    @Test
    void a_cursor_opens_nothing_that_its_bearer_could_not_see() {
        JsonNode page = weir.get("admin", "/v1/customers?limit=1").json();
        String link = weir.get("admin", "/v1/customers?limit=1").header("Link");
        assertEquals(1, page.get("items").size());
        String cursor = link.replaceAll(".*cursor=([^&>]*).*", "$1");
        assertEquals(
                0,
                weir.get("other", "/v1/customers?cursor=" + cursor)
                        .json()
                        .get("items")
                        .size());
        for (String list : List.of("/v1/charges", "/v1/postings", "/v1/exceptions", "/v1/subscriptions")) {
            Reply answer = weir.get("admin", list + "?cursor=" + cursor);
            assertTrue(List.of(200, 422).contains(answer.status()), answer.toString());
        }
        for (int i = 0; i < cursor.length(); i++) {
            String tampered = cursor.substring(0, i) + (cursor.charAt(i) == 'A' ? 'B' : 'A') + cursor.substring(i + 1);
            Reply answer = weir.get("other", "/v1/customers?cursor=" + tampered);
            assertTrue(List.of(200, 422).contains(answer.status()), answer.toString());
            assertTrue(answer.status() == 422 || answer.json().get("items").isEmpty(), answer.toString());
        }
    }

    private RawAnswer event(String inside) {
        String event = Json.text(Events.event("ws-048"));
        return send(EVENT, eventMedia(), "{\"comment\": " + inside + ", " + event.substring(1));
    }

    private RawAnswer command(String inside) {
        return send(COMMAND, jsonMedia(), "{\"name\": " + inside + "}");
    }

    private static String eventMedia() {
        return "Content-Type: application/cloudevents+json\r\n";
    }

    private static String jsonMedia() {
        return "Content-Type: application/json\r\n";
    }

    /** Asked by the administrator, one byte a character. */
    private RawAnswer send(String line, String headers, String body) {
        String key = headers.startsWith("Authorization") ? "" : "Authorization: Bearer " + weir.key("admin") + "\r\n";
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.writeBytes((line + " HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n" + key + headers
                        + "Content-Length: " + body.length() + "\r\n\r\n")
                .getBytes(ISO_8859_1));
        request.writeBytes(body.getBytes(ISO_8859_1));
        return RawAnswer.to(URI.create(weir.url()), request.toByteArray());
    }

    private static void refused(RawAnswer answer) {
        assertTrue(REFUSED.contains(answer.status()), answer.toString());
        assertEquals(
                "application/problem+json",
                answer.headers().firstValue("Content-Type").orElse(""),
                answer.toString());
        assertEquals(answer.body(), new String(answer.body().getBytes(UTF_8), UTF_8));
    }

    private static void answered(int status, RawAnswer answer) {
        assertEquals(status, answer.status(), answer.toString());
        refused(answer);
    }
}
