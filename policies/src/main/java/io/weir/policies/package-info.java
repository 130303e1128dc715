/**
 * Who may pass: each {@link io.weir.policies.Policy} asks one question of a call; a route states its policies in order.
 *
 * <p>Owns {@code principal}, {@code role} and what belongs to them, {@code access_tier}, {@code api_key}, {@code client_certificate},
 * {@code token_subject}, {@code idempotency}, {@code quota_month} and {@code quota_reservation}. Of a key only the hash of its
 * secret is kept. Keys, tokens' verdicts and compiled schemas lie in bounded caches that the change feed refreshes.
 *
 * <p>Invariants: tenant, principal and scopes come from the credential, never from the request; a policy passes the call on,
 * with what it learned, or refuses it, and takes nothing half; no byte of a body is read before the head is admitted; of an
 * event that passes, everything was checked that could keep it from being stored or compared.
 *
 * <p>Not guaranteed: limits of a second to the token ({@link io.weir.policies.Leases} says how far they may be off; those of a
 * month are exact); that a revoked key stops at
 * once (it does when the feed has told of it; while Postgres is away, after {@code keys.keepSeconds}); that an event's account
 * exists (the ledger finds out).
 */
@NullMarked
package io.weir.policies;

import org.jspecify.annotations.NullMarked;
