package io.weir.loadtest.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TraceTest {
    static Trace trace(String name, String... rows) {
        String text = Trace.HEADER + "\n" + String.join("\n", rows) + "\n";
        return Trace.parse(name, text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void all_seven_fractional_digits_of_a_time_are_kept() {
        Trace trace = trace("t", "2023-11-16 18:17:03.9799601,4808,10");
        assertEquals(Instant.parse("2023-11-16T18:17:03.979960100Z"), trace.first());
    }

    @Test
    void a_time_may_have_no_fraction_or_an_offset() {
        Trace trace = trace("t", "2024-05-10 02:00:00+01:00,1,2", "2024-05-10 00:00:00,1,2");
        assertEquals(Instant.parse("2024-05-10T01:00:00Z"), trace.last());
        assertEquals(Instant.parse("2024-05-10T00:00:00Z"), trace.first());
    }

    @Test
    void sums_are_those_of_all_rows() {
        Trace trace = trace("t", "2023-11-16 18:17:03.9,4808,10", "2023-11-16 18:17:04.0,3180,0");
        assertEquals(7988, trace.contextTokens());
        assertEquals(10, trace.generatedTokens());
    }

    @Test
    void windows_line_ends_and_blank_lines_are_read() {
        byte[] text = (Trace.HEADER + "\r\n2023-11-16 18:17:03.9,1,2\r\n\r\n").getBytes(StandardCharsets.UTF_8);
        assertEquals(1, Trace.parse("t", text).rows().size());
    }

    @Test
    void a_wrong_row_is_named_by_its_number() {
        DemoFailure failure = assertThrows(
                DemoFailure.class, () -> trace("t", "2023-11-16 18:17:03.9,1,2", "2023-11-16 18:17:04.0,-1,2"));
        assertTrue(String.valueOf(failure.getMessage()).contains("row 2"));
    }

    @Test
    void another_header_is_refused() {
        byte[] text = "a,b,c\n1,2,3\n".getBytes(StandardCharsets.UTF_8);
        assertThrows(DemoFailure.class, () -> Trace.parse("t", text));
    }

    @Test
    void name_is_the_base_name_and_stays_distinct_when_it_must_be_made_plain() {
        assertEquals("AzureTrace_code", Trace.nameOf(Path.of("/data/AzureTrace_code.csv")));
        assertNotEquals(Trace.nameOf(Path.of("a b.csv")), Trace.nameOf(Path.of("a+b.csv")));
        assertTrue(Trace.nameOf(Path.of("x".repeat(300) + ".csv")).length() < 100);
    }
}
