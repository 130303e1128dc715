package io.weir.gateway;

import io.weir.schemas.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import tools.jackson.databind.JsonNode;

/** The OpenAPI 3.1 document that this build answers to. */
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
}
