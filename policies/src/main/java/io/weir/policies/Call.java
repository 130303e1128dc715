package io.weir.policies;

import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.weir.schemas.Actor;
import io.weir.schemas.Caller;
import io.weir.schemas.OwningSystem;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Text;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One request on its way: immutable; each policy adds what it learned.
 *
 * @param request the request, for its head and its body
 * @param path the parameters of its path
 * @param received when the front door had it
 * @param correlation the id that its events are followed by: the trace id of its traceparent (W3C), or one given here
 * @param knownCaller who calls, once authenticated
 * @param body the whole body, once read
 * @param json the body's JSON, once checked
 * @param events the body's events, once checked
 */
public record Call(
        HttpServerRequest request,
        Map<String, String> path,
        Instant received,
        String correlation,
        @Nullable Caller knownCaller,
        @Nullable Buffer body,
        @Nullable JsonNode json,
        @Nullable EventBatch events) {
    /** A call as it arrives. */
    public static Call of(HttpServerRequest request, Map<String, String> path, Instant received) {
        String correlation = Correlation.of(request.getHeader("traceparent"));
        return new Call(request, path, received, correlation, null, null, null, null);
    }

    /** A parameter of the path; refused where it is text that nothing stored can equal. */
    public String path(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no path parameter " + name);
        }
        return storable(name, value);
    }

    /** A parameter of the query; null where it is not given, refused where it is text that nothing stored can equal. */
    public @Nullable String query(String name) {
        String value = parameters().get(name);
        return value == null ? null : storable(name, value);
    }

    /** The parameters of the query; refused where a percent escape is malformed. */
    public MultiMap parameters() {
        try {
            return request.params();
        } catch (IllegalArgumentException e) {
            throw new RefusedException(new Refusal.Unreadable("a percent escape of the query is malformed"));
        }
    }

    private static String storable(String name, String value) {
        if (!Text.storable(value)) {
            throw new RefusedException(Refusal.Invalid.at("/" + name, "holds U+0000 or an unpaired surrogate"));
        }
        return value;
    }

    /** Who calls; only behind a route that authenticates. */
    public Caller caller() {
        if (knownCaller == null) {
            throw new IllegalStateException("the route does not authenticate");
        }
        return knownCaller;
    }

    /** Who does it, for the audit trail; only behind a route that authenticates. */
    public Actor actor() {
        OwningSystem system = caller().system();
        return new Actor(
                caller().principal(), caller().credential(), correlation, system == null ? null : system.text(), null);
    }

    /** The checked JSON body; only behind a route that checks one. */
    public JsonNode content() {
        if (json == null) {
            throw new IllegalStateException("the route does not check a JSON body");
        }
        return json;
    }

    /** The checked events; only behind a route that checks them. */
    public EventBatch batch() {
        if (events == null) {
            throw new IllegalStateException("the route does not check events");
        }
        return events;
    }

    /** The whole body; only behind a route that reads it. */
    public Buffer bytes() {
        if (body == null) {
            throw new IllegalStateException("the route does not read the body");
        }
        return body;
    }

    Call by(Caller caller) {
        return new Call(request, path, received, correlation, caller, body, json, events);
    }

    Call read(Buffer bytes) {
        return new Call(request, path, received, correlation, knownCaller, bytes, json, events);
    }

    Call checked(JsonNode node) {
        return new Call(request, path, received, correlation, knownCaller, body, node, events);
    }

    Call checked(EventBatch batch) {
        return new Call(request, path, received, correlation, knownCaller, body, json, batch);
    }
}
