package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Meters over the API: what they may be, that they never change, and what they count from then on. */
class MetersTest {
    private static final String SCHEMA = """
            {'type': 'object', 'properties': {
                'n': {'type': 'number'}, 'user': {'type': 'string'}, 'region': {'type': 'string'},
                'note': {'type': 'string', 'x-weir-classification': 'drop'},
                'use': {'type': 'object', 'properties': {'millis': {'type': 'integer'}}}}}
            """;

    private final RunningNode weir = RunningNode.shared();
    private final String type = "meters." + UUID.randomUUID();
    private final String meter = "m-" + UUID.randomUUID();

    @BeforeEach
    void a_type_of_its_own() {
        assertEquals(201, put("/v1/event-types/" + type + "/schemas/1", SCHEMA).status());
    }

    @Test
    void what_is_recorded_after_the_answer_counts() {
        Reply made = putMeter(meter, "'aggregation': 'sum', 'value': '/data/n', 'dimensions': ['region']");
        assertEquals(201, made.status(), made.toString());
        record("{'n': 1.000000000001, 'region': 'eu'}", "{'n': 2, 'region': 'us'}", "{'region': 'us'}");
        assertEquals("3.000000000001", total(meter));
        JsonNode rows = usage(meter, "&groupBy=region").path("rows");
        assertEquals(
                "[\"1.000000000001\",\"2\"]",
                Json.text(rows.valueStream().map(row -> row.get("value")).toList()));
    }

    @Test
    void what_was_recorded_before_is_counted_by_itself() {
        assertEquals(
                201,
                putMeter(meter, "'aggregation': 'count', 'filter': {'region': 'none'}")
                        .status());
        String id = record(
                "{'n': 1.5, 'region': 'eu', 'user': 'a'}", "{'n': 4, 'region': 'us', 'user': 'b'}", "{'user': 'a'}");
        JsonNode event = weir.get("backend", "/v1/events?source=" + Events.SOURCE + "&id=" + id)
                .json();
        assertEquals("true", event.path("uncounted").toString());
        assertEquals(3, usage(meter, "").get("uncountedEvents").intValue());

        List<List<String>> table = List.of(
                List.of("'aggregation': 'sum', 'value': '/data/n'", "5.5"),
                List.of("'aggregation': 'max', 'value': '/data/n'", "4"),
                List.of("'aggregation': 'avg', 'value': '/data/n'", "2.75"),
                List.of("'aggregation': 'latest', 'value': '/data/n'", "4"),
                List.of("'aggregation': 'percentile', 'percentile': 50, 'value': '/data/n'", "1.5"),
                List.of("'aggregation': 'unique', 'value': '/data/user'", "2"));
        for (int i = 0; i < table.size(); i++) {
            Reply made = putMeter(meter + i, table.get(i).getFirst());
            assertEquals(201, made.status(), made.toString());
        }
        for (int i = 0; i < table.size(); i++) {
            String name = meter + i;
            Eventually.holds(
                    "everything is counted",
                    () -> weir.get("admin", "/v1/meters/" + name).json(),
                    now -> now.at("/backfill/state").asString().equals("complete"));
            assertEquals(table.get(i).getLast(), total(name), table.get(i).toString());
        }
        assertEquals(0, usage(meter, "").get("uncountedEvents").intValue());
        assertTrue(usage(meter, "").path("backfill").isMissingNode());
    }

    @Test
    void what_does_not_add_up_backs_no_bill() throws SQLException {
        putMeter(meter, "'aggregation': 'max', 'value': '/data/n'");
        Reply refused = put(
                "/v1/subscriptions/" + meter,
                "{'customer': 'cust-050', 'plan': 'standard', 'from': '2026-01-01T00:00:00Z', 'currency': 'USD', 'lines': [{'item': 'x', 'meter': '"
                        + meter + "'}]}");
        assertEquals("422 invalid", kind(refused));
        assertEquals("/lines/0/meter", refused.json().at("/errors/0/pointer").asString());
        try (Connection database = weir.database();
                Statement statement = database.createStatement()) {
            String feature =
                    "insert into feature (organisation, feature, revision, kind, meter) values ('demo', 'f', 1, 'metered', '"
                            + meter + "')";
            assertThrows(SQLException.class, () -> statement.execute(feature));
        }
    }

