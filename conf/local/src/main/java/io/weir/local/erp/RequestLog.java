package io.weir.local.erp;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The latest requests on the vendor's paths, oldest first, and what became of each. Used on one event loop only. */
final class RequestLog {
    private static final int CAPACITY = 10_000;

    private final Deque<Entry> entries = new ArrayDeque<>();

    Entry arrived(Instant at, String method, String path, @Nullable String externalId) {
        if (entries.size() == CAPACITY) {
            entries.removeFirst();
        }
        Entry entry = new Entry(at, method, path, externalId);
        entries.addLast(entry);
        return entry;
    }

    ArrayNode toJson() {
        ArrayNode items = Json.array();
        entries.forEach(entry -> items.add(entry.toJson()));
        return items;
    }

    /** One request; it has neither status nor {@code dropped} while it is under way. */
    static final class Entry {
        private final Instant at;
        private final String method;
        private final String path;
        private final @Nullable String externalId;
        private @Nullable Integer status;
        private boolean dropped;
        private @Nullable FaultKind fault;

        private Entry(Instant at, String method, String path, @Nullable String externalId) {
            this.at = at;
            this.method = method;
            this.path = path;
            this.externalId = externalId;
        }

        void met(FaultKind kind) {
            fault = kind;
        }

        void answered(int code) {
            status = code;
        }

        void dropped() {
            dropped = true;
        }

        private ObjectNode toJson() {
            ObjectNode json = Json.object();
            json.put("at", at.toString()).put("method", method).put("path", path);
            if (externalId != null) {
                json.put("externalId", externalId);
            }
            if (status != null) {
                json.put("status", status);
            }
            if (dropped) {
                json.put("dropped", true);
            }
            if (fault != null) {
                json.put("fault", fault.wireName());
            }
            return json;
        }
    }
}
