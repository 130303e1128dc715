package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.weir.local.LocalStack;
import io.weir.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Event types over the API: versions, what they may be, what they mean to events, meters and what is stored. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EventSchemasTest {
    private static final String COMPLETION = "/v1/event-types/llm.completion";
    private static final String OBJECT = "{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\"}}}";

    private final String topic = "schemas." + UUID.randomUUID();
    private final RunningNode weir = RunningNode.start(Map.of("WEIR_KAFKA_TOPIC", topic));

    @AfterAll
    void leave_nothing_running() {
        weir.close();
    }

    @Test
    void a_version_is_registered_once_and_never_changes() {
        String first = "/v1/event-types/made.once/schemas/1";
        assertEquals("409 schema-version-order", kind(put(first.replace("/1", "/2"), OBJECT)));
        Reply made = put(first, OBJECT);
        assertEquals(201, made.status(), made.toString());
        assertFalse(made.header("ETag").isEmpty());
        Reply again = put(first, "{ \"properties\": {\"n\": {\"type\":\"integer\"}}, \"type\":\"object\" }");
        assertEquals(200, again.status(), again.toString());
        assertEquals(made.header("ETag"), again.header("ETag"));
        assertEquals("409 schema-exists", kind(put(first, OBJECT.replace("integer", "number"))));
        assertEquals("412 precondition-failed", kind(put(first, OBJECT, "If-Match", "\"999\"")));
        assertEquals(200, put(first, OBJECT, "If-Match", made.header("ETag")).status());
        assertEquals(Json.tree(OBJECT), weir.get("admin", first).json());
        assertEquals(
                304,
                weir.get("admin", first, "If-None-Match", made.header("ETag")).status());
        assertEquals("409 schema-version-order", kind(put(first.replace("/1", "/3"), OBJECT)));
        assertEquals(
                "422 invalid",
                kind(put("/v1/event-types/made.once/schemas/2", "{\"properties\":{\"n\":{\"pattern\":\"(?=a)\"}}}")));
        assertEquals(403, weir.call("backend", "PUT", first, OBJECT).status());
        assertEquals(
                201,
                weir.call(
                                "admin",
                                "PUT",
                                first.replace("/1", "/2"),
                                OBJECT.replace("integer", "number"),
                                "Content-Type",
                                "application/schema+json")
                        .status());
        JsonNode versions =
                weir.get("admin", "/v1/event-types/made.once/schemas").json().get("items");
        assertEquals(2, versions.size());
        assertFalse(versions.at("/0/current").booleanValue());
        assertTrue(versions.at("/1/current").booleanValue());
    }

    @Test
    void how_versions_may_differ_is_set_for_each_type() {
        String type = "/v1/event-types/made.modes";
        String narrow = "{\"type\":\"object\",\"required\":[\"n\"]}";
        assertEquals(201, put(type + "/schemas/1", "{\"type\":\"object\"}").status());
        Reply refused = put(type + "/schemas/2", narrow);
        assertEquals("409 incompatible-schema", kind(refused));
        assertEquals("/required", refused.json().at("/errors/0/pointer").stringValue());
        assertEquals(200, put(type, "{\"compatibility\":\"forward\"}").status());
        assertEquals(201, put(type + "/schemas/2", narrow).status());
        assertEquals("409 incompatible-schema", kind(put(type + "/schemas/3", "{\"type\":\"object\"}")));
        assertEquals(200, put(type, "{\"compatibility\":\"full\"}").status());
        assertEquals("409 incompatible-schema", kind(put(type + "/schemas/3", "{\"type\":\"object\"}")));
        assertEquals(
                201,
                put(type + "/schemas/3", narrow.replace("}", ",\"title\":\"t\"}"))
                        .status());
        Reply none = put(type, "{\"compatibility\":\"none\"}");
        assertEquals(200, none.status());
        assertEquals("412 precondition-failed", kind(put(type, "{\"compatibility\":\"full\"}", "If-Match", "\"1\"")));
        assertEquals(201, put(type + "/schemas/4", OBJECT).status());
        assertEquals("none", weir.get("admin", type).json().get("compatibility").stringValue());
        assertEquals("[1,2,3,4]", weir.get("admin", type).json().get("versions").toString());
    }

    @Test
    void dataschema_picks_a_version_and_one_that_ends_says_so_until_it_is_over() {
        String type = "/v1/event-types/made.ending";
        put(type, "{\"compatibility\":\"none\"}");
        assertEquals(201, put(type + "/schemas/1", OBJECT).status());
        assertEquals(
                201,
                put(type + "/schemas/2", OBJECT.replace("integer", "string")).status());
        ObjectNode old = event("made.ending", Map.of("n", 1));
        assertEquals(List.of("/data/n"), pointers(weir.post(List.of(old), "accepted")));
        old.put("dataschema", type + "/schemas/1");
        assertEquals(202, weir.post(List.of(old), "accepted").status());
        old.put("dataschema", weir.url() + type + "/schemas/9");
        assertEquals(List.of("/dataschema"), pointers(weir.post(List.of(old), "accepted")));

        old.put("dataschema", weir.url() + type + "/schemas/1");
        String ending =
                "{\"deprecatedAt\":\"2023-07-01T00:00:00Z\",\"sunsetAt\":\"2099-11-06T08:49:37Z\",\"link\":\"https://example.com/m\"}";
        assertEquals(201, put(type + "/schemas/1/deprecation", ending).status());
        for (String path : List.of("/v1/events?until=accepted", "/v1/events?until=recorded", "/v1/events/validation")) {
            Reply answer = weir.call("backend", "POST", path, old, "Content-Type", "application/cloudevents+json");
            assertEquals(2, answer.status() / 100, answer.toString());
            assertEquals("@1688169600", answer.header("Deprecation"));
            assertEquals("Fri, 06 Nov 2099 08:49:37 GMT", answer.header("Sunset"));
            assertEquals("<https://example.com/m>; rel=\"deprecation\"", answer.header("Link"));
        }
        assertEquals("@1688169600", weir.get("admin", type + "/schemas/1").header("Deprecation"));
        ObjectNode now = event("made.ending", Map.of("n", "x"));
        assertEquals("", weir.post(List.of(now), "accepted").header("Deprecation"));

        assertEquals(
                200,
                put(type + "/schemas/1/deprecation", ending.replace("2099-11-06", "2023-11-06"))
                        .status());
        assertEquals(List.of("/dataschema"), pointers(weir.post(List.of(old), "accepted")));
        assertEquals(
                List.of("/dataschema"),
                pointers(weir.call(
                        "backend",
                        "POST",
                        "/v1/events/validation",
                        List.of(old),
                        "Content-Type",
                        "application/cloudevents-batch+json")));
        assertEquals(202, weir.post(List.of(now), "accepted").status());
    }

    @Test
    void a_schema_that_cannot_be_used_spoils_no_other_type() throws SQLException {
        run(
                "insert into event_type_schema (organisation, event_type, version, revision, schema)"
                        + " values ('demo', 'made.broken', 1, 1, '{\"type\": {\"no\": 1}, \"properties\": {\"a\": {\"pattern\": \"(?=x)\"}}}')");
        run("insert into change (tenant, kind) values ('demo', 'CATALOG')");
        ObjectNode broken = event("made.broken", Map.of("a", "b"));
        Reply answer = Eventually.holds(
                "the type is known",
                () -> weir.post(List.of(broken, Events.event("ws-050")), "accepted"),
                reply -> !reply.body().contains("no event type"));
        assertEquals("accepted=1 recorded=0 duplicates=0 conflicts=0 rejected=1", answer.counts());
        assertEquals(List.of("/type"), pointers(answer));
    }

    @Test
    void events_with_a_renamed_field_are_summed_by_the_meter_that_reads_the_old_one() {
        Reply one = weir.post(List.of(Events.event("ws-077", 100, 1)), "recorded");
        assertEquals(200, one.status(), one.toString());
        String schema = weir.get("admin", COMPLETION + "/schemas/1").body();
        String renamed = schema.replace("inputTokens", "promptTokens").replace("\"region\"", "\"zone\"");
        assertEquals("409 incompatible-schema", kind(put(COMPLETION + "/schemas/2", renamed)));
        assertTrue(put(COMPLETION, "{\"compatibility\":\"none\"}").status() < 300);
        Reply unreadable = put(COMPLETION + "/schemas/2", renamed);
        assertEquals("409 meter-unreadable", kind(unreadable));
        assertTrue(unreadable.body().contains("llm_input_tokens"), unreadable.body());
        assertTrue(unreadable.body().contains("\"/data/inputTokens\""), unreadable.body());
        String mappings = "{\"/data/inputTokens\":\"/data/promptTokens\",\"/data/region\":\"/data/zone\"}";
        assertEquals(
                "422 invalid",
                kind(put(
                        COMPLETION + "/schemas/2",
                        "{\"schema\":" + renamed + ",\"mappings\":{\"/data/inputTokens\":\"/data/none\"}}")));
        assertEquals(
                "409 meter-unreadable",
                kind(
                        put(
                                COMPLETION + "/schemas/2",
                                "{\"schema\":" + renamed
                                        + ",\"mappings\":{\"/data/inputTokens\":\"/data/model\",\"/data/region\":\"/data/zone\"}}")));
        Reply mapped = put(COMPLETION + "/schemas/2", "{\"schema\":" + renamed + ",\"mappings\":" + mappings + "}");
        assertEquals(201, mapped.status(), mapped.toString());
        assertEquals(Json.tree(renamed), mapped.json());

        ObjectNode second = event(
                "llm.completion", Map.of("model", "m1", "zone", "eu-west-1", "promptTokens", 30, "outputTokens", 1));
        second.put("subject", "ws-077");
        ObjectNode held = second.deepCopy();
        held.put("id", "held-" + UUID.randomUUID()).put("subject", "ws-077-later");
        assertEquals(200, weir.post(List.of(second, held), "recorded").status());
        ObjectNode before = Events.event("ws-077", 5, 1);
        before.put("dataschema", COMPLETION + "/schemas/1");
        assertEquals(200, weir.post(List.of(before), "recorded").status());
        JsonNode rows = usage("groupBy=region").get("rows");
        assertEquals("135", rows.at("/0/value").stringValue(), rows::toString);
        assertEquals("eu-west-1", rows.at("/0/dimensions/region").stringValue());
        assertEquals(1, rows.size());
        assertEquals("135", usage("window=total").at("/rows/0/value").stringValue());
        JsonNode lineage = weir.get("admin", "/v1/events?source=/tests&id=" + Events.id(second))
                .json();
        assertEquals(2, lineage.get("schemaVersion").intValue());
        assertTrue(lineage.get("aggregates").toString().contains("\"value\":\"30\""), lineage.toString());

        assertEquals(
                200,
                weir.call(
                                "admin",
                                "PUT",
                                "/v1/customers/cust-077",
                                Map.of(
                                        "name",
                                        "Customer 077",
                                        "identities",
                                        List.of(
                                                Map.of("system", "product", "key", "ws-077"),
                                                Map.of("system", "product", "key", "ws-077-later"))))
                        .status());
        Eventually.holds(
                "the held event is counted",
                () -> usage("window=total").at("/rows/0/value").stringValue(),
                sum -> sum.equals("165"));
    }

    /** An edge within a quarter of an hour is counted from the entries, not from the aggregates. */
    private JsonNode usage(String rest) {
        Instant now = Instant.now();
        return weir.get(
                        "admin",
                        "/v1/usage?meter=llm_input_tokens&customer=cust-077&from="
                                + now.minus(2, ChronoUnit.HOURS).plusMillis(1) + "&to=" + now.plusSeconds(2) + "&"
                                + rest)
                .json();
    }

    @Test
    void what_a_schema_classifies_is_found_in_clear_nowhere() throws SQLException {
        String clear = "ann.clear." + UUID.randomUUID();
        String dropped = "dropped." + UUID.randomUUID();
        assertEquals(
                201,
                put(
                                "/v1/event-types/made.classified/schemas/1",
                                "{\"type\":\"object\",\"properties\":{\"user\":{\"type\":\"string\",\"x-weir-classification\":\"hash\"},"
                                        + "\"note\":{\"type\":\"string\",\"x-weir-classification\":\"drop\"},\"n\":{\"type\":\"integer\"}}}")
                        .status());
        ListAppender<ILoggingEvent> logs = new ListAppender<>();
        logs.start();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        Logger own = (Logger) LoggerFactory.getLogger("io.weir");
        Level level = own.getLevel();
        own.setLevel(Level.TRACE);
        root.addAppender(logs);
        try {
            ObjectNode event = event("made.classified", Map.of("user", clear, "note", dropped, "n", 7));
            event.put("subject", "ws-060");
            ObjectNode held = event.deepCopy();
            held.put("id", "h-" + UUID.randomUUID()).put("subject", "nobody-" + UUID.randomUUID());
            ObjectNode wrong = event.deepCopy();
            wrong.put("id", "w-" + UUID.randomUUID());
            Events.data(wrong).put("n", clear);
            assertEquals(
                    "accepted=0 recorded=2 duplicates=0 conflicts=0 rejected=1",
                    weir.post(List.of(event, held, wrong), "recorded").counts());
            assertEquals(
                    "accepted=0 recorded=0 duplicates=1 conflicts=0 rejected=0",
                    weir.post(List.of(event), "recorded").counts());
            ObjectNode conflict = event.deepCopy();
            Events.data(conflict).put("user", clear + ".other");
            assertEquals(
                    "accepted=0 recorded=0 duplicates=0 conflicts=1 rejected=0",
                    weir.post(List.of(conflict), "recorded").counts());
            String stored = weir.get("admin", "/v1/events?source=/tests&id=" + Events.id(event))
                    .body();
            assertTrue(stored.contains("hmac-sha256:"), stored);
            assertTrue(stored.contains("\"n\":7"), stored);
        } finally {
            root.detachAppender(logs);
            own.setLevel(level);
        }
        String kafka = log();
        assertTrue(kafka.contains("hmac-sha256:"), "the log was read");
        String postgres = postgres();
        assertTrue(postgres.contains("hmac-sha256:"), "the tables were read");
        String logged = logs.list.stream()
                .map(line -> line.getFormattedMessage() + line.getThrowableProxy())
                .toList()
                .toString();
        for (String secret : List.of(clear, dropped)) {
            assertFalse(kafka.contains(secret), "Kafka has " + secret);
            assertFalse(postgres.contains(secret), "Postgres has " + secret);
            assertFalse(logged.contains(secret), "the logs have " + secret);
        }
    }

    /** Everything that the topic holds, as text. */
    private String log() {
        Map<String, Object> config =
                Map.of("bootstrap.servers", LocalStack.shared().kafka());
        try (KafkaConsumer<byte[], byte[]> consumer =
                new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> partitions = consumer.partitionsFor(topic).stream()
                    .map(info -> new TopicPartition(topic, info.partition()))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            long end = consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            StringBuilder all = new StringBuilder();
            long read = 0;
            while (read < end) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(5))) {
                    all.append(new String(record.value(), StandardCharsets.UTF_8))
                            .append('\n');
                    record.headers()
                            .forEach(header -> all.append(new String(header.value(), StandardCharsets.ISO_8859_1)));
                    read++;
                }
            }
            return all.toString();
        }
    }

    /** Every row of every table, as text. */
    private String postgres() throws SQLException {
        StringBuilder all = new StringBuilder();
        try (Connection sql = weir.database();
                Statement tables = sql.createStatement();
                ResultSet names = tables.executeQuery(
                        "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'")) {
            while (names.next()) {
                try (Statement rows = sql.createStatement();
                        ResultSet row = rows.executeQuery("select t::text from \"" + names.getString(1) + "\" t")) {
                    while (row.next()) {
                        all.append(row.getString(1)).append('\n');
                    }
                }
            }
            try (Statement payloads = sql.createStatement();
                    ResultSet row = payloads.executeQuery("select encode(payload, 'escape') from ledger_exception")) {
                while (row.next()) {
                    all.append(row.getString(1)).append('\n');
                }
            }
        }
        return all.toString();
    }

    private void run(String sql) throws SQLException {
        try (Connection database = weir.database();
                Statement statement = database.createStatement()) {
            statement.execute(sql);
        }
    }

    private Reply put(String path, String body, String... headers) {
        return weir.call("admin", "PUT", path, body, headers);
    }

    private static ObjectNode event(String type, Map<String, Object> data) {
        ObjectNode event = Events.event("ws-060");
        event.put("type", type);
        event.set("data", Json.tree((Object) data));
        return event;
    }

    private static String kind(Reply reply) {
        String type = reply.json().path("type").asString("");
        return reply.status() + " " + type.substring(type.lastIndexOf('/') + 1);
    }

    private static List<String> pointers(Reply reply) {
        return reply.json()
                .at("/receipts/0/problem/errors")
                .valueStream()
                .map(error -> error.get("pointer").stringValue())
                .toList();
    }
}
