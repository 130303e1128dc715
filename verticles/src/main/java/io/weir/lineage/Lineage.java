package io.weir.lineage;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The way between events and ERP documents, whichever end was asked for: what is not reached yet is an empty list.
 *
 * @param usage hours that the charges are of
 * @param events a page of them
 * @param archivedDays days of recording that have left for the archive, and may hold more of the events; null where none does
 */
public record Lineage(
        List<Document> documents,
        List<Posting> postings,
        List<Charge> charges,
        List<Usage> usage,
        List<Event> events,
        @Nullable List<String> archivedDays) {

    /** A document for the ERP; {@code document} is the ERP's own number, once there is one. */
    public record Document(
            String externalId,
            @Nullable String document,
            String state,
            @Nullable String reason,
            String posting,
            String customer,
            String subscription,
            String currency,
            String total,
            @Nullable Instant postedAt) {}

    /** A batch of documents; {@code sha256} is of the manifest that was approved. */
    public record Posting(
            String id,
            String state,
            String run,
            String sha256,
            String createdBy,
            Instant createdAt,
            @Nullable String decidedBy,
            @Nullable Instant decidedAt) {}

    /** A charge line; {@code externalId} of the document that it is in, null until it is in one. */
    public record Charge(
            String chargeKey,
            String run,
            String customer,
            String subscription,
            String meter,
            String price,
            int priceVersion,
            String quantity,
            String unitPrice,
            String amount,
            String currency,
            Instant from,
            Instant to,
            Instant chargedAt,
            @Nullable String externalId) {}

    /** An hour's usage that a charge is of. */
    public record Usage(String chargeKey, String meter, Instant from, Instant to, String quantity) {}

    /**
     * A recorded event, or what it was before a correction.
     *
     * @param charges the keys of those above that it is a part of
     * @param takenBackBy those of them that take back what was charged for it, since it was voided or amended; null where none does
     */
    public record Event(
            String source,
            String id,
            String type,
            @Nullable String subject,
            Instant time,
            @Nullable String customer,
            @Nullable String subscription,
            Instant recordedAt,
            String correlation,
            List<String> charges,
            @Nullable List<String> takenBackBy) {}
}
