package io.weir.local.erp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocumentsTest {
    @TempDir
    Path directory;

    @Test
    void a_last_line_cut_short_by_a_kill_is_forgotten_and_writing_goes_on() throws Exception {
        Path file = directory.resolve("documents.jsonl");
        write(file, "weir-1");
        Files.writeString(file, "{\"type\":\"invoice\",\"externalId\":\"to", StandardOpenOption.APPEND);
        try (Documents documents = Documents.keptIn(file)) {
            assertEquals(1, documents.all().size());
        }
        write(file, "weir-2");
        try (Documents documents = Documents.keptIn(file)) {
            assertEquals(2, documents.all().size());
        }
    }

    @Test
    void an_unreadable_line_in_the_middle_ends_the_start() throws Exception {
        Path file = directory.resolve("documents.jsonl");
        Files.writeString(file, "{\"type\n");
        assertThrows(IOException.class, () -> Documents.keptIn(file));
    }

    private static void write(Path file, String externalId) throws Exception {
        RecordBody bodies = new RecordBody(new AccountingPeriods(InstantSource.fixed(RunningErp.NOW)));
        byte[] body = VendorPathsTest.INVOICE.getBytes(StandardCharsets.UTF_8);
        try (Documents documents = Documents.keptIn(file)) {
            documents.upsert(bodies.read("invoice", externalId, body, false));
        }
    }
}
