package io.weir.posting;

import java.math.BigDecimal;
import java.time.Instant;

/**
 * A charge of a run, with where its legal entity's invoices go.
 *
 * @param connection empty where no route is there
 */
record RunCharge(
        String chargeKey,
        String customer,
        String billTo,
        String subscription,
        String legalEntity,
        String connection,
        String item,
        String meter,
        String unit,
        BigDecimal quantity,
        BigDecimal unitPrice,
        BigDecimal amount,
        String currency,
        Instant from,
        Instant to) {}