    @Test
    void several_meters_count_one_type_each_by_its_filter() {
        List<List<String>> table = List.of(
                List.of("", "4"),
                List.of(", 'filter': {'region': ['eu', 'us']}", "3"),
                List.of(", 'filter': {'region': {'not': 'eu'}}", "2"),
                List.of(", 'filter': {'n': {'gte': 2, 'lt': 10}}", "1"),
                List.of(", 'filter': {'/data/use/millis': {'exists': true}, 'region': 'eu'}", "1"),
                List.of(", 'filter': {'use': {'exists': false}}", "3"));
        for (int i = 0; i < table.size(); i++) {
            assertEquals(
                    201,
                    putMeter(meter + i, "'aggregation': 'count'" + table.get(i).getFirst())
                            .status());
        }
        record(
                "{'n': 1, 'region': 'eu'}",
                "{'n': 2.5, 'region': 'us'}",
                "{'n': 10, 'region': 'ap'}",
                "{'region': 'eu', 'use': {'millis': 3}}");
        for (int i = 0; i < table.size(); i++) {
            assertEquals(table.get(i).getLast(), total(meter + i), table.get(i).toString());
        }
    }

    @Test
    void a_changed_definition_is_the_next_version_and_an_equal_one_is_none() {
        String definition = "'aggregation': 'sum', 'value': '/data/n', 'dimensions': ['region', 'user']";
        Reply first =
                putMeter(meter, definition + ", 'owner': 'a', 'purpose': 'b', 'filter': {'region': 'eu', 'n': 1}");
        assertEquals(1, first.json().get("version").intValue());
        Reply again = putMeter(
                meter,
                definition.replace("'region', 'user'", "'user', 'region'")
                        + ", 'filter': {'n': 1, 'region': 'eu'}, 'owner': 'a', 'purpose': 'b'");
        assertEquals(200, again.status(), again.toString());
        assertEquals(first.header("ETag"), again.header("ETag"));

        Reply described = putMeter(meter, definition + ", 'owner': 'c', 'filter': {'region': 'eu', 'n': 1}");
        assertEquals("1 c ", told(described));
        assertNotEquals(first.header("ETag"), described.header("ETag"));
        assertEquals("412 precondition-failed", kind(putMeter(meter, definition, "If-Match", first.header("ETag"))));
        Reply changed = putMeter(meter, definition, "If-Match", described.header("ETag"));
        assertEquals(200, changed.status(), changed.toString());
        assertEquals("2  ", told(changed));
        Reply complete = Eventually.holds(
                "everything is counted",
                () -> weir.get("admin", "/v1/meters/" + meter, "If-None-Match", changed.header("ETag")),
                now -> now.json().at("/backfill/state").asString().equals("complete"));
        assertEquals(changed.header("ETag"), complete.header("ETag"));
        assertEquals(2, complete.json().get("version").intValue());
    }

    private static String told(Reply reply) {
        JsonNode meter = reply.json();
        return meter.path("version") + " " + meter.path("owner").asString("") + " "
                + meter.path("purpose").asString("");
    }

