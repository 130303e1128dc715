package io.weir.rating;

import java.math.BigDecimal;
import java.time.Instant;

/** A quantity in one hour of a line: what should stand charged, or what does. */
record HourQuantity(LineKey line, Terms terms, Instant hour, BigDecimal quantity) {}
