/**
 * The door and the wiring: HTTP, routes, problem answers, the log's producer, health, and the deployment of every verticle.
 *
 * <p>Read {@link io.weir.gateway.Deployment} for what exists and {@link io.weir.gateway.Routes} for what can be asked.
 * Invariants: what is answered 202 is replicated in the log; what is answered 503 claims nothing.
 */
@NullMarked
package io.weir.gateway;

import org.jspecify.annotations.NullMarked;
