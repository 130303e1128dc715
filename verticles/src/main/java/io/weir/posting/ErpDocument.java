package io.weir.posting;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.List;

/**
 * A document as it is handed to an ERP, whatever its vendor.
 *
 * @param entity who is billed, by the key that the ERP knows
 * @param memo free text that carries the correlation id
 * @param reference what the customer's accounts payable may ask for
 */
record ErpDocument(
        String externalId,
        String entity,
        String legalEntity,
        String currency,
        LocalDate dated,
        String memo,
        String reference,
        List<Line> lines) {
    /** One charge. */
    record Line(
            int line, String item, String description, BigDecimal quantity, BigDecimal unitPrice, BigDecimal amount) {}
}
