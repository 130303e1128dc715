package io.weir.reconciliation;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** In what two stages differ, and how the ids behind it are found. */
public enum Variance {
    /** Sources say that they sent more, or less, than is recorded. */
    SENT(ReconciliationTable.BEHIND_SENT),
    /** The log held more, or less, than is recorded, is a repetition or a conflict: nothing explains it. */
    UNEXPLAINED(null),
    /** Recorded, and waits for its customer or subscription, or was written off. */
    HELD(ReconciliationTable.BEHIND_HELD),
    /** Counted events are not all in the aggregates of a meter, or more than they are. */
    METERED(null),
    /** Usage of a meter that has a price is not charged: no subscription, no line, no price in force, or no billing run yet. */
    RATED(ReconciliationTable.BEHIND_RATED),
    /** Charged, and in no posting that was approved. */
    POSTED(ReconciliationTable.BEHIND_POSTED),
    /** In an approved posting, and not in the ERP. */
    IN_ERP(ReconciliationTable.BEHIND_IN_ERP);

    private final String text = name().toLowerCase(Locale.ROOT);
    private final @Nullable String statement;

    Variance(@Nullable String statement) {
        this.statement = statement;
    }

    /** The variance as it is written. */
    @JsonValue
    public String text() {
        return text;
    }

    /** The statement that finds the ids; none where nothing is left that could be named, and of METERED ({@link BehindMetered}). */
    Optional<String> statement() {
        return Optional.ofNullable(statement);
    }

    /** The variance written so; empty where there is none. */
    public static Optional<Variance> of(String text) {
        for (Variance variance : values()) {
            if (variance.text.equals(text)) {
                return Optional.of(variance);
            }
        }
        return Optional.empty();
    }
}
