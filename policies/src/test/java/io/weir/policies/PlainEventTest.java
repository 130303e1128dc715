package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.CappedErrors;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;

/** Holds the short way to the way by a tree: what the short way takes, the other takes as well, and says the same of it. */
class PlainEventTest {
    private static final Instant NOW = Door.NOW;
    private static final String SCHEMA = """
            {"type":"object","additionalProperties":%s,"required":["n","s"],"properties":{
              "n":{"type":"integer","minimum":0,"maximum":900},"s":{"type":"string","minLength":1,"maxLength":5},
              "x":{"type":"number","minimum":-2,"maximum":7},"b":{"type":"boolean"},"subscription":{"type":"string"}}}
            """;
    private static final Map<String, EventType> TYPES = Map.of(
            "t", EventType.of("t", 2, Json.tree(SCHEMA.formatted("false"))),
            "open", EventType.of("open", 5, Json.tree(SCHEMA.formatted("true"))),
            "deep", EventType.of("deep", 1, Json.tree("{\"type\":\"object\",\"properties\":{\"n\":{\"enum\":[1]}}}")));

    @Test
    void usual_event_is_taken_the_short_way() {
        String event = "{\"specversion\":\"1.0\",\"id\":\"e-1\",\"source\":\"/s\",\"type\":\"t\",\"subject\":\"ws\","
                + "\"time\":\"2026-11-20T09:59:59.5Z\",\"datacontenttype\":\"application/json\","
                + "\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\","
                + "\"data\":{\"n\":12,\"s\":\"abc\",\"x\":1.5,\"b\":true}}";
        PlainEvent plain = plain(event);
        assertTrue(plain.read());
        assertEquals(
                new Envelope.Checked(
                        "/s",
                        "e-1",
                        "ws",
                        Objects.requireNonNull(TYPES.get("t")).current(),
                        null),
                plain.checked());
        assertEquals("0af7651916cd43dd8448eb211c80319c", Correlation.of(plain.traceparent()));
        assertTrue(plain.in().ended());
    }

    @Test
    void schema_with_a_keyword_that_is_not_understood_has_no_short_form() {
        for (String schema : List.of(
                "{\"type\":\"object\",\"minProperties\":1}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"a\"}}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"format\":\"date\"}}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"x-weir-classification\":\"hash\"}}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":[\"string\",\"null\"]}}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\",\"minimum\":0.5}}}",
                "{\"type\":\"object\",\"properties\":{\"a\":{\"$ref\":\"#/$defs/a\"}}}",
                "{\"type\":\"object\",\"required\":[\"elsewhere\"]}",
                "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"string\"}}",
                "{\"type\":\"object\",\"unevaluatedProperties\":false}",
                "{}",
                "true")) {
            assertTrue(PlainData.of(Json.tree(schema)).isEmpty(), schema);
        }
    }

    /** Whatever the short way takes, the way by a tree takes with the same result, or the test names the event. */
    @Test
    void short_way_never_takes_what_the_way_by_a_tree_refuses() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        int taken = 0;
        for (int i = 0; i < 200_000; i++) {
            String event = mutated(random, made(random));
            byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
            PlainEvent plain = plain(event);
            if (plain.read() && plain.in().ended()) {
                taken++;
                assertEquals(Optional.of(plain.checked()), byTree(bytes), () -> "seed " + seed + ": " + event);
            }
        }
        int share = taken;
        assertTrue(taken > 20_000, () -> "seed " + seed + ": only " + share + " went the short way");
    }

