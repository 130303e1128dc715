package io.weir.policies;

import io.vertx.core.MultiMap;
import io.weir.schemas.FieldError;
import io.weir.schemas.Text;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * CloudEvents' binary mode (HTTP binding 1.0.2, 3.1): attributes in {@code ce-} headers, percent-encoded and perhaps quoted;
 * data in the body.
 */
final class BinaryMode {
    private static final String PREFIX = "ce-";
    private static final int LONGEST_NAME = 20;

    private BinaryMode() {}

    /** Whether the request is in binary mode. */
    static boolean applies(MultiMap headers) {
        return headers.contains("ce-specversion");
    }

    /** The event as structured mode would have sent it. */
    static ObjectNode event(MultiMap headers, String contentType, JsonNode data, List<FieldError> errors) {
        ObjectNode event = JsonNodeFactory.instance.objectNode();
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith(PREFIX)) {
                attribute(event, name.substring(PREFIX.length()), header.getValue(), errors);
            }
        }
        event.put("datacontenttype", contentType);
        event.set("data", data);
        return event;
    }

    private static void attribute(ObjectNode event, String name, String value, List<FieldError> errors) {
        if (!name.matches("[a-z0-9]{1," + LONGEST_NAME + "}")
                || name.equals("data")
                || name.equals("datacontenttype")) {
            errors.add(new FieldError("/" + name, "is no attribute's name"));
        } else if (event.has(name)) {
            errors.add(new FieldError("/" + name, "stands twice"));
        } else {
            event.put(name, decoded(name, unquoted(value), errors));
        }
    }

    /** A quoted string's content (RFC 9110 5.6.4); any other value as it is. */
    private static String unquoted(String value) {
        if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
            return value;
        }
        return value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1");
    }

    private static String decoded(String name, String value, List<FieldError> errors) {
        ByteBuffer bytes = ByteBuffer.allocate(value.length() * 4);
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '%' && i + 2 < value.length() && hex(value, i + 1)) {
                bytes.put((byte) Integer.parseInt(value, i + 1, i + 3, 16));
                i += 2;
            } else {
                bytes.put(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
            }
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(bytes.flip())
                    .toString();
            if (Text.storable(text)) {
                return text;
            }
            errors.add(new FieldError("/" + name, "holds U+0000"));
            return "";
        } catch (CharacterCodingException e) {
            errors.add(new FieldError("/" + name, "is not percent-encoded UTF-8"));
            return "";
        }
    }

    private static boolean hex(String text, int at) {
        return Character.digit(text.charAt(at), 16) >= 0 && Character.digit(text.charAt(at + 1), 16) >= 0;
    }
}
