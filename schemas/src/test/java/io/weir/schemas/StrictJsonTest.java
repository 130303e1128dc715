package io.weir.schemas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

class StrictJsonTest {
    private static final String NINES_38 = "9".repeat(38);

    @Test
    void what_could_never_be_stored_is_told_with_its_pointer() {
        assertEquals(List.of("/a"), pointers("{\"a\":\"x\\u0000y\"}"));
        assertEquals(List.of("/a/1"), pointers("{\"a\":[\"ok\",\"\\ud800\"]}"));
        assertEquals(List.of("/a"), pointers("{\"a\":\"\\udc00\\ud800\"}"));
        assertEquals(List.of("/a"), pointers("{\"a\":\"\\ud83dx\"}"));
        assertEquals(List.of("/o"), pointers("{\"o\":{\"\\u0000\":1}}"));
        assertEquals(List.of(""), pointers("{\"\\ud800\":1}"));
        assertEquals(List.of("/o"), pointers("{\"o\":{\"a\\uDC00\":1}}"));
        assertEquals(List.of(""), pointers("{\"\\ud83d\\ud83d\\ude00\":1}"));
        assertEquals(List.of("/a~1b~0c"), pointers("{\"a/b~c\":\"\\u0000\"}"));
    }

    @Test
    void a_surrogate_that_is_spelled_in_bytes_is_told_too() {
        byte[] lone = {'{', '"', 'a', '"', ':', '"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"', '}'};
        List<FieldError> errors = new ArrayList<>();
        try {
            StrictJson.read(lone, errors);
            assertEquals("/a", errors.getFirst().pointer());
        } catch (JacksonException refusedAsNoUtf8) {
            assertTrue(errors.isEmpty());
        }
    }

    @Test
    void what_is_made_readable_keeps_its_length_and_all_else() {
        byte[] fine = bytes("{\"\\ud83d\\ude00\":\"\\\\ud800 \\u00e9\"}");
        assertSame(fine, StrictJson.readable(fine));
        assertEquals(
                "[\"\\u0000x\\\\\\u0000\\ud83d\\ude00\\u0000\"",
                new String(
                        StrictJson.readable(bytes("[\"\\ud800x\\\\\\uDFFF\\ud83d\\ude00\\udbff\"")),
                        StandardCharsets.UTF_8));
    }

    @Test
    void surrogate_pairs_and_escapes_are_taken() {
        assertEquals(List.of(), pointers("{\"a\":\"\\ud83d\\ude00 \\u0001 \\\" \\\\ ü \"}"));
    }

    @Test
    void a_key_that_stands_twice_is_told_at_every_depth() {
        assertEquals(List.of("/a"), pointers("{\"a\":1,\"a\":1}"));
        assertEquals(List.of("/d/0/a"), pointers("{\"d\":[{\"a\":1,\"\\u0061\":null}]}"));
        assertEquals(List.of("/a"), pointers("{\"a\":null,\"a\":null}"));
    }

    @Test
    void nesting_may_be_32_deep_and_no_deeper() {
        assertEquals(List.of(), pointers("[".repeat(32) + "]".repeat(32)));
        assertEquals(List.of("/0".repeat(32)), pointers("[".repeat(33) + "]".repeat(33)));
        assertEquals(
                List.of("/a".repeat(32), "/b"),
                pointers("{\"a\":".repeat(33) + "1" + "}".repeat(32) + ",\"b\":\"\\u0000\"}"));
    }

    @Test
    void numbers_may_have_38_digits_and_exponents_up_to_38() {
        for (String fits : List.of(
                NINES_38,
                "-" + NINES_38,
                "0." + "1".repeat(37),
                "1e38",
                "1E-38",
                "-1.5e+38",
                "0",
                "-0",
                "-0.0",
                Long.toString(Long.MAX_VALUE),
                "123456789012345678",
                "1e0038")) {
            assertEquals(List.of(), pointers("{\"n\":" + fits + "}"), fits);
        }
        for (String beyond : List.of(
                NINES_38 + "9",
                "0." + "1".repeat(38),
                "1e39",
                "1e-39",
                "1E+39",
                "1e999999",
                "1e-999999",
                "1e99999999999999999999",
                "9".repeat(5_000))) {
            assertEquals(List.of("/n"), pointers("{\"n\":" + beyond + "}"), beyond);
        }
    }

    @Test
    void every_violation_is_told_and_the_rest_is_read() {
        List<FieldError> errors = new ArrayList<>();
        JsonNode read =
                StrictJson.read(bytes("{\"a\":\"\\u0000\",\"b\":1e99,\"c\":1,\"c\":2,\"d\":{\"e\":\"fine\"}}"), errors);
        assertEquals(
                List.of("/a", "/b", "/c"),
                errors.stream().map(FieldError::pointer).toList());
        assertTrue(read.get("a").isNull());
        assertEquals("fine", read.at("/d/e").stringValue());
    }

    @Test
    void what_is_no_json_ends_the_reading() {
        for (String text : List.of(
                "",
                " ",
                "{",
                "[1,",
                "{\"a\"}",
                "nul",
                "{} {}",
                "1 2",
                "[1,]",
                "{'a':1}",
                "NaN",
                "01",
                "+1",
                "1.",
                ".5",
                "\"\n\"",
                "// x\n1",
                "[".repeat(5_000))) {
            assertThrows(JacksonException.class, () -> pointers(text), text);
        }
    }

    @Test
    void json_is_utf_8_and_nothing_else() {
        for (var charset : List.of(StandardCharsets.UTF_16BE, StandardCharsets.UTF_16LE, StandardCharsets.ISO_8859_1)) {
            byte[] text = "[{\"a\":\"ü\"}]".getBytes(charset);
            assertThrows(JacksonException.class, () -> StrictJson.read(text, new ArrayList<>()), charset.name());
        }
    }

    @Test
    void any_tree_within_the_limits_reads_equal_to_jacksons() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 2_000; i++) {
            JsonNode tree = tree(random, 5);
            List<FieldError> errors = new ArrayList<>();
            JsonNode read = StrictJson.read(bytes(tree.toString()), errors);
            assertEquals(List.of(), errors, () -> "seed " + seed + ": " + tree);
            assertEquals(Json.tree(tree.toString()).toString(), read.toString(), () -> "seed " + seed);
        }
    }

    private static JsonNode tree(Random random, int depth) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (random.nextInt(depth == 0 ? 6 : 8)) {
            case 0 -> nodes.nullNode();
            case 1 -> nodes.booleanNode(random.nextBoolean());
            case 2 -> nodes.numberNode(random.nextLong());
            case 3 -> nodes.numberNode(new BigDecimal(random.nextInt(-999, 999)).movePointLeft(random.nextInt(5)));
            case 4 -> nodes.numberNode(new java.math.BigInteger(120, random));
            case 5 -> nodes.stringNode(text(random));
            case 6 -> {
                ArrayNode array = nodes.arrayNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.add(tree(random, depth - 1));
                }
                yield array;
            }
            default -> {
                ObjectNode object = nodes.objectNode();
                for (int i = random.nextInt(4); i > 0; i--) {
                    object.set(text(random), tree(random, depth - 1));
                }
                yield object;
            }
        };
    }

    private static String text(Random random) {
        return random.ints(random.nextInt(6), 1, 0x10_ffff)
                .map(point -> point >= 0xd800 && point <= 0xdfff ? '"' : random.nextBoolean() ? point : point % 128 + 1)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    private static List<String> pointers(String json) {
        List<FieldError> errors = new ArrayList<>();
        StrictJson.read(bytes(json), errors);
        return errors.stream().map(FieldError::pointer).toList();
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
