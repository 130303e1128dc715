package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a schema must be to be registered. */
class SchemaRulesTest {
    private static final SchemaRules RULES = ValidateEventsTest.RULES;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'$schema':'https://json-schema.org/draft/2020-12/schema','type':'object'}",
                "{'$schema':'https://json-schema.org/draft/2020-12/schema#','$id':'https://example.com/a','type':['object','null']}",
                "{'$defs':{'n':{'type':'integer'}},'properties':{'a':{'$ref':'#/$defs/n'},'b':{'$ref':'#/$defs/n'}}}",
                "{'properties':{'a':{'pattern':'^[^\\u0000-\\u001F]{1,64}$','x-weir-classification':'keep','x-mine':[1]}}}",
                "{'properties':{'a':{'enum':[{'$ref':'http://not.a/reference'}]}}}",
                "{'properties':{'$ref':{'type':'string'}}}"
            })
    void a_schema_of_2020_12_in_one_document_is_good(String schema) {
        assertEquals(List.of(), wrong(schema));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[] | ``",
                "true | ``",
                "{'$schema':'http://json-schema.org/draft-07/schema#'} | /$schema",
                "{'type':'objekt'} | /type",
                "{'type':'string'} | /type",
                "{'properties':{'a':{'minimum':'1'}}} | /properties/a/minimum",
                "{'required':'a'} | /required",
                "{'properties':{'a':{'$ref':'https://example.com/x'}}} | /properties/a/$ref",
                "{'properties':{'a':{'$ref':'#anchor'}}} | /properties/a/$ref",
                "{'properties':{'a':{'$ref':'#/$defs/none'}}} | /properties/a/$ref",
                "{'properties':{'a':{'$ref':'#'}}} | /properties/a/$ref",
                "{'allOf':[{'$ref':'#/allOf/0'}]} | /allOf/0/$ref/$ref",
                "{'properties':{'a':{'$id':'https://example.com/b'}}} | /properties/a/$id",
                "{'$defs':{'a':{'$dynamicRef':'#x'}}} | /$defs/a/$dynamicRef",
                "{'properties':{'a':{'pattern':'(?=x)y'}}} | /properties/a/pattern",
                "{'properties':{'a':{'pattern':'(a)\\\\1'}}} | /properties/a/pattern",
                "{'properties':{'a':{'pattern':'((a{100}){100}){100}'}}} | /properties/a/pattern",
                "{'patternProperties':{'(?!x)':{}}} | /patternProperties/(?!x)",
                "{'properties':{'a':{'x-weir-classification':'secret'}}} | /properties/a/x-weir-classification",
                "{'x-weir-classification':'drop'} | /x-weir-classification",
                "{'properties':{'subscription':{'x-weir-classification':'hash'}}} | /properties/subscription/x-weir-classification",
                "{'additionalProperties':{'x-weir-classification':'hash'}} | /properties/subscription/x-weir-classification"
            })
    void what_is_wrong_is_told_with_its_place(String schema, String pointer) {
        List<String> pointers = wrong(schema).stream().map(FieldError::pointer).toList();
        assertTrue(pointers.contains(pointer), pointers::toString);
    }

    @Test
    void everything_wrong_is_told_at_once() {
        assertEquals(
                List.of("/properties/a/pattern", "/properties/b/x-weir-classification", "/properties/c/$ref"),
                wrong("{'properties':{'a':{'pattern':'(?=x)'},'b':{'x-weir-classification':1},'c':{'$anchor':'x'}}}")
                        .stream()
                        .map(FieldError::pointer)
                        .map(pointer -> pointer.replace("$anchor", "$ref"))
                        .toList());
    }

    @Test
    void a_schema_that_doubles_with_each_reference_is_refused() {
        StringBuilder schema = new StringBuilder("{'$ref':'#/$defs/d0','$defs':{");
        for (int i = 0; i < 30; i++) {
            String next = "{'$ref':'#/$defs/d" + (i + 1) + "'}";
            schema.append("'d" + i + "':{'allOf':[" + next + "," + next + "]},");
        }
        String json = schema + "'d30':{}}}";
        assertTrue(
                wrong(json).getFirst().detail().contains("too large"),
                () -> wrong(json).toString());
    }

    @Test
    void a_pattern_that_would_keep_another_engine_for_ever_is_matched_at_once() {
        LinearExpression evil = LinearExpression.of("^(a+)+$");
        assertTimeout(Duration.ofSeconds(5), () -> assertFalse(evil.matches("a".repeat(20_000) + "!")));
        assertTrue(LinearExpression.of("b\\u0041").matches("abAc"));
        assertThrows(RuntimeException.class, () -> LinearExpression.of("(?<=a)b"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"abc|3", "(a{10}b){5}|60", "[a-z{9}]{3}|3", "a{2,4}x|5", "(a{1000}){1000}|1001000", "a{b}|4"})
    void a_patterns_size_is_with_its_repetitions_written_out(String pattern, long size) {
        assertEquals(size, PatternSize.of(pattern));
    }

    private static List<FieldError> wrong(String schema) {
        return RULES.wrong(Json.tree(schema.replace('\'', '"')));
    }
}
