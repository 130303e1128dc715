package io.weir.rating;

import java.math.BigDecimal;

/** What a {@link LineKey} determines: who pays which legal entity for what item, and the price. */
record Terms(
        String customer,
        String item,
        String legalEntity,
        String billTo,
        String unit,
        BigDecimal unitPrice,
        String currency) {}
