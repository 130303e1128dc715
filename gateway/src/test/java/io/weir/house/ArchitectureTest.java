package io.weir.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.Location;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What may know what: schemas, then policies and stages beside each other, then the gateway. */
class ArchitectureTest {
    private static final String ROOT = "io.weir.";
    private static final Set<String> SCHEMAS = Set.of("schemas", "settings", "archive");
    private static final Set<String> STAGES = Set.of(
            "ledger",
            "metering",
            "entitlement",
            "rating",
            "posting",
            "masterdata",
            "changes",
            "exceptions",
            "audit",
            "lineage",
            "reconciliation");
    private static final Set<String> EXACT =
            Set.of("ledger", "metering", "entitlement", "rating", "posting", "masterdata", "lineage", "reconciliation");
    private static final JavaClasses CLASSES =
            new ClassFileImporter().withImportOption(ArchitectureTest::ours).importPackages("io.weir");

    private static boolean ours(Location location) {
        return !location.contains("test-classes") && !location.contains("/local/") && !location.contains("weir-local");
    }

    @Test
    void every_package_of_the_node_is_known_to_these_rules() {
        Set<String> known = Stream.of(SCHEMAS, STAGES, Set.of("policies", "gateway"))
                .flatMap(Set::stream)
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> there = new TreeSet<>();
        CLASSES.forEach(type -> there.add(part(type)));
        assertEquals(known, there);
    }

    @Test
    void schemas_know_only_themselves() {
        SCHEMAS.forEach(part -> assertKnows(part, SCHEMAS));
    }

    @Test
    void policies_know_only_schemas() {
        assertKnows("policies", SCHEMAS);
    }

    @Test
    void a_stage_knows_schemas_and_no_other_stage() {
        STAGES.forEach(stage -> assertKnows(stage, SCHEMAS));
    }

    @Test
    void only_the_gateway_and_policies_know_http() {
        List<String> found = dependencies(
                from -> STAGES.contains(part(from)) || SCHEMAS.contains(part(from)),
                to -> to.getPackageName().startsWith("io.vertx.ext.web")
                        || to.getSimpleName().startsWith("HttpServer"));
        assertEquals(List.of(), found, "a stage is asked over an address or its public queries");
    }

    @Test
    void what_these_rules_look_at_is_all_there() {
        assertTrue(CLASSES.size() > 200, "only " + CLASSES.size() + " classes");
    }

    @Test
    void money_and_quantity_are_never_floating() {
        List<String> found = new ArrayList<>();
        for (JavaClass type : CLASSES) {
            if (!EXACT.contains(part(type))) {
                continue;
            }
            type.getFields().stream()
                    .filter(field -> floating(field.getRawType()))
                    .forEach(field -> found.add(field.getFullName()));
            for (JavaCodeUnit unit : type.getCodeUnits()) {
                if (unit.getRawParameterTypes().stream().anyMatch(ArchitectureTest::floating)) {
                    found.add(unit.getFullName());
                }
            }
        }
        assertEquals(
                List.of(), found, "use BigDecimal; an age for a gauge may be returned as double, and nothing else");
    }

    private static boolean floating(JavaClass type) {
        return Set.of("double", "float", "java.lang.Double", "java.lang.Float").contains(type.getName());
    }

    private static void assertKnows(String part, Set<String> others) {
        List<String> found = dependencies(
                from -> part(from).equals(part),
                to -> to.getPackageName().startsWith(ROOT) && !part(to).equals(part) && !others.contains(part(to)));
        assertEquals(
                List.of(),
                found,
                "io.weir." + part + " may know only " + new TreeSet<>(others)
                        + ": stages meet in tables and in addresses of io.weir.schemas");
    }

    private static List<String> dependencies(
            java.util.function.Predicate<JavaClass> from, java.util.function.Predicate<JavaClass> to) {
        return CLASSES.stream()
                .filter(from)
                .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                .filter(dependency -> to.test(dependency.getTargetClass().getBaseComponentType()))
                .map(Dependency::getDescription)
                .sorted()
                .toList();
    }

    private static String part(JavaClass type) {
        return type.getPackageName().replace(ROOT, "");
    }
}
