package io.weir.local.erp;

import java.util.Currency;

/**
 * Customers, items and currencies that this ERP knows.
 *
 * <p>The master data are open: every key is known at its first use, except those whose beginning asks for a refusal
 * ({@code unknown-}, {@code blocked-}, {@code inactive-}), and internal ids above 9999.
 */
final class MasterData {
    private MasterData() {}

    static void requireCustomer(Reference entity) throws VendorRefusal {
        if (!entity.exists() || entity.key().startsWith("unknown-")) {
            throw VendorRefusal.invalidReference("entity", "customer", entity.key());
        }
        if (entity.key().startsWith("blocked-")) {
            throw VendorRefusal.customerBlocked(entity.key());
        }
    }

    static void requireItem(String path, Reference item) throws VendorRefusal {
        if (!item.exists() || item.key().startsWith("inactive-")) {
            throw VendorRefusal.invalidValue(path, "item", item.key());
        }
    }

    /** The ISO currency behind a reference; the account's own currency has the id 1. */
    static Currency currency(Reference reference) throws VendorRefusal {
        String code = reference.by().equals("id") && reference.key().equals("1") ? "USD" : reference.key();
        try {
            return Currency.getInstance(code);
        } catch (IllegalArgumentException e) {
            throw VendorRefusal.invalidReference("currency", "currency", reference.key());
        }
    }
}
