package io.weir.schemas;

import java.math.BigDecimal;

/** Decimals as the API writes them: plain digits, no exponent, no trailing zeros after the point. */
public final class Decimals {
    private Decimals() {}

    /** The decimal's plain text, such as {@code 123.4} or {@code 0}. */
    public static String text(BigDecimal value) {
        return value.signum() == 0 ? "0" : value.stripTrailingZeros().toPlainString();
    }

    /** An amount of money, with at least the digits that it was rounded to, such as {@code 12.30}. */
    public static String amount(BigDecimal value) {
        return value.toPlainString();
    }
}
