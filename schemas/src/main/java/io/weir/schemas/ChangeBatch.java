package io.weir.schemas;

import java.time.Instant;
import java.util.List;

/**
 * What one reading of the change feed found.
 *
 * @param changes committed changes, none before reported
 * @param asOf every change committed up to here has been reported, by this batch or an earlier one
 * @param everything the feed's continuity was lost: whoever keeps a copy reloads all of it
 */
public record ChangeBatch(List<Change> changes, Instant asOf, boolean everything) {}
