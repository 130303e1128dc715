package io.weir.rating;

import java.time.LocalDate;

/**
 * What amounts are cumulated for: usage of one meter under one revision of a subscription and one version of a price,
 * in one calendar month (UTC).
 *
 * @param month its first day
 */
record LineKey(String subscription, long revision, String meter, String price, int priceVersion, LocalDate month) {}
