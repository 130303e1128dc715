package io.weir.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The repository's Java sources, as text. */
final class Sources {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private Sources() {}

    /** One file, by its path below the repository's root. */
    record Source(Path path, String text) {
        List<String> lines() {
            return text.lines().toList();
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }

    /** All files of main code, or of tests, of all modules. */
    static List<Source> java(String of) {
        return files("src/" + of + "/java", ".java");
    }

    /** The migrations. */
    static List<Source> migrations() {
        return files("db/migration", ".sql");
    }

    private static List<Source> files(String below, String ending) {
        List<Source> sources = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(ROOT)) {
            for (Path path : paths.filter(Files::isRegularFile).sorted().toList()) {
                Path shown = ROOT.relativize(path);
                String name = shown.toString();
                if (name.endsWith(ending) && name.contains(below) && !name.contains("target/")) {
                    sources.add(new Source(shown, Files.readString(path)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (sources.isEmpty()) {
            throw new AssertionError("no sources of " + below + " under " + ROOT);
        }
        return sources;
    }
}
