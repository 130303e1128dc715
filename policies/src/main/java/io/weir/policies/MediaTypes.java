package io.weir.policies;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Media types (RFC 9110 8.3), compared without their parameters. */
final class MediaTypes {
    static final String EVENT = "application/cloudevents+json";
    static final String EVENT_BATCH = "application/cloudevents-batch+json";
    static final String EVENT_LINES = "application/x-ndjson";
    static final String JSON = "application/json";

    private MediaTypes() {}

    /** The type without parameters, in lower case; empty where there is none. */
    static String essence(@Nullable String header) {
        if (header == null) {
            return "";
        }
        int end = header.indexOf(';');
        return (end < 0 ? header : header.substring(0, end)).strip().toLowerCase(Locale.ROOT);
    }

    /** Whether it is JSON. */
    static boolean json(String header) {
        String essence = essence(header);
        return essence.equals(JSON) || essence.endsWith("+json");
    }
}
