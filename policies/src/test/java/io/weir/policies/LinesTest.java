package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinesTest {
    @Test
    void lines_are_cut_at_their_ends_and_blank_ones_are_none() {
        assertEquals(List.of("a", "b c", "d"), cut(100, "a\nb c\r\n\n \t\r\nd"));
        assertEquals(List.of("a"), cut(100, "a\n"));
        assertEquals(List.of(), cut(100, ""));
        assertEquals(List.of("a\rb"), cut(100, "a\rb\r"));
    }

    @Test
    void pieces_make_no_difference() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            StringBuilder text = new StringBuilder();
            for (int n = random.nextInt(60); n > 0; n--) {
                text.append("ab\n\r \n".charAt(random.nextInt(6)));
            }
            String[] pieces = new String[1 + random.nextInt(5)];
            int from = 0;
            for (int p = 0; p < pieces.length; p++) {
                int to = p == pieces.length - 1 ? text.length() : from + random.nextInt(text.length() - from + 1);
                pieces[p] = text.substring(from, to);
                from = to;
            }
            assertEquals(cut(3, text.toString()), cut(3, pieces), "seed " + seed);
        }
    }

    @Test
    void a_line_that_is_too_long_leaves_its_place_and_nothing_else() {
        assertEquals(List.of("abc", "TOO LONG", "de"), cut(3, "abc\r\nabcd\nde"));
        assertEquals(List.of("TOO LONG", "x"), cut(3, "ab", "cd", "ef", "g\nx"));
        assertEquals(List.of("TOO LONG"), cut(3, "abcdef"));
    }

    @Test
    void what_was_taken_is_forgotten() {
        Lines lines = new Lines(10);
        lines.add("ab\ncd\ne".getBytes(StandardCharsets.UTF_8));
        assertEquals(2, lines.count());
        assertEquals(4, lines.bytes());
        assertEquals("ab", new String(lines.take(1).getFirst(), StandardCharsets.UTF_8));
        assertEquals(2, lines.bytes());
        assertEquals(1, lines.take(100).size());
        assertEquals(0, lines.bytes());
        lines.add("f\n".getBytes(StandardCharsets.UTF_8));
        assertEquals("ef", new String(lines.take(100).getFirst(), StandardCharsets.UTF_8));
        assertEquals(0, lines.count());
    }

    private static List<String> cut(int longest, String... pieces) {
        Lines lines = new Lines(longest);
        List<String> cut = new ArrayList<>();
        for (String piece : pieces) {
            lines.add(piece.getBytes(StandardCharsets.UTF_8));
        }
        lines.end();
        for (byte[] line : lines.take(100)) {
            cut.add(line == Lines.TOO_LONG ? "TOO LONG" : new String(line, StandardCharsets.UTF_8));
        }
        return cut;
    }
}
