/** What holds for all stages alike. */
@NullMarked
package io.weir.house;

import org.jspecify.annotations.NullMarked;
