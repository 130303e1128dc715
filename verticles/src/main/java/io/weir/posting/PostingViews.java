package io.weir.posting;

import java.time.Instant;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Postings as the API gives them. */
public final class PostingViews {
    private PostingViews() {}

    /**
     * A document of a posting.
     *
     * @param document the ERP's own id; null until it is posted
     * @param state waiting (for approval), due, sending, posted, held or rejected
     * @param reason why it is held; null where it is not
     * @param detail the vendor's text, of a held document or of the last attempt that came to nothing
     */
    public record Document(
            String externalId,
            String customer,
            String subscription,
            @Nullable String document,
            String state,
            @Nullable String reason,
            @Nullable String detail,
            String total,
            int lines,
            int attempts,
            @Nullable Instant postedAt) {}

    /**
     * A posting in a list.
     *
     * @param connection null where no route leads from its legal entity to one
     * @param lines how many
     */
    public record Item(
            String id,
            String kind,
            @Nullable String connection,
            String state,
            String currency,
            String total,
            int lines,
            String sha256,
            String run,
            String createdBy,
            Instant createdAt,
            List<Document> documents) {}

    /** How many documents and lines. */
    public record Counts(int documents, int lines) {}

    /** Sums of a posting: money, and quantities by meter. */
    public record ControlTotals(String amount, SortedMap<String, String> quantities) {}

    /** A line of a posting: one charge. */
    public record Line(
            String externalId,
            int line,
            String chargeKey,
            String item,
            String meter,
            String quantity,
            String unit,
            String unitPrice,
            String amount,
            Instant from,
            Instant to) {}

    /**
     * A posting with its manifest.
     *
     * @param sha256 SHA-256 of the manifest's UTF-8 bytes, in hexadecimal
     * @param manifest the exact text that was, or is to be, approved
     */
    public record Detail(
            String id,
            String kind,
            @Nullable String connection,
            String state,
            String currency,
            String total,
            String sha256,
            Counts counts,
            ControlTotals controlTotals,
            List<Line> lines,
            List<Document> documents,
            String run,
            String correlation,
            String createdBy,
            Instant createdAt,
            @Nullable String decidedBy,
            @Nullable Instant decidedAt,
            @Nullable String comment,
            String manifest) {}

    /**
     * One call, or intended call, to the ERP.
     *
     * @param action lookup or write
     * @param outcome null while it is under way, or where its node was lost
     */
    public record Attempt(
            long attempt,
            String externalId,
            String action,
            Instant startedAt,
            @Nullable Instant finishedAt,
            @Nullable String outcome,
            @Nullable Integer httpStatus,
            @Nullable String code,
            @Nullable String detail) {}
}
