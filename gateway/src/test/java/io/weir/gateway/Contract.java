package io.weir.gateway;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import io.weir.schemas.Json;
import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI document as tests ask it: its operations, and in what an answer is other than documented. */
final class Contract {
    /** Headers that speak of the connection or the body, or that every answer has, and not of the operation. */
    private static final Set<String> TRANSPORT = Set.of(
            "cache-control",
            "connection",
            "content-length",
            "content-type",
            "date",
            "transfer-encoding",
            "x-content-type-options");

    private final JsonNode document = OpenApi.document();
    private final JsonNode closed = closed(document.at("/components/schemas"));
    private final Map<String, Schema> compiled = new ConcurrentHashMap<>();
    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaCacheEnabled(false)
                    .schemaLoader(loader -> loader.block(iri -> true))
                    .schemaRegistryConfig(SchemaRegistryConfig.builder()
                            .formatAssertionsEnabled(true)
                            .build()));

    /** One operation; {@code path} with its parameters in braces. */
    record Operation(String id, String method, String path, JsonNode node) {
        List<String> scopes() {
            return strings(node.path("x-scopes"));
        }

        boolean open() {
            return node.path("security").isEmpty();
        }

        Set<String> statuses() {
            return new TreeSet<>(node.path("responses").propertyNames());
        }
    }

    JsonNode document() {
        return document;
    }

    List<Operation> operations() {
        return document.path("paths").properties().stream()
                .flatMap(path -> path.getValue().properties().stream()
                        .map(method -> new Operation(
                                method.getValue().path("operationId").asString(),
                                method.getKey().toUpperCase(Locale.ROOT),
                                path.getKey(),
                                method.getValue())))
                .toList();
    }

    Operation operation(String id) {
        return operations().stream()
                .filter(operation -> operation.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no operation " + id));
    }

    /** The operation's parameters that stand there: path, query or header. */
    List<JsonNode> parameters(Operation operation, String in) {
        return operation
                .node()
                .path("parameters")
                .valueStream()
                .map(this::resolved)
                .filter(parameter -> parameter.path("in").asString().equals(in))
                .toList();
    }

    /** The node, or what it refers to. */
    JsonNode resolved(JsonNode node) {
        JsonNode reference = node.get("$ref");
        return reference == null
                ? node
                : resolved(document.at(reference.asString().substring(1)));
    }

    /** Everything in which the answer is other than documented. */
    List<String> wrong(Operation operation, HttpResponse<String> answer) {
        return wrong(operation, answer.statusCode(), answer.headers(), answer.body());
    }

    /** The same, of an answer in parts. */
    List<String> wrong(Operation operation, int code, HttpHeaders answered, String body) {
        String status = Integer.toString(code);
        JsonNode response = resolved(operation.node().path("responses").path(status));
        if (response.isMissingNode()) {
            return List.of("status " + status + " is not documented: " + body);
        }
        List<String> wrong = new ArrayList<>();
        Set<String> headers = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        headers.addAll(response.path("headers").propertyNames());
        answered.map().keySet().stream()
                .filter(name -> !TRANSPORT.contains(name.toLowerCase(Locale.ROOT))
                        && !name.startsWith(":")
                        && !headers.contains(name))
                .forEach(name -> wrong.add("header " + name + " is not documented for " + status));
        if (answered.firstValue("X-Correlation-Id").isEmpty()) {
            wrong.add("no X-Correlation-Id");
        }
        body(response.path("content"), answered.firstValue("Content-Type"), body, wrong);
        return wrong;
    }

    private void body(JsonNode content, Optional<String> media, String body, List<String> wrong) {
        if (content.isMissingNode()) {
            if (!body.isEmpty() || media.isPresent()) {
                wrong.add("a body where none is documented: " + body);
            }
            return;
        }
        JsonNode documented = content.path(media.orElse("none"));
        if (documented.isMissingNode()) {
            wrong.add("media type " + media.orElse("none") + " is not documented");
            return;
        }
        if (!media.orElse("").endsWith("json")) {
            return;
        }
        String reference = documented.at("/schema/$ref").asString();
        schema(reference.substring(reference.lastIndexOf('/') + 1))
                .validate(Json.tree(body))
                .forEach(error -> wrong.add(error.getInstanceLocation() + " " + error.getMessage() + " in " + body));
    }

    /** A component's schema that allows no member beyond those documented. */
    Schema schema(String name) {
        return compiled.computeIfAbsent(name, key -> {
            ObjectNode schema = Json.object();
            schema.put("$ref", "#/components/schemas/" + key);
            schema.putObject("components").set("schemas", closed);
            return registry.getSchema(schema);
        });
    }

    private static JsonNode closed(JsonNode schemas) {
        JsonNode copy = schemas.deepCopy();
        copy.forEach(schema -> {
            if (schema instanceof ObjectNode object
                    && object.has("properties")
                    && !object.has("additionalProperties")) {
                object.put("additionalProperties", false);
            }
        });
        return copy;
    }

    static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }
}
