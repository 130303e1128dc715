package io.weir.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.weir.schemas.Json;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Bytes in which two readers could see different requests are no request, and nothing behind them is one either. */
class SmugglingTest {
    /** Follows each: were it read as a request, it would be answered, or be seen in an answer. */
    private static final String BEHIND = "GET /behind HTTP/1.1\r\nHost: weir\r\n\r\n";

    private static final String CHUNKED = "Transfer-Encoding: chunked\r\n";
    private static final String NO_CHUNKS = "0\r\n\r\n";
    private static final String[] PROBLEMS = {"malformed-request", "unreadable"};

    private final RunningNode weir = RunningNode.shared();

    @TestFactory
    Stream<DynamicTest> lengths_that_two_readers_could_read_differently_are_refused() {
        Map<String, String> shapes = new LinkedHashMap<>();
        shapes.put("length before coding", post("Content-Length: 5\r\n" + CHUNKED, NO_CHUNKS));
        shapes.put("coding before length", post(CHUNKED + "Content-Length: 5\r\n", NO_CHUNKS));
        shapes.put("length twice", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"));
        shapes.put("two lengths", post("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"));
        for (String length : new String[] {
            "5, 5", "5, 6", "+5", "-5", "-0", "0x5", "5 5", "", "5.0", "1e1", "99999999999999999999999", "\u00b2"
        }) {
            shapes.put("length " + length, post("Content-Length: " + length + "\r\n", "hello"));
        }
        return refused(shapes);
    }

    @TestFactory
    Stream<DynamicTest> any_transfer_coding_but_chunked_alone_is_refused() {
        Map<String, String> shapes = new LinkedHashMap<>();
        for (String coding : new String[] {
            "gzip",
            "identity",
            "gzip, chunked",
            "chunked, identity",
            "chunked, chunked",
            "chunked;q=1",
            "xchunked",
            "\u000bchunked",
            "\"chunked\"",
            "",
            "chunked,"
        }) {
            shapes.put("coding " + coding, post("Transfer-Encoding: " + coding + "\r\n", NO_CHUNKS));
        }
        shapes.put("coding twice", post(CHUNKED + CHUNKED, NO_CHUNKS));
        shapes.put("coding, then another", post(CHUNKED + "Transfer-Encoding: identity\r\n", NO_CHUNKS));
        shapes.put("coding in HTTP/1.0", post(CHUNKED, NO_CHUNKS).replace("HTTP/1.1", "HTTP/1.0"));
        return refused(shapes);
    }

    @TestFactory
    Stream<DynamicTest> malformed_chunks_are_refused() {
        // The key is known from here on: a body that breaks while it is looked up is closed without an answer.
        assertEquals(202, weir.post(Events.events("ws-034", 1), "accepted").status());
        Map<String, String> shapes = new LinkedHashMap<>();
        for (String size : new String[] {
            "-1",
            "+5",
            "0x5",
            "zz",
            "",
            " 5",
            "5 ",
            "5 junk",
            "80000000",
            "100000005",
            "FFFFFFFFFFFFFFFFF",
            "5;a\nb",
            "5;a=\"\r\n\"",
            "5;a=\u0000",
            "5;a=\rX",
            "5;a=" + "x".repeat(9_000)
        }) {
            String name = size.length() > 30 ? "long extension" : size;
            shapes.put("chunk size " + Json.text(name), post(CHUNKED, size + "\r\nhello\r\n" + NO_CHUNKS));
        }
        shapes.put("chunk size ends in LF", post(CHUNKED, "5\nhello\r\n" + NO_CHUNKS));
        shapes.put("chunk ends in LF", post(CHUNKED, "5\r\nhello\n" + NO_CHUNKS));
        shapes.put("chunk does not end", post(CHUNKED, "5\r\nhello" + NO_CHUNKS));
        shapes.put("chunk is longer than it says", post(CHUNKED, "5\r\nhelloXY\r\n" + NO_CHUNKS));
        shapes.put("trailer ends in LF", post(CHUNKED, "5\r\nhello\r\n0\r\n\n"));
        shapes.put("trailer is too long", post(CHUNKED, "0\r\nX: " + "y".repeat(20_000) + "\r\n\r\n"));
        return refused(shapes);
    }

    @TestFactory
    Stream<DynamicTest> lines_that_are_no_lines_of_http_are_refused() {
        Map<String, String> shapes = new LinkedHashMap<>();
        shapes.put("bare LF throughout", get("").replace("\r\n", "\n"));
        shapes.put("bare LF after a header", get("X: y\nZ: z\r\n"));
        shapes.put("bare LF at the end", "GET /v1/usage HTTP/1.1\r\nHost: weir\r\n\n");
        shapes.put("bare CR in a value", get("X: a\rb\r\n"));
        shapes.put("bare CR throughout", get("").replace("\r\n", "\r"));
        shapes.put("folded with a space", get("X: a\r\n b\r\n"));
        shapes.put("folded with a tab", get("X: a\r\n\tb\r\n"));
        shapes.put("folded coding", post("Transfer-Encoding:\r\n chunked\r\n", NO_CHUNKS));
        shapes.put("first header folded", "GET /v1/usage HTTP/1.1\r\n Host: weir\r\n\r\n");
        shapes.put("space before the colon", get("X : y\r\n"));
        shapes.put("space before the colon of a length", post("Content-Length : 5\r\n", "hello"));
        shapes.put("tab before the colon of a coding", post("Transfer-Encoding\t: chunked\r\n", NO_CHUNKS));
        shapes.put("no colon", get("X\r\n"));
        shapes.put("no name", get(": y\r\n"));
        shapes.put("control character in a name", get("X\u0001: y\r\n"));
        shapes.put("no token as a name", get("X(: y\r\n"));
        shapes.put("no ASCII in a name", get("\u00e9: y\r\n"));
        shapes.put("NUL in a value", get("X: a\u0000b\r\n"));
        shapes.put("NUL as a value", get("X: \u0000\r\n"));
        shapes.put("control character in a value", get("X: a\u0001b\r\n"));
        shapes.put("DEL in a value", get("X: a\u007fb\r\n"));
        return refused(shapes);
    }

    @TestFactory
    Stream<DynamicTest> a_first_line_of_another_form_is_refused() {
        Map<String, String> shapes = new LinkedHashMap<>();
        for (String line : new String[] {
            "GET  /v1/usage HTTP/1.1", "GET /v1/usage  HTTP/1.1", "GET\t/v1/usage\tHTTP/1.1", " GET /v1/usage HTTP/1.1",
            "GET /v1/usage HTTP/1.1 ", "GET /v1 usage HTTP/1.1", "GET\u000b/v1/usage HTTP/1.1",
                    "GET /v1/usage\u0000 HTTP/1.1",
            "\u0000GET /v1/usage HTTP/1.1", "GET /v1/usage", "GET /v1/usage http/1.1", "G(T /v1/usage HTTP/1.1",
            "GET /v1/usage?\u00ff HTTP/1.1", "GET /v1/usage#x HTTP/1.1", "GET /v1\\usage HTTP/1.1",
                    "GET /v1/\"<> HTTP/1.1",
            "GET /v1/usage HTTP/11.1", "GET /v1/usage HTTX/1.1", "GET /v1/usage\rX HTTP/1.1"
        }) {
            shapes.put(Json.text(line), line + "\r\nHost: weir\r\n\r\n");
        }
        for (String target : new String[] {
            "usage",
            "*",
            "weir:443",
            "ftp://weir/v1/usage",
            "http:///v1/usage",
            "http://other/v1/usage",
            "http://a@weir/",
            "?x",
            "javascript:1"
        }) {
            shapes.put("target " + target, "GET " + target + " HTTP/1.1\r\nHost: weir\r\n\r\n");
        }
        return refused(shapes);
    }

    @TestFactory
    Stream<DynamicTest> a_host_that_is_missing_or_there_twice_or_malformed_is_refused() {
        Map<String, String> shapes = new LinkedHashMap<>();
        shapes.put("no host", "GET /v1/usage HTTP/1.1\r\n\r\n");
        shapes.put("host twice", get("Host: weir\r\n"));
        shapes.put("two hosts", get("host: other\r\n"));
        for (String host :
                new String[] {"", "a b", "weir/evil", "a@b", "weir:99999999", "weir:70000", "a, b", "[::1", "a?b", "a#"
                }) {
            shapes.put("host " + host, "GET /v1/usage HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        }
        return refused(shapes);
    }

    @TestFactory
    Stream<DynamicTest> what_http_allows_is_still_taken() {
        Map<String, String> shapes = new LinkedHashMap<>();
        shapes.put("an empty line before", "\r\n" + get(""));
        shapes.put("an absolute target", "GET http://weir/v1/usage HTTP/1.1\r\nHost: weir\r\n\r\n");
        shapes.put("a port and IPv6", "GET /v1/usage HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");
        shapes.put("braces in a query", "GET /v1/usage?a={b}|c HTTP/1.1\r\nHost: weir\r\n\r\n");
        shapes.put("chunk extensions and trailers", post(CHUNKED, "5;a=\"x;y\"\r\nhello\r\n0\r\nX-T: 1\r\n\r\n"));
        shapes.put("coding in capitals", post("Transfer-Encoding: CHUNKED\r\n", NO_CHUNKS));
        shapes.put("leading zeros", post("Content-Length: 0005\r\n", "hello"));
        shapes.put("white space around a value", get("X: \t y \t\r\n"));
        return shapes.entrySet().stream()
                .map(shape -> dynamicTest(shape.getKey(), () -> {
                    try (RawCall call = new RawCall(weir)) {
                        call.send(shape.getValue().getBytes(ISO_8859_1));
                        assertEquals("HTTP/1.1 401 Unauthorized", call.status());
                    }
                }));
    }

    private static String get(String headers) {
        return "GET /v1/usage HTTP/1.1\r\nHost: weir\r\n" + headers + "\r\n";
    }

    /** With a key, so that its body is read. */
    private String post(String headers, String body) {
        return "POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Type: application/cloudevents+json\r\n"
                + (headers.equals(CHUNKED) && !body.contains("X-T")
                        ? "Authorization: Bearer " + weir.key("backend") + "\r\n"
                        : "")
                + headers + "\r\n" + body;
    }

    private Stream<DynamicTest> refused(Map<String, String> shapes) {
        return shapes.entrySet().stream().map(shape -> dynamicTest(shape.getKey(), () -> refused(shape.getValue())));
    }

    private void refused(String bytes) throws IOException {
        try (RawCall call = new RawCall(weir)) {
            call.send((bytes + BEHIND).getBytes(ISO_8859_1));
            String answer = call.untilClosed();
            assertTrue(answer.matches("(?s)HTTP/1\\.[01] (400|505) .*"), answer);
            assertEquals(2, answer.split("HTTP/1\\.", -1).length, answer);
            assertFalse(answer.contains("/behind"), answer);
            assertTrue(answer.contains("application/problem+json"), answer);
            String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
            String type = Json.tree(body).path("type").asString();
            assertTrue(Stream.of(PROBLEMS).anyMatch(type::endsWith), body);
        }
    }
}
