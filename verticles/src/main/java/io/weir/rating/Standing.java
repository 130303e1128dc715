package io.weir.rating;

import java.math.BigDecimal;

/**
 * All charges of a line up to now.
 *
 * @param sequence the last charge's; 0 where there is none
 */
record Standing(BigDecimal quantity, BigDecimal amount, int sequence) {
    static final Standing NOTHING = new Standing(BigDecimal.ZERO, BigDecimal.ZERO, 0);
}
