package io.weir.schemas;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where a page of a list ended: the sort key of its last item, opaque to the caller and kept by no one.
 *
 * @param parts the sort key, each part free of U+001F
 */
public record Cursor(List<String> parts) {
    private static final char SEPARATOR = '\u001f';

    /** The cursor behind an item of that sort key. */
    public static Cursor of(String... parts) {
        return new Cursor(List.of(parts));
    }

    /**
     * Reads a cursor that was given out.
     *
     * @param text null for the first page
     * @param parts how many parts its list's sort key has
     * @throws RefusedException where it was not given out by that list
     */
    public static @Nullable Cursor read(@Nullable String text, int parts) {
        if (text == null) {
            return null;
        }
        try {
            String plain = new String(Base64.getUrlDecoder().decode(text), StandardCharsets.UTF_8);
            List<String> read = List.of(plain.split(String.valueOf(SEPARATOR), -1));
            if (read.size() == parts && Text.storable(plain)) {
                return new Cursor(read);
            }
        } catch (IllegalArgumentException e) {
            throw refused();
        }
        throw refused();
    }

    /** The sort key of a list that is sorted by one text; null for the first page. */
    public static @Nullable String after(@Nullable String text) {
        Cursor read = read(text, 1);
        return read == null ? null : read.last();
    }

    /** The cursor behind an item that is sorted by its instant first. */
    public static Cursor of(Instant at, String id) {
        return of(at.toString(), id);
    }

    /** The first part, where it is an instant. */
    public Instant instant() {
        return Instants.parse(parts.getFirst()).orElseThrow(Cursor::refused);
    }

    /** The last part. */
    public String last() {
        return parts.getLast();
    }

    /** The last part, where it is a number from 0 on. */
    public long number() {
        if (!last().matches("[0-9]{1,18}")) {
            throw refused();
        }
        return Long.parseLong(last());
    }

    /** The last part, where it is a UUID. */
    public UUID uuid() {
        try {
            return UUID.fromString(last());
        } catch (IllegalArgumentException notOurs) {
            throw refused();
        }
    }

    /** The cursor as the caller sees it. */
    public String text() {
        byte[] bytes = String.join(String.valueOf(SEPARATOR), parts).getBytes(StandardCharsets.UTF_8);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Refuses a cursor that this list did not give out. */
    public static RefusedException refused() {
        return new RefusedException(Refusal.Invalid.at("/cursor", "is no cursor of this list"));
    }
}
