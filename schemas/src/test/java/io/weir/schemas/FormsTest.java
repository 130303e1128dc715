package io.weir.schemas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The forms in which instants, decimals, ids and receipts are written. */
class FormsTest {
    @Test
    void an_instant_is_an_rfc_3339_date_time() {
        Instant ten = Instant.parse("2026-11-20T10:00:00Z");
        for (String text : List.of(
                "2026-11-20T10:00:00Z",
                "2026-11-20t10:00:00z",
                "2026-11-20T11:00:00+01:00",
                "2026-11-20T04:30:00-05:30",
                "2026-11-20T10:00:00-00:00",
                "2026-11-20T10:00:00.000000000Z")) {
            assertEquals(Optional.of(ten), Instants.parse(text), text);
        }
        assertEquals(
                Optional.of(Instant.parse("2026-11-20T10:00:00.123456789Z")),
                Instants.parse("2026-11-20T11:00:00.123456789+01:00"));
    }

    @Test
    void what_rfc_3339_does_not_allow_is_no_instant() {
        for (String text : List.of(
                "",
                "2026-11-20",
                "2026-11-20T10:00:00",
                "2026-11-20T10:00Z",
                "2026-11-20T10:00+01:00",
                "2026-11-20T10:00:00+01",
                "2026-11-20T10:00:00+0100",
                "2026-11-20T10:00:00+01:00:00",
                "2026-02-30T10:00:00Z",
                "2026-11-20T25:00:00Z",
                "2026-11-20T24:00:00Z",
                "+300000-01-01T00:00:00Z",
                "-0001-01-01T00:00:00Z",
                "2026-11-20T10:00:00.Z",
                "2026-11-20 10:00:00 UTC",
                "2026-11-20T10:00:00.1234567891234567891234567Z",
                "2026-11-20T10:00:00+01:00[Europe/Zurich]")) {
            assertEquals(Optional.empty(), Instants.parse(text), text);
        }
    }

    @Test
    void the_drivers_infinities_are_the_ends_of_time() {
        assertEquals(Instant.MAX, Instants.of(OffsetDateTime.MAX));
        assertEquals(Instant.MIN, Instants.of(OffsetDateTime.MIN));
        Instant now = Instant.parse("2026-11-20T10:00:00.000001Z");
        assertEquals(now, Instants.of(Instants.utc(now)));
    }

    @Test
    void decimals_are_plain_digits() {
        assertEquals("0", Decimals.text(new BigDecimal("0.000")));
        assertEquals("0", Decimals.text(new BigDecimal("-0.0")));
        assertEquals("100", Decimals.text(new BigDecimal("1E+2")));
        assertEquals("123.4", Decimals.text(new BigDecimal("123.400")));
        assertEquals("0.00000000001", Decimals.text(new BigDecimal("1E-11")));
        assertEquals("12.30", Decimals.amount(new BigDecimal("12.30")));
        assertEquals("1" + "0".repeat(38), Decimals.text(new BigDecimal("1e38")));
    }

    @Test
    void an_id_is_1_to_128_characters_without_control_characters() {
        for (String id : List.of("a", "ü", "\ud83d\ude00", " ", "/x?y#z", "x".repeat(128))) {
            assertTrue(Ids.valid(id), id);
        }
        for (String id :
                List.of("", "x".repeat(129), "a\u0000", "a\n", "\u001f", "\u007f", "\u0085", "\ud83d", "\ude00")) {
            assertFalse(Ids.valid(id), id);
            assertThrows(IllegalArgumentException.class, () -> new TenantId(id));
            assertThrows(IllegalArgumentException.class, () -> new CustomerId(id));
        }
    }

    @Test
    void receipts_arrive_as_they_were_sent() {
        List<RecordedReceipts.Item> items = new ArrayList<>();
        for (ReceiptStatus status : ReceiptStatus.values()) {
            items.add(new RecordedReceipts.Item(Long.MIN_VALUE + items.size(), Integer.MAX_VALUE, status));
        }
        RecordedReceipts sent = new RecordedReceipts(
                items,
                Set.of(
                        Map.entry(new TenantId("démo \ud83d\ude00"), new CustomerId("c")),
                        Map.entry(new TenantId("t"), new CustomerId("x".repeat(128)))));
        assertEquals(sent, RecordedReceipts.decode(sent.encode()));
        RecordedReceipts nothing = new RecordedReceipts(List.of(), Set.of());
        assertEquals(nothing, RecordedReceipts.decode(nothing.encode()));
    }
}
