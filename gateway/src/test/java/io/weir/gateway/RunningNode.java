package io.weir.gateway;

import io.weir.local.LocalStack;
import io.weir.policies.ApiKey;
import io.weir.schemas.Json;
import io.weir.settings.SettingsLoader;
import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A node in this JVM, started as {@link Main} starts one, over real Postgres, Kafka and the ERP simulator: with a fresh
 * database, a topic, a consumer group, a cluster and a data directory of its own, and the demo tenant.
 *
 * <p>{@link #shared()} is one for all tests that leave it as they found it; {@link #start} makes one of the caller's own.
 */
final class RunningNode implements AutoCloseable {
    private static final String HOST = "127.0.0.1";
    private static @Nullable RunningNode shared;

    private final Map<String, String> environment;
    private final Path directory;
    private final boolean ownsDirectory;
    private final WeirSettings settings;
    private final Life life;
    private final Map<String, String> keys = new HashMap<>();
    private boolean stopped;

    /** A node that runs. */
    interface Life {
        /** Ends it as a signal would. */
        void stop();
    }

    private RunningNode(Map<String, String> environment, boolean ownsDirectory) {
        this(environment, ownsDirectory, InThisJvm::start);
    }

    private RunningNode(Map<String, String> environment, boolean ownsDirectory, Function<WeirSettings, Life> start) {
        this.environment = environment;
        this.directory = Path.of(environment.get("WEIR_DATA_DIR"));
        this.ownsDirectory = ownsDirectory;
        this.settings = SettingsLoader.load(WeirSettings.class, files(environment), environment);
        this.life = start.apply(settings);
        readKeys();
    }

    /** A node in this JVM, with all that it stands on. */
    private record InThisJvm(Foundation foundation, Node node) implements Life {
        static Life start(WeirSettings settings) {
            DemoStart demo = DemoStart.of(settings);
            Foundation foundation = Foundation.lay(settings);
            Node node = Deployment.on(settings, foundation, demo);
            demo.tell(settings);
            return new InThisJvm(foundation, node);
        }

        @Override
        public void stop() {
            try {
                // Each waited for here: the event loops are gone when the second ends.
                node.drain().toCompletionStage().toCompletableFuture().get(15, TimeUnit.SECONDS);
                node.stop().toCompletionStage().toCompletableFuture().get(15, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new IllegalStateException("the node did not stop in order", e);
            } finally {
                foundation.close();
            }
        }
    }

    /** The shipped settings, and over them the file that a test names as {@code OVERLAY}. */
    private static List<Path> files(Map<String, String> environment) {
        Path shipped = Path.of("../conf/weir.yaml");
        String overlay = environment.get("OVERLAY");
        return overlay == null ? List.of(shipped) : List.of(shipped, Path.of(overlay));
    }

    /** The node that all tests of this JVM share. */
    static synchronized RunningNode shared() {
        if (shared == null) {
            RunningNode made = start(Map.of());
            Runtime.getRuntime().addShutdownHook(new Thread(made::close));
            shared = made;
        }
        return shared;
    }

    /** A node of the caller's own; settings are given by their environment names. */
    static RunningNode start(Map<String, String> settings) {
        return new RunningNode(environment(settings), true);
    }

    /** The same in a process of its own, as {@code bin/weir} starts it. */
    static RunningNode apart(Map<String, String> settings) {
        Map<String, String> environment = environment(settings);
        return new RunningNode(environment, true, read -> NodeProcess.start(environment));
    }

    private static Map<String, String> environment(Map<String, String> settings) {
        String run = UUID.randomUUID().toString().substring(0, 8);
        LocalStack stack = LocalStack.shared();
        Map<String, String> environment = new HashMap<>();
        environment.put("WEIR_NODE_LOCAL_SERVICES", "true");
        environment.put("WEIR_NODE_ENV_FILE", "demo.env");
        environment.put("WEIR_CLUSTER_NAME", "test-" + run);
        environment.put("WEIR_KAFKA_BOOTSTRAP_SERVERS", stack.kafka());
        environment.put("WEIR_KAFKA_TOPIC", "test." + run);
        environment.put("WEIR_KAFKA_PARTITIONS", "4");
        environment.put("WEIR_LEDGER_GROUP", "test-" + run);
        environment.put("WEIR_POSTGRES_URI", stack.freshDatabase());
        // Tests share their machine: late loops are no reason to refuse what a test asks.
        environment.put("WEIR_OVERLOAD_QUEUE_MILLIS", "60000");
        environment.putAll(settings);
        Path directory = dataDirectory(stack, environment.get("WEIR_POSTGRES_URI"));
        environment.put("WEIR_DATA_DIR", directory.toString());
        return withPorts(environment);
    }

    /** Another node of the same cluster, database, log and data directory. Close it before this one. */
    RunningNode second() {
        return second(Map.of());
    }

    /** The same, with settings of its own. */
    RunningNode second(Map<String, String> settings) {
        Map<String, String> same = new HashMap<>(environment);
        same.put("WEIR_NODE_ENV_FILE", "node-two.env");
        same.putAll(settings);
        return new RunningNode(withPorts(same), false);
    }

    /** Stops it and starts it again on the same data directory, ports and all. */
    RunningNode restart() {
        stop();
        RunningNode again = new RunningNode(environment, ownsDirectory);
        again.keys.putAll(keys);
        return again;
    }

    private static Map<String, String> withPorts(Map<String, String> environment) {
        environment.put("WEIR_HTTP_PORT", Integer.toString(DataDirectory.freePort(HOST)));
        environment.put("WEIR_MANAGEMENT_PORT", Integer.toString(DataDirectory.freePort(HOST)));
        return environment;
    }

    /** A data directory that tells of the local services as `make services` would. */
    private static Path dataDirectory(LocalStack stack, String postgres) {
        try {
            Path directory = Files.createTempDirectory("weir-test-");
            Path services = Files.createDirectory(directory.resolve("services"));
            Path token =
                    Files.writeString(services.resolve("erp.token"), stack.erp().token());
            Files.writeString(
                    services.resolve("services.env"),
                    "WEIR_SERVICES_PID=" + ProcessHandle.current().pid() + "\nWEIR_KAFKA=" + stack.kafka()
                            + "\nWEIR_POSTGRES=" + postgres + "\nWEIR_ERP_URL="
                            + stack.erp().controlUrl() + "\nWEIR_ERP_VENDOR_URL="
                            + stack.erp().vendorUrl() + "\nWEIR_ERP_TOKEN_FILE=" + token + "\n");
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void readKeys() {
        try {
            for (String line : Files.readAllLines(directory.resolve("demo-keys.env"))) {
                int equals = line.indexOf('=');
                keys.put(line.substring("WEIR_KEY_".length(), equals), line.substring(equals + 1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the API is. */
    String url() {
        return settings.http().url();
    }

    int port() {
        return settings.http().port();
    }

    /** Where health and metrics are. */
    String managementUrl() {
        return "http://" + HOST + ":" + settings.management().port();
    }

    io.vertx.core.Vertx vertx() {
        return ((InThisJvm) life).node.vertx();
    }

    /** Its process; of one that has its own. */
    long pid() {
        return ((NodeProcess) life).pid();
    }

    /** What it was started with, by the names of the environment. */
    Map<String, String> environment() {
        return Map.copyOf(environment);
    }

    Path dataDirectory() {
        return directory;
    }

    /** The demo's key of that role: backend, support, partner, finance, approver, admin, other. */
    String key(String role) {
        String key = keys.get(role.toUpperCase(java.util.Locale.ROOT));
        if (key == null) {
            throw new IllegalArgumentException("no key " + role);
        }
        return key;
    }

    /** Calls the API in a role; a body that is not a text is sent as JSON. */
    Reply call(String role, String method, String path, @Nullable Object body, String... headers) {
        List<String> all = new ArrayList<>(List.of("Authorization", "Bearer " + key(role)));
        all.addAll(List.of(headers));
        if (body != null && !all.contains("Content-Type")) {
            all.addAll(List.of("Content-Type", "application/json"));
        }
        String text = body == null || body instanceof String ? (String) body : Json.text(body);
        return Http.call(url(), method, path, text, all.toArray(String[]::new));
    }

    /** GET in a role. */
    Reply get(String role, String path, String... headers) {
        return call(role, "GET", path, null, headers);
    }

    /** Posts a batch of events as the backend; until accepted or recorded. */
    Reply post(List<? extends JsonNode> events, String until, String... headers) {
        return postAs("backend", events, until, headers);
    }

    /** Posts a batch of events in a role. */
    Reply postAs(String role, List<? extends JsonNode> events, String until, String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type", "application/cloudevents-batch+json"));
        all.addAll(List.of(headers));
        return call(role, "POST", "/v1/events?until=" + until, events, all.toArray(String[]::new));
    }

    /** GET on the management port. */
    Reply management(String path) {
        return Http.call(managementUrl(), "GET", path, null);
    }

    ErpControl erp() {
        return new ErpControl(LocalStack.shared().erp().controlUrl());
    }

    /** Makes a key of the demo tenant, with a principal and a bucket of its own; returns the role to call with. */
    String newKey(String tier, String... scopes) {
        return newKeyOf("demo", tier, scopes);
    }

    /** Makes a key of that tenant. */
    String newKeyOf(String tenant, String tier, String... scopes) {
        ApiKey key = ApiKey.create("local");
        String role = "made-" + key.id();
        try (Connection sql = database();
                PreparedStatement principal = sql.prepareStatement(
                        "insert into principal (tenant, principal, kind, name) values (?, ?, 'service', 'test')");
                PreparedStatement held =
                        sql.prepareStatement("insert into role (tenant, role, scopes) values (?, ?, ?)");
                PreparedStatement holding =
                        sql.prepareStatement("insert into principal_role (tenant, principal, role) values (?, ?, ?)");
                PreparedStatement stored = sql.prepareStatement(
                        "insert into api_key (key_id, tenant, principal, tier, secret_sha256, scopes) values (?, ?, ?, ?, ?, ?)")) {
            principal.setString(1, tenant);
            principal.setString(2, role);
            principal.executeUpdate();
            held.setString(1, tenant);
            held.setString(2, role);
            held.setArray(3, sql.createArrayOf("text", scopes));
            held.executeUpdate();
            holding.setString(1, tenant);
            holding.setString(2, role);
            holding.setString(3, role);
            holding.executeUpdate();
            stored.setString(1, key.id());
            stored.setString(2, tenant);
            stored.setString(3, role);
            stored.setString(4, tier);
            stored.setBytes(5, key.secretHash());
            stored.setArray(6, sql.createArrayOf("text", scopes));
            stored.executeUpdate();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        keys.put(role.toUpperCase(java.util.Locale.ROOT), key.text());
        return role;
    }

    /** A metric's value, named as Prometheus shows it with its tags; 0 where it is not shown. */
    BigDecimal metric(String shown) {
        return management("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(shown + " "))
                .map(line -> new BigDecimal(line.substring(shown.length() + 1)))
                .findFirst()
                .orElse(BigDecimal.ZERO);
    }

    /** A connection to this node's database; the caller closes it. */
    Connection database() throws SQLException {
        URI uri = URI.create(environment.get("WEIR_POSTGRES_URI"));
        return DriverManager.getConnection(
                LocalStack.shared().jdbcUrl(uri.getPath().substring(1)),
                LocalStack.shared().postgresUser(),
                LocalStack.shared().postgresPassword());
    }

    /** Stops it and deletes its data directory. */
    @Override
    public void close() {
        stop();
        deleteDirectory();
    }

    /** Stops it as a signal would. */
    synchronized void stop() {
        if (stopped) {
            return;
        }
        stopped = true;
        life.stop();
    }

    private void deleteDirectory() {
        if (!ownsDirectory || !Files.exists(directory)) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
