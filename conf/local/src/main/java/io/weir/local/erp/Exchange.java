package io.weir.local.erp;

import com.fasterxml.jackson.databind.JsonNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import org.jspecify.annotations.Nullable;

/** One request on the vendor's paths and the one answer it gets: a status, or a closed connection. */
final class Exchange {
    static final String KEY = "exchange";

    private final Vertx vertx;
    private final HttpServerRequest request;
    private final RequestLog.Entry entry;
    private @Nullable Fault fault;

    Exchange(Vertx vertx, HttpServerRequest request, RequestLog.Entry entry) {
        this.vertx = vertx;
        this.request = request;
        this.entry = entry;
    }

    void meet(Fault met) {
        fault = met;
        entry.met(met.kind());
    }

    void meetDown() {
        entry.met(FaultKind.DOWN);
        cut();
    }

    void refuse(VendorRefusal refusal) {
        answer(refusal.status(), VendorRefusal.CONTENT_TYPE, null, refusal.body());
    }

    void found(JsonNode record) {
        // U: the media type of a record read.
        answer(200, "application/vnd.oracle.resource+json; type=singular", null, record);
    }

    /** The document is stored: 204 and its place, unless the fault swallows the answer. V */
    void stored(String location) {
        if (fault != null && fault.kind() == FaultKind.DROP_AFTER_COMMIT) {
            cut();
        } else {
            answer(204, null, location, null);
        }
    }

    void cut() {
        entry.dropped();
        request.connection().close();
    }

    private void answer(int status, @Nullable String contentType, @Nullable String location, @Nullable JsonNode body) {
        if (fault != null && fault.kind() == FaultKind.DELAY) {
            vertx.setTimer(Math.max(1, fault.delayMillis()), timer -> send(status, contentType, location, body));
        } else {
            send(status, contentType, location, body);
        }
    }

    private void send(int status, @Nullable String contentType, @Nullable String location, @Nullable JsonNode body) {
        HttpServerResponse response = request.response();
        if (response.closed() || response.ended()) {
            entry.dropped();
            return;
        }
        entry.answered(status);
        response.setStatusCode(status);
        if (contentType != null) {
            response.putHeader(HttpHeaders.CONTENT_TYPE, contentType);
        }
        if (location != null) {
            response.putHeader(HttpHeaders.LOCATION, location);
        }
        if (body == null) {
            response.end();
        } else {
            response.end(Json.write(body));
        }
    }
}
