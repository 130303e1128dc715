/**
 * Who may pass: each {@link io.weir.policies.Policy} asks one question of a call; a route states its policies in order.
 *
 * <p>Owns the tables of principals, keys and access tiers. Keys and schemas are kept in bounded caches that the change
 * feed refreshes. Not guaranteed: limits hold per node; a key's revocation takes effect when the feed has told of it.
 */
@NullMarked
package io.weir.policies;

import org.jspecify.annotations.NullMarked;
