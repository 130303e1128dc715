package io.weir.local.erp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The simulator's own interface, outside the vendor's paths: what it holds, what it was asked, what goes wrong. */
final class ControlPlane {
    private static final long LARGEST_BODY_BYTES = 64 << 10;
    private static final long LARGEST_DELAY_MILLIS = 600_000;
    private static final Set<String> FAULT_FIELDS = Set.of("kind", "count", "probability", "delayMillis");

    private static final String KINDS =
            Arrays.stream(FaultKind.values()).map(FaultKind::wireName).collect(Collectors.joining(", "));

    private final Vertx vertx;
    private final Documents documents;
    private final Faults faults;
    private final RequestLog log;

    ControlPlane(Vertx vertx, Documents documents, Faults faults, RequestLog log) {
        this.vertx = vertx;
        this.documents = documents;
        this.faults = faults;
        this.log = log;
    }

    Router router() {
        Router router = Router.router(vertx);
        router.route().handler(BodyHandler.create(false).setBodyLimit(LARGEST_BODY_BYTES));
        router.get("/control/documents").handler(this::listDocuments);
        router.delete("/control/documents").handler(this::deleteDocuments);
        router.get("/control/faults").handler(call -> items(call, faultItems()));
        router.post("/control/faults").handler(this::addFault);
        router.delete("/control/faults").handler(call -> {
            faults.clear();
            call.response().setStatusCode(204).end();
        });
        router.get("/control/requests").handler(call -> items(call, log.toJson()));
        router.route().failureHandler(ControlPlane::fail);
        router.route().handler(call -> call.fail(404));
        return router;
    }

    private void listDocuments(RoutingContext call) {
        vertx.executeBlocking(documents::all, true)
                .onSuccess(all -> {
                    ArrayNode items = Json.array();
                    all.forEach(document -> items.add(item(document)));
                    items(call, items);
                })
                .onFailure(call::fail);
    }

    private void deleteDocuments(RoutingContext call) {
        vertx.executeBlocking(
                        () -> {
                            documents.deleteAll();
                            return Boolean.TRUE;
                        },
                        true)
                .onSuccess(done -> call.response().setStatusCode(204).end())
                .onFailure(call::fail);
    }

    private static ObjectNode item(Document document) {
        ObjectNode item = Json.object();
        item.put("externalId", document.externalId())
                .put("type", document.type())
                .put("internalId", Long.toString(document.internalId()))
                .put("customer", document.customer())
                .put("currency", document.currency())
                .put("total", document.total().toPlainString())
                .put("tranDate", document.record().path("tranDate").asText());
        if (document.record().has("memo")) {
            item.set("memo", document.record().get("memo"));
        }
        item.put("writes", document.writes());
        ArrayNode lines = item.putArray("lines");
        document.lines().forEach(line -> lines.add(line(line)));
        return item;
    }

    private static ObjectNode line(JsonNode stored) {
        ObjectNode line = Json.object();
        JsonNode item = stored.path("item");
        for (String by : new String[] {"externalId", "id", "refName"}) {
            if (item.has(by) && !line.has("item")) {
                line.put("item", item.get(by).asText());
            }
        }
        if (stored.has("description")) {
            line.set("description", stored.get("description"));
        }
        for (String number : new String[] {"quantity", "rate", "amount"}) {
            if (stored.has(number)) {
                line.put(number, stored.get(number).decimalValue().toPlainString());
            }
        }
        return line;
    }

    private ArrayNode faultItems() {
        ArrayNode items = Json.array();
        faults.all().forEach(fault -> items.add(fault.toJson()));
        return items;
    }

    private void addFault(RoutingContext call) {
        JsonNode body;
        try {
            body = Json.read(
                    call.body().buffer() == null ? "" : call.body().buffer().toString());
        } catch (IOException malformed) {
            problem(call, 400, "The body is no valid JSON.", Json.array());
            return;
        }
        ArrayNode errors = Json.array();
        Fault fault = fault(body, errors);
        if (fault == null) {
            problem(call, 400, "The fault is not valid.", errors);
            return;
        }
        faults.add(fault);
        json(call, 201, "application/json", fault.toJson());
    }

    private static @Nullable Fault fault(JsonNode body, ArrayNode errors) {
        if (!body.isObject()) {
            error(errors, "", "must be an object");
            return null;
        }
        for (Map.Entry<String, JsonNode> member : body.properties()) {
            if (!FAULT_FIELDS.contains(member.getKey())) {
                error(errors, "/" + member.getKey(), "is no field of a fault");
            }
        }
        Optional<FaultKind> kind = kind(body.path("kind"));
        JsonNode count = body.path("count");
        JsonNode probability = body.path("probability");
        JsonNode delay = body.path("delayMillis");
        require(kind.isPresent(), errors, "/kind", "must be one of " + KINDS);
        require(
                count.isMissingNode() || (count.isInt() && count.intValue() >= 1),
                errors,
                "/count",
                "must be an integer of at least 1");
        require(
                probability.isMissingNode() || (probability.isNumber() && isProbability(probability.doubleValue())),
                errors,
                "/probability",
                "must be a number above 0 and not above 1");
        require(
                delay.isMissingNode() || (delay.isInt() && isDelay(delay.intValue())),
                errors,
                "/delayMillis",
                "must be an integer from 0 to " + LARGEST_DELAY_MILLIS);
        if (!errors.isEmpty()) {
            return null;
        }
        return new Fault(
                kind.orElseThrow(),
                count.isMissingNode() ? null : count.intValue(),
                probability.isMissingNode() ? 1 : probability.doubleValue(),
                delay.isMissingNode() ? Fault.DEFAULT_DELAY_MILLIS : delay.longValue());
    }

    private static Optional<FaultKind> kind(JsonNode name) {
        return Arrays.stream(FaultKind.values())
                .filter(kind -> name.isTextual() && kind.wireName().equals(name.textValue()))
                .findFirst();
    }

    private static boolean isProbability(double number) {
        return number > 0 && number <= 1;
    }

    private static boolean isDelay(int millis) {
        return millis >= 0 && millis <= LARGEST_DELAY_MILLIS;
    }

    private static void require(boolean holds, ArrayNode errors, String pointer, String detail) {
        if (!holds) {
            error(errors, pointer, detail);
        }
    }

    private static void error(ArrayNode errors, String pointer, String detail) {
        errors.addObject().put("pointer", pointer).put("detail", detail);
    }

    private static void fail(RoutingContext call) {
        int status = call.statusCode() < 400 ? 500 : call.statusCode();
        problem(call, status, status == 404 ? "No such resource." : "The request could not be served.", Json.array());
    }

    private static void problem(RoutingContext call, int status, String detail, ArrayNode errors) {
        ObjectNode problem = Json.object();
        problem.put("type", "about:blank").put("title", detail).put("status", status);
        if (!errors.isEmpty()) {
            problem.set("errors", errors);
        }
        json(call, status, "application/problem+json", problem);
    }

    private static void items(RoutingContext call, ArrayNode items) {
        json(call, 200, "application/json", Json.object().set("items", items));
    }

    private static void json(RoutingContext call, int status, String contentType, JsonNode body) {
        call.response()
                .setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                .end(Json.write(body));
    }
}
