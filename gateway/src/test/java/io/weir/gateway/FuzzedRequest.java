package io.weir.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.gateway.Contract.Operation;
import io.weir.schemas.Json;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/**
 * Makes requests of one operation out of its OpenAPI description: some as documented, most with something wrong in a
 * parameter, a header, the body, or how the body is announced.
 */
final class FuzzedRequest {
    private static final List<String> MEDIA = List.of(
            "application/json",
            "application/cloudevents+json",
            "application/cloudevents-batch+json",
            "application/x-ndjson",
            "application/json; charset=utf-16",
            "application/json;charset=latin1",
            "APPLICATION/JSON",
            "application/jsonx",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "text/plain",
            "text/html",
            "json",
            "/",
            "*/*",
            ";",
            "application/json, text/plain",
            "application/problem+json",
            "application/json;;;",
            "\"application/json\"");
    private static final List<String> CODINGS = List.of(
            "gzip", "zstd", "br", "deflate", "identity", "gzip, gzip", "x", "", "chunked", "*", "GZIP", "gzip;q=0");
    private static final List<String> HEADERS = List.of(
            "traceparent",
            "tracestate",
            "If-Match",
            "If-None-Match",
            "Prefer",
            "Accept",
            "Accept-Encoding",
            "Idempotency-Key",
            "ce-specversion",
            "ce-id",
            "ce-source",
            "ce-type",
            "ce-time",
            "ce-subject",
            "Range",
            "X-Correlation-Id",
            "Origin",
            "X-Forwarded-For",
            "X-HTTP-Method-Override",
            "Cookie",
            "Last-Event-ID",
            "Expect");
    private static final List<String> HEADER_VALUES = List.of(
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-00000000000000000000000000000000-0-01",
            "ff-",
            "\"1\"",
            "W/\"1\"",
            "*",
            "\"",
            "1",
            "return=representation",
            "handling=strict",
            "handling=strict, handling=lenient",
            "return=\"minimal\"; x=;;",
            "1.0",
            "/fuzz",
            "e-1",
            "%00",
            "%ff",
            "%c0%80",
            "%",
            "%zz",
            "\"quoted\"",
            "text/html;q=0",
            "bytes=0-1",
            "https://evil.example",
            "DELETE",
            "\u00ff\u00fe",
            "x".repeat(2_000),
            "",
            "ai.tokens.v1");

    private final Contract contract;
    private final Map<String, Asking> happy;
    private final Random random;
    private final Strange strange;
    private final FromSchema fromSchema;

    FuzzedRequest(Contract contract, Map<String, Asking> happy, Random random) {
        this.contract = contract;
        this.happy = happy;
        this.random = random;
        this.strange = new Strange(random);
        this.fromSchema = new FromSchema(contract, random);
    }

    private boolean oneIn(int of) {
        return random.nextInt(of) == 0;
    }

    /** The request's bytes; its connection is to be closed after the answer. */
    byte[] make(Operation operation, String authorization) {
        StringBuilder head = new StringBuilder(operation.method()).append(' ').append(target(operation));
        head.append(" HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n").append(authorization);
        contract.parameters(operation, "header").forEach(parameter -> {
            if (oneIn(3)) {
                header(head, parameter.path("name").asString());
            }
        });
        for (int i = random.nextInt(3); i > 0; i--) {
            header(head, strange.any(HEADERS));
        }
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        byte[] body = operation.node().has("requestBody") || oneIn(20) ? body(operation, head) : new byte[0];
        if (body.length > 0 || oneIn(20)) {
            head.append("Content-Length: ").append(body.length).append("\r\n");
        }
        request.writeBytes(head.append("\r\n").toString().getBytes(ISO_8859_1));
        request.writeBytes(body);
        return request.toByteArray();
    }

    private void header(StringBuilder head, String name) {
        if (!name.equalsIgnoreCase("Content-Encoding") && !name.equalsIgnoreCase("Authorization")) {
            head.append(name).append(": ").append(strange.any(HEADER_VALUES)).append("\r\n");
        }
    }

    private String target(Operation operation) {
        Asking known = happy.get(operation.id());
        if (known != null && oneIn(2)) {
            String url = known.url();
            return url.substring(url.indexOf('/', "http://".length()));
        }
        String path = operation.path();
        for (JsonNode parameter : contract.parameters(operation, "path")) {
            String name = "{" + parameter.path("name").asString() + "}";
            String value = strange.encoded(value(parameter));
            path = path.replace(name, value.isEmpty() ? "x" : value);
        }
        StringBuilder query = new StringBuilder();
        for (JsonNode parameter : contract.parameters(operation, "query")) {
            for (int times = oneIn(12) ? 2 : random.nextInt(2); times > 0; times--) {
                query.append(query.isEmpty() ? '?' : '&')
                        .append(parameter.path("name").asString());
                query.append('=').append(strange.encoded(value(parameter)));
            }
        }
        return path + query;
    }

    private String value(JsonNode parameter) {
        return oneIn(2)
                ? strange.text()
                : fromSchema.value(parameter.path("schema")).asString("");
    }

    private byte[] body(Operation operation, StringBuilder head) {
        JsonNode content =
                contract.resolved(operation.node().path("requestBody")).path("content");
        Asking known = happy.get(operation.id());
        String media = content.isEmpty() ? "application/json" : strange.any(List.copyOf(content.propertyNames()));
        byte[] body;
        if (known != null && known.body() != null && random.nextInt(3) > 0) {
            media = known.headers().getOrDefault("Content-Type", media);
            body = known.body().getBytes(UTF_8);
        } else {
            JsonNode made = fromSchema.value(content.path(media).path("schema"));
            body = Json.bytes(made);
        }
        if (!oneIn(4)) {
            body = strange.body(body);
        }
        if (!oneIn(30)) {
            head.append("Content-Type: ")
                    .append(oneIn(12) ? strange.any(MEDIA) : media)
                    .append("\r\n");
        }
        if (oneIn(12)) {
            head.append("Content-Encoding: ").append(strange.any(CODINGS)).append("\r\n");
        }
        return body;
    }
}
