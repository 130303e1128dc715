package io.weir.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.schemas.Json;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What nobody should send: texts, JSON and bytes that break readers which trust them. */
final class Strange {
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "null",
            "undefined",
            "NaN",
            "-1",
            "0",
            "1e999999",
            "9223372036854775808",
            "-9223372036854775809",
            "00000000000000000000000001",
            "0x10",
            "1_000",
            "1.0",
            "true",
            "[]",
            "{}",
            "'",
            "\"",
            "\\",
            "' or 1=1 --",
            "%",
            "%%",
            "..",
            "../../etc/passwd",
            "/",
            "//",
            "*",
            "?",
            "&",
            "=",
            ";",
            "\u0000",
            "\u0001",
            "\u007f",
            "\u00a0",
            "\u200b",
            "\u202e",
            "\ufeff",
            "\uffff",
            "\ud83d\ude00",
            "\u0130",
            "\u1e9e",
            "\u001f",
            "a\nb",
            "a\r\nb",
            "\t",
            "2026-13-45T99:99:99Z",
            "0000-01-01T00:00:00Z",
            "+999999999-12-31T23:59:59.999999999Z",
            "-999999999-01-01T00:00:00Z",
            "2016-12-31T23:59:60Z",
            "2026-11-20",
            "2026-11-20T10:00:00",
            "2026-11-20T10:00:00+18:01",
            "P1Y",
            "PT-1S",
            "Europe/Berlin",
            "Mars/Olympus",
            "GMT+25",
            "EUR",
            "XXX",
            "${jndi:ldap://x}",
            "{{7*7}}",
            "<script>alert(1)</script>",
            "http://127.0.0.1:1/",
            "file:///etc/passwd",
            "constructor",
            "__proto__",
            "weir_local_a_b",
            "MA",
            "MR8x",
            "4pSA",
            "W/\"1\"",
            "\"1\"",
            "\"x",
            "*");

    private static final List<String> JSON = List.of(
            "null",
            "true",
            "[]",
            "{}",
            "\"\"",
            "0",
            "-0",
            "-0.0",
            "1e999999",
            "-1e-999999",
            "1e38",
            "1e39",
            "123456789012345678901234567890123456789",
            "0." + "3".repeat(60),
            "1E+0000000000000000000001",
            "01",
            "+1",
            ".5",
            "1.",
            "Infinity",
            "NaN",
            "'a'",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"\\udc00\\ud800\"",
            "\"\\x\"",
            "\"\\uZZZZ\"",
            "\"\u0001\"",
            "{\"a\":1,\"a\":2}",
            "{\"\":0}",
            "{\"\\u0000\":0}",
            "[1,]",
            "{\"a\":1,}",
            "/*x*/1",
            "{a:1}",
            "[".repeat(40) + "]".repeat(40),
            "[".repeat(20_000),
            "{\"a\":".repeat(40) + "1" + "}".repeat(40));

    private static final List<byte[]> NO_UTF_8 = List.of(
            bytes(0xff),
            bytes(0xc0, 0xaf),
            bytes(0xed, 0xa0, 0x80),
            bytes(0xf4, 0x90, 0x80, 0x80),
            bytes(0xe2, 0x82),
            bytes(0x80),
            bytes(0xf8, 0x88, 0x80, 0x80, 0x80),
            bytes(0xef, 0xbb, 0xbf),
            bytes(0xfe, 0xff),
            bytes(0));

    private static final Pattern VALUE =
            Pattern.compile(":\\s*(\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9.]+|true|false|null|\\[|\\{)");

    private final Random random;

    Strange(Random random) {
        this.random = random;
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    <T> T any(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    String text() {
        return switch (random.nextInt(8)) {
            case 0 -> "x".repeat(1 + random.nextInt(3_000));
            case 1 -> Integer.toString(random.nextInt());
            default -> any(TEXTS);
        };
    }

    /** Percent-encoded, or nearly. */
    String encoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(UTF_8)) {
            boolean plain =
                    b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || "-._~".indexOf(b) >= 0;
            encoded.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
        }
        return switch (random.nextInt(20)) {
            case 0 -> encoded + "%";
            case 1 -> encoded + "%zz";
            case 2 -> encoded + "%ff%fe";
            case 3 -> encoded + "%00";
            case 4 -> encoded + "%c0%af";
            case 5 -> encoded + "+";
            default -> encoded.toString();
        };
    }

    /** The body with something wrong in it. */
    byte[] body(byte[] body) {
        String text = new String(body, UTF_8);
        return switch (random.nextInt(12)) {
            case 0 -> any(JSON).getBytes(UTF_8);
            case 1 -> Arrays.copyOf(body, random.nextInt(body.length + 1));
            case 2 -> insert(body, any(NO_UTF_8));
            case 3 -> insert(body, bytes(random.nextInt(256)));
            case 4 -> concat(bytes(0xef, 0xbb, 0xbf), body);
            case 5 -> text.getBytes(StandardCharsets.UTF_16);
            case 6 -> concat(body, body);
            case 7 ->
                text.replaceFirst("\\{", "{\"surprise\":" + Matcher.quoteReplacement(any(JSON)) + ",")
                        .getBytes(UTF_8);
            case 8 -> ("[" + text + "]").getBytes(UTF_8);
            default -> value(text).getBytes(UTF_8);
        };
    }

    /** The JSON with one of its values replaced. */
    private String value(String json) {
        List<Matcher> found = VALUE.matcher(json)
                .results()
                .map(hit -> {
                    Matcher matcher = VALUE.matcher(json);
                    matcher.find(hit.start());
                    return matcher;
                })
                .toList();
        if (found.isEmpty()) {
            return any(JSON);
        }
        Matcher at = any(found);
        String put = random.nextBoolean() ? any(JSON) : Json.text(text());
        return json.substring(0, at.start(1)) + put + json.substring(at.end(1));
    }

    private byte[] insert(byte[] body, byte[] more) {
        int at = random.nextInt(body.length + 1);
        return concat(concat(Arrays.copyOf(body, at), more), Arrays.copyOfRange(body, at, body.length));
    }

    private static byte[] concat(byte[] one, byte[] two) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(ByteBuffer.wrap(one).array());
        all.writeBytes(two);
        return all.toByteArray();
    }
}
