package io.weir.settings;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A value that is never printed. Written as {@code file:/path} it is read from that file, now.
 *
 * @param reference the secret itself, or where it stands
 */
public record Secret(String reference) {
    private static final String FILE = "file:";

    /**
     * The secret's value.
     *
     * @throws IllegalArgumentException where the file that it stands in cannot be read
     */
    public String value() {
        if (!reference.startsWith(FILE)) {
            return reference;
        }
        Path path = Path.of(reference.substring(FILE.length()));
        try {
            return Files.readString(path).strip();
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot read the secret's file " + path, e);
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
