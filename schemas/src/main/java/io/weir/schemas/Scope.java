package io.weir.schemas;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** What a credential may do. {@link #ADMIN} holds all. */
public enum Scope {
    USAGE_WRITE("usage:write"),
    USAGE_CORRECT("usage:correct"),
    USAGE_READ("usage:read"),
    ENTITLEMENTS_READ("entitlements:read"),
    ENTITLEMENTS_WRITE("entitlements:write"),
    EXCEPTIONS_WRITE("exceptions:write"),
    BILLING_READ("billing:read"),
    BILLING_RUN("billing:run"),
    BILLING_APPROVE("billing:approve"),
    CATALOG_READ("catalog:read"),
    CATALOG_WRITE("catalog:write"),
    ADMIN("admin");

    private final String text;

    Scope(String text) {
        this.text = text;
    }

    /** The scope as it is written in a credential. */
    public String text() {
        return text;
    }

    /** The scope written so; empty where there is none. */
    public static Optional<Scope> of(String text) {
        for (Scope scope : values()) {
            if (scope.text.equals(text)) {
                return Optional.of(scope);
            }
        }
        return Optional.empty();
    }

    /** All scopes that these hold, so that {@link #ADMIN} needs no special case anywhere. */
    public static Set<Scope> closure(Set<Scope> held) {
        return held.contains(ADMIN) ? EnumSet.allOf(Scope.class) : held;
    }
}
