package io.weir.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Calls that main code does not make, each with what stands in its place. */
class BannedCallsTest {
    private static final String TIME = "take an InstantSource: tests set the time";
    private static final String WAITING =
            "an event loop never sleeps: use a timer, or Future.await on a virtual thread";
    private static final String SAYING = "log an event; only io.weir.gateway.Console speaks to the console";
    private static final String CHANCE = "SecureRandom for what must not be guessed, ThreadLocalRandom for the rest";
    private static final String EXACT = "a double is not exact: make a BigDecimal of a text or a whole number";
    private static final String ENDING = "only io.weir.gateway.Main ends the process: fail, and let it";

    private static final List<Banned> BANNED = List.of(
            new Banned("java.time.Instant", "now", TIME, Set.of()),
            new Banned("java.time.LocalDate", "now", TIME, Set.of()),
            new Banned("java.time.LocalDateTime", "now", TIME, Set.of()),
            new Banned("java.time.OffsetDateTime", "now", TIME, Set.of()),
            new Banned("java.time.ZonedDateTime", "now", TIME, Set.of()),
            new Banned("java.util.Date", "<init>", TIME, Set.of()),
            new Banned("java.lang.System", "currentTimeMillis", TIME, Set.of()),
            new Banned("java.time.InstantSource", "system", TIME, Set.of("io.weir.gateway.Deployment")),
            new Banned("java.time.Clock", "systemUTC", TIME, Set.of()),
            new Banned("java.lang.Thread", "sleep", WAITING, Set.of()),
            new Banned("java.lang.Object", "wait", WAITING, Set.of()),
            new Banned("java.lang.System", "out", SAYING, Set.of("io.weir.gateway.Console")),
            new Banned("java.lang.System", "err", SAYING, Set.of("io.weir.gateway.Console")),
            new Banned("java.lang.Throwable", "printStackTrace", SAYING, Set.of()),
            new Banned("java.util.Random", "<init>", CHANCE, Set.of()),
            new Banned("java.lang.Math", "random", CHANCE, Set.of()),
            new Banned("java.math.BigDecimal", "doubleValue", EXACT, Set.of()),
            new Banned("java.math.BigDecimal", "floatValue", EXACT, Set.of()),
            new Banned("java.lang.Double", "parseDouble", EXACT, Set.of()),
            new Banned("java.lang.System", "exit", ENDING, Set.of("io.weir.gateway.Main")),
            new Banned("java.lang.Runtime", "halt", ENDING, Set.of("io.weir.gateway.Main")));

    private record Banned(String type, String member, String instead, Set<String> allowedIn) {}

    @Test
    void nobody_calls_what_has_a_better_place() {
        JavaClasses classes = new ClassFileImporter()
                .withImportOption(location -> !location.contains("test-classes")
                        && !location.contains("/local/")
                        && !location.contains("weir-local"))
                .importPackages("io.weir");
        assertEquals(List.of(), banned(classes));
    }

    @Test
    void a_banned_call_is_found_where_there_is_one() {
        JavaClasses tests = new ClassFileImporter().importClasses(Waits.class);
        assertEquals(3, banned(tests).size(), banned(tests).toString());
    }

    /** What the rule must find: two calls and a reference. */
    private static final class Waits {
        final java.util.function.LongSupplier time = System::currentTimeMillis;

        void pass() throws InterruptedException {
            synchronized (this) {
                wait(1);
            }
            System.out.flush();
        }
    }

    private static List<String> banned(JavaClasses classes) {
        List<String> found = new ArrayList<>();
        for (JavaClass type : classes) {
            for (JavaAccess<?> access : type.getAccessesFromSelf()) {
                BANNED.stream()
                        .filter(banned ->
                                banned.type().equals(access.getTargetOwner().getName())
                                        && banned.member().equals(((HasName) access.getTarget()).getName())
                                        && !banned.allowedIn().contains(type.getName()))
                        .forEach(banned -> found.add(access.getDescription() + ": " + banned.instead()));
            }
        }
        return found;
    }
}
