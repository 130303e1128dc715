/** The house rules as tests: what may know what, what may not be called, how large a thing may be. */
@NullMarked
package io.weir.house;

import org.jspecify.annotations.NullMarked;
