package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.networknt.schema.Schema;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.FieldError;
import io.weir.schemas.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class JsonSchemasTest {
    private static final Schema BOUNDED = JsonSchemas.compile(read("""
            {"properties": {"a": {"items": {"properties": {"n/m": {"type": "integer", "minimum": 1, "maximum": 4000000000}}}}}}
            """));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e38",
                "-1e38",
                "9223372036854775808",
                "123456789012345678901234567890",
                "5e18",
                "-1",
                "4000000001"
            })
    void a_number_beyond_a_bound_is_told_where_it_stands_however_large(String number) {
        CappedErrors errors = new CappedErrors(10);
        JsonSchemas.check(BOUNDED, read("{\"a\": [{\"n/m\": 1}, {\"n/m\": " + number + "}]}"), "/data", errors);
        assertEquals(
                List.of("/data/a/1/n~1m"),
                errors.told().stream().map(FieldError::pointer).toList());
    }

    private static JsonNode read(String json) {
        return StrictJson.read(json.getBytes(StandardCharsets.UTF_8), new CappedErrors(1));
    }
}
