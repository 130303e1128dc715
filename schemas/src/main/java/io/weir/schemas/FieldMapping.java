package io.weir.schemas;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Where events of a schema version have what meters read under other names.
 *
 * @param to from the JSON Pointer that meters read to the one in the event, both below {@code /data}
 */
public record FieldMapping(Map<String, String> to) {
    /** Every value lies where it is read. */
    public static final FieldMapping NONE = new FieldMapping(Map.of());

    private static final String DATA = "/data";

    /** From its JSON. */
    public static FieldMapping of(@Nullable String json) {
        if (json == null || json.equals("{}")) {
            return NONE;
        }
        Map<String, String> to = new HashMap<>();
        Json.tree(json)
                .properties()
                .forEach(one -> to.put(one.getKey(), one.getValue().asString()));
        return new FieldMapping(Map.copyOf(to));
    }

    /** What lies where the pointer is mapped to; where nothing does, what lies under the pointer itself. */
    public JsonNode read(JsonNode data, String pointer) {
        String mapped = to.get(pointer);
        if (mapped != null) {
            JsonNode there = data.at(below(mapped));
            if (!there.isMissingNode()) {
                return there;
            }
        }
        return data.at(below(pointer));
    }

    /** The member of data; missing where it is not there. */
    public JsonNode member(JsonNode data, String name) {
        return to.isEmpty() ? data.path(name) : read(data, pointer(name));
    }

    /** The pointer of a member of data. */
    public static String pointer(String member) {
        return DATA + "/" + JsonPointers.escaped(member);
    }

    private static String below(String pointer) {
        return pointer.startsWith(DATA) ? pointer.substring(DATA.length()) : pointer;
    }
}
