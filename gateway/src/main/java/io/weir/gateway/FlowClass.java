package io.weir.gateway;

import java.util.Locale;

/** What kind of work an operation is; the names are those of {@code flows} in the settings. */
enum FlowClass {
    CHECK,
    USAGE,
    MONEY,
    SYNC,
    REPORT;

    /** As settings and metrics write it. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
