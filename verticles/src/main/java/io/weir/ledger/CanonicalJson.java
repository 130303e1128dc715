package io.weir.ledger;

import io.weir.schemas.Decimals;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** JSON with sorted keys, no white space and plain decimals: equal content has equal text, however it was encoded. */
final class CanonicalJson {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private CanonicalJson() {}

    /** Appends the node's canonical text. */
    static void append(StringBuilder out, JsonNode node) {
        if (node.isObject()) {
            object(out, node);
        } else if (node.isArray()) {
            char separator = '[';
            for (JsonNode element : node) {
                append(out.append(separator), element);
                separator = ',';
            }
            out.append(separator == '[' ? "[]" : "]");
        } else if (node.isString()) {
            string(out, node.stringValue());
        } else if (node.isIntegralNumber()) {
            out.append(node.asString());
        } else if (node.isNumber()) {
            out.append(Decimals.text(node.decimalValue()));
        } else {
            out.append(node.isNull() ? "null" : node.booleanValue() ? "true" : "false");
        }
    }

    private static void object(StringBuilder out, JsonNode node) {
        TreeMap<String, JsonNode> sorted = new TreeMap<>();
        for (Map.Entry<String, JsonNode> property : node.properties()) {
            sorted.put(property.getKey(), property.getValue());
        }
        out.append('{');
        boolean first = true;
        for (Map.Entry<String, JsonNode> property : sorted.entrySet()) {
            if (!first) {
                out.append(',');
            }
            first = false;
            string(out, property.getKey());
            append(out.append(':'), property.getValue());
        }
        out.append('}');
    }

    /** Appends a JSON string. */
    static void string(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < ' ') {
                out.append("\\u00").append(HEX[c >> 4]).append(HEX[c & 15]);
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }
}
