/**
 * Posting: governed batches of charges, and their delivery to an ERP as documents, each exactly once.
 *
 * <p>A run's charges become postings: one for each connection and currency, whose manifest (exact text, SHA-256, control
 * totals) is approved or rejected by another principal than the one who ran it. Approved documents are claimed,
 * delivered through a circuit breaker and a bulkhead, and end as posted or as held, which waits for a decision.
 *
 * <p>Owns {@code connection}, {@code connection_route}, {@code posting_run}, {@code posting}, {@code posting_document},
 * {@code posting_line} and {@code posting_attempt}. Invariants: a charge is in one document at most (primary key); an
 * external id is a function of tenant, subscription, period and sequence; an attempt is written before its call; after
 * a write whose outcome is not certain nothing is written again before the ERP was asked; every outcome names the fence
 * of the claim that it was reached under.
 *
 * <p>Not guaranteed: the order of delivery; that a document reaches the ERP by a given time (with the ERP away it waits
 * as long as that lasts); negative totals as credit documents (they are sent as invoices, which the ERP may reject).
 */
@NullMarked
package io.weir.posting;

import org.jspecify.annotations.NullMarked;
