package io.weir.schemas;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who calls: what the credential says, and nothing that the request says.
 *
 * @param tenant the isolation boundary
 * @param organisation owner of the catalog that the tenant uses
 * @param principal the person or service behind the credential; separation of duties is by principal
 * @param credential id of the key, without its secret
 * @param scopes what it may do, closed over {@link Scope#ADMIN}
 * @param tier its API limits
 * @param tenantTier the API limits of the tenant over all its credentials; empty: none
 * @param region the tenant's home region
 * @param eventsPast how old an event may be
 * @param eventsFuture how far ahead an event's time may be
 * @param narrowing to what it is narrowed beside its scopes
 */
public record Caller(
        TenantId tenant,
        String organisation,
        String principal,
        String credential,
        Set<Scope> scopes,
        AccessTier tier,
        Optional<AccessTier> tenantTier,
        String region,
        Duration eventsPast,
        Duration eventsFuture,
        Narrowing narrowing) {
    /** A caller that is not narrowed. */
    public Caller(
            TenantId tenant,
            String organisation,
            String principal,
            String credential,
            Set<Scope> scopes,
            AccessTier tier,
            String region,
            Duration eventsPast,
            Duration eventsFuture) {
        this(
                tenant,
                organisation,
                principal,
                credential,
                scopes,
                tier,
                Optional.empty(),
                region,
                eventsPast,
                eventsFuture,
                Narrowing.NONE);
    }

    /** Whether the caller holds the scope. */
    public boolean may(Scope scope) {
        return scopes.contains(scope);
    }

    /** The system that the credential speaks for; null where it speaks for none. */
    public @Nullable OwningSystem system() {
        return narrowing.system();
    }
}
