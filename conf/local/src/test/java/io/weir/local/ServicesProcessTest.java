package io.weir.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServicesProcessTest {
    private static final String READY = "services ready";

    @TempDir
    Path dataDirectory;

    @Test
    void after_a_kill_everything_is_there_again_and_the_left_over_postgres_is_ended() throws Exception {
        ProcessHandle leftOver;
        Map<String, String> first;
        try (ServicesProcess services = new ServicesProcess(dataDirectory)) {
            assertEquals(READY, services.firstLine());
            first = services.environment();
            execute(first, "CREATE TABLE kept (number int)");
            execute(first, "INSERT INTO kept VALUES (7)");
            assertEquals(204, putInvoice(first));
            makeTopic(first);
            produce(first);
            leftOver = services.postgres();
            services.kill();
        }
        assertTrue(leftOver.isAlive(), "a killed parent does not take Postgres along");
        try (ServicesProcess again = new ServicesProcess(dataDirectory)) {
            assertEquals(READY, again.firstLine());
            assertFalse(leftOver.isAlive());
            Map<String, String> second = again.environment();
            assertEquals(Long.toString(again.pid()), second.get("WEIR_SERVICES_PID"));
            assertEquals(first.get("WEIR_POSTGRES"), second.get("WEIR_POSTGRES"));
            assertEquals("7", ask(second, "SELECT number FROM kept"));
            assertEquals("on", ask(second, "SHOW fsync"));
            assertEquals("on", ask(second, "SHOW synchronous_commit"));
            assertTrue(documents(second).contains("\"weir-1\""));
            assertEquals(1, endOffset(second));
            assertEquals("", again.errors());
        }
    }

    @Test
    void a_signal_stops_all_in_order_and_the_environment_is_gone() throws Exception {
        try (ServicesProcess services = new ServicesProcess(dataDirectory)) {
            assertEquals(READY, services.firstLine());
            Path environment = dataDirectory.resolve("services/services.env");
            assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(environment)));
            assertEquals(
                    Set.of(
                            "WEIR_SERVICES_PID",
                            "WEIR_KAFKA",
                            "WEIR_POSTGRES",
                            "WEIR_ERP_URL",
                            "WEIR_ERP_VENDOR_URL",
                            "WEIR_ERP_TOKEN_FILE"),
                    services.environment().keySet());
            ProcessHandle postgres = services.postgres();
            long before = System.nanoTime();
            services.signalTerm();
            services.signalTerm();
            assertEquals(0, services.exitCode());
            assertTrue(System.nanoTime() - before < TimeUnit.SECONDS.toNanos(8));
            assertFalse(postgres.isAlive());
            assertFalse(Files.exists(environment));
            assertEquals("", services.errors());
        }
    }

    @Test
    void a_second_process_on_the_same_directory_is_refused() throws Exception {
        try (ServicesProcess services = new ServicesProcess(dataDirectory)) {
            assertEquals(READY, services.firstLine());
            try (ServicesProcess second = new ServicesProcess(dataDirectory)) {
                assertEquals(StartRefused.ALREADY_RUNNING, second.exitCode());
                assertTrue(second.errors().contains("already served by process " + services.pid()), second.errors());
            }
            assertTrue(Files.exists(dataDirectory.resolve("services/services.env")));
        }
    }

    @Test
    void a_taken_port_ends_the_start_with_port_file_and_remedy() throws Exception {
        Path file = Files.createDirectories(dataDirectory.resolve("services")).resolve("ports.properties");
        int port = Ports.keptIn(file).erpVendor();
        try (ServerSocket other = new ServerSocket(port);
                ServicesProcess services = new ServicesProcess(dataDirectory)) {
            assertEquals(StartRefused.PORT_TAKEN, services.exitCode());
            assertTrue(services.errors().contains("Port " + other.getLocalPort()), services.errors());
            assertTrue(services.errors().contains("change erp.vendor in " + file), services.errors());
        }
    }

    @Test
    void a_postgres_that_dies_ends_the_process_with_a_word() throws Exception {
        try (ServicesProcess services = new ServicesProcess(dataDirectory)) {
            assertEquals(READY, services.firstLine());
            services.postgres().destroyForcibly();
            assertEquals(StartRefused.FAILED, services.exitCode());
            assertTrue(services.errors().contains("Postgres died"), services.errors());
            assertFalse(Files.exists(dataDirectory.resolve("services/services.env")));
        }
    }

    @Test
    void a_kafka_that_dies_ends_the_process_with_a_word() throws Exception {
        try (ServicesProcess services = new ServicesProcess(dataDirectory)) {
            assertEquals(READY, services.firstLine());
            Map<String, String> environment = services.environment();
            ProcessHandle postgres = services.postgres();
            // A broker whose only log directory is gone cannot go on.
            Files.move(dataDirectory.resolve("services/kafka"), dataDirectory.resolve("services/kafka.gone"));
            Files.createFile(dataDirectory.resolve("services/kafka"));
            makeTopic(environment);
            assertEquals(StartRefused.FAILED, services.exitCode());
            assertTrue(services.errors().contains("Kafka died"), services.errors());
            assertFalse(postgres.isAlive());
        }
    }

    private static int putInvoice(Map<String, String> environment) throws Exception {
        String token = Files.readString(Path.of(environment.get("WEIR_ERP_TOKEN_FILE")))
                .strip();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest put = HttpRequest.newBuilder(URI.create(
                            environment.get("WEIR_ERP_VENDOR_URL") + "/services/rest/record/v1/invoice/eid:weir-1"))
                    .header("Authorization", "Bearer " + token)
                    .header("Content-Type", "application/json")
                    .PUT(HttpRequest.BodyPublishers.ofString("""
                            {"entity":{"externalId":"c"},"item":{"items":[{"item":{"id":"1"},"amount":1}]}}
                            """))
                    .build();
            return client.send(put, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    private static String documents(Map<String, String> environment) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest list = HttpRequest.newBuilder(
                            URI.create(environment.get("WEIR_ERP_URL") + "/control/documents"))
                    .build();
            return client.send(list, HttpResponse.BodyHandlers.ofString()).body();
        }
    }

    private static void makeTopic(Map<String, String> environment) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", environment.get("WEIR_KAFKA")))) {
            admin.createTopics(Set.of(new NewTopic("kept", 1, (short) 1))).all().get(10, TimeUnit.SECONDS);
        }
    }

    private static void produce(Map<String, String> environment) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", environment.get("WEIR_KAFKA"), "acks", "all");
        try (var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>("kept", new byte[] {7})).get(10, TimeUnit.SECONDS);
        }
    }

    private static long endOffset(Map<String, String> environment) throws Exception {
        TopicPartition partition = new TopicPartition("kept", 0);
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", environment.get("WEIR_KAFKA")))) {
            return admin.listOffsets(Map.of(partition, OffsetSpec.latest()))
                    .partitionResult(partition)
                    .get(10, TimeUnit.SECONDS)
                    .offset();
        }
    }

    private static Connection connection(Map<String, String> environment) throws SQLException {
        URI uri = URI.create(environment.get("WEIR_POSTGRES"));
        String[] credentials = uri.getUserInfo().split(":", 2);
        Properties properties = new Properties();
        properties.put("user", credentials[0]);
        properties.put("password", credentials[1]);
        return DriverManager.getConnection(
                "jdbc:postgresql://%s:%d%s".formatted(uri.getHost(), uri.getPort(), uri.getPath()), properties);
    }

    private static void execute(Map<String, String> environment, String sql) throws SQLException {
        try (Connection connection = connection(environment);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private static String ask(Map<String, String> environment, String sql) throws SQLException {
        try (Connection connection = connection(environment);
                var statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
