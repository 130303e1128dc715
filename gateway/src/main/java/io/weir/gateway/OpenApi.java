package io.weir.gateway;

import io.weir.schemas.Json;
import io.weir.settings.ApiVersion;
import io.weir.settings.ApiVersion.State;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The OpenAPI 3.1 document that this build answers to, and as each API version serves it. */
final class OpenApi {
    static final String RESOURCE = "/openapi/weir-v1.yaml";

    private OpenApi() {}

    /** The document as a tree. */
    static JsonNode document() {
        try (InputStream in = OpenApi.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the build lacks " + RESOURCE);
            }
            return Json.tree(new Yaml(new SafeConstructor(new LoaderOptions())).<Object>load(in));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The document of a version: its paths, where it stands, and what its answers say of that. */
    static JsonNode of(ApiVersion version, JsonNode written) {
        String text = Json.text(written).replace(ApiVersions.WRITTEN, "/" + version.version() + "/");
        ObjectNode document = (ObjectNode) Json.tree(text);
        String state = version.state().name().toLowerCase(Locale.ROOT);
        ObjectNode info = (ObjectNode) document.path("info");
        info.put("x-api-version", version.version());
        info.put("x-api-state", state);
        version.deprecatedAt().ifPresent(at -> info.put("x-deprecated-at", at.toString()));
        version.sunsetAt().ifPresent(at -> info.put("x-sunset-at", at.toString()));
        info.put(
                "description",
                standing(version) + "\n\n" + info.path("description").asString());
        document.path("servers")
                .forEach(server -> ((ObjectNode) server)
                        .put(
                                "description",
                                server.path("description").asString() + " API version " + version.version() + ", "
                                        + state + "."));
        if (version.state() == State.DEPRECATED) {
            operations(document, "/" + version.version() + "/").forEach(one -> one.put("deprecated", true));
        }
        headers(version, document);
        return document;
    }

    private static String standing(ApiVersion version) {
        return switch (version.state()) {
            case PREVIEW -> "**Version " + version.version() + " is a preview**: it may still change.";
            case CURRENT -> "Version " + version.version() + ", the current one.";
            case DEPRECATED, SUNSET ->
                "**Version " + version.version() + " is deprecated**"
                        + version.deprecatedAt().map(at -> " as of " + at).orElse("")
                        + version.sunsetAt()
                                .map(at -> ", and answers no more (410) from " + at + " on")
                                .orElse("")
                        + version.link()
                                .map(link -> ": see [" + link + "](" + link + ")")
                                .orElse("") + ".";
        };
    }

    private static List<ObjectNode> operations(JsonNode document, String prefix) {
        return document.path("paths").properties().stream()
                .filter(path -> path.getKey().startsWith(prefix))
                .flatMap(path -> path.getValue().valueStream())
                .map(ObjectNode.class::cast)
                .toList();
    }

    /** Documents the headers of a version's answers, in each of them. */
    private static void headers(ApiVersion version, ObjectNode document) {
        Map<String, String> told = new LinkedHashMap<>();
        if (version.state() == State.PREVIEW) {
            told.put("Weir-API-State", "`preview`: this version may still change.");
        }
        if (version.deprecatedAt().isPresent()) {
            told.put("Deprecation", "Since when this version is deprecated, or from when on (RFC 9745).");
            told.put(
                    "Link",
                    "What to read about the deprecation, the same under the version that follows, and the next page of a list.");
        }
        version.sunsetAt().ifPresent(at -> told.put("Sunset", "When this version stops to answer (RFC 8594)."));
        Stream<JsonNode> inline = operations(document, "/" + version.version() + "/").stream()
                .flatMap(operation -> operation.path("responses").valueStream());
        Stream.concat(inline, document.at("/components/responses").valueStream())
                .filter(response -> response.has("headers"))
                .map(response -> (ObjectNode) response.path("headers"))
                .forEach(headers -> told.forEach((name, meaning) -> {
                    ObjectNode header = headers.putObject(name);
                    header.put("description", meaning);
                    header.putObject("schema").put("type", "string");
                }));
    }
}
