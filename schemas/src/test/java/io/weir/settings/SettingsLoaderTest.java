package io.weir.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SettingsLoaderTest {
    private static final Path CONF = Path.of("../conf/weir.yaml");
    private static final Map<String, String> NEEDED = Map.of(
            "WEIR_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092",
            "WEIR_POSTGRES_URI", "postgres://weir:s3cret@127.0.0.1/weir");

    @TempDir
    Path directory;

    @Test
    void the_distributed_file_and_two_addresses_are_all_that_a_node_needs() {
        WeirSettings settings = load(NEEDED);
        assertEquals("127.0.0.1:9092", settings.kafka().bootstrapServers());
        assertEquals(List.of("local"), settings.node().regions());
        assertEquals(8080, settings.http().port());
        assertEquals(Path.of(".weir"), settings.data().dir());
        assertEquals(WeirSettings.FLOWS.size(), settings.flows().size());
    }

    @Test
    void a_missing_address_is_told_with_its_environment_name() {
        String told = problems(Map.of());
        assertTrue(told.contains("WEIR_KAFKA_BOOTSTRAP_SERVERS"), told);
        assertTrue(told.contains("WEIR_POSTGRES_URI"), told);
    }

    @Test
    void everything_that_is_wrong_is_told_at_once() throws IOException {
        Path overlay = file("""
                http: { prot: 8080, port: many }
                kafka: { topic: , minInsyncReplicas: 9, partitions: 0 }
                ledgr: { loops: 1 }
                node: 7
                cluster: { members: none }
                management: { stallMillis: 500000 }
                """);
        String told = problems(NEEDED, overlay);
        for (String part : List.of(
                "unknown setting http.prot; did you mean port?",
                "http.port (WEIR_HTTP_PORT) must be a whole number, not 'many'",
                "missing setting kafka.topic",
                "unknown setting ledgr; did you mean ledger?",
                "management: liveStallMillis must be more than stallMillis",
                "node")) {
            assertTrue(told.contains(part), () -> part + " is not in:\n" + told);
        }
    }

    @Test
    void both_broken_rules_of_one_section_are_told() throws IOException {
        Path overlay = file("kafka: { partitions: 0, minInsyncReplicas: 9 }\n");
        String told = problems(NEEDED, overlay);
        assertTrue(told.contains("kafka: partitions must be from 1 to 10000, not 0"), told);
        assertTrue(told.contains("kafka: minInsyncReplicas must not pass replication"), told);
    }

    @Test
    void versions_of_the_api_are_read_from_a_file_or_from_one_line() throws IOException {
        Path overlay = file("""
                api:
                  versions:
                    - { version: v1, state: deprecated, deprecatedAt: 2026-01-01, sunsetAt: 2027-01-01T00:00:00Z }
                    - { version: v2, state: current, link: /v2 }
                """);
        List<ApiVersion> read = load(NEEDED, overlay).api().versions();
        assertEquals(
                Instant.parse("2026-01-01T00:00:00Z"),
                read.getFirst().deprecatedAt().orElseThrow());
        assertEquals(
                Instant.parse("2027-01-01T00:00:00Z"),
                read.getFirst().sunsetAt().orElseThrow());
        assertEquals(ApiVersion.State.CURRENT, read.getLast().state());
        assertEquals("/v2", read.getLast().link().orElseThrow());
        Map<String, String> environment = new HashMap<>(NEEDED);
        environment.put("WEIR_API_VERSIONS", "[{version: v7, state: preview}]");
        assertEquals(
                "v7", load(environment, overlay).api().versions().getFirst().version());
    }

    @Test
    void broken_rules_of_versions_are_told() throws IOException {
        Path overlay = file("""
                api:
                  versions:
                    - { version: one, state: current }
                    - { version: v2, state: current, sunsetAt: 2026-01-01T00:00:00Z }
                    - { version: v3, state: deprecated, link: nowhere }
                    - { version: v4, state: deprecated, deprecatedAt: 2026-01-02T00:00:00Z, sunsetAt: 2026-01-01T00:00:00Z }
                    - { version: v5, state: gone }
                    - { version: v6, state: current, since: 2026 }
                    - { version: v7, state: deprecated, deprecatedAt: soon }
                """);
        String told = problems(NEEDED, overlay);
        for (String part : List.of(
                "version must be v and a number, not one",
                "v2 has deprecatedAt or sunsetAt, but is neither deprecated nor sunset",
                "v3 is deprecated and needs deprecatedAt",
                "v3: link must be an http address or a path",
                "v4: sunsetAt must not be before deprecatedAt",
                "api.versions.4.state (WEIR_API_VERSIONS_4_STATE) must be one of preview, current, deprecated, sunset, not 'gone'",
                "unknown setting api.versions.5.since",
                "must be an instant, such as 2026-11-20T10:00:00Z, not 'soon'")) {
            assertTrue(told.contains(part), () -> part + " is not in:\n" + told);
        }
        String twice = problems(
                NEEDED, file("api: { versions: [{version: v1, state: current}, {version: v1, state: current}] }"));
        assertTrue(twice.contains("api: versions names v1 twice"), twice);
        assertTrue(twice.contains("api: versions may hold one that is current, not more"), twice);
        String none = problems(NEEDED, file("api: { versions: [] }"));
        assertTrue(none.contains("api: versions must hold one that is not sunset"), none);
        assertTrue(problems(NEEDED, file("api: { versions: v1 }")).contains("must be a list of sections"));
    }

    @Test
    void a_broken_rule_across_sections_is_told() {
        Map<String, String> environment = new HashMap<>(NEEDED);
        environment.put("WEIR_INGEST_MAX_IN_FLIGHT_BYTES", "99999999999");
        environment.put("WEIR_LEDGER_STATEMENT_TIMEOUT_MILLIS", "60000");
        String told = problems(environment);
        assertTrue(told.contains("ingest.maxInFlightBytes must not pass kafka.bufferBytes"), told);
        assertTrue(told.contains("ledger.maxPollIntervalMillis must be more than twice"), told);
    }

    @Test
    void a_missing_flow_class_is_told_by_name() throws IOException {
        Path flows = file(Files.readString(CONF).replace("  check: {", "  chekc: {"));
        String told = String.valueOf(assertThrows(
                        SettingsException.class, () -> SettingsLoader.load(WeirSettings.class, List.of(flows), NEEDED))
                .getMessage());
        assertTrue(told.contains("flows.check is missing"), told);
    }

    @Test
    void a_later_file_lies_over_an_earlier_one_and_the_environment_over_all() throws IOException {
        Path overlay = file("""
                http: { port: 1, maxConnections: 7 }
                flows:
                  check: { connections: 9 }
                """);
        Map<String, String> environment = new HashMap<>(NEEDED);
        environment.put("WEIR_HTTP_PORT", "2");
        environment.put("WEIR_FLOWS_CHECK_QUEUE", "3");
        environment.put("WEIR_NODE_REGIONS", "eu, us ,");
        WeirSettings settings = load(environment, overlay);
        assertEquals(2, settings.http().port());
        assertEquals(7, settings.http().maxConnections());
        assertEquals(new WeirSettings.Flow(9, 3, 5000, 100), settings.flow("check"));
        assertEquals(List.of("eu", "us"), settings.node().regions());
    }

    @Test
    void other_names_that_begin_alike_are_nobodys_error() {
        Map<String, String> environment = new HashMap<>(NEEDED);
        environment.put("WEIR_HTTP_PROT", "x");
        environment.put("WEIR_URL", "http://127.0.0.1");
        assertEquals(8080, load(environment).http().port());
    }

    @Test
    void a_file_that_is_missing_or_no_mapping_is_told() throws IOException {
        Path list = file("- a\n");
        Path twice = Files.writeString(directory.resolve("twice.yaml"), "http: {}\nhttp: {}\n");
        String told = problems(NEEDED, list, twice, directory.resolve("none.yaml"));
        assertTrue(told.contains(list + " is not a mapping"), told);
        assertTrue(told.contains(twice + " is not YAML"), told);
        assertTrue(told.contains("cannot read " + directory.resolve("none.yaml")), told);
    }

    @Test
    void a_section_of_comments_alone_changes_nothing() throws IOException {
        assertEquals(8080, load(NEEDED, file("http:\n  # port: 8080\n")).http().port());
    }

    @Test
    void a_secret_is_read_from_its_file_and_never_printed() throws IOException {
        Path secret = Files.writeString(directory.resolve("uri"), "postgres://a:hidden@h/d\n");
        Map<String, String> environment = new HashMap<>(NEEDED);
        environment.put("WEIR_POSTGRES_URI", "file:" + secret);
        WeirSettings settings = load(environment);
        assertEquals("postgres://a:hidden@h/d", settings.postgres().uri().value());
        assertEquals("***", settings.postgres().uri().toString());
        assertFalse(load(NEEDED).toString().contains("s3cret"));
    }

    @Test
    void a_secrets_file_that_cannot_be_read_is_told_with_the_rest() {
        Map<String, String> environment = new HashMap<>(NEEDED);
        environment.put("WEIR_POSTGRES_URI", "file:" + directory.resolve("none"));
        environment.put("WEIR_HTTP_PORT", "x");
        String told = problems(environment);
        assertTrue(told.contains("postgres.uri (WEIR_POSTGRES_URI): cannot read the secret's file"), told);
        assertTrue(told.contains("WEIR_HTTP_PORT"), told);
    }

    @Test
    void a_wrong_secret_is_not_printed_either() {
        Map<String, String> environment = new HashMap<>(Map.of("WEIR_POSTGRES_URI", "postgres://u:s3cret@h/d"));
        environment.put("WEIR_HTTP_PORT", "x");
        assertFalse(problems(environment).contains("s3cret"));
    }

    @Test
    void environment_names_follow_mechanically() {
        assertEquals("WEIR_HTTP_IDLE_TIMEOUT_SECONDS", SettingsLoader.environmentName("http.idleTimeoutSeconds"));
        assertEquals("WEIR_FLOWS_CHECK_QUEUE", SettingsLoader.environmentName("flows.check.queue"));
    }

    @Test
    void no_setting_has_a_name_of_the_demo_file_or_of_another_setting() {
        TreeSet<String> seen = new TreeSet<>();
        for (String key : keys(WeirSettings.class, "", new TreeSet<>())) {
            String name = SettingsLoader.environmentName(key);
            assertTrue(seen.add(name), () -> "two settings are named " + name);
            assertFalse(name.startsWith("WEIR_KEY_"), name);
            assertFalse(
                    List.of(
                                    "WEIR_URL",
                                    "WEIR_MANAGEMENT_URL",
                                    "WEIR_NODE_PID",
                                    "WEIR_SERVICES_PID",
                                    "WEIR_KAFKA",
                                    "WEIR_POSTGRES",
                                    "WEIR_ERP_URL")
                            .contains(name),
                    name);
        }
        assertTrue(seen.contains("WEIR_HTTP_PORT"));
        assertTrue(seen.contains("WEIR_MANAGEMENT_PORT"));
        assertTrue(seen.contains("WEIR_DATA_DIR"));
    }

    private static TreeSet<String> keys(Class<?> type, String prefix, TreeSet<String> keys) {
        for (RecordComponent component : type.getRecordComponents()) {
            String key = prefix + component.getName();
            if (component.getType().isRecord() && component.getType() != Secret.class) {
                keys(component.getType(), key + ".", keys);
            } else if (component.getType() == Map.class) {
                WeirSettings.FLOWS.forEach(flow -> keys(WeirSettings.Flow.class, key + "." + flow + ".", keys));
            } else {
                keys.add(key);
            }
        }
        return keys;
    }

    private Path file(String text) throws IOException {
        return Files.writeString(directory.resolve("overlay.yaml"), text);
    }

    private static WeirSettings load(Map<String, String> environment, Path... overlays) {
        List<Path> files = new java.util.ArrayList<>(List.of(CONF));
        files.addAll(List.of(overlays));
        return SettingsLoader.load(WeirSettings.class, files, environment);
    }

    private static String problems(Map<String, String> environment, Path... overlays) {
        return String.valueOf(assertThrows(SettingsException.class, () -> load(environment, overlays))
                .getMessage());
    }
}
