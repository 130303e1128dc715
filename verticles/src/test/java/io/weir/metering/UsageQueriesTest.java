package io.weir.metering;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.weir.fixtures.Callers;
import io.weir.fixtures.Recorded;
import io.weir.fixtures.Refused;
import io.weir.fixtures.TestClock;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Address;
import io.weir.schemas.Addresses;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UsageQueriesTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:07:00Z");
    private static final Vertx VERTX = Vertx.vertx();
    private static TestDatabase database;
    private static UsageQueries usage;

    private record Event(
            Instant time, String customer, String subscription, String model, String region, long output) {}

    @BeforeAll
    static void open() {
        Address.prepare(VERTX);
        database = TestDatabase.fresh(VERTX).seedDemo();
        usage = queries(10_000);
    }

    @AfterAll
    static void close() {
        database.close();
        await(VERTX.close());
    }

    @BeforeEach
    void clear() {
        database.run("truncate entry_row, event_id, aggregate, ledger_exception");
    }

    @Test
    void answer_has_the_form_of_the_contract() {
        record("e1", "2026-11-10T10:01:00Z", "cust-001", "sub-001", 5, 7);
        UsageAnswer answer = ask("meter", "llm_input_tokens", "customer", "cust-001", "groupBy", "model");
        assertEquals(Json.tree("""
                        { "meter": "llm_input_tokens", "unit": "tokens", "asOf": "2026-11-20T10:06:59.750Z", "lagMillis": 250,
                          "heldEvents": 0, "uncountedEvents": 0, "backfill": { "state": "pending" },
                          "rows": [ { "from": "2026-11-01T00:00:00Z", "to": "2026-11-20T10:07:00Z", "customer": "cust-001",
                                      "dimensions": { "model": "m1" }, "value": "5" } ] }
                        """), Json.tree(Json.text(answer)));
    }

    @Test
    void sums_and_counts_are_by_meter() {
        record("e1", "2026-11-10T10:01:00Z", "cust-001", "sub-001", 5, 7);
        record("e2", "2026-11-10T10:02:00Z", "cust-002", "sub-002", 50, 70);
        assertEquals("55", total("meter", "llm_input_tokens"));
        assertEquals("77", total("meter", "llm_output_tokens"));
        assertEquals("2", total("meter", "llm_requests"));
        assertEquals("70", total("meter", "llm_output_tokens", "customer", "cust-002"));
        assertEquals("7", total("meter", "llm_output_tokens", "subscription", "sub-001"));
        assertEquals("0", total("meter", "llm_output_tokens", "subscription", "sub-001", "customer", "cust-002"));
    }

    @Test
    void nothing_used_is_a_row_of_zero_only_where_nothing_is_grouped() {
        assertEquals("0", total("meter", "llm_requests"));
        assertEquals(
                List.of(), ask("meter", "llm_requests", "groupBy", "customer").rows());
        assertEquals(List.of(), ask("meter", "llm_requests", "window", "day").rows());
    }

    @Test
    void usage_without_a_subscription_is_grouped_as_such() {
        record("e1", "2026-11-10T10:01:00Z", "cust-001", null, 5, 7);
        record("e2", "2026-11-10T10:01:00Z", "cust-001", "sub-001", 5, 8);
        List<UsageAnswer.Row> rows =
                ask("meter", "llm_output_tokens", "groupBy", "subscription").rows();
        assertEquals(2, rows.size());
        assertEquals(null, rows.getFirst().subscription());
        assertEquals("7", rows.getFirst().value());
        assertEquals("sub-001", rows.getLast().subscription());
    }

    @Test
    void windows_are_cut_in_the_time_zone() {
        record("e1", "2026-11-09T22:59:00Z", "cust-001", "sub-001", 1, 1);
        record("e2", "2026-11-09T23:00:00Z", "cust-001", "sub-001", 1, 10);
        record("e3", "2026-11-10T22:59:59Z", "cust-001", "sub-001", 1, 100);
        List<UsageAnswer.Row> rows = ask("meter", "llm_output_tokens", "window", "day", "tz", "Europe/Berlin")
                .rows();
        assertEquals(
                List.of("1", "110"), rows.stream().map(UsageAnswer.Row::value).toList());
        assertEquals(Instant.parse("2026-11-09T23:00:00Z"), rows.getLast().from());
        assertEquals(Instant.parse("2026-11-10T23:00:00Z"), rows.getLast().to());
    }

    @Test
    void an_event_of_the_future_is_not_in_usage_up_to_now() {
        record("e1", "2026-11-20T10:06:59.999999Z", "cust-001", "sub-001", 1, 1);
        record("e2", "2026-11-20T10:07:00Z", "cust-001", "sub-001", 1, 10);
        record("e3", "2026-11-20T10:11:00Z", "cust-001", "sub-001", 1, 100);
        assertEquals("1", total("meter", "llm_output_tokens"));
        assertEquals("111", total("meter", "llm_output_tokens", "to", "2026-11-20T10:15:00Z"));
        assertEquals(
                1,
                ask("meter", "llm_output_tokens", "window", "hour", "from", "2026-11-20T09:00:00Z")
                        .rows()
                        .size());
    }

    @Test
    void held_events_are_in_no_sum_but_told() {
        Instant time = Instant.parse("2026-11-10T10:01:00Z");
        Recorded.Usage used = new Recorded.Usage("m1", "eu", 3, 4);
        Recorded.held(database, "h1", time, NOW, "unmatched_account", used);
        Recorded.held(database, "h2", time, NOW, "unknown_subscription", used);
        Recorded.exception(database, "c1", NOW, "conflict");
        UsageAnswer answer = ask("meter", "llm_requests", "to", "2026-11-10T10:02:00Z");
        assertEquals("0", answer.rows().getFirst().value());
        assertEquals(2, answer.heldEvents());
        assertEquals(0, ask("meter", "api_bytes").heldEvents());
    }

    @Test
    void what_is_not_there_is_not_found() {
        assertEquals(new Refusal.NotFound("meter none"), Refused.by(asked("meter", "none")));
        assertEquals(
                new Refusal.NotFound("customer nobody"),
                Refused.by(asked("meter", "llm_requests", "customer", "nobody")));
        assertEquals(
                new Refusal.NotFound("subscription none"),
                Refused.by(asked("meter", "llm_requests", "subscription", "none")));
        assertInstanceOf(
                Refusal.NotFound.class,
                Refused.by(usage.usage(Callers.of("other"), question("meter", "llm_requests"))));
    }

    @Test
    void too_large_a_question_is_refused_with_what_to_do() {
        assertEquals(List.of("/groupBy"), Refused.pointers(asked("meter", "llm_requests", "groupBy", "region")));
        assertEquals(
                List.of("/from"), Refused.pointers(asked("meter", "llm_requests", "from", "2025-01-01T00:00:00Z")));
        record("e1", "2026-11-10T10:01:00Z", "cust-001", "sub-001", 5, 7);
        record("e2", "2026-11-10T10:01:00Z", "cust-002", "sub-002", 5, 7);
        UsageQueries narrow = queries(1);
        assertEquals(
                List.of("/groupBy"),
                Refused.pointers(
                        narrow.usage(Callers.of("demo"), question("meter", "llm_requests", "groupBy", "customer"))));
        assertEquals(
                List.of("/window"),
                Refused.pointers(narrow.usage(Callers.of("demo"), question("meter", "llm_requests", "window", "day"))));
    }

    @Test
    void before_the_ledger_has_spoken_nothing_is_claimed() {
        MeteringVerticle verticle = new MeteringVerticle(
                database.pool(),
                new WeirSettings.Metering(10, 400, 1_000),
                TestClock.at(NOW.toString()),
                new SimpleMeterRegistry());
        await(VERTX.deployVerticle(verticle));
        Future<UsageAnswer> early = verticle.usage().usage(Callers.of("demo"), question("meter", "llm_requests"));
        assertInstanceOf(Refusal.Unavailable.class, Refused.by(early));
        Addresses.COUNTED_UP_TO.tell(VERTX.eventBus(), NOW.minusSeconds(1));
        assertTimeout(Duration.ofSeconds(20), () -> {
            Future<UsageAnswer> asked;
            do {
                asked = verticle.usage().usage(Callers.of("demo"), question("meter", "llm_requests"));
                await(asked.otherwiseEmpty());
            } while (asked.failed());
            assertEquals(NOW.minusSeconds(1), asked.result().asOf());
        });
    }

    @Test
    void any_span_and_windows_sum_to_what_the_events_sum_to() {
        Random random = new Random(42);
        List<Event> events = randomEvents(random, 400);
        String[] zones = {"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Australia/Lord_Howe"};
        String[] windows = {"total", "hour", "day", "month"};
        for (int i = 0; i < 300; i++) {
            Instant from = NOW.minusMillis(random.nextLong(Duration.ofHours(80).toMillis()));
            Instant to = from.plusMillis(1
                    + random.nextLong(
                            Duration.ofHours(random.nextBoolean() ? 1 : 60).toMillis()));
            String zone = zones[random.nextInt(zones.length)];
            String window = windows[random.nextInt(windows.length)];
            String customer = random.nextBoolean() ? "cust-001" : null;
            assertSums(events, from, to, window, zone, customer);
        }
    }

    private static void assertSums(
            List<Event> events, Instant from, Instant to, String window, String zone, @Nullable String customer) {
        List<String> parameters = new ArrayList<>(List.of(
                "meter",
                "llm_output_tokens",
                "from",
                from.toString(),
                "to",
                to.toString(),
                "window",
                window,
                "tz",
                zone,
                "groupBy",
                "region,subscription"));
        if (customer != null) {
            parameters.addAll(List.of("customer", customer));
        }
        List<UsageAnswer.Row> rows = ask(parameters.toArray(String[]::new)).rows();
        List<Event> inside = events.stream()
                .filter(event -> !event.time.isBefore(from) && event.time.isBefore(to))
                .filter(event -> customer == null || event.customer.equals(customer))
                .toList();
        String about = parameters.toString();
        for (UsageAnswer.Row row : rows) {
            long expected = inside.stream()
                    .filter(event -> !event.time.isBefore(row.from()) && event.time.isBefore(row.to()))
                    .filter(event -> Map.of("region", event.region).equals(row.dimensions()))
                    .filter(event -> event.subscription.equals(row.subscription()))
                    .mapToLong(Event::output)
                    .sum();
            assertEquals(Long.toString(expected), row.value(), about);
        }
        assertEquals(
                inside.stream().mapToLong(Event::output).sum(),
                rows.stream().mapToLong(row -> Long.parseLong(row.value())).sum(),
                about);
        assertTrue(
                rows.stream()
                        .allMatch(row -> !row.from().isBefore(from) && !row.to().isAfter(to)),
                about);
    }

    private static List<Event> randomEvents(Random random, int count) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Instant time = NOW.plus(Duration.ofMinutes(4))
                    .minusMillis(random.nextLong(
                            Duration.ofHours(random.nextBoolean() ? 2 : 80).toMillis()));
            Event event = new Event(
                    random.nextInt(4) == 0 ? Quarters.start(time) : time,
                    "cust-00" + (1 + random.nextInt(3)),
                    "sub-00" + (1 + random.nextInt(3)),
                    "m" + random.nextInt(2),
                    random.nextBoolean() ? "eu" : "us",
                    random.nextInt(1_000));
            events.add(event);
            Recorded.counted(
                    database,
                    "r" + i,
                    event.time,
                    NOW,
                    event.customer,
                    event.subscription,
                    new Recorded.Usage(event.model, event.region, 1, event.output));
        }
        return events;
    }

    private static UsageQueries queries(int maxRows) {
        return new UsageQueries(
                database.pool(),
                new WeirSettings.Metering(maxRows, 400, 1_000),
                TestClock.at(NOW.toString()),
                () -> Optional.of(NOW.minusMillis(250)));
    }

    private static void record(
            String id, String time, String customer, @Nullable String subscription, long input, long output) {
        Recorded.counted(
                database,
                id,
                Instant.parse(time),
                NOW,
                customer,
                subscription,
                new Recorded.Usage("m1", "eu", input, output));
    }

    private static String total(String... parameters) {
        List<UsageAnswer.Row> rows = ask(parameters).rows();
        assertEquals(1, rows.size());
        return rows.getFirst().value();
    }

    private static UsageAnswer ask(String... parameters) {
        return await(asked(parameters));
    }

    private static Future<UsageAnswer> asked(String... parameters) {
        return usage.usage(Callers.of("demo"), question(parameters));
    }

    private static UsageQuestion question(String... parameters) {
        MultiMap map = MultiMap.caseInsensitiveMultiMap();
        for (int i = 0; i < parameters.length; i += 2) {
            map.add(parameters[i], parameters[i + 1]);
        }
        return UsageQuestion.parse(map, NOW);
    }
}
