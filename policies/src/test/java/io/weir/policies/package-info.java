/** Tests of the policies: their rules alone, behind a small real HTTP server, and on a real Postgres. */
@NullMarked
package io.weir.policies;

import org.jspecify.annotations.NullMarked;
