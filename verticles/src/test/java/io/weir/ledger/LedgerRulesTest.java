package io.weir.ledger;

import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.pgclient.PgException;
import io.weir.schemas.Aggregation;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.FieldMapping;
import io.weir.schemas.Json;
import io.weir.schemas.MeterFilter;
import io.weir.schemas.MeterKey;
import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.StrictJson;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.UsageLog;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LedgerRulesTest {
    private static final Instant TEN = Instant.parse("2026-11-20T10:00:00Z");
    private static final Meter TOKENS = meter("llm_output_tokens", "/data/outputTokens", "model", "region");
    private static final Meter DEEP = meter("deep", "/data/a/b~1c/0");

    @Test
    void equal_content_has_equal_text_however_it_was_encoded() {
        assertEquals("{\"a\":1,\"b\":[true,null,\"é\"],\"c\":{}}", canonical("""
                { "c" : { }, "b":[true , null, "\\u00e9"], "a": 1.0 }"""));
        assertEquals(canonical("[1, 1.0, 10e-1, 0.1e1]"), canonical("[1,1,1,1]"));
        assertEquals(canonical("[100, 0]"), canonical("[1e2, -0.0]"));
        assertEquals(canonical("\"\\ud83d\\ude00\\/\\u0041\""), canonical("\"\ud83d\ude00/A\""));
        assertEquals("\"\\u0001\\\"\\\\\\u000a\"", canonical("\"\\u0001\\\"\\\\\\n\""));
        assertEquals("[]", canonical("[ ]"));
    }

    @Test
    void other_content_has_other_text() {
        assertNotEquals(canonical("1"), canonical("\"1\""));
        assertNotEquals(canonical("{\"a\":[1,2]}"), canonical("{\"a\":[2,1]}"));
        assertNotEquals(canonical("{\"a\":null}"), canonical("{}"));
        assertNotEquals(canonical("0.1"), canonical("0.10000000000000000000000000000000001"));
    }

    @Test
    void canonical_text_is_json_of_the_same_content() {
        String text = "{\"k\\n\":[1e-7,-1.5,\"\\u0007\",{\"z\":1,\"a\":{}}]}";
        assertEquals(canonical(text), canonical(canonical(text)));
    }

    @Test
    void a_retry_in_another_encoding_is_the_same_event() throws Exception {
        LoggedEvent first = read("""
                {"id":"e","source":"/s","type":"t","subject":"ws","time":"2026-11-20T10:00:00Z","data":{"n":1,"m":"a"}}""");
        LoggedEvent retry = read("""
                {"data":{"m":"\\u0061", "n":1.00}, "time":"2026-11-20T11:00:00.000+01:00", "traceparent":"x",
                 "subject":"ws", "type":"t", "source":"/s", "id":"e", "specversion":"1.0"}""");
        assertEquals(first.key(), retry.key());
        assertEquals(first.digest(), retry.digest());
        for (String other : List.of(
                "{\"id\":\"e\",\"source\":\"/s\",\"type\":\"u\",\"subject\":\"ws\",\"time\":\"2026-11-20T10:00:00Z\",\"data\":{\"n\":1,\"m\":\"a\"}}",
                "{\"id\":\"e\",\"source\":\"/s\",\"type\":\"t\",\"subject\":\"wt\",\"time\":\"2026-11-20T10:00:00Z\",\"data\":{\"n\":1,\"m\":\"a\"}}",
                "{\"id\":\"e\",\"source\":\"/s\",\"type\":\"t\",\"subject\":\"ws\",\"time\":\"2026-11-20T10:00:01Z\",\"data\":{\"n\":1,\"m\":\"a\"}}",
                "{\"id\":\"e\",\"source\":\"/s\",\"type\":\"t\",\"subject\":\"ws\",\"data\":{\"n\":1,\"m\":\"a\"}}",
                "{\"id\":\"e\",\"source\":\"/s\",\"type\":\"t\",\"subject\":\"ws\",\"time\":\"2026-11-20T10:00:00Z\",\"data\":{\"n\":\"1\",\"m\":\"a\"}}")) {
            assertEquals(first.key(), read(other).key());
            assertNotEquals(first.digest(), read(other).digest(), other);
        }
    }

    @Test
    void an_event_without_a_time_happened_when_it_was_received_and_its_retry_is_the_same() throws Exception {
        String json = "{\"id\":\"e\",\"source\":\"/s\",\"type\":\"t\",\"subject\":\"ws\",\"time\":null,\"data\":{}}";
        assertEquals(Events.RECEIVED, read(json).time());
        assertEquals(
                read(json).digest(), read(json.replace("\"time\":null,", "")).digest());
    }

    @Test
    void a_subscription_is_named_by_a_text_only() throws Exception {
        String json =
                "{\"id\":\"e\",\"source\":\"/s\",\"type\":\"t\",\"subject\":\"ws\",\"data\":{\"subscription\":5}}";
        assertEquals(null, read(json).subscription());
        assertEquals("s", read(json.replace("5", "\"s\"")).subscription());
    }

    @Test
    void in_a_batch_the_first_of_a_key_stands() {
        Batch batch = Batch.of(List.of(
                at(0, 0, json("a", "ws", 1)),
                at(0, 1, json("a", "ws", 1)),
                at(0, 2, json("a", "ws", 2)),
                at(0, 3, json("b", "ws", 1)),
                at(0, 4, "{")));
        assertEquals(2, batch.candidates().size());
        assertEquals(2, batch.decide(Map.of(), Set.of()).size());
        assertEquals(
                List.of(
                        ReceiptStatus.RECORDED,
                        ReceiptStatus.DUPLICATE,
                        ReceiptStatus.CONFLICT,
                        ReceiptStatus.RECORDED),
                statuses(batch));
        assertEquals(1, batch.unreadable().size());
        assertEquals(2, batch.conflicts().getFirst().event().record().offset());
    }

    @Test
    void what_was_there_before_stands_against_all_of_a_batch() throws Exception {
        LoggedEvent stored = LoggedEvent.read(at(0, 0, json("a", "ws", 2)));
        Batch batch = Batch.of(List.of(at(1, 0, json("a", "ws", 1)), at(1, 1, json("a", "ws", 2))));
        assertEquals(List.of(), batch.decide(Map.of(stored.key(), stored.digest()), Set.of()));
        assertEquals(List.of(ReceiptStatus.CONFLICT, ReceiptStatus.DUPLICATE), statuses(batch));
    }

    @Test
    void candidates_come_in_the_order_of_their_keys() {
        List<LogRecord> records = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            records.add(at(0, i, json("e-" + i, "ws", 1)));
        }
        List<UUID> keys =
                Batch.of(records).candidates().stream().map(LoggedEvent::key).toList();
        assertEquals(keys.stream().sorted().toList(), keys);
    }

    @Test
    void why_a_record_is_unreadable_can_always_be_stored() {
        Batch.Unreadable bad = new Batch.Unreadable(at(0, 0, "{"), "\u0000\ud800" + "x".repeat(5_000));
        assertTrue(io.weir.schemas.Text.storable(bad.why()));
        assertEquals(2_000, bad.why().length());
    }

    @Test
    void a_record_is_read_with_headers_that_are_missing_or_foreign() {
        ConsumerRecord<String, byte[]> bare = new ConsumerRecord<>("t", 3, 9, "k", null);
        LogRecord read = LogRecord.of(bare);
        assertEquals(0, read.value().length);
        assertEquals(read.arrivedAt(), read.receivedAt());
        assertEquals(Optional.empty(), read.reply());
        UsageLog.Context never = new UsageLog.Context(
                Instant.ofEpochSecond(-9_000_000_000_000L), 1, "0af7651916cd43dd8448eb211c80319c", Optional.empty());
        bare.headers().add(UsageLog.CONTEXT, never.encode());
        assertEquals(
                read,
                new LogRecord(3, 9, read.arrivedAt(), "k", read.value(), read.arrivedAt(), "", 0, Optional.empty()));
        LogRecord foreign = LogRecord.of(bare);
        assertEquals(foreign.arrivedAt(), foreign.receivedAt());
        assertEquals("", foreign.correlation());
        assertEquals(Optional.empty(), foreign.reply());
    }

    @Test
    void an_event_belongs_to_the_revision_that_was_in_force_at_its_time() {
        Account account = new Account(
                new CustomerId("c"),
                List.of(
                        term(
                                "s",
                                1,
                                "2026-01-01T00:00:00Z",
                                "2026-06-01T00:00:00Z",
                                "2026-01-01T00:00:00Z",
                                "9999-01-01T00:00:00Z"),
                        term(
                                "s",
                                2,
                                "2026-06-01T00:00:00Z",
                                "9999-01-01T00:00:00Z",
                                "2026-01-01T00:00:00Z",
                                "2026-11-20T10:00:00Z")));
        assertEquals(Optional.empty(), revision(account, "2025-12-31T23:59:59.999999Z", null));
        assertEquals(Optional.of(1L), revision(account, "2026-01-01T00:00:00Z", null));
        assertEquals(Optional.of(1L), revision(account, "2026-05-31T23:59:59.999999Z", "s"));
        assertEquals(Optional.of(2L), revision(account, "2026-06-01T00:00:00Z", "s"));
        assertEquals(Optional.empty(), revision(account, "2026-11-20T10:00:00Z", "s"));
        assertEquals(Optional.empty(), revision(account, "2026-06-01T00:00:00Z", "other"));
    }

    @Test
    void of_two_subscriptions_the_named_one_counts_or_else_the_first_by_key() {
        Account account = new Account(
                new CustomerId("c"),
                List.of(
                        term(
                                "b",
                                1,
                                "2026-01-01T00:00:00Z",
                                "9999-01-01T00:00:00Z",
                                "2026-01-01T00:00:00Z",
                                "9999-01-01T00:00:00Z"),
                        term(
                                "a",
                                2,
                                "2026-01-01T00:00:00Z",
                                "9999-01-01T00:00:00Z",
                                "2026-01-01T00:00:00Z",
                                "9999-01-01T00:00:00Z")));
        assertEquals(Optional.of(2L), revision(account, "2026-02-01T00:00:00Z", null));
        assertEquals(Optional.of(1L), revision(account, "2026-02-01T00:00:00Z", "b"));
    }

    @Test
    void whose_an_event_is() {
        Account account = new Account(
                new CustomerId("c"),
                List.of(term(
                        "s",
                        4,
                        "2026-01-01T00:00:00Z",
                        "2026-02-01T00:00:00Z",
                        "2026-01-01T00:00:00Z",
                        "9999-01-01T00:00:00Z")));
        assertEquals(
                new Resolution.Held("unmatched_account", "ws"), Resolution.of(null, "ws", "s", TEN, List.of(TOKENS)));
        assertEquals(
                new Resolution.Held("unknown_subscription", "s"), Resolution.of(null, "", "s", TEN, List.of(TOKENS)));
        assertEquals(
                new Resolution.Held("unknown_subscription", "x"),
                Resolution.of(account, "ws", "x", TEN, List.of(TOKENS)));
        assertEquals(
                new Resolution.Counted(new CustomerId("c"), Optional.empty(), Optional.empty()),
                Resolution.of(account, "ws", "s", TEN, List.of(TOKENS)));
        Resolution.Counted counted = (Resolution.Counted)
                Resolution.of(account, "ws", null, Instant.parse("2026-01-15T00:00:00Z"), List.of(DEEP, TOKENS));
        assertEquals(4, counted.term().orElseThrow().revision());
        assertEquals("sku", counted.line().orElseThrow().item());
    }

    @Test
    void a_meter_counts_the_number_at_its_place_and_nothing_else() {
        assertEquals(Optional.of(new BigDecimal("7")), TOKENS.quantity(Json.tree("{\"outputTokens\":7}")));
        assertEquals(Optional.of(new BigDecimal("1.5")), DEEP.quantity(Json.tree("{\"a\":{\"b/c\":[1.5]}}")));
        for (String none :
                List.of("{}", "{\"outputTokens\":\"7\"}", "{\"outputTokens\":null}", "{\"outputTokens\":{}}")) {
            assertEquals(Optional.empty(), TOKENS.quantity(Json.tree(none)), none);
        }
        Meter count = new Meter(
                new MeterKey("n"),
                1,
                1,
                "t",
                Aggregation.COUNT,
                "/data/outputTokens",
                List.of(),
                MeterFilter.NONE,
                FieldMapping.NONE);
        assertEquals(Optional.of(BigDecimal.ONE), count.quantity(Json.tree("{\"outputTokens\":7}")));
    }

    @Test
    void dimensions_are_sorted_texts_and_what_is_lacking_is_left_out() {
        assertEquals(
                "{\"model\":\"m\\\"1\",\"region\":\"5\"}",
                TOKENS.dimensions(Json.tree("{\"region\":5,\"model\":\"m\\\"1\",\"x\":1}")));
        assertEquals("{\"region\":\"eu\"}", TOKENS.dimensions(Json.tree("{\"region\":\"eu\",\"model\":null}")));
        assertEquals("{}", TOKENS.dimensions(Json.tree("{\"region\":{},\"model\":[]}")));
    }

    @Test
    void a_bucket_is_a_quarter_of_an_hour() {
        assertEquals(TEN, Meter.bucket(TEN));
        assertEquals(TEN, Meter.bucket(Instant.parse("2026-11-20T10:14:59.999999Z")));
        assertEquals(Instant.parse("1969-12-31T23:45:00Z"), Meter.bucket(Instant.parse("1969-12-31T23:59:59Z")));
    }

    @Test
    void aggregates_add_up_and_come_in_the_order_of_their_keys() {
        Aggregates aggregates = new Aggregates();
        for (String customer : List.of("b", "a", "b")) {
            for (String time : List.of("2026-11-30T23:59:59Z", "2026-12-01T00:00:00Z", "2026-11-30T23:45:00Z")) {
                aggregates.count(
                        Events.DEMO,
                        new Resolution.Counted(new CustomerId(customer), Optional.empty(), Optional.empty()),
                        Instant.parse(time),
                        Json.tree("{\"outputTokens\":2,\"model\":\"m\"}"),
                        List.of(TOKENS, DEEP));
            }
        }
        assertEquals(
                List.of(
                        "a 2026-11-30T23:45:00Z 4/2",
                        "a 2026-12-01T00:00:00Z 2/1",
                        "b 2026-11-30T23:45:00Z 8/4",
                        "b 2026-12-01T00:00:00Z 4/2"),
                aggregates.rows().entrySet().stream()
                        .map(row -> row.getKey().customer().value() + " "
                                + row.getKey().bucket() + " " + row.getValue().value() + "/"
                                + row.getValue().entries())
                        .toList());
        assertEquals(
                List.of("a 2026-11-01 4", "a 2026-12-01 2", "b 2026-11-01 8", "b 2026-12-01 4"),
                aggregates.months().entrySet().stream()
                        .map(row -> row.getKey().customer().value() + " "
                                + row.getKey().month() + " " + row.getValue().value())
                        .toList());
        assertEquals(2, aggregates.customers().size());
    }

    @Test
    void a_failure_is_of_the_data_or_of_the_world() {
        assertTrue(Failures.ofTheData(new RuntimeException(pg("22P05"))));
        assertTrue(Failures.ofTheData(pg("23514")));
        assertTrue(Failures.ofTheData(pg("54000")));
        for (String state : List.of("40P01", "40001", "57P01", "25P02", "08006", "53300")) {
            assertTrue(!Failures.ofTheData(pg(state)), state);
        }
        assertTrue(!Failures.ofTheData(new IllegalStateException("closed")));
    }

    private static PgException pg(String state) {
        return new PgException("failed", "ERROR", state, "");
    }

    private static Optional<Long> revision(Account account, String time, @Nullable String named) {
        return account.at(Instant.parse(time), named).map(Account.Term::revision);
    }

    private static Account.Term term(
            String subscription, long revision, String from, String to, String starts, String ends) {
        return new Account.Term(
                new SubscriptionId(subscription),
                revision,
                Instant.parse(from),
                Instant.parse(to),
                Instant.parse(starts),
                Instant.parse(ends),
                List.of(
                        new Account.Line(new MeterKey("other"), "x", "y"),
                        new Account.Line(new MeterKey("llm_output_tokens"), "sku", "main")));
    }

    private static Meter meter(String key, String value, String... dimensions) {
        return new Meter(
                new MeterKey(key),
                1,
                1,
                "t",
                Aggregation.SUM,
                value,
                List.of(dimensions),
                MeterFilter.NONE,
                FieldMapping.NONE);
    }

    private static List<ReceiptStatus> statuses(Batch batch) {
        return batch.outcomes().stream()
                .sorted((a, b) -> Long.compare(a.record().offset(), b.record().offset()))
                .map(Batch.Outcome::status)
                .toList();
    }

    private static LoggedEvent read(String json) throws LoggedEvent.UnreadableException {
        return LoggedEvent.read(at(0, 0, json));
    }

    private static String canonical(String json) {
        List<FieldError> errors = new ArrayList<>();
        StringBuilder out = new StringBuilder();
        CanonicalJson.append(out, StrictJson.read(json.getBytes(StandardCharsets.UTF_8), errors));
        assertEquals(List.of(), errors);
        return out.toString();
    }
}
