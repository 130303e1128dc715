package io.weir.audit;

import io.weir.schemas.CanonicalJson;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * One entry as it is stored.
 *
 * @param before canonical JSON of what was there
 * @param after canonical JSON of what is there now
 * @param previousHash in hexadecimal; zeros for the first entry
 */
record AuditEntry(
        String tenant,
        long sequence,
        Instant at,
        String principal,
        String credential,
        String act,
        String kind,
        String object,
        @Nullable String before,
        @Nullable String after,
        String correlation,
        String previousHash,
        String hash) {
    static final String NO_HASH = "0".repeat(64);

    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    /** Its time, always with six digits of a second's fraction. */
    String time() {
        return MICROS.format(at);
    }

    /** The hash that it must have, computed apart from the SQL function that appended it. */
    String expectedHash() {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(canonical().getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    /** What is hashed: the entry as {@code GET /v1/audit} tells it, without its hash, in the form of RFC 8785. */
    String canonical() {
        StringBuilder out = new StringBuilder("{\"act\":").append(CanonicalJson.string(act));
        if (after != null) {
            out.append(",\"after\":").append(after);
        }
        out.append(",\"at\":").append(CanonicalJson.string(time()));
        if (before != null) {
            out.append(",\"before\":").append(before);
        }
        return out.append(",\"correlation\":")
                .append(CanonicalJson.string(correlation))
                .append(",\"credential\":")
                .append(CanonicalJson.string(credential))
                .append(",\"kind\":")
                .append(CanonicalJson.string(kind))
                .append(",\"object\":")
                .append(CanonicalJson.string(object))
                .append(",\"previousHash\":")
                .append(CanonicalJson.string(previousHash))
                .append(",\"principal\":")
                .append(CanonicalJson.string(principal))
                .append(",\"sequence\":")
                .append(sequence)
                .append(",\"tenant\":")
                .append(CanonicalJson.string(tenant))
                .append('}')
                .toString();
    }
}
