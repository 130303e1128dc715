package io.weir.metering;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.Vertx;
import io.weir.archive.Archive;
import io.weir.fixtures.Charges;
import io.weir.fixtures.Documents;
import io.weir.fixtures.Recorded;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.TenantId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventQueriesTest {
    private static final TenantId DEMO = new TenantId("demo");
    private static final Instant TIME = Instant.parse("2026-11-20T08:20:00Z");
    private static final Instant RECORDED = Instant.parse("2026-11-20T08:21:00Z");
    private static final Recorded.Usage USED = new Recorded.Usage("m1", "eu", 5, 7);

    @TempDir
    Path directory;

    private final Vertx vertx = Vertx.vertx();
    private TestDatabase database;
    private EventQueries events;

    @BeforeEach
    void open() {
        database = TestDatabase.fresh(vertx).seedDemo();
        events = new EventQueries(database.pool(), new Archive(directory), vertx);
    }

    @AfterEach
    void close() {
        database.close();
        await(vertx.close());
    }

    @Test
    void counted_event_shows_whose_it_is_and_where_it_counts() {
        Recorded.counted(database, "e1", TIME, RECORDED, "cust-001", "sub-001", USED);
        EventState state = find("e1");
        assertEquals(Json.tree("""
                        { "source": "/test", "id": "e1", "state": "recorded", "type": "llm.completion", "subject": "ws-x",
                          "time": "2026-11-20T08:20:00Z", "correlation": "trace-e1", "customer": "cust-001",
                          "subscription": "sub-001", "legalEntity": "main", "item": "llm-output-tokens",
                          "schemaVersion": 1, "masterDataRevision": 1,
                          "data": { "model": "m1", "region": "eu", "inputTokens": 5, "outputTokens": 7 },
                          "stages": { "received": "2026-11-20T08:20:58Z", "logged": "2026-11-20T08:20:59Z",
                                      "recorded": "2026-11-20T08:21:00Z" },
                          "aggregates": [
                            { "meter": "llm_input_tokens", "meterVersion": 1, "from": "2026-11-20T08:15:00Z",
                              "to": "2026-11-20T08:30:00Z", "value": "5", "dimensions": { "model": "m1", "region": "eu" } },
                            { "meter": "llm_output_tokens", "meterVersion": 1, "from": "2026-11-20T08:15:00Z",
                              "to": "2026-11-20T08:30:00Z", "value": "7", "dimensions": { "model": "m1", "region": "eu" } },
                            { "meter": "llm_requests", "meterVersion": 1, "from": "2026-11-20T08:15:00Z",
                              "to": "2026-11-20T08:30:00Z", "value": "1", "dimensions": {} } ],
                          "charges": [], "conflicts": { "count": 0, "exceptions": [] } }
                        """), Json.tree(Json.text(state)));
    }

    @Test
    void held_event_names_its_exception_and_counts_nowhere() {
        Recorded.held(database, "e1", TIME, RECORDED, "unmatched_account", USED);
        EventState state = find("e1");
        assertEquals("held", state.state());
        assertEquals("unmatched_account", state.reason());
        assertEquals("L-1", state.exceptionId());
        assertEquals(List.of(), state.aggregates());
        assertNull(state.customer());
    }

    @Test
    void conflicts_are_counted_beside_the_event_that_stands() {
        Recorded.counted(database, "e1", TIME, RECORDED, "cust-001", null, USED);
        Recorded.exception(database, "e1", RECORDED, "conflict");
        Recorded.exception(database, "e1", RECORDED, "conflict");
        EventState state = find("e1");
        assertEquals("recorded", state.state());
        assertNull(state.exceptionId());
        assertEquals(new EventState.Conflicts(2, List.of("L-1", "L-2")), state.conflicts());
    }

    @Test
    void charged_event_leads_to_its_erp_document() {
        Recorded.counted(database, "e1", TIME, RECORDED, "cust-001", "sub-001", USED);
        charge("before", "2026-11-20T08:20:30Z", 1);
        charge("first", "2026-11-20T09:10:00Z", 2);
        charge("adjustment", "2026-11-20T10:10:00Z", 3);
        Documents.posted(database, "eid-1", "INV-1", "first", Instant.parse("2026-11-20T09:30:00Z"));
        EventState state = find("e1");
        assertEquals(
                List.of(new EventState.Charge(
                        "first", "llm_output_tokens", "post-eid-1", "eid-1", "INV-1", "posted", null)),
                state.charges());
        assertEquals(Instant.parse("2026-11-20T09:10:00Z"), state.stages().charged());
        assertEquals(Instant.parse("2026-11-20T09:30:00Z"), state.stages().posted());
    }

    @Test
    void charge_made_while_the_event_was_held_is_not_its() {
        Recorded.counted(database, "e1", TIME, RECORDED, "cust-001", "sub-001", USED);
        Recorded.exception(database, "e1", RECORDED, "unmatched_account");
        database.run(
                "update ledger_exception set state = 'resolved', resolution = 'matched', resolved_at = $1",
                Instants.utc(Instant.parse("2026-11-20T09:20:00Z")));
        charge("meanwhile", "2026-11-20T09:10:00Z", 1);
        assertEquals(List.of(), find("e1").charges());
        charge("after", "2026-11-20T09:40:00Z", 2);
        assertEquals("after", find("e1").charges().getFirst().chargeKey());
        assertNull(find("e1").stages().posted());
    }

    @Test
    void another_tenants_or_unknown_event_is_not_found() {
        Recorded.counted(database, "e1", TIME, RECORDED, "cust-001", null, USED);
        assertEquals(Optional.empty(), await(events.find(new TenantId("other"), "/test", "e1")));
        assertEquals(Optional.empty(), await(events.find(DEMO, "/test", "e2")));
        assertEquals(Map.of(), find("e1").aggregates().getLast().dimensions());
    }

    private EventState find(String id) {
        return await(events.find(DEMO, "/test", id)).orElseThrow();
    }

    private void charge(String key, String createdAt, int sequence) {
        Charges.made(database, key, Instant.parse("2026-11-20T08:00:00Z"), 7, Instant.parse(createdAt), sequence);
    }
}
