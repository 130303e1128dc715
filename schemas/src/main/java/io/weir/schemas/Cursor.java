package io.weir.schemas;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Base64;

/**
 * Where a page of a list that is newest first ended: the next one begins below it. Opaque to the caller.
 *
 * @param at instant of the last item
 * @param key key of the last item, which decides between items of one instant
 */
public record Cursor(Instant at, String key) {
    /** Above every item. */
    public static final Cursor TOP = new Cursor(Instant.parse("9999-01-01T00:00:00Z"), "");

    /** The cursor as it travels. */
    public String text() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((at + " " + key).getBytes(StandardCharsets.UTF_8));
    }

    /** The cursor that travelled; refused where it is none of ours. */
    public static Cursor parse(String text) {
        try {
            String[] parts = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8).split(" ", 2);
            if (parts.length == 2 && Text.storable(parts[1])) {
                return new Cursor(Instant.parse(parts[0]), parts[1]);
            }
        } catch (IllegalArgumentException | DateTimeException notOurs) {
            // The answer is the same refusal.
        }
        throw new RefusedException(Refusal.Invalid.at("/cursor", "is not a cursor that this list gave"));
    }
}
