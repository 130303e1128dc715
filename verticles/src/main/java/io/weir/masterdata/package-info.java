/**
 * Who uses what under which terms: customers with their identities and parents, contracts, subscriptions with their
 * lines, and the catalog (event types, meters, features, plans, prices) that an organisation's tenants share.
 *
 * <p>Owns the tables of V001. A change is a new revision: the current row is closed ({@code effective_to}) and a new one
 * inserted, in one transaction under {@link io.weir.schemas.Locks#MASTER_DATA}, together with its rows of the change
 * feed. Invariants: at most one current row of each key; an identity belongs to one customer at a time; no customer is its
 * own ancestor; a PUT of what already stands writes nothing and keeps the revision. An object's first revision holds
 * since ever, so that usage from before it was made known is matched too.
 *
 * <p>NOT guaranteed: that the past is corrected. A revision holds from its writing on; what was resolved with an earlier
 * one keeps it.
 */
@NullMarked
package io.weir.masterdata;

import org.jspecify.annotations.NullMarked;
