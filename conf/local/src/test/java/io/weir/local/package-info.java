/** Tests of the local services: as a stack inside the JVM, and as the process that a person starts. */
@NullMarked
package io.weir.local;

import org.jspecify.annotations.NullMarked;
