package io.weir.ledger;

import io.weir.schemas.CustomerId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Whose usage an event is: a customer under a subscription, or held for a reason until it can be told. */
sealed interface Resolution {
    /**
     * Counted for a customer.
     *
     * @param term the subscription's revision; empty where the customer had none at that time
     * @param line the subscription's line for the event's first billed meter
     */
    record Counted(CustomerId customer, Optional<Account.Term> term, Optional<Account.Line> line)
            implements Resolution {}

    /**
     * Held.
     *
     * @param reason exception reason
     * @param missing the subject or subscription that is not known
     */
    record Held(String reason, String missing) implements Resolution {}

    /** No customer has the subject as its product identity. */
    String UNMATCHED_ACCOUNT = "unmatched_account";
    /** The data names a subscription that the customer does not have. */
    String UNKNOWN_SUBSCRIPTION = "unknown_subscription";

    /** Resolves an event of the time. */
    static Resolution of(
            @Nullable Account account, String subject, @Nullable String named, Instant time, List<Meter> meters) {
        if (account == null) {
            return subject.isEmpty() && named != null
                    ? new Held(UNKNOWN_SUBSCRIPTION, named)
                    : new Held(UNMATCHED_ACCOUNT, subject);
        }
        if (named != null && !account.knows(named)) {
            return new Held(UNKNOWN_SUBSCRIPTION, named);
        }
        Optional<Account.Term> term = account.at(time, named);
        return new Counted(account.customer(), term, term.flatMap(found -> found.line(meters)));
    }
}
