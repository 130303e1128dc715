package io.weir.posting;

import java.time.LocalDate;

/**
 * A document that this node may deliver until its claim runs out.
 *
 * @param fence the claim's number: every outcome names it
 * @param attempts claims up to now, this one included
 * @param entity who is billed, by the key that the ERP knows
 * @param uncertain an earlier write may have been taken: the ERP is asked before anything is written
 */
record Claim(
        String externalId,
        String posting,
        String tenant,
        long fence,
        int attempts,
        String entity,
        String legalEntity,
        String currency,
        LocalDate dated,
        String period,
        String correlation,
        boolean uncertain) {}
