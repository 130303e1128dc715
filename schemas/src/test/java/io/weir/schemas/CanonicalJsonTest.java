package io.weir.schemas;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalJsonTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{ \"b\" : 1, \"a\" : [ true, null, { } ] } | {\"a\":[true,null,{}],\"b\":1}",
                "\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\" | \"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"",
                // The order of RFC 8785, 3.2.3: by UTF-16 units, in which an emoji comes before U+FB33.
                "{\"\u20ac\":1,\"\\r\":2,\"\ufb33\":3,\"1\":4,\"\ud83d\ude02\":5,\"\u0080\":6,\"\u00f6\":7} | {\"\\r\":2,\"1\":4,\"\u0080\":6,\"\u00f6\":7,\"\u20ac\":1,\"\ud83d\ude02\":5,\"\ufb33\":3}",
                "[] | []",
                "-0 | 0",
                "9007199254740993 | \"9007199254740993\"",
                "1.50 | \"1.50\""
            })
    void everybody_writes_it_alike(String json, String canonical) {
        assertEquals(canonical, CanonicalJson.text(Json.tree(json)));
    }
}
