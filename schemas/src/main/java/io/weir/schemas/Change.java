package io.weir.schemas;

import org.jspecify.annotations.Nullable;

/**
 * One row of the change feed.
 *
 * @param tenant whose data changed
 * @param customer whose; null where the change concerns the whole tenant
 * @param kind what changed
 * @param object which object of that kind, such as the id of a key; null where it may be any of the tenant's
 */
public record Change(
        TenantId tenant,
        @Nullable CustomerId customer,
        ChangeKind kind,
        @Nullable String object) {
    /** A change that names no object. */
    public Change(TenantId tenant, @Nullable CustomerId customer, ChangeKind kind) {
        this(tenant, customer, kind, null);
    }
}