    @Test
    void times_are_the_instants_that_they_name() {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int i = 0; i < 100_000; i++) {
            Instant instant = Instant.ofEpochSecond(random.nextLong(-62_167_219_200L, 253_402_300_800L))
                    .truncatedTo(random.nextBoolean() ? ChronoUnit.SECONDS : ChronoUnit.DAYS);
            assertEquals(instant.getEpochSecond(), seconds(instant.toString()), () -> "seed " + seed + ": " + instant);
        }
        for (int i = 0; i < 100_000; i++) {
            String text = "%04d-%02d-%02dT%02d:%02d:%02d%sZ"
                    .formatted(
                            random.nextInt(3_000),
                            random.nextInt(14),
                            random.nextInt(33),
                            random.nextInt(26),
                            random.nextInt(62),
                            random.nextInt(62),
                            random.nextInt(3) == 0 ? "." + random.nextInt(1_000) : "");
            long seconds = seconds(text);
            long byTheBook = Instants.parse(text).map(Instant::getEpochSecond).orElse(PlainTime.NONE);
            assertEquals(byTheBook, seconds, () -> "seed " + seed + ": " + text);
        }
        assertEquals(PlainTime.NONE, seconds("2026-11-20T10:00:00"));
        assertEquals(PlainTime.NONE, seconds("2026-11-20T10:00:00.Z"));
        assertEquals(PlainTime.NONE, seconds("2026-11-20T10:00:00+01:00"));
        assertEquals(PlainTime.NONE, seconds("2026-11-20 10:00:00Z"));
    }

    @Test
    void numbers_beyond_a_long_and_forms_that_json_has_not_are_left_to_the_way_by_a_tree() {
        for (String number : List.of(
                "01",
                "-",
                "-0",
                "1.",
                ".5",
                "1e2",
                "1E2",
                "+1",
                "1234567890123456789",
                "0x1",
                "NaN",
                "-1.5",
                "1.0.0")) {
            PlainCursor in = new PlainCursor((number + ",").getBytes(StandardCharsets.US_ASCII), 0);
            assertFalse(in.number(), number);
        }
    }

    private static long seconds(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return PlainTime.seconds(bytes, 0, bytes.length);
    }

    private static PlainEvent plain(String event) {
        return new PlainEvent(
                event.getBytes(StandardCharsets.UTF_8),
                EnvelopeTest.caller(),
                TYPES,
                EventWindow.of(EnvelopeTest.caller(), NOW));
    }

    private static Optional<Envelope.Checked> byTree(byte[] bytes) {
        CappedErrors errors = new CappedErrors(100);
        try {
            return new Envelope(EnvelopeTest.caller(), TYPES, NOW).check(StrictJson.read(bytes, errors), errors);
        } catch (JacksonException e) {
            return Optional.empty();
        }
    }

    private static final String[] TEXTS = {
        "t",
        "open",
        "deep",
        "none",
        "1.0",
        "abc",
        "",
        "abcdef",
        "ü",
        "\\u0041",
        "\\\"",
        "application/json",
        "text/plain",
        "2026-11-20T10:00:00Z",
        "2026-11-20T10:05:00Z",
        "2026-10-16T10:00:00Z",
        "2026-13-01T00:00:00Z",
        "a\u0001b",
        "\u007f"
    };
    private static final String[] NUMBERS = {
        "0",
        "1",
        "7",
        "8",
        "900",
        "901",
        "-1",
        "-2",
        "-3",
        "7.0",
        "6.5",
        "7.5",
        "0.0",
        "-0",
        "01",
        "1e3",
        "12345678901234567890"
    };
    private static final String[] NAMES = {
        "specversion",
        "id",
        "source",
        "type",
        "subject",
        "time",
        "data",
        "datacontenttype",
        "traceparent",
        "dataschema",
        "extension",
        "n",
        "s",
        "x",
        "b",
        "subscription"
    };

    private static String made(Random random) {
        List<String> members = new ArrayList<>(List.of(
                "\"specversion\":\"1.0\"",
                "\"id\":\"e-" + random.nextInt(10) + "\"",
                "\"source\":\"/s\"",
                "\"type\":\"" + (random.nextInt(4) == 0 ? "open" : "t") + "\"",
                "\"subject\":\"ws\"",
                "\"time\":\"2026-11-20T09:00:00Z\"",
                "\"data\":{\"n\":" + any(random, NUMBERS, 3) + ",\"s\":\""
                        + any(random, TEXTS, 3).replace("t", "tt")
                        + "\"" + (random.nextBoolean() ? ",\"x\":" + any(random, NUMBERS, 8) : "")
                        + (random.nextInt(4) == 0 ? ",\"b\":" + random.nextBoolean() : "") + "}"));
        if (random.nextInt(3) == 0) {
            java.util.Collections.swap(members, random.nextInt(members.size()), random.nextInt(members.size()));
        }
        if (random.nextInt(4) == 0) {
            members.add(random.nextInt(members.size()), other(random));
        }
        if (random.nextInt(6) == 0) {
            members.remove(random.nextInt(members.size()));
        }
        return "{" + String.join(random.nextInt(5) == 0 ? " ,\n" : ",", members) + "}";
    }

    private static String other(Random random) {
        return "\"" + any(random, NAMES, NAMES.length) + "\":"
                + (random.nextBoolean()
                        ? any(random, NUMBERS, NUMBERS.length)
                        : "\"" + any(random, TEXTS, TEXTS.length) + "\"");
    }

    private static String any(Random random, String[] from, int usual) {
        return from[random.nextInt(random.nextInt(3) == 0 ? from.length : usual)];
    }

    /** A character changed, put in or taken out, now and then. */
    private static String mutated(Random random, String text) {
        if (random.nextInt(3) > 0) {
            return text;
        }
        int at = random.nextInt(text.length());
        String put = String.valueOf("{}[]\",:0-.e\\ \tanu\u0000ä".charAt(random.nextInt(18)));
        return switch (random.nextInt(3)) {
            case 0 -> text.substring(0, at) + put + text.substring(at + 1);
            case 1 -> text.substring(0, at) + put + text.substring(at);
            default -> text.substring(0, at) + text.substring(at + 1);
        };
    }
}
