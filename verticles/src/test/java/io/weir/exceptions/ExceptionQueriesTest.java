package io.weir.exceptions;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.vertx.core.Vertx;
import io.weir.fixtures.Documents;
import io.weir.fixtures.Recorded;
import io.weir.fixtures.Refused;
import io.weir.fixtures.TestClock;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Json;
import io.weir.schemas.Page;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExceptionQueriesTest {
    private static final TenantId DEMO = new TenantId("demo");
    private static final TenantId OTHER = new TenantId("other");
    private static final Instant OPENED = Instant.parse("2026-11-20T09:00:00Z");
    private static final Recorded.Usage USED = new Recorded.Usage("m1", "eu", 5, 7);

    private final Vertx vertx = Vertx.vertx();
    private TestDatabase database;
    private ExceptionQueries exceptions;

    @BeforeEach
    void open() {
        database = TestDatabase.fresh(vertx).seedDemo();
        exceptions = new ExceptionQueries(database.pool(), TestClock.at("2026-11-20T10:00:00Z"));
    }

    @AfterEach
    void close() {
        database.close();
        await(vertx.close());
    }

    @Test
    void held_event_says_what_it_waits_for() {
        Recorded.held(database, "e1", OPENED, OPENED, "unmatched_account", USED);
        assertEquals(Json.tree("""
                        { "id": "L-1", "reason": "unmatched_account", "state": "open", "openedAt": "2026-11-20T09:00:00Z",
                          "ageSeconds": 3600, "detail": "because", "source": "/test", "eventId": "e1",
                          "type": "llm.completion", "subject": "ws-x", "attempts": 0, "correlation": "trace-e1" }
                        """), Json.tree(Json.text(list(null, null).getFirst())));
    }

    @Test
    void refused_document_and_held_event_stand_in_one_list_newest_first() {
        Recorded.exception(database, "e1", OPENED.plusSeconds(60), "conflict");
        Documents.held(database, "a", "erp_rejected", OPENED);
        Documents.held(database, "b", "period_closed", OPENED.plusSeconds(120));
        assertEquals(List.of("P-b", "L-1", "P-a"), ids(list(null, null)));
        assertEquals(List.of("P-b"), ids(list("period_closed", "open")));
        ExceptionItem refused = list("erp_rejected", null).getFirst();
        assertEquals("a", refused.externalId());
        assertEquals("post-a", refused.posting());
        assertEquals("cust-001", refused.customer());
        assertEquals(2, refused.attempts());
        assertEquals(OPENED, refused.openedAt());
    }

    @Test
    void resolved_ones_are_listed_when_asked_for() {
        Recorded.exception(database, "e1", OPENED, "conflict");
        Recorded.exception(database, "e2", OPENED, "conflict");
        database.run("update ledger_exception set state = 'resolved', resolved_at = now() where id = 'e1'");
        Documents.held(database, "a", "erp_rejected", OPENED);
        assertEquals(List.of("P-a", "L-2"), ids(list(null, "open")));
        assertEquals(List.of("L-1"), ids(list(null, "resolved")));
        assertEquals(List.of("/state"), Refused.pointers(exceptions.list(DEMO, null, "closed", 10, null)));
    }

    @Test
    void pages_hold_each_exception_once() {
        for (int i = 0; i < 10; i++) {
            Recorded.exception(database, "e" + i, OPENED.plusSeconds(i / 4), "conflict");
        }
        Documents.held(database, "a", "erp_rejected", OPENED.plus(Duration.ofSeconds(1)));
        List<ExceptionItem> all = list(null, null);
        List<ExceptionItem> paged = new ArrayList<>();
        String cursor = null;
        do {
            Page<ExceptionItem> page = await(exceptions.list(DEMO, null, null, 3, cursor));
            paged.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        assertEquals(11, all.size());
        assertEquals(all, paged);
        assertEquals(List.of("/cursor"), Refused.pointers(exceptions.list(DEMO, null, null, 3, "nonsense")));
    }

    @Test
    void one_exception_carries_what_it_is_about() {
        Recorded.held(database, "e1", OPENED, OPENED, "unmatched_account", USED);
        Documents.held(database, "a", "erp_rejected", OPENED);
        ExceptionDetail held = await(exceptions.get(DEMO, "L-1")).orElseThrow();
        assertEquals("{}", held.payload());
        assertNull(held.resolvedAt());
        assertEquals("e1", Json.tree(Json.text(held)).path("eventId").asString());
        ExceptionDetail refused = await(exceptions.get(DEMO, "P-a")).orElseThrow();
        assertEquals("manifest of a", refused.payload());
        assertEquals("erp_rejected", refused.item().reason());
    }

    @Test
    void what_is_not_there_or_another_tenants_is_not_found() {
        Recorded.held(database, "e1", OPENED, OPENED, "unmatched_account", USED);
        Documents.held(database, "a", "erp_rejected", OPENED);
        for (String id : List.of("L-1", "P-a")) {
            assertEquals(Optional.empty(), await(exceptions.get(OTHER, id)));
        }
        for (String id : List.of("L-2", "L-x", "L-99999999999999999999", "P-z", "X-1", "")) {
            assertEquals(Optional.empty(), await(exceptions.get(DEMO, id)));
        }
        assertEquals(
                List.of(), await(exceptions.list(OTHER, null, null, 10, null)).items());
    }

    private List<ExceptionItem> list(@Nullable String reason, @Nullable String state) {
        return await(exceptions.list(DEMO, reason, state, 100, null)).items();
    }

    private static List<String> ids(List<ExceptionItem> items) {
        return items.stream().map(ExceptionItem::id).toList();
    }
}
