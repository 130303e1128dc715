package io.weir.lineage;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Vertx;
import io.weir.fixtures.Charges;
import io.weir.fixtures.Documents;
import io.weir.fixtures.Recorded;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Narrowing;
import io.weir.schemas.Page;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LineageTest {
    private static final TenantId DEMO = new TenantId("demo");
    private static final TenantId OTHER = new TenantId("other");
    private static final Instant HOUR = Instant.parse("2026-11-20T08:00:00Z");
    private static final Instant LATEST = Instant.parse("2026-11-20T10:05:00Z");
    private static final Recorded.Usage USED = new Recorded.Usage("m1", "eu", 5, 7);
    private static final EventList.Filter ALL = new EventList.Filter(null, null, null, null, null);

    private final Vertx vertx = Vertx.vertx();
    private TestDatabase database;
    private LineageQueries lineage;
    private EventList events;

    @BeforeEach
    void open() {
        database = TestDatabase.fresh(vertx).seedDemo();
        lineage = new LineageQueries(database.pool());
        events = new EventList(database.pool());
    }

    @AfterEach
    void close() {
        database.close();
        await(vertx.close());
    }

    /** Three events of an hour: two before the first charge, one after it, which the adjustment is of. */
    private void charged() {
        counted("e1", HOUR.plusSeconds(60), HOUR.plusSeconds(61));
        counted("e2", HOUR.plusSeconds(120), HOUR.plusSeconds(121));
        counted("late", HOUR.plusSeconds(30), HOUR.plusSeconds(5_000));
        Charges.made(database, "first", HOUR, 14, HOUR.plusSeconds(4_000), 1);
        Charges.made(database, "adjustment", HOUR, 7, HOUR.plusSeconds(6_000), 2);
        Documents.posted(database, "eid-1", "INV-1", "first", HOUR.plusSeconds(4_500));
        Documents.posted(database, "eid-2", "INV-2", "adjustment", HOUR.plusSeconds(6_500));
    }

    private void counted(String id, Instant time, Instant recordedAt) {
        Recorded.counted(database, id, time, recordedAt, "cust-001", "sub-001", USED);
    }

    @Test
    void event_leads_to_its_document_and_the_document_back_to_the_event() {
        charged();
        for (String[] row : new String[][] {
            {"e1", "first", "eid-1", "INV-1"},
            {"e2", "first", "eid-1", "INV-1"},
            {"late", "adjustment", "eid-2", "INV-2"}
        }) {
            Lineage on = ofEvent(row[0]).orElseThrow();
            assertEquals(
                    List.of(row[1]),
                    on.charges().stream().map(Lineage.Charge::chargeKey).toList());
            assertEquals(List.of(row[1]), on.events().getFirst().charges());
            assertEquals(row[2], on.documents().getFirst().externalId());
            assertEquals("post-" + row[2], on.postings().getFirst().id());
            assertEquals(HOUR, on.usage().getFirst().from());
            for (String document : List.of(row[2], row[3])) {
                Lineage back = ofDocument(document, 10, null).orElseThrow().lineage();
                assertEquals(
                        row[1].equals("first") ? List.of("e1", "e2") : List.of("late"),
                        back.events().stream().map(Lineage.Event::id).toList());
                assertEquals(on.charges(), back.charges());
                assertEquals(on.documents(), back.documents());
                assertEquals(on.usage(), back.usage());
            }
        }
    }

    @Test
    void event_that_was_held_belongs_to_the_charge_after_it_was_matched() {
        counted("e1", HOUR.plusSeconds(60), HOUR.plusSeconds(61));
        Recorded.exception(database, "e1", HOUR.plusSeconds(61), "unmatched_account");
        database.run("update ledger_exception set state = 'resolved', resolution = 'matched',"
                + " resolved_at = '2026-11-20T09:30:00Z'");
        Charges.made(database, "before", HOUR, 7, HOUR.plusSeconds(4_000), 1);
        Charges.made(database, "after", HOUR, 7, HOUR.plusSeconds(7_000), 2);
        Documents.posted(database, "eid-1", "INV-1", "before", HOUR.plusSeconds(7_100));
        Lineage on = ofEvent("e1").orElseThrow();
        assertEquals("after", on.charges().getFirst().chargeKey());
        assertEquals(List.of(), on.documents());
        assertEquals(
                List.of(), ofDocument("eid-1", 10, null).orElseThrow().lineage().events());
    }

    @Test
    void events_of_a_document_come_page_by_page() {
        for (int i = 0; i < 7; i++) {
            counted("e" + i, HOUR.plusSeconds(i / 3), HOUR.plusSeconds(61));
        }
        Charges.made(database, "first", HOUR, 49, HOUR.plusSeconds(4_000), 1);
        Documents.posted(database, "eid-1", "INV-1", "first", HOUR.plusSeconds(4_500));
        List<String> paged = new ArrayList<>();
        String cursor = null;
        do {
            LineageQueries.Found page = ofDocument("INV-1", 3, cursor).orElseThrow();
            page.lineage().events().forEach(event -> paged.add(event.id()));
            assertEquals(1, page.lineage().charges().size());
            cursor = page.next();
        } while (cursor != null);
        assertEquals(
                IntStream.range(0, 7).mapToObj(i -> "e" + i).toList(),
                paged.stream().sorted().toList());
        assertThrows(RefusedException.class, () -> ofDocument("INV-1", 3, "nonsense"));
    }

    @Test
    void what_is_anothers_is_not_found() {
        charged();
        Narrowing other = new Narrowing(null, null, null, Set.of(new CustomerId("cust-002")));
        assertEquals(Optional.empty(), await(lineage.ofEvent(OTHER, Narrowing.NONE, "/test", "e1")));
        assertEquals(Optional.empty(), await(lineage.ofEvent(DEMO, other, "/test", "e1")));
        assertEquals(Optional.empty(), await(lineage.ofDocument(OTHER, Narrowing.NONE, "eid-1", 10, null)));
        assertEquals(Optional.empty(), await(lineage.ofDocument(DEMO, other, "eid-1", 10, null)));
        assertEquals(Optional.empty(), ofDocument("eid-9", 10, null));
    }

    @Test
    void events_are_listed_newest_first_whatever_lies_between_them() {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Instant> times = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            Instant time = LATEST.minus(Duration.ofSeconds(1L << random.nextInt(25)));
            times.add(time);
            counted("e" + i, time, LATEST);
        }
        List<EventItem> paged = new ArrayList<>();
        String cursor = null;
        do {
            Page<EventItem> page = await(events.list(DEMO, ALL, LATEST, 7, cursor));
            paged.addAll(page.items());
            cursor = page.next();
        } while (cursor != null);
        assertEquals(
                times.stream().sorted((a, b) -> b.compareTo(a)).toList(),
                paged.stream().map(EventItem::time).toList());
        assertEquals(60, paged.stream().map(EventItem::id).distinct().count());
    }

    @Test
    void each_filter_leaves_what_it_says() {
        counted("e1", HOUR, LATEST);
        Recorded.counted(database, "e2", HOUR.plusSeconds(1), LATEST, "cust-002", null, USED);
        Recorded.held(database, "e3", HOUR.plusSeconds(2), LATEST, "unmatched_account", USED);
        CustomerId two = new CustomerId("cust-002");
        assertEquals(List.of("e3", "e2", "e1"), ids(ALL));
        assertEquals(List.of("e2"), ids(new EventList.Filter(Set.of(two), null, null, null, null)));
        assertEquals(List.of("e3", "e2"), ids(new EventList.Filter(null, HOUR.plusSeconds(1), null, null, null)));
        assertEquals(List.of("e1"), ids(new EventList.Filter(null, null, HOUR.plusSeconds(1), null, null)));
        assertEquals(List.of(), ids(new EventList.Filter(null, null, null, "api.request", null)));
        assertEquals(List.of("e3"), ids(new EventList.Filter(null, null, null, null, "held")));
        assertEquals(List.of("e2", "e1"), ids(new EventList.Filter(null, null, null, null, "recorded")));
        EventItem held = await(events.list(DEMO, ALL, LATEST, 1, null)).items().getFirst();
        assertEquals("L-1", held.exceptionId());
        assertEquals("unmatched_account", held.reason());
        assertNull(held.customer());
        assertEquals(List.of(), await(events.list(OTHER, ALL, LATEST, 9, null)).items());
    }

    private List<String> ids(EventList.Filter filter) {
        return await(events.list(DEMO, filter, LATEST, 10, null)).items().stream()
                .map(EventItem::id)
                .toList();
    }

    private Optional<Lineage> ofEvent(String id) {
        return await(lineage.ofEvent(DEMO, Narrowing.NONE, "/test", id)).map(LineageQueries.Found::lineage);
    }

    private Optional<LineageQueries.Found> ofDocument(String document, int limit, @Nullable String cursor) {
        return await(lineage.ofDocument(DEMO, Narrowing.NONE, document, limit, cursor));
    }
}
