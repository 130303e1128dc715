package io.weir.loadtest.demo;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Properties;

/**
 * The file that keeps a trace's shift: {@code demo-<trace>.properties} in the data directory.
 *
 * <p>Which crash it is for: a demo killed half-way. The file is written, forced to disk and renamed into place before the
 * first event is sent, so that the next run makes the identical events instead of conflicting ones.
 */
final class KeptShift {
    private final Path file;

    KeptShift(Path dataDirectory, Trace trace) {
        file = dataDirectory.resolve("demo-" + trace.name() + ".properties");
    }

    Path file() {
        return file;
    }

    /** The kept shift, or a new one that is on disk when this returns. */
    Shift of(Trace trace, Instant now) {
        try {
            if (Files.exists(file)) {
                return read(trace);
            }
            Shift shift = Shift.endingAtLastFullHour(trace.last(), now);
            write(trace, shift);
            return shift;
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot keep the shift of the trace in " + file, failed);
        }
    }

    private Shift read(Trace trace) throws IOException {
        Properties kept = new Properties();
        kept.load(new StringReader(Files.readString(file)));
        if (!trace.sha256().equals(kept.getProperty("sha256"))) {
            throw new DemoFailure("Another file was sent before under the trace name " + trace.name()
                    + ": its rows would conflict with the events recorded then. Give this file another name.");
        }
        try {
            return new Shift(Duration.parse(kept.getProperty("shift", "")));
        } catch (DateTimeParseException unreadable) {
            throw new DemoFailure(
                    file + " has no readable shift. Start with a new WEIR_DATA_DIR, or rename the trace.");
        }
    }

    private void write(Trace trace, Shift shift) throws IOException {
        String text =
                "# The shift in time of this trace in this data directory. Without it a second run would conflict.\n"
                        + "shift=" + shift.by() + "\nsha256=" + trace.sha256() + "\n";
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        try (FileChannel channel = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        Path directory = file.toAbsolutePath().getParent();
        if (directory != null) {
            try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }
}
