@NullMarked
package io.weir.reconciliation;

import org.jspecify.annotations.NullMarked;
