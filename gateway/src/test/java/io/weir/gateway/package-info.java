/** Tests of the door and of whole nodes; {@link io.weir.gateway.UsageJourneyTest} is the story to read first. */
@NullMarked
package io.weir.gateway;

import org.jspecify.annotations.NullMarked;
