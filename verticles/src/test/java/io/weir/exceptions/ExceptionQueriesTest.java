package io.weir.exceptions;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Vertx;
import io.weir.fixtures.Documents;
import io.weir.fixtures.Recorded;
import io.weir.fixtures.TestClock;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Actor;
import io.weir.schemas.Commands.AssignException;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Page;
import io.weir.schemas.RefusedException;
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

    private static final ExceptionFilter ALL = filter(null, null, null, null, null, null);

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
                        { "id": "L-1", "kind": "event", "reason": "unmatched_account", "state": "open", "openedAt": "2026-11-20T09:00:00Z",
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
        assertThrows(RefusedException.class, () -> list(null, "closed"));
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
            Page<ExceptionItem> page = await(exceptions.list(DEMO, ALL, 3, cursor));
            paged.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        assertEquals(11, all.size());
        assertEquals(all, paged);
        assertThrows(RefusedException.class, () -> exceptions.list(DEMO, ALL, 3, "nonsense"));
    }

    @Test
    void one_exception_carries_what_it_is_about() {
        Recorded.held(database, "e1", OPENED, OPENED, "unmatched_account", USED);
        Documents.held(database, "a", "erp_rejected", OPENED);
        ExceptionDetail held = get(DEMO, "L-1").orElseThrow();
        assertEquals("{}", held.payload());
        assertNull(held.item().resolvedAt());
        assertEquals("e1", Json.tree(Json.text(held)).path("eventId").asString());
        ExceptionDetail refused = get(DEMO, "P-a").orElseThrow();
        assertEquals("manifest of a", refused.payload());
        assertEquals("erp_rejected", refused.item().reason());
    }

    @Test
    void each_filter_leaves_what_it_says() {
        Recorded.counted(database, "e1", OPENED, OPENED, "cust-002", "sub-002", USED);
        Recorded.exception(database, "e1", OPENED, "conflict");
        Documents.held(database, "a", "erp_rejected", OPENED.plusSeconds(60));
        assign("L-1", "finance");
        Instant between = OPENED.plusSeconds(30);
        assertEquals(List.of("L-1"), ids(list(filter("event", null, null, null, null, null))));
        assertEquals(List.of("P-a"), ids(list(filter("document", null, null, null, null, null))));
        assertEquals(List.of("L-1"), ids(list(filter(null, "cust-002", null, null, null, null))));
        assertEquals(List.of("L-1"), ids(list(filter(null, null, "finance", null, null, null))));
        assertEquals(List.of("P-a"), ids(list(filter(null, null, null, false, null, null))));
        assertEquals(List.of("P-a"), ids(list(filter(null, null, null, null, between, null))));
        assertEquals(List.of("L-1"), ids(list(filter(null, null, null, null, null, between))));
    }

    @Test
    void usage_without_a_price_and_a_source_with_a_gap_stand_beside_the_others() {
        database.run("""
                insert into rating_exception (tenant, customer, subscription, meter, first_hour, last_hour, quantity, detail,
                    opened_at, tried_at)
                values ('demo', 'cust-001', 'sub-001', 'llm_output_tokens', now(), now(), 7, 'no price', $1, $1)
                """, Instants.utc(OPENED));
        database.run("""
                insert into source_total (tenant, source, event_type, hour, sent, sums, declared_by, declared_at, recorded, opened_at)
                values ('demo', '/test', 't', '2026-11-20T08:00:00Z', 2, '{}', 'p', $1, 1, $1)
                """, Instants.utc(OPENED));
        assertEquals(List.of("S-1", "B-1"), ids(list(null, null)));
        assertEquals(List.of("S-1"), ids(list("incomplete_source", null)));
        assertEquals(List.of("B-1"), ids(list(filter("usage", "cust-001", null, null, null, null))));
        for (ExceptionItem item : list(null, null)) {
            assertEquals(item, get(DEMO, item.id()).orElseThrow().item());
            assertEquals(Optional.empty(), get(OTHER, item.id()));
        }
    }

    @Test
    void whoever_looks_after_it_stands_in_its_history() {
        Recorded.exception(database, "e1", OPENED, "conflict");
        assign("L-1", "finance");
        assign("L-1", "finance");
        assign("L-1", null);
        List<ExceptionDetail.Step> history = get(DEMO, "L-1").orElseThrow().history();
        assertEquals(
                List.of("exception-assigned by jane", "exception-assigned by jane"),
                history.stream()
                        .map(step -> step.act() + " by " + step.principal())
                        .toList());
        assertEquals(
                "{\"owner\":\"finance\"}", String.valueOf(history.getFirst().after()));
        assertThrows(RefusedException.class, () -> assign("L-1", "nobody"));
    }

    private void assign(String exception, @Nullable String owner) {
        database.run("insert into principal (tenant, principal, kind, name) values ('demo', 'finance', 'person', 'f')"
                + " on conflict do nothing");
        await(new Assignments(database.pool(), TestClock.at("2026-11-20T10:00:00Z"))
                .assign(new AssignException(DEMO, new Actor("jane", "k", "c"), exception, owner)));
    }

    private static ExceptionFilter filter(
            @Nullable String kind,
            @Nullable String customer,
            @Nullable String owner,
            @Nullable Boolean assigned,
            @Nullable Instant from,
            @Nullable Instant to) {
        CustomerId whose = customer == null ? null : new CustomerId(customer);
        return new ExceptionFilter(null, null, kind, whose, owner, assigned, from, to);
    }

    @Test
    void what_is_not_there_or_another_tenants_is_not_found() {
        Recorded.held(database, "e1", OPENED, OPENED, "unmatched_account", USED);
        Documents.held(database, "a", "erp_rejected", OPENED);
        for (String id : List.of("L-1", "P-a")) {
            assertEquals(Optional.empty(), get(OTHER, id));
        }
        for (String id : List.of("L-2", "L-x", "L-99999999999999999999", "P-z", "X-1", "")) {
            assertEquals(Optional.empty(), get(DEMO, id));
        }
        assertEquals(List.of(), await(exceptions.list(OTHER, ALL, 10, null)).items());
    }

    private List<ExceptionItem> list(@Nullable String reason, @Nullable String state) {
        return list(new ExceptionFilter(reason, state, null, null, null, null, null, null));
    }

    private List<ExceptionItem> list(ExceptionFilter filter) {
        return await(exceptions.list(DEMO, filter, 100, null)).items();
    }

    private Optional<ExceptionDetail> get(TenantId tenant, String id) {
        return ExceptionId.of(id).flatMap(known -> await(exceptions.get(tenant, known)));
    }

    private static List<String> ids(List<ExceptionItem> items) {
        return items.stream().map(ExceptionItem::id).toList();
    }
}
