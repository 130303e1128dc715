package io.weir.policies;

import static io.weir.policies.Door.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import io.weir.schemas.Receipt;
import io.weir.settings.WeirSettings;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ValidateEventsTest {
    private static final String ONE = "application/cloudevents+json";
    private static final String LINES = "application/x-ndjson";
    private static final String BATCH = "application/cloudevents-batch+json; charset=utf-8";

    static final SchemaRules RULES = new SchemaRules(new WeirSettings.Schemas(65_536, 2_000, 500, 1_000, 200));
    private static final WeirSettings.Ingest LIMITS = new WeirSettings.Ingest(3, 1 << 18, 1, 1, 1, 1, 1, 5, 7);

    private final Vertx vertx = Vertx.vertx();
    private final Database database = new Database(vertx);
    private final LinkedBlockingQueue<EventBatch> seen = new LinkedBlockingQueue<>();
    private final Door door = new Door(
            vertx,
            new Admission(List.of(
                    new ReadBody(
                            vertx,
                            settings(1 << 20),
                            Throttles.alone(System::nanoTime),
                            new ByteBudget(1 << 30, 1 << 30)),
                    new ValidateEvents(new EventTypes(database.pool, 10, RULES), LIMITS))),
            call -> {
                seen.add(call.batch());
                return "admitted";
            });

    static WeirSettings.Http settings(int maxBodyBytes) {
        WeirSettings.Tls off = new WeirSettings.Tls(false, false, "", "", "", List.of("TLSv1.3"), List.of(), 1_000, 1);
        return new WeirSettings.Http("127.0.0.1", 0, 100, 60, 16_384, 8_192, maxBodyBytes, 500, 1_000, off);
    }

    @BeforeEach
    void type() {
        database.run("""
                insert into event_type_schema (organisation, event_type, version, revision, schema)
                values ('demo', 't', 2, 1, '{"type":"object","properties":{"n":{"type":"number","minimum":0}}}')
                """);
    }

    @AfterEach
    void close() {
        door.close();
        database.close();
        await(vertx.close());
    }

    @Test
    void events_that_are_not_plain_stand_between_plain_ones() {
        String open = event("b", "{\"n\":1.50e1,\"m\":{\"ü\":[1]}}");
        EventBatch batch =
                admitted(BATCH, "[ " + event("a", "{\"n\":1}") + " ,\n" + open + "," + event("c", "{\"n\":2}") + "]");
        assertEquals(
                List.of("0 a", "1 b", "2 c"),
                batch.events().stream().map(e -> e.index() + " " + e.id()).toList());
        assertEquals(open, text(batch.events().get(1)));
        assertEquals(event("c", "{\"n\":2}"), text(batch.events().get(2)));
        EventBatch wrong = admitted(BATCH, "[" + event("a", "{\"n\":1}") + "," + event("d", "{\"n\":-1}") + "]");
        assertEquals(1, wrong.rejected().getFirst().index());
        assertEquals("/data/n", wrong.rejected().getFirst().errors().getFirst().pointer());
    }

    @Test
    void one_event_is_taken_as_it_was_sent() {
        String json = event("a", "{ \"n\" : 1.50 }");
        EventBatch batch = admitted(ONE, json);
        AdmittedEvent event = batch.events().getFirst();
        assertEquals(json, text(event));
        assertEquals(2, event.schemaVersion());
        assertEquals("ws", event.orderingKey());
        assertTrue(event.correlation().matches("[0-9a-f]{32}"));
    }

    @Test
    void each_event_of_a_batch_is_cut_out_to_the_byte() {
        String first = event("ä€\ud83d\ude00", "{}");
        String second = event("b", "{\"n\": 2}");
        for (String body : List.of("[" + first + "," + second + "]", " \n[\t" + first + " ,\r\n  " + second + " ] ")) {
            EventBatch batch = admitted(BATCH, body);
            assertEquals(
                    List.of(first, second),
                    batch.events().stream().map(ValidateEventsTest::text).toList());
        }
        assertEquals(0, admitted(BATCH, "[]").size());
    }

    @Test
    void an_event_that_is_wrong_hinders_no_other() {
        EventBatch batch = admitted(
                BATCH, "[" + event("a", "{\"n\":-1}").replace("\"1.0\"", "1") + ",5," + event("c", "{}") + "]");
        assertEquals(3, batch.size());
        assertEquals(2, batch.events().getFirst().index());
        assertEquals(
                List.of("/data/n", "/specversion"), pointers(batch.rejected().get(0)));
        assertEquals("a", batch.rejected().get(0).id());
        assertEquals(List.of(""), pointers(batch.rejected().get(1)));
        assertEquals(1, batch.rejected().get(1).index());
    }

    @Test
    void errors_are_told_up_to_a_cap_for_each_event_and_each_request_and_every_wrong_event_is_told_one() {
        database.run("""
                insert into event_type_schema (organisation, event_type, version, revision, schema)
                values ('demo', 'l', 1, 1, '{"properties":{"n":{"items":{"type":"number"}}}}')
                """);
        String wrong = event("a", "{\"n\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\"]}")
                .replace("\"t\"", "\"l\"");
        String unstorable = wrong.replace("\"5\"", "1e99");
        EventBatch batch = admitted(BATCH, "[" + String.join(",", wrong, wrong, unstorable) + "]");
        assertEquals(
                List.of("/data/n/0", "/data/n/1", "/data/n/2", "/data/n/3", "/data/n/4", ""),
                batch.rejected().get(0).errors().stream()
                        .map(FieldError::pointer)
                        .toList());
        assertEquals(3, batch.rejected().get(1).errors().size());
        assertEquals(2, batch.rejected().get(2).errors().size());
    }

    @Test
    void what_a_schema_classifies_is_hashed_or_dropped_and_the_rest_is_as_it_was_sent() {
        database.run("insert into classification_key values ('demo', decode(repeat('ab', 32), 'hex'))");
        database.run("""
                insert into event_type_schema (organisation, event_type, version, revision, schema) values ('demo', 'p', 1, 1,
                '{"$defs":{"who":{"x-weir-classification":"hash"}},
                  "properties":{"user":{"$ref":"#/$defs/who"},"again":{"x-weir-classification":"hash"},
                    "note":{"x-weir-classification":"drop"},
                    "list":{"items":{"properties":{"ip":{"x-weir-classification":"drop"}}}}},
                  "patternProperties":{"^x-":{"x-weir-classification":"drop"}},
                  "anyOf":[{"properties":{"branch":{"x-weir-classification":"hash"}}},{"required":["user"]}]}')
                """);
        String data = "{\"user\":\"ann@example.com\",\"again\":\"ann@example.com\",\"note\":\"secret\",\"n\":1.50,"
                + "\"list\":[{\"ip\":\"10.0.0.1\",\"ok\":1}],\"x-a\":1,\"branch\":{\"a\":7}}";
        String event = event("a", data).replace("\"t\"", "\"p\"");
        AdmittedEvent first = admitted(ONE, event).events().getFirst();
        tools.jackson.databind.JsonNode stored = Json.tree(text(first)).get("data");
        String hash = stored.path("user").asString();
        assertTrue(hash.matches("hmac-sha256:[A-Za-z0-9_-]{43}"), hash);
        assertEquals(hash, stored.path("again").asString());
        assertTrue(stored.at("/branch/a").asString().startsWith("hmac-sha256:"));
        assertEquals("{\"ok\":1}", stored.at("/list/0").toString());
        assertEquals("1.50", stored.path("n").toString());
        assertEquals(List.of("user", "again", "n", "list", "branch"), List.copyOf(stored.propertyNames()));
        assertEquals(text(first), text(admitted(ONE, event).events().getFirst()));
        assertEquals(
                event("a", data), text(admitted(ONE, event("a", data)).events().getFirst()));
    }

    @Test
    void what_could_never_be_stored_is_told_with_its_pointer_wherever_it_stands() {
        String deep = "{\"d\":".repeat(31) + "1" + "}".repeat(31);
        for (Map.Entry<String, String> wrong : Map.of(
                        "{\"x\":\"\\u0000\"}",
                        "/data/x",
                        "{\"x\":\"\\ud800\"}",
                        "/data/x",
                        "{\"\\ud800\":1}",
                        "/data",
                        "{\"n\":1,\"n\":1}",
                        "/data/n",
                        "{\"n\":1e39}",
                        "/data/n",
                        "{\"x\":{\"d\":" + deep + "}}",
                        "/data/x" + "/d".repeat(30))
                .entrySet()) {
            EventBatch batch = admitted(BATCH, "[" + event("a", wrong.getKey()) + "," + event("b", "{}") + "]");
            assertEquals(
                    List.of(wrong.getValue()),
                    pointers(batch.rejected().getFirst()).stream().distinct().toList());
            assertEquals("b", batch.events().getFirst().id());
            assertEquals(event("b", "{}"), text(batch.events().getFirst()));
        }
    }

    @Test
    void a_batch_beyond_its_cap_or_no_array_is_refused_whole() {
        String event = event("a", "{}");
        assertTrue(refused(BATCH, "[" + String.join(",", event, event, event, event) + "]")
                .startsWith("TooLarge"));
        for (String body : List.of(
                "{}", "", "[", "[" + event, "[" + event + "] x", "[" + event + "]]", "[{]", "[\"\\x\"]", "\ufeff[]")) {
            assertTrue(refused(BATCH, body).startsWith("Unreadable"), body);
        }
    }

    @Test
    void lines_are_events_and_one_that_cannot_be_read_hinders_no_other() {
        String event = event("a", "{\"n\": 1.50}");
        EventBatch batch = admitted(LINES, event + "\r\n\n{\"id\":\n" + event("b", "{}"));
        assertEquals(3, batch.size());
        assertEquals(event, text(batch.events().getFirst()));
        assertEquals("b", batch.events().getLast().id());
        assertEquals(2, batch.events().getLast().index());
        Receipt unreadable = batch.rejected().getFirst();
        assertEquals(1, unreadable.index());
        assertTrue(unreadable.errors().getFirst().detail().startsWith("the line is not JSON"));

        EventBatch lengthy = admitted(LINES, event + "\n" + event("x".repeat(1 << 18), "{}") + "\n" + event);
        assertEquals(2, lengthy.events().size());
        assertEquals(
                "an event may have 262144 bytes",
                lengthy.rejected().getFirst().errors().getFirst().detail());
        assertTrue(refused(LINES, String.join("\n", event, event, event, event)).startsWith("TooLarge"));
    }

    @Test
    void another_encoding_than_utf_8_is_unreadable() {
        String body = "[" + event("ä", "{}") + "]";
        for (Charset charset :
                List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE, StandardCharsets.ISO_8859_1)) {
            HttpResponse<String> answer = post(BATCH, body.getBytes(charset));
            assertEquals(400, answer.statusCode());
            assertTrue(answer.body().startsWith("Unreadable"), answer.body());
        }
    }

    @Test
    void binary_mode_is_taken_as_structured_mode_would_have_sent_it() {
        HttpRequest.Builder request = door.request()
                .header("Content-Type", "application/json")
                .header("ce-specversion", "1.0")
                .header("ce-id", "a%20b")
                .header("ce-source", "/s")
                .header("ce-type", "t")
                .header("ce-subject", "ws")
                .header("ce-traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
                .POST(HttpRequest.BodyPublishers.ofString("{\"n\":1.5}"));
        assertEquals("admitted", door.send(request).body());
        AdmittedEvent event = seen.remove().events().getFirst();
        assertEquals("a b", event.id());
        assertEquals("4bf92f3577b34da6a3ce929d0e0e4736", event.correlation());
        assertEquals(Json.tree("{\"n\":1.5}"), Json.tree(text(event)).get("data"));
    }

    @Test
    void another_media_type_is_refused() {
        assertTrue(refused("text/plain", event("a", "{}")).startsWith("UnsupportedMediaType"));
        assertTrue(refused("application/json", event("a", "{}")).startsWith("UnsupportedMediaType"));
    }

    private static String event(String id, String data) {
        String version = "\"specversion\":\"1.0\",";
        return "{" + version + "\"id\":\"" + id + "\",\"source\":\"/s\",\"type\":\"t\",\"subject\":\"ws\",\"data\":"
                + data + "}";
    }

    private static List<String> pointers(Receipt receipt) {
        return receipt.errors().stream().map(FieldError::pointer).sorted().toList();
    }

    private static String text(AdmittedEvent event) {
        return new String(event.json(), StandardCharsets.UTF_8);
    }

    private EventBatch admitted(String media, String body) {
        HttpResponse<String> answer = post(media, body.getBytes(StandardCharsets.UTF_8));
        assertEquals("admitted", answer.body());
        return seen.remove();
    }

    private String refused(String media, String body) {
        HttpResponse<String> answer = post(media, body.getBytes(StandardCharsets.UTF_8));
        assertEquals(400, answer.statusCode(), answer.body());
        return answer.body();
    }

    private HttpResponse<String> post(String media, byte[] body) {
        return door.send(
                door.request().header("Content-Type", media).POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }
}
