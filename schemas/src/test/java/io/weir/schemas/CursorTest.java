package io.weir.schemas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class CursorTest {
    @Test
    void a_cursor_that_was_given_out_is_read_again() {
        Cursor cursor = Cursor.of("2026-11-20T10:00:00Z", "P-ü/%");
        assertEquals(cursor, Cursor.read(cursor.text(), 2));
    }

    @Test
    void no_cursor_is_the_first_page() {
        assertNull(Cursor.read(null, 2));
    }

    @Test
    void anything_else_is_refused() {
        for (String text : List.of(
                "?", "", Cursor.of("one").text(), Cursor.of("a\u0000", "b").text())) {
            RefusedException refused = assertThrows(RefusedException.class, () -> Cursor.read(text, 2));
            assertEquals(Cursor.refused().refusal(), refused.refusal());
        }
    }

    @Test
    void a_page_tells_where_the_next_one_begins_only_where_there_is_one() {
        List<String> found = List.of("a", "b", "c");
        assertEquals(new Page<>(found, null), Page.upTo(found, 3, Cursor::of));
        Page<String> page = Page.upTo(found, 2, Cursor::of);
        assertEquals(List.of("a", "b"), page.items());
        assertEquals("b", Cursor.after(page.next()));
    }
}
