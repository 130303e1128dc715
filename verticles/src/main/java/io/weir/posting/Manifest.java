package io.weir.posting;

import io.weir.schemas.Json;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;

/** What is approved: every document and line of a posting, with counts and control totals. Decimals are texts. */
record Manifest(
        String posting,
        String kind,
        String run,
        String currency,
        Counts counts,
        ControlTotals controlTotals,
        List<Document> documents) {
    record Counts(int documents, int lines) {}

    /**
     * Sums that must be found again at the other end.
     *
     * @param quantities by meter
     */
    record ControlTotals(String amount, SortedMap<String, String> quantities) {}

    record Document(
            String externalId,
            String customer,
            String billTo,
            String subscription,
            String legalEntity,
            String dated,
            String total,
            List<Line> lines) {}

    record Line(
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

    /** The exact text. */
    String text() {
        return Json.text(this);
    }

    /** The digest of a manifest's exact text, in hexadecimal. */
    static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
