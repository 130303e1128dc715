package io.weir.gateway;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.Json;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What an operation answers.
 *
 * @param status HTTP status
 * @param headers beside Content-Type and Content-Length
 * @param contentType media type; empty where there is no body
 * @param body the body; empty for none
 */
record Answer(int status, Map<CharSequence, CharSequence> headers, CharSequence contentType, Buffer body) {
    static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
    static final CharSequence PROBLEM = HttpHeaders.createOptimized("application/problem+json");
    private static final Buffer NOTHING = Buffer.buffer(0);

    static Answer json(int status, Object value) {
        return new Answer(status, Map.of(), JSON, Buffer.buffer(Json.bytes(value)));
    }

    static Answer json(int status, Buffer body) {
        return new Answer(status, Map.of(), JSON, body);
    }

    static Answer empty(int status) {
        return new Answer(status, Map.of(), "", NOTHING);
    }

    Answer with(CharSequence name, CharSequence value) {
        Map<CharSequence, CharSequence> more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new Answer(status, more, contentType, body);
    }
}
