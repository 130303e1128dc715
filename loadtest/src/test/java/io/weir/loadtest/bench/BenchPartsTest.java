package io.weir.loadtest.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.loadtest.Latencies;
import io.weir.loadtest.MeasuredTree;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchPartsTest {
    @Test
    void percentiles_are_within_two_percent_of_the_truth() {
        Latencies latencies = new Latencies();
        for (long micros = 1; micros <= 100_000; micros++) {
            latencies.record(micros * 1_000);
        }
        assertEquals(50, latencies.percentileMillis(50), 1);
        assertEquals(99, latencies.percentileMillis(99), 2);
        assertEquals(100_000, latencies.total());
    }

    @Test
    void an_answer_that_comes_in_pieces_is_complete_only_at_its_end() throws Exception {
        byte[] answer =
                "HTTP/1.1 202 Accepted\r\nX: y\r\nContent-Length: 5\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII);
        AnswerReader reader = new AnswerReader();
        ByteBuffer buffer = ByteBuffer.allocate(200);
        for (int at = 0; at < answer.length - 1; at++) {
            buffer.put(answer[at]);
            assertFalse(reader.complete(buffer));
        }
        buffer.put(answer[answer.length - 1]);
        assertTrue(reader.complete(buffer));
        assertEquals(202, reader.status());
    }

    @Test
    void settings_of_the_node_are_found_by_section_and_name() {
        NodeConf conf = NodeConf.parse(
                "# c\nkafka:\n  # why\n  lingerMillis: 1 # here\n  name: \"\"\nledger:\n  loops: 2\n",
                Map.of("WEIR_LEDGER_LOOPS", "4"));
        assertEquals("1", conf.get("kafka.lingerMillis"));
        assertEquals("4", conf.get("ledger.loops"), "the environment comes before the file");
        assertThrows(BenchFailure.class, () -> conf.get("ledger.none"));
    }

    @Test
    void result_is_the_median_of_the_rounds_and_the_ratio_of_the_medians() {
        Row row = new Row("check", "requests/s", "bare", Row.Node.ADMITTING);
        List.of(100.0, 300.0, 200.0).forEach(value -> row.addWeir(value, value, value));
        List.of(400.0, 400.0, 1000.0).forEach(row::addBare);
        assertEquals(200, row.value());
        assertEquals(0.5, row.ratio());
        String json = new Results("abc", new Machine("cpu", 2, "24 GiB"), List.of(row)).json();
        assertTrue(json.endsWith("}\n"));
        assertTrue(json.contains("\"ratio\" : 0.500"), json);
    }

    @Test
    void turns_that_post_are_shortened_to_what_the_backlog_may_hold() {
        BenchSettings settings = BenchSettings.of(new String[0], Map.of("ROUNDS", "3", "SECONDS", "5"));
        assertEquals(500_000, settings.mostBatched());
        assertEquals(Duration.ofSeconds(5), settings.bounded(90_000, settings.mostBatched()));
        assertEquals(Duration.ofSeconds(2), settings.bounded(200_000, settings.mostBatched()));
        assertEquals(Duration.ofSeconds(1), settings.bounded(900_000, settings.mostBatched()));
    }

    @Test
    void tree_without_a_repository_has_no_commit(@TempDir Path nowhere) {
        assertEquals(new MeasuredTree("unknown", false), MeasuredTree.of(nowhere));
    }

    @Test
    void what_wrk_says_is_read() {
        Measured measured = Wrk.measured("Running ...\n\nweir 1010 2000000 10 1500 9000\n");
        assertEquals(new Measured(1000, 10, Duration.ofSeconds(2), 1.5, 9), measured);
        assertThrows(BenchFailure.class, () -> Wrk.measured("unable to connect"));
    }

    @Test
    void wrk_script_holds_each_fragment_as_one_string() {
        String script = Wrk.script(Requests.single("h:1", "key", new Requests.Turn("t", "2026-11-20T05:00:00Z")));
        assertTrue(script.contains("\\r\\nContent-Length: "), script);
        assertTrue(script.contains("\\\"specversion\\\":\\\"1.0\\\""), script);
    }

    @Test
    void wrk_script_keeps_every_byte_of_a_compressed_body() {
        String script = Wrk.script(new Requests.Pool(List.of("a\0001\r\n\\\"\u00ff"), 100));
        assertTrue(script.contains("\"a\\0001\\r\\n\\\\\\\"\u00ff\""), script);
        assertTrue(script.contains("sender * math.floor"), script);
    }
}
