package io.weir.local.erp;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * A reference to another record: {@code {"id"}} or {@code {"refName"}} (C), or {@code {"externalId"}} (U).
 *
 * @param by which of the three it is
 * @param key the id, name or external id
 */
record Reference(String by, String key) {
    private static final List<String> KINDS = List.of("externalId", "id", "refName");
    private static final int LARGEST_SEEDED_ID = 9_999;

    static Reference read(String path, String field, JsonNode node) throws VendorRefusal {
        if (!node.isObject()) {
            throw VendorRefusal.invalidContent("Field '%s' must be a reference object.".formatted(field), path);
        }
        for (Iterator<Map.Entry<String, JsonNode>> members = node.properties().iterator(); members.hasNext(); ) {
            Map.Entry<String, JsonNode> member = members.next();
            boolean numericId =
                    member.getKey().equals("id") && member.getValue().isIntegralNumber();
            if (!KINDS.contains(member.getKey())) {
                throw VendorRefusal.unknownField(path + "." + member.getKey());
            }
            if (!member.getValue().isTextual() && !numericId) {
                throw VendorRefusal.invalidContent(
                        "Field '%s' must be a string.".formatted(member.getKey()), path + "." + member.getKey());
            }
        }
        for (String kind : KINDS) {
            if (node.has(kind) && !node.get(kind).asText().isBlank()) {
                return new Reference(kind, node.get(kind).asText());
            }
        }
        throw VendorRefusal.invalidContent(
                "The reference in field '%s' has neither id, externalId nor refName.".formatted(field), path);
    }

    /** The key of a record that the master data hold, as far as an id can tell: ids 1 to 9999 exist. */
    boolean exists() {
        return !by.equals("id") || (key.matches("[1-9][0-9]{0,3}") && Integer.parseInt(key) <= LARGEST_SEEDED_ID);
    }
}
