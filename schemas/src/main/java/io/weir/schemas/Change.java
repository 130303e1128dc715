package io.weir.schemas;

import org.jspecify.annotations.Nullable;

/**
 * One row of the change feed.
 *
 * @param tenant whose data changed
 * @param customer whose; null where the change concerns the whole tenant
 * @param kind what changed
 */
public record Change(TenantId tenant, @Nullable CustomerId customer, ChangeKind kind) {}
