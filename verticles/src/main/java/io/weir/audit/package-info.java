/**
 * The audit trail: who did which administrative or financial act, to what, when, and what it changed.
 *
 * <p>Owns {@code audit_entry} and {@code audit_head}. Every stage appends by the SQL function {@code audit_append}, last in the
 * transaction of its act (see {@link io.weir.schemas.Audited}); this package reads and verifies. Invariants: a tenant's entries
 * are numbered from 1 without a gap; each holds the SHA-256 of the one before it and its own, over its canonical JSON; nothing is
 * changed or deleted, which triggers refuse.
 *
 * <p>NOT guaranteed: that somebody who owns the database cannot write a whole chain anew, or cut its tail and set the head back. It
 * shows only beside a hash that was noted elsewhere, which is why the verification tells the heads and takes them back.
 */
@NullMarked
package io.weir.audit;

import org.jspecify.annotations.NullMarked;
