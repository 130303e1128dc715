package io.weir.bare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class LedgerInsertTest {
    /** The baseline is Weir's own insert: whoever changes the ledger's statements changes them here too. */
    @Test
    void statements_are_the_ledgers_own_word_for_word() throws Exception {
        Path tables = Path.of("../../verticles/src/main/java/io/weir/ledger");
        String ledger = words(Files.readString(tables.resolve("LedgerTable.java"))
                + Files.readString(tables.resolve("AggregateTable.java")));
        for (String statement : List.of(
                LedgerInsert.LOCK_PROGRESS,
                LedgerInsert.ADVANCE_PROGRESS,
                LedgerInsert.INSERT_IDS,
                LedgerInsert.INSERT_ENTRIES,
                LedgerInsert.ADD_AGGREGATES,
                LedgerInsert.ADD_MONTHS,
                LedgerInsert.INSERT_CHANGES)) {
            assertTrue(ledger.contains(words(statement)), statement);
        }
    }

    @Test
    void no_two_batches_share_an_id() {
        var time = java.time.OffsetDateTime.parse("2026-11-20T05:20:00Z");
        var ids = new java.util.HashSet<java.util.UUID>();
        for (int batch = 0; batch < 3; batch++) {
            ids.addAll(List.of(LedgerRows.of(batch * 500L, 500, time).ids().getArrayOfUUIDs(0)));
        }
        assertEquals(1_500, ids.size());
    }

    private static String words(String text) {
        return text.replaceAll("\\s+", " ").strip();
    }
}
