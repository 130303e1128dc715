/** Tests of stages together: that what one node answers is true up to the instant that the answer names. */
@NullMarked
package io.weir.freshness;

import org.jspecify.annotations.NullMarked;
