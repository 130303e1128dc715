package io.weir.schemas;

import java.util.Locale;
import java.util.Optional;

/** A system that a credential may speak for, and that may own fields of master data. */
public enum OwningSystem {
    PRODUCT,
    CRM,
    BILLING,
    ERP,
    SUPPORT;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** The system as it is written in a credential and in an identity. */
    public String text() {
        return text;
    }

    /** The system written so; empty where there is none. */
    public static Optional<OwningSystem> of(String text) {
        for (OwningSystem system : values()) {
            if (system.text.equals(text)) {
                return Optional.of(system);
            }
        }
        return Optional.empty();
    }
}
