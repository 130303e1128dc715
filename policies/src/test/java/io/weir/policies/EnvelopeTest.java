package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.schemas.AccessTier;
import io.weir.schemas.Caller;
import io.weir.schemas.CappedErrors;
import io.weir.schemas.Deprecation;
import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EnvelopeTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final String VALID = """
            {"specversion":"1.0","id":"e","source":"/s","type":"llm.completion","subject":"ws-001",
             "time":"2026-11-20T09:00:00Z","data":{"model":"m1","region":"eu","inputTokens":1,"outputTokens":2}}""";

    private final Envelope rules = new Envelope(caller(), Map.of("llm.completion", completion()), NOW);

    static Caller caller() {
        return new Caller(
                new TenantId("demo"),
                "demo",
                "p",
                "k",
                EnumSet.allOf(Scope.class),
                new AccessTier("t", 20, 40, 500, 1_000),
                "local",
                Duration.ofDays(35),
                Duration.ofMinutes(5));
    }

    static EventType completion() {
        try (InputStream in =
                Objects.requireNonNull(EnvelopeTest.class.getResourceAsStream("/demo/llm.completion.v1.json"))) {
            String schema = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return EventType.of("llm.completion", 3, Json.tree(schema));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_valid_event_is_known_by_source_id_and_what_orders_it() {
        Envelope.Checked checked = check(VALID).orElseThrow();
        assertEquals("/s", checked.source());
        assertEquals("e", checked.id());
        assertEquals("ws-001", checked.orderingKey());
        assertEquals(3, checked.version().number());
    }

    @Test
    void everything_wrong_is_told_at_once_and_in_its_place() {
        assertEquals(
                List.of("/data/inputTokens", "/data/model", "/id", "/source", "/specversion", "/subject", "/time"),
                pointers("""
                        {"specversion":"0.3","id":"","type":"llm.completion","time":"yesterday",
                         "data":{"region":"eu","inputTokens":-1,"outputTokens":2}}"""));
    }

    @Test
    void each_rule_has_its_pointer() {
        assertEquals(List.of("/data/inputTokens"), pointers(VALID.replace("\"inputTokens\":1", "\"inputTokens\":-1")));
        assertEquals(List.of("/data/inputTokens"), pointers(VALID.replace("\"inputTokens\":1", "\"inputTokens\":1.5")));
        assertEquals(List.of("/data/model"), pointers(VALID.replace("\"model\":\"m1\",", "")));
        assertEquals(List.of("/data/more"), pointers(VALID.replace("\"model\"", "\"more\":1,\"model\"")));
        assertEquals(List.of("/type"), pointers(VALID.replace("llm.completion", "unknown")));
        assertEquals(List.of("/type"), pointers(VALID.replace("\"llm.completion\"", "7")));
        assertEquals(List.of("/specversion"), pointers(VALID.replace("\"1.0\"", "1.0")));
        assertEquals(List.of("/id"), pointers(VALID.replace("\"e\"", "\"a\\u0007\"")));
        assertEquals(List.of("/id"), pointers(VALID.replace("\"e\"", "\"" + "x".repeat(129) + "\"")));
        assertEquals(List.of("/source"), pointers(VALID.replace("/s", "x".repeat(513))));
        assertEquals(List.of("/subject"), pointers(VALID.replace("ws-001", "")));
        assertEquals(List.of("/subject"), pointers(VALID.replace("\"ws-001\"", "5")));
        assertEquals(List.of("/subject"), pointers(VALID.replace("\"subject\":\"ws-001\",", "")));
        assertEquals(
                List.of("/datacontenttype"),
                pointers(VALID.replace("\"id\"", "\"datacontenttype\":\"text/xml\",\"id\"")));
        assertEquals(List.of("/data_base64"), pointers(VALID.replace("\"id\"", "\"data_base64\":\"AA==\",\"id\"")));
        assertEquals(List.of("/data"), pointers(VALID.replaceAll("\"data\":\\{.*}}", "\"data\":[]}")));
        assertEquals(List.of("/data"), pointers(VALID.replaceAll(",\\s*\"time\".*", "}")));
        assertEquals(List.of(""), pointers("[1]"));
    }

    @Test
    void a_time_may_be_35_days_past_and_5_minutes_ahead() {
        for (String time : List.of(
                "2026-10-16T10:00:00Z",
                "2026-11-20T10:05:00Z",
                "2026-11-20T11:05:00+01:00",
                "2026-11-20T09:00:00.123456Z")) {
            assertEquals(List.of(), pointers(VALID.replace("2026-11-20T09:00:00Z", time)), time);
        }
        for (String time :
                List.of("2026-10-16T09:59:59.999Z", "2026-11-20T10:05:00.001Z", "2026-11-20", "1795158084")) {
            assertEquals(List.of("/time"), pointers(VALID.replace("2026-11-20T09:00:00Z", time)), time);
        }
        assertEquals(List.of("/time"), pointers(VALID.replace("\"2026-11-20T09:00:00Z\"", "1795158084")));
    }

    @Test
    void a_member_that_is_null_is_as_good_as_absent() {
        String nulls = VALID.replace("\"2026-11-20T09:00:00Z\"", "null")
                .replace("\"id\"", "\"datacontenttype\":null,\"data_base64\":null,\"id\"");
        assertEquals(List.of(), pointers(nulls));
        assertEquals(List.of("/subject"), pointers(VALID.replace("\"ws-001\"", "null")));
    }

    @Test
    void a_subscription_may_stand_for_the_subject() {
        String named = VALID.replace("\"model\"", "\"subscription\":\"sub-1\",\"model\"");
        assertEquals("ws-001", check(named).orElseThrow().orderingKey());
        assertEquals(
                "sub-1",
                check(named.replace("\"subject\":\"ws-001\",", ""))
                        .orElseThrow()
                        .orderingKey());
        assertEquals(
                "sub-1",
                check(named.replace("\"ws-001\"", "null")).orElseThrow().orderingKey());
    }

    @Test
    void dataschema_names_a_version_by_its_address() {
        for (String good : List.of(
                "/v1/event-types/llm.completion/schemas/3",
                "v1/event-types/llm%2Ecompletion/schemas/3",
                "https://weir.example:8443/api/v1/event-types/llm.completion/schemas/3")) {
            assertEquals(3, check(named(good)).orElseThrow().version().number());
        }
        for (String bad : List.of(
                "/v1/event-types/llm.completion/schemas/4",
                "/v1/event-types/api.request/schemas/3",
                "/v1/event-types/llm.completion/schemas/3x",
                "/v1/event-types/llm.completion/schemas/",
                "/v1/event-types/schemas/3",
                "/v1/event-types/%zz/schemas/3",
                "/xv1/event-types/llm.completion/schemas/3",
                "https://example.com/schema.json",
                "3")) {
            assertEquals(List.of("/dataschema"), pointers(named(bad)), bad);
        }
        assertEquals(List.of("/dataschema"), pointers(VALID.replace("\"id\"", "\"dataschema\":3,\"id\"")));
        assertEquals(List.of(), pointers(VALID.replace("\"id\"", "\"dataschema\":null,\"id\"")));
    }

    @Test
    void a_version_that_ended_is_not_taken_whether_it_is_named_or_current() {
        Deprecation over = new Deprecation(NOW.minusSeconds(9), NOW, null);
        Deprecation nearly = new Deprecation(NOW.minusSeconds(9), NOW.plusNanos(1), null);
        String event = named("/v1/event-types/llm.completion/schemas/3");
        assertEquals(List.of("/dataschema"), pointers(ending(over), event));
        assertEquals(List.of("/type"), pointers(ending(over), VALID));
        assertEquals(List.of(), pointers(ending(nearly), event));
    }

    @Test
    void a_schema_that_cannot_be_used_rejects_its_events_alone() {
        SchemaVersion version = new SchemaVersion(1, null, () -> new CompiledSchema.Broken("no"));
        Map<String, EventType> types =
                Map.of("broken", new EventType("broken", version, Map.of(1, version)), "llm.completion", completion());
        Envelope both = new Envelope(caller(), types, NOW);
        assertEquals(List.of("/type"), pointers(both, VALID.replace("llm.completion", "broken")));
        assertEquals(List.of(), pointers(both, VALID));
    }

    private static String named(String schema) {
        return VALID.replace("\"id\"", "\"dataschema\":\"" + schema + "\",\"id\"");
    }

    private static Envelope ending(Deprecation deprecation) {
        SchemaVersion version =
                new SchemaVersion(3, deprecation, () -> completion().current().compiled());
        return new Envelope(
                caller(), Map.of("llm.completion", new EventType("llm.completion", version, Map.of(3, version))), NOW);
    }

    private Optional<Envelope.Checked> check(String json) {
        CappedErrors errors = new CappedErrors(100);
        Optional<Envelope.Checked> checked = rules.check(Json.tree(json), errors);
        assertEquals(List.of(), errors);
        return checked;
    }

    private List<String> pointers(String json) {
        return pointers(rules, json);
    }

    private static List<String> pointers(Envelope rules, String json) {
        CappedErrors errors = new CappedErrors(100);
        Optional<Envelope.Checked> checked = rules.check(Json.tree(json), errors);
        assertEquals(errors.isEmpty(), checked.isPresent());
        return errors.stream().map(FieldError::pointer).sorted().toList();
    }
}
