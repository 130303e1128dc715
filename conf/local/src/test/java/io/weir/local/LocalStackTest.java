package io.weir.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

class LocalStackTest {
    private static final LocalStack STACK = LocalStack.shared();

    @Test
    void an_acknowledged_commit_is_on_disk() throws Exception {
        assertEquals("on", ask(Postgres.DATABASE, "SHOW fsync"));
        assertEquals("on", ask(Postgres.DATABASE, "SHOW synchronous_commit"));
        assertEquals("on", ask(Postgres.DATABASE, "SHOW full_page_writes"));
    }

    @Test
    void postgres_listens_on_loopback_only_and_asks_for_the_password() throws Exception {
        assertEquals("127.0.0.1", ask(Postgres.DATABASE, "SHOW listen_addresses"));
        assertThrows(
                SQLException.class,
                () -> DriverManager.getConnection(STACK.jdbcUrl(Postgres.DATABASE), STACK.postgresUser(), "wrong"));
        assertThrows(
                SQLException.class,
                () -> DriverManager.getConnection(STACK.jdbcUrl("postgres"), "postgres", STACK.postgresPassword()));
        assertEquals("off", ask(Postgres.DATABASE, "SHOW is_superuser"));
    }

    @Test
    void postgres_is_the_version_that_the_house_names() throws Exception {
        assertEquals("18", ask(Postgres.DATABASE, "SHOW server_version").substring(0, 2));
    }

    @Test
    void each_fresh_database_is_empty_and_its_own() throws Exception {
        String one = STACK.freshDatabase();
        String other = STACK.freshDatabase();
        assertNotEquals(one, other);
        ask(nameIn(one), "CREATE TABLE seen (); SELECT 'done'");
        assertEquals("0", ask(nameIn(other), "SELECT count(*) FROM pg_tables WHERE tablename = 'seen'"));
    }

    @Test
    void a_database_name_is_no_place_for_sql() {
        assertThrows(IllegalArgumentException.class, () -> STACK.postgresUri("x; DROP DATABASE weir"));
    }

    @Test
    void postgres_ended_like_by_a_crash_comes_back_with_its_data() throws Exception {
        String database = nameIn(STACK.freshDatabase());
        ask(database, "CREATE TABLE kept AS SELECT 7 AS number; SELECT 'done'");
        STACK.stopPostgres();
        assertThrows(SQLException.class, () -> ask(database, "SELECT 1"));
        STACK.startPostgres();
        assertEquals("7", ask(database, "SELECT number FROM kept"));
    }

    @Test
    void the_erp_comes_back_with_its_documents() throws Exception {
        HttpResponse<String> stored = putInvoice();
        assertEquals(204, stored.statusCode());
        STACK.stopErp();
        assertThrows(IOException.class, LocalStackTest::putInvoice);
        STACK.startErp();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest list = HttpRequest.newBuilder(URI.create(STACK.erp().controlUrl() + "/control/documents"))
                    .build();
            String documents =
                    client.send(list, HttpResponse.BodyHandlers.ofString()).body();
            assertEquals(1, documents.split("\"weir-1\"", -1).length - 1, documents);
        }
    }

    @Test
    void what_a_killed_jvm_left_behind_is_ended_and_deleted_by_the_next_stack() throws Exception {
        Process abandoned = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx384m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AbandonedStack.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Path directory = Path.of(abandoned
                .inputReader()
                .lines()
                .filter(line -> line.startsWith(AbandonedStack.SAYS))
                .findFirst()
                .orElseThrow()
                .substring(AbandonedStack.SAYS.length()));
        Path pidFile = directory.resolve("services/postgres/postmaster.pid");
        ProcessHandle postgres = ProcessHandle.of(
                        Long.parseLong(Files.readAllLines(pidFile).getFirst().strip()))
                .orElseThrow();
        abandoned.destroyForcibly().waitFor();
        assertTrue(postgres.isAlive());
        LocalStack.start().close();
        assertFalse(postgres.isAlive());
        assertFalse(Files.exists(directory));
    }

    @Test
    void kafka_keeps_what_it_acknowledged_and_makes_no_topic_by_itself() throws Exception {
        Map<String, Object> where = Map.of("bootstrap.servers", STACK.kafka());
        try (Admin admin = Admin.create(where);
                var producer = new KafkaProducer<>(
                        with(where, "max.block.ms", 5_000, "acks", "all"),
                        new ByteArraySerializer(),
                        new ByteArraySerializer());
                var consumer = new KafkaConsumer<>(
                        with(where, "group.id", "readers", "auto.offset.reset", "earliest"),
                        new ByteArrayDeserializer(),
                        new ByteArrayDeserializer())) {
            admin.createTopics(List.of(new NewTopic("kept", 2, (short) 1)))
                    .all()
                    .get(10, TimeUnit.SECONDS);
            producer.send(new ProducerRecord<>("kept", "hello".getBytes(StandardCharsets.UTF_8)))
                    .get(10, TimeUnit.SECONDS);
            consumer.subscribe(List.of("kept"));
            int read = 0;
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
            while (read == 0 && System.nanoTime() < deadline) {
                read = consumer.poll(Duration.ofMillis(200)).count();
            }
            assertEquals(1, read);
            var unknown = admin.describeTopics(List.of("never-made")).allTopicNames();
            var failure = assertThrows(ExecutionException.class, () -> unknown.get(10, TimeUnit.SECONDS));
            assertEquals(
                    UnknownTopicOrPartitionException.class,
                    failure.getCause() == null ? null : failure.getCause().getClass());
            assertFalse(admin.listTopics().names().get(10, TimeUnit.SECONDS).contains("never-made"));
        }
    }

    private static Map<String, Object> with(Map<String, Object> settings, Object... more) {
        var all = new java.util.HashMap<>(settings);
        for (int at = 0; at < more.length; at += 2) {
            all.put((String) more[at], more[at + 1]);
        }
        return all;
    }

    private static HttpResponse<String> putInvoice() throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(
                    HttpRequest.newBuilder(
                                    URI.create(STACK.erp().vendorUrl() + "/services/rest/record/v1/invoice/eid:weir-1"))
                            .header("Authorization", "Bearer " + STACK.erp().token())
                            .header("Content-Type", "application/json")
                            .PUT(HttpRequest.BodyPublishers.ofString("""
                                    {"entity":{"externalId":"c"},"item":{"items":[{"item":{"id":"1"},"amount":1}]}}
                                    """))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static String nameIn(String uri) {
        return uri.substring(uri.lastIndexOf('/') + 1);
    }

    private static String ask(String database, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(
                        STACK.jdbcUrl(database), STACK.postgresUser(), STACK.postgresPassword());
                var statement = connection.createStatement()) {
            boolean rows = statement.execute(sql);
            while (!rows && (statement.getMoreResults() || statement.getUpdateCount() != -1)) {
                rows = statement.getResultSet() != null;
            }
            var result = statement.getResultSet();
            if (result == null || !result.next()) {
                throw new IllegalStateException("No row for " + sql);
            }
            return result.getString(1);
        }
    }
}
