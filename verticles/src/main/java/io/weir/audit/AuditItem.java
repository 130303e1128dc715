package io.weir.audit;

import io.weir.schemas.Json;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * An entry of the audit trail as the API tells it.
 *
 * @param before what was there; null where there was nothing
 * @param after what is there now; null where nothing is
 * @param previousHash hash of the entry before it
 * @param hash SHA-256 of all other members, as canonical JSON
 */
public record AuditItem(
        String tenant,
        long sequence,
        String at,
        String principal,
        String credential,
        String act,
        String kind,
        String object,
        @Nullable JsonNode before,
        @Nullable JsonNode after,
        String correlation,
        String previousHash,
        String hash) {
    static AuditItem of(AuditEntry entry) {
        return new AuditItem(
                entry.tenant(),
                entry.sequence(),
                entry.time(),
                entry.principal(),
                entry.credential(),
                entry.act(),
                entry.kind(),
                entry.object(),
                tree(entry.before()),
                tree(entry.after()),
                entry.correlation(),
                entry.previousHash(),
                entry.hash());
    }

    private static @Nullable JsonNode tree(@Nullable String text) {
        return text == null ? null : Json.tree(text);
    }
}
