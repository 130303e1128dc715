package io.weir.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** The 16-byte digests that an event is known and compared by: the first half of a SHA-256. */
public final class EventKeys {
    private EventKeys() {}

    /** The key of an event: what makes it the same event. */
    public static UUID key(TenantId tenant, String source, String id) {
        return digest(tenant.value() + UsageLog.SEPARATOR + source + UsageLog.SEPARATOR + id);
    }

    /** The digest of a text. */
    public static UUID digest(String text) {
        try {
            ByteBuffer hash =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
            return new UUID(hash.getLong(), hash.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
