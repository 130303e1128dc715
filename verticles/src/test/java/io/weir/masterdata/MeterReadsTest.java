package io.weir.masterdata;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.schemas.FieldError;
import io.weir.schemas.InlinedSchema;
import io.weir.schemas.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What meters find in a version of a schema. */
class MeterReadsTest {
    private static final List<Revised<Catalog.Meter>> METERS = List.of(
            new Revised<>("tokens", meter("sum", "/data/use/tokens", List.of("region")), 1, null),
            new Revised<>("calls", meter("count", null, List.of()), 1, null));

    private static Catalog.Meter meter(String aggregation, @Nullable String value, List<String> dimensions) {
        return new Catalog.Meter(1, "t", aggregation, value, null, dimensions, null, "x", null, null, null);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'properties':{'use':{'properties':{'tokens':{'type':'integer'}}},'region':{}}} | []",
                "{'$defs':{'u':{'properties':{'tokens':{'minimum':0}}}},'properties':{'use':{'allOf':[{'$ref':'#/$defs/u'},{'properties':{'tokens':{'type':'number'}}}]},'region':{'x-weir-classification':'hash'}}} | []",
                "{'properties':{'region':{}}} | [/data/use/tokens]",
                "{'properties':{'use':{},'region':{}}} | [/data/use/tokens]",
                "{'additionalProperties':true} | [/data/use/tokens, /data/region]",
                "{'properties':{'use':{'properties':{'tokens':false}},'region':{}}} | [/data/use/tokens]",
                "{'properties':{'use':{'properties':{'tokens':{}}},'region':{}}} | [/data/use/tokens]",
                "{'properties':{'use':{'properties':{'tokens':{'type':['integer','string']}}},'region':{}}} | [/data/use/tokens]",
                "{'properties':{'use':{'properties':{'tokens':{'type':'integer','x-weir-classification':'hash'}}},'region':{}}} | [/data/use/tokens]",
                "{'properties':{'use':{'x-weir-classification':'drop','properties':{'tokens':{'type':'integer'}}},'region':{'x-weir-classification':'drop'}}} | [/data/use/tokens, /data/region]"
            })
    void a_meter_reads_what_is_listed_and_stored_and_sums_what_is_a_number(String schema, String unreadable) {
        assertEquals(unreadable, pointers(schema, Map.of()));
    }

    @Test
    void a_mapping_leads_to_where_it_is() {
        String renamed = "{'properties':{'n':{'type':'integer'},'a/b':{}}}";
        assertEquals("[/data/use/tokens, /data/region]", pointers(renamed, Map.of()));
        assertEquals("[]", pointers(renamed, Map.of("/data/use/tokens", "/data/n", "/data/region", "/data/a~1b")));
        assertEquals(
                "[/data/use/tokens]",
                pointers(renamed, Map.of("/data/use/tokens", "/data/a~1b", "/data/region", "/data/n")));
    }

    @Test
    void a_mapping_that_leads_nowhere_is_told() {
        assertEquals(
                List.of("/mappings/~1data~1a"),
                MeterReads.wrong(written("{'properties':{'n':{}}}"), Map.of("/data/a", "/data/m")).stream()
                        .map(FieldError::pointer)
                        .toList());
        assertEquals(
                1, MeterReads.wrong(written("{}"), Map.of("subject", "/data/m")).size());
        assertEquals(List.of(), MeterReads.wrong(written("{'properties':{'n':{}}}"), Map.of("/data/a", "/data/n")));
    }

    private static String pointers(String schema, Map<String, String> mappings) {
        return MeterReads.unreadable(written(schema), mappings, METERS).stream()
                .map(FieldError::pointer)
                .toList()
                .toString();
    }

    private static tools.jackson.databind.JsonNode written(String schema) {
        try {
            return InlinedSchema.of(Json.tree(schema.replace('\'', '"')), 1_000);
        } catch (InlinedSchema.Unusable e) {
            throw new AssertionError(e);
        }
    }
}
