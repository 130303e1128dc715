package io.weir.local.erp;

import java.time.InstantSource;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;

/** The calendar months in which a transaction may be dated: from twelve before the current one to twelve after. */
final class AccountingPeriods {
    private static final int OPEN_MONTHS_EACH_WAY = 12;

    private final InstantSource clock;

    AccountingPeriods(InstantSource clock) {
        this.clock = clock;
    }

    LocalDate today() {
        return clock.instant().atZone(ZoneOffset.UTC).toLocalDate();
    }

    boolean isOpen(LocalDate date) {
        YearMonth month = YearMonth.from(date);
        YearMonth current = YearMonth.from(today());
        return !month.isBefore(current.minusMonths(OPEN_MONTHS_EACH_WAY))
                && !month.isAfter(current.plusMonths(OPEN_MONTHS_EACH_WAY));
    }
}
