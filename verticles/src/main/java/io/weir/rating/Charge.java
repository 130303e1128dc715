package io.weir.rating;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A charge line as the API gives it: rated usage, invoice ready.
 *
 * @param id its name, which is the charge key
 * @param from start of its first hour
 * @param to end of its last hour
 * @param posting the posting that it is in; null before there is one
 * @param state {@code rated} before it is in a posting, then its document's or posting's
 */
public record Charge(
        String id,
        String chargeKey,
        String customer,
        String subscription,
        String item,
        String meter,
        String quantity,
        String unit,
        String unitPrice,
        String amount,
        String currency,
        Instant from,
        Instant to,
        String price,
        int priceVersion,
        String run,
        String correlation,
        Instant chargedAt,
        @Nullable String posting,
        @Nullable String externalId,
        String state) {}
