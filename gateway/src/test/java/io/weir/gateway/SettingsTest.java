package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.settings.SettingsException;
import io.weir.settings.SettingsLoader;
import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings file that is shipped, and what is said when settings are wrong. */
class SettingsTest {
    private static final Path SHIPPED = Path.of("../conf/weir.yaml");
    private static final Map<String, String> NEEDED = Map.of(
            "WEIR_KAFKA_BOOTSTRAP_SERVERS", "kafka:9092",
            "WEIR_POSTGRES_URI", "postgres://weir:secret@db:5432/weir");

    @TempDir
    Path directory;

    @Test
    void the_shipped_file_needs_only_to_be_told_where_kafka_and_postgres_are() {
        WeirSettings settings = load(NEEDED);
        assertEquals("127.0.0.1", settings.http().host());
        assertFalse(settings.node().localServices());
        String told = message(Map.of());
        assertTrue(told.contains("WEIR_KAFKA_BOOTSTRAP_SERVERS"), told);
        assertTrue(told.contains("WEIR_POSTGRES_URI"), told);
    }

    @Test
    void all_that_is_wrong_is_told_in_one_message() throws IOException {
        Path overlay = Files.writeString(directory.resolve("mine.yaml"), """
                http:
                  prot: 9090
                ledger:
                  loops: many
                management: 5
                """);
        String told = message(
                Map.of(
                        "WEIR_HTTP_PORT",
                        "99999",
                        "WEIR_NODE_LOCAL_SERVICES",
                        "perhaps",
                        "WEIR_CLUSTER_DEAD_SECONDS",
                        "1"),
                overlay);
        for (String problem : List.of(
                "unknown setting http.prot; did you mean port?",
                "ledger.loops (WEIR_LEDGER_LOOPS) must be a whole number, not 'many'",
                "node.localServices (WEIR_NODE_LOCAL_SERVICES) must be true or false, not 'perhaps'",
                "management must be a section of keys",
                "deadSeconds must be more than heartbeatSeconds",
                "WEIR_KAFKA_BOOTSTRAP_SERVERS",
                "WEIR_POSTGRES_URI")) {
            assertTrue(told.contains(problem), problem + " is not told in: " + told);
        }
    }

    @Test
    void an_overlay_lies_over_the_file_and_the_environment_over_both() throws IOException {
        Path overlay = Files.writeString(directory.resolve("mine.yaml"), "http: { port: 9090, drainMillis: 7 }\n");
        Map<String, String> environment = new java.util.HashMap<>(NEEDED);
        environment.put("WEIR_HTTP_PORT", "9191");
        WeirSettings settings = load(environment, overlay);
        assertEquals(9191, settings.http().port());
        assertEquals(7, settings.http().drainMillis());
    }

    @Test
    void a_port_that_is_reached_from_outside_needs_tls_or_a_proxy_that_speaks_it() {
        Map<String, String> outside = new java.util.HashMap<>(NEEDED);
        outside.put("WEIR_HTTP_HOST", "0.0.0.0");
        assertTrue(message(outside).contains("needs tls.enabled"), message(outside));
        outside.put("WEIR_HTTP_TLS_ENABLED", "true");
        assertTrue(message(outside).contains("certificate and key must name files"), message(outside));
        outside.put("WEIR_HTTP_TLS_ENABLED", "false");
        outside.put("WEIR_HTTP_TLS_TERMINATED_ELSEWHERE", "true");
        assertEquals("0.0.0.0", load(outside).http().host());
    }

    @Test
    void a_secret_is_never_printed() {
        assertFalse(load(NEEDED).toString().contains("secret"));
    }

    private static WeirSettings load(Map<String, String> environment, Path... overlays) {
        List<Path> files = new java.util.ArrayList<>(List.of(SHIPPED));
        files.addAll(List.of(overlays));
        return SettingsLoader.load(WeirSettings.class, files, environment);
    }

    private static String message(Map<String, String> environment, Path... overlays) {
        return String.valueOf(assertThrows(SettingsException.class, () -> load(environment, overlays))
                .getMessage());
    }
}
