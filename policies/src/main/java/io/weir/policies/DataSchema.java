package io.weir.policies;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/**
 * CloudEvents' attribute {@code dataschema}: the address of a version of the event type's schema, absolute or relative,
 * {@code .../v1/event-types/{type}/schemas/{version}}.
 */
final class DataSchema {
    private static final String TYPES = "v1/event-types/";
    private static final String SCHEMAS = "/schemas/";
    private static final int MOST_DIGITS = 9;

    private DataSchema() {}

    /** The address of a version, relative to the API. */
    static String of(String type, int version) {
        return "/" + TYPES + URLEncoder.encode(type, StandardCharsets.UTF_8).replace("+", "%20") + SCHEMAS + version;
    }

    /** The version of that type that is named; empty where it is none. */
    static OptionalInt version(JsonNode dataschema, String type) {
        String address = dataschema.asString("");
        int schemas = address.lastIndexOf(SCHEMAS);
        int types = schemas < 0 ? -1 : address.lastIndexOf(TYPES, schemas);
        if (types < 0 || types + TYPES.length() > schemas || types > 0 && address.charAt(types - 1) != '/') {
            return OptionalInt.empty();
        }
        String number = address.substring(schemas + SCHEMAS.length());
        boolean whole = !number.isEmpty()
                && number.length() <= MOST_DIGITS
                && number.chars().allMatch(c -> c >= '0' && c <= '9');
        return whole
                        && decoded(address.substring(types + TYPES.length(), schemas))
                                .equals(type)
                ? OptionalInt.of(Integer.parseInt(number))
                : OptionalInt.empty();
    }

    private static String decoded(String step) {
        try {
            return URLDecoder.decode(step.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            return step;
        }
    }
}
