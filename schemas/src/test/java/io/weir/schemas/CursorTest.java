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
}
