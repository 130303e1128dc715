package io.weir.reconciliation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weir.schemas.RefusedException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeriodTest {
    @ParameterizedTest
    @CsvSource({
        "2026-11, 2026-11-01T00:00:00Z, 2026-12-01T00:00:00Z",
        "2026-12-31, 2026-12-31T00:00:00Z, 2027-01-01T00:00:00Z",
        "2026-11-20T10, 2026-11-20T10:00:00Z, 2026-11-20T11:00:00Z",
        "2026-11-20T10:00:00Z/2026-11-21T00:00:00Z, 2026-11-20T10:00:00Z, 2026-11-21T00:00:00Z",
        "2026-11-20T10:00:00+05:30/2026-11-20T05:30:00Z, , "
    })
    void period_is_whole_hours(String text, String from, String to) {
        if (from == null) {
            assertThrows(RefusedException.class, () -> Period.parse(text));
        } else {
            assertEquals(
                    from + "/" + to,
                    Period.parse(text).from() + "/" + Period.parse(text).to());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "2026",
                "2026-13",
                "2026-02-30",
                "2026-11-20T24",
                "2026-11-20T10:00:00Z",
                "2026-11-20T10:00:00Z/2026-11-20T10:00:00Z",
                "2026-11-20T10:00:00Z/2026-11-20T10:30:00Z",
                "2026-11-01T00:00:00Z/2026-12-03T00:00:00Z",
                "/"
            })
    void anything_else_is_refused(String text) {
        assertThrows(RefusedException.class, () -> Period.parse(text));
    }
}