    @Test
    void a_definition_that_a_price_and_a_feature_use_stays() {
        String tokens =
                "{'eventType': 'llm.completion', 'aggregation': 'sum', 'value': '/data/outputTokens', 'dimensions': ['region', 'model'], 'unit': 'tokens'}";
        assertEquals(200, put("/v1/meters/llm_output_tokens", tokens).status());
        Reply refused = put("/v1/meters/llm_output_tokens", tokens.replace("outputTokens", "inputTokens"));
        assertEquals("409 meter-in-use", kind(refused));
        assertEquals(
                "its definition stays, since it is used by feature llm_tokens, price llm-output-tokens: put the new one as another meter",
                refused.json().get("detail").stringValue());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'eventType': 'no.such', 'aggregation': 'count'                               | /eventType",
                "'aggregation': 'mode', 'value': '/data/n'                                    | /aggregation",
                "'aggregation': 'percentile', 'value': '/data/n'                              | /percentile",
                "'aggregation': 'percentile', 'value': '/data/n', 'percentile': 0             | /percentile",
                "'aggregation': 'percentile', 'value': '/data/n', 'percentile': 100.5         | /percentile",
                "'aggregation': 'latest', 'value': '/data/user'                               | /value",
                "'aggregation': 'sum'                                                         | /value",
                "'aggregation': 'sum', 'value': '/subject'                                    | /value",
                "'aggregation': 'sum', 'value': '/data/none'                                  | /value",
                "'aggregation': 'sum', 'value': '/data/region'                                | /value",
                "'aggregation': 'sum', 'value': '/data/note'                                  | /value",
                "'aggregation': 'count', 'dimensions': ['region', 'none']                     | /dimensions/1",
                "'aggregation': 'count', 'dimensions': ['note']                               | /dimensions/0",
                "'aggregation': 'count', 'filter': {'none': 1}                                | /filter/none",
                "'aggregation': 'count', 'filter': {'region': {'gt': 1}}                      | /filter/region",
                "'aggregation': 'count', 'filter': {'region': {'like': 'x'}}                  | /filter/region/like",
                "'aggregation': 'count', 'colour': 'red'                                      | /colour"
            })
    void what_a_meter_could_not_read_is_told_where_it_is_wrong(String definition, String pointer) {
        Reply refused = putMeter(meter, definition);
        assertEquals("422 invalid", kind(refused));
        assertEquals(pointer, refused.json().at("/errors/0/pointer").asString());
        assertEquals(404, weir.get("admin", "/v1/meters/" + meter).status());
    }

    private Reply putMeter(String name, String rest, String... headers) {
        String ofType = rest.contains("eventType") ? "" : "'eventType': '" + type + "', ";
        return put("/v1/meters/" + name, "{" + ofType + rest + ", 'unit': 'x'}", headers);
    }

    private Reply put(String path, String body, String... headers) {
        return weir.call("admin", "PUT", path, body.replace('\'', '"'), headers);
    }

    /** Records events with that data; the first one's id. */
    private String record(String... data) {
        List<ObjectNode> events = Arrays.stream(data)
                .map(one -> {
                    ObjectNode event = Events.event("ws-050");
                    event.put("type", type);
                    event.set("data", Json.tree(one.replace('\'', '"')));
                    return event;
                })
                .toList();
        assertEquals(
                "accepted=0 recorded=" + data.length + " duplicates=0 conflicts=0 rejected=0",
                weir.post(events, "recorded").counts());
        return Events.id(events.getFirst());
    }

    /** What the meter counted, as the aggregates say it; what the entries say of the same span is the same. */
    private String total(String name) {
        Instant quarter = Instant.ofEpochSecond(Instant.now().getEpochSecond() / 900 * 900);
        String whole = value(usage(name, "&from=" + quarter.minusSeconds(900) + "&to=" + quarter.plusSeconds(1_800)));
        Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
        assertEquals(whole, value(usage(name, "&from=" + now.minusSeconds(400) + "&to=" + now.plusSeconds(1))));
        return whole;
    }

    private static String value(JsonNode usage) {
        return usage.at("/rows/0/value").asString();
    }

    private JsonNode usage(String name, String rest) {
        String span = rest.contains("from=") ? "" : "&from=" + Instant.now().minusSeconds(3_600);
        return weir.get("backend", "/v1/usage?meter=" + name + span + rest).json();
    }

    private static String kind(Reply reply) {
        String problem = reply.json().path("type").asString("");
        return reply.status() + " " + problem.substring(problem.lastIndexOf('/') + 1);
    }
}
