package io.weir.local.erp;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The ERP's documents, in memory and in an append-only file.
 *
 * <p>One line of JSON a write, on disk before the write counts; the file is replayed at a start. A last line without
 * its end is what a kill in the middle of a write leaves: it was never answered, and it is cut off. Any other
 * unreadable line ends the start, since it means that somebody else changed the file.
 *
 * <p>Internal ids of documents and customers are counted up in the order of the file, so a replay gives the same ones,
 * also after all documents were deleted (the deletion is a line too).
 */
final class Documents implements AutoCloseable {
    private static final long FIRST_DOCUMENT_ID = 10_001;
    private static final long FIRST_CUSTOMER_ID = 1_001;

    private final Map<String, Document> byKey = new LinkedHashMap<>();
    private final Map<Long, Document> byInternalId = new LinkedHashMap<>();
    private final Map<String, Long> customerIds = new LinkedHashMap<>();
    private final FileChannel file;
    private long nextId = FIRST_DOCUMENT_ID;

    private Documents(FileChannel file) {
        this.file = file;
    }

    static Documents keptIn(Path path) throws IOException {
        Files.createDirectories(Objects.requireNonNull(path.toAbsolutePath().getParent()));
        FileChannel channel =
                FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Documents documents = new Documents(channel);
        documents.replay(path);
        return documents;
    }

    private void replay(Path path) throws IOException {
        byte[] content = Files.readAllBytes(path);
        int start = 0;
        for (int at = 0; at < content.length; at++) {
            if (content[at] == '\n') {
                apply(Json.read(new String(content, start, at - start, StandardCharsets.UTF_8)));
                start = at + 1;
            }
        }
        file.truncate(start);
        file.position(start);
    }

    private void apply(JsonNode line) {
        if (line.has("deleted")) {
            byKey.clear();
            byInternalId.clear();
            return;
        }
        put(Document.fromJson(line));
    }

    private void put(Document document) {
        byKey.put(key(document.type(), document.externalId()), document);
        byInternalId.put(document.internalId(), document);
        customerIds.computeIfAbsent(document.customer(), any -> FIRST_CUSTOMER_ID + customerIds.size());
        nextId = Math.max(nextId, document.internalId() + 1);
    }

    synchronized Optional<Document> find(String type, String externalId) {
        return Optional.ofNullable(byKey.get(key(type, externalId)));
    }

    synchronized Optional<Document> find(String type, long internalId) {
        return Optional.ofNullable(byInternalId.get(internalId))
                .filter(document -> document.type().equals(type));
    }

    synchronized long customerId(Document document) {
        return customerIds.getOrDefault(document.customer(), 0L);
    }

    /** Creates the document, or updates the one that has this external id. */
    synchronized Document upsert(Draft draft) throws IOException, VendorRefusal {
        Document before = byKey.get(key(draft.type(), draft.externalId()));
        Document after = before == null ? draft.create(nextId) : draft.update(before);
        append(after.toJson());
        put(after);
        return after;
    }

    synchronized void deleteAll() throws IOException {
        ObjectNode line = Json.object();
        line.put("deleted", byKey.size());
        append(line);
        apply(line);
    }

    synchronized List<Document> all() {
        return List.copyOf(byKey.values());
    }

    private void append(ObjectNode line) throws IOException {
        long end = file.position();
        try {
            ByteBuffer bytes = ByteBuffer.wrap((Json.write(line) + "\n").getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(false);
        } catch (IOException e) {
            file.truncate(end);
            throw e;
        }
    }

    @Override
    public synchronized void close() throws IOException {
        file.close();
    }

    private static String key(String type, String externalId) {
        return type + '/' + externalId;
    }
}
