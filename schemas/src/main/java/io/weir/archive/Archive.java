package io.weir.archive;

import io.weir.schemas.Json;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.LocalDate;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/** The archive's directory: where days are written, read, and looked for; to be asked on threads that may wait. */
public final class Archive {
    private static final FileAttribute<Set<PosixFilePermission>> NOT_FOR_OTHERS =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-x---"));

    private final Path directory;

    public Archive(Path directory) {
        this.directory = directory;
    }

    /** An event that was found, and the day of its recording. */
    public record Found(LocalDate day, ArchivedEvent event) {}

    Path directory() {
        return directory;
    }

    /** Where the day's files lie, or will. */
    public Path place(LocalDate day) {
        return directory.resolve(day.toString());
    }

    /** Where the day's events lie. */
    public Path events(LocalDate day) {
        return place(day).resolve(ArchivedDay.EVENTS);
    }

    /** The file of a day's events, below the directory. */
    public static String file(LocalDate day) {
        return day + "/" + ArchivedDay.EVENTS;
    }

    /** Whether it is the file of a day's events, by which it is confirmed. */
    public static boolean holdsEvents(Manifest.Content file) {
        return file.name().equals(ArchivedDay.EVENTS);
    }

    /** A day's manifest; empty where the day is not here, an {@link IOException} where it cannot be read. */
    public Optional<Manifest> manifest(LocalDate day) throws IOException {
        try {
            Manifest manifest =
                    Json.value(Json.tree(Files.readString(place(day).resolve(Manifest.NAME))), Manifest.class);
            if (manifest.form() != Manifest.FORM || !manifest.day().equals(day)) {
                throw new IOException(
                        place(day) + " has a manifest of form " + manifest.form() + ", of day " + manifest.day());
            }
            return Optional.of(manifest);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (JacksonException e) {
            throw new IOException(place(day).resolve(Manifest.NAME) + " is no manifest: " + e.getOriginalMessage(), e);
        }
    }

    /** A day that must be here; whether it is what was written, {@link #damaged} says. */
    public ArchivedDay open(LocalDate day) throws IOException {
        return new ArchivedDay(place(day));
    }

    /** The event of that key, looked for in these days, which must all be here; empty where none of them holds it. */
    public Optional<Found> find(UUID key, Collection<LocalDate> days) throws IOException {
        for (LocalDate day : days) {
            try (ArchivedDay open = open(day)) {
                OptionalLong position = open.find(key);
                if (position.isPresent()) {
                    return Optional.of(new Found(day, open.event(position.getAsLong())));
                }
            }
        }
        return Optional.empty();
    }

    /** Whether all files of the manifest are here, whatever is in them. */
    public boolean complete(Manifest manifest) {
        return manifest.files().stream()
                .allMatch(file -> Files.exists(place(manifest.day()).resolve(file.name())));
    }

    /** The first file of the manifest that does not lie there as it says; empty where all do. Reads them whole. */
    public Optional<String> damaged(Manifest manifest) throws IOException {
        for (Manifest.Content file : manifest.files()) {
            Path path = place(manifest.day()).resolve(file.name());
            if (!Files.exists(path)) {
                return Optional.of(file.name() + " is missing");
            }
            Manifest.Content there = DayFile.read(path);
            if (!there.equals(file)) {
                return Optional.of(file.name() + " has SHA-256 " + there.sha256() + " and not " + file.sha256());
            }
        }
        return Optional.empty();
    }

    /** Begins to write a day; what an earlier writer of it left unfinished is deleted. */
    public DayWriter write(LocalDate day) throws IOException {
        Files.createDirectories(directory, NOT_FOR_OTHERS);
        String hidden = "." + day + ".";
        try (Stream<Path> there = Files.list(directory)) {
            for (Path left : there.filter(
                            path -> String.valueOf(path.getFileName()).startsWith(hidden))
                    .toList()) {
                delete(left);
            }
        }
        Path place = Files.createTempDirectory(directory, hidden, NOT_FOR_OTHERS);
        return new DayWriter(this, day, place);
    }

    /** Takes a day's files out of the way, so that it can be written anew; they stay, under another name. */
    public void setAside(LocalDate day) throws IOException {
        if (Files.exists(place(day))) {
            Path aside = Files.createTempDirectory(directory, "set-aside." + day + ".", NOT_FOR_OTHERS);
            Files.move(place(day), aside.resolve(day.toString()));
            force(directory);
        }
    }

    /** Deletes a directory of files, where it is there. */
    static void delete(Path place) throws IOException {
        if (Files.isDirectory(place)) {
            try (Stream<Path> files = Files.list(place)) {
                for (Path file : files.toList()) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(place);
        }
    }

    /** Forces names of a directory to the disk. */
    static void force(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
