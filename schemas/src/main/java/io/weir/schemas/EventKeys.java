package io.weir.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/** The key that an event is recorded once by: first 16 bytes of SHA-256 over tenant, source and id, parted by U+001F. */
public final class EventKeys {
    private EventKeys() {}

    /** An event's key. */
    public static UUID key(TenantId tenant, String source, String id) {
        String text = tenant.value() + UsageLog.SEPARATOR + source + UsageLog.SEPARATOR + id;
        ByteBuffer digest = ByteBuffer.wrap(sha256().digest(text.getBytes(StandardCharsets.UTF_8)));
        return new UUID(digest.getLong(), digest.getLong());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
