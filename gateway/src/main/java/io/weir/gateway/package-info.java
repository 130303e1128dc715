/**
 * The door and the wiring: HTTP, routes, problem answers, the log's producer, health, and the deployment of every verticle.
 *
 * <p>Read {@link io.weir.gateway.Deployment} for what exists and {@link io.weir.gateway.Routes} for what can be asked.
 * Owns the topic of usage events (makes it, checks it, is its only writer), the node's slot in its data directory, and {@code
 * demo.env}; no table. Its actions read a stage's public queries and write by asking its address.
 *
 * <p>Invariants: what is answered 202 is replicated in the log; what is answered 503 claims nothing; a refusal becomes a
 * status in one place ({@link io.weir.gateway.Problems}), and a bug is logged in one place ({@link
 * io.weir.gateway.Exchange}); an event loop never waits. The door opens last and closes first.
 *
 * <p>Not guaranteed: that what is answered 503, or not at all, is not in the log (it is sent again with the same id); that a
 * waiting caller hears of the recording in time (202 is then the answer, and true); TLS, which is ended before this door.
 */
@NullMarked
package io.weir.gateway;

import org.jspecify.annotations.NullMarked;
