package io.weir.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Rules that are seen in the sources themselves. */
class SourceRulesTest {
    private static final Pattern VAGUE_NAME =
            Pattern.compile("\\w*(Manager|Helper|Util|Utils|Impl)|(Base|Abstract|I)[A-Z][a-z]\\w*");
    private static final Set<String> VAGUE_PACKAGES =
            Set.of("common", "util", "utils", "core", "impl", "service", "services", "helpers", "misc");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
    private static final Pattern OWNER = Pattern.compile("-- Owner: (io\\.weir\\.\\w+)\\b.*");
    private static final Map<String, String> NOT_IN_TESTS = Map.of(
            "@Disabled", "a test that does not run says nothing: mend it or delete it",
            "Thread.sleep(", "wait for what must come true, not for a time",
            "Assumptions.", "a test that may skip itself says nothing");

    @Test
    void every_package_says_what_it_means_and_is_non_null_by_default() {
        Set<Path> directories = new TreeSet<>();
        Set<Path> described = new TreeSet<>();
        for (Sources.Source source : Sources.java("main")) {
            directories.add(source.path().getParent());
            if (source.path().endsWith("package-info.java")
                    && source.text().contains("@NullMarked")
                    && source.text().contains("/**")) {
                described.add(source.path().getParent());
            }
        }
        directories.removeAll(described);
        assertEquals(Set.of(), directories, "add a package-info.java: meaning, ownership, what is not guaranteed");
    }

    @Test
    void no_package_is_called_after_nothing() {
        Set<String> vague = new TreeSet<>();
        for (String of : List.of("main", "test")) {
            for (String name : packages(of)) {
                if (List.of(name.split("\\.")).stream().anyMatch(VAGUE_PACKAGES::contains)) {
                    vague.add(name);
                }
            }
        }
        assertEquals(Set.of(), vague, "name a package after what it is about");
    }

    @Test
    void no_type_is_called_after_nothing() {
        List<String> vague = new ArrayList<>();
        for (String of : List.of("main", "test")) {
            for (Sources.Source source : Sources.java(of)) {
                String name = source.path().getFileName().toString().replace(".java", "");
                if (VAGUE_NAME.matcher(name).matches()) {
                    vague.add(source.toString());
                }
            }
        }
        assertEquals(List.of(), vague, "name a type after what it is or does for its caller");
    }

    @Test
    void no_test_sleeps_or_is_skipped() {
        List<String> found = new ArrayList<>();
        for (Sources.Source source : Sources.java("test")) {
            if (!source.path().endsWith("SourceRulesTest.java")) {
                NOT_IN_TESTS.forEach((text, why) -> {
                    if (source.text().contains(text)) {
                        found.add(source + ": " + text + ": " + why);
                    }
                });
            }
        }
        assertEquals(List.of(), found);
    }

    @Test
    void every_migration_opens_with_the_package_that_owns_its_tables() {
        Set<String> packages = packages("main");
        List<String> wrong = new ArrayList<>();
        for (Sources.Source migration : Sources.migrations()) {
            Matcher owner = OWNER.matcher(migration.lines().getFirst());
            if (!owner.matches()) {
                wrong.add(migration + " does not open with -- Owner: io.weir.<package>");
            } else if (!packages.contains(owner.group(1))) {
                wrong.add(migration + " is owned by " + owner.group(1) + ", which does not exist");
            }
        }
        assertEquals(List.of(), wrong);
    }

    private static Set<String> packages(String of) {
        Set<String> packages = new TreeSet<>();
        for (Sources.Source source : Sources.java(of)) {
            Matcher name = PACKAGE.matcher(source.text());
            if (name.find()) {
                packages.add(name.group(1));
            }
        }
        return packages;
    }
}
