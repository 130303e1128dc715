package io.weir.posting;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;

/**
 * A posting to be made.
 *
 * @param connection empty where no route leads to one
 */
record PostingDraft(
        String posting,
        String connection,
        String currency,
        BigDecimal total,
        int lines,
        String manifest,
        List<Document> documents) {
    /** The kind of all postings of charges: see the package's "not guaranteed". */
    static final String KIND = "invoice";

    /** Why documents without a connection are held. */
    static final String NO_ROUTE = "no_route";

    /** One document of it: one customer's, for one subscription. */
    record Document(
            String externalId,
            String legalEntity,
            String customer,
            String billTo,
            String subscription,
            String period,
            int sequence,
            LocalDate dated,
            BigDecimal total,
            List<RunCharge> charges) {}
}
