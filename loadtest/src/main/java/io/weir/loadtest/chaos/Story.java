package io.weir.loadtest.chaos;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One id: the event as it is always sent, every attempt to send it, and its corrections. Safe for several threads. */
final class Story {
    private final Event event;
    private final List<Attempt> attempts = new ArrayList<>(2);
    private final List<Correction> corrections = new ArrayList<>(0);

    /**
     * An event.
     *
     * @param valid whether it is one that may be taken
     */
    record Event(String id, int customer, int inputTokens, int outputTokens, boolean valid, Instant time) {}

    /**
     * One attempt. Times are milliseconds of the run.
     *
     * @param by the poster and its request, or the backfill set
     * @param detail what the answer was, in short
     */
    record Attempt(long from, long to, String by, Outcome outcome, String detail) {
        @Override
        public String toString() {
            return "%,d-%,d ms %s: %s (%s)".formatted(from, to, by, outcome.text(), detail);
        }
    }

    Story(Event event) {
        this.event = event;
    }

    Event event() {
        return event;
    }

    synchronized void add(Attempt attempt) {
        attempts.add(attempt);
    }

    synchronized List<Attempt> attempts() {
        return List.copyOf(attempts);
    }

    synchronized List<Correction> corrections() {
        return List.copyOf(corrections);
    }

    /** Begins a correction; noted before it is sent. */
    synchronized void begin(Correction correction) {
        corrections.add(correction);
    }

    /** What is known of the last correction now. */
    synchronized void last(UnaryOperator<Correction> known) {
        corrections.add(known.apply(corrections.removeLast()));
    }

    /** Whether a correction of it can be sent: the ledger has it for certain, and no other one may be under way. */
    synchronized boolean correctable() {
        return corrections.stream().allMatch(one -> one.acknowledged() && !one.unanswered()) && recorded();
    }

    /** Whether an answer said that the ledger has it. */
    synchronized boolean recorded() {
        return attempts.stream().anyMatch(attempt -> attempt.outcome().inLedger());
    }

    /** Whether the last correction was not acknowledged yet. */
    synchronized boolean uncertain() {
        return !corrections.isEmpty() && !corrections.getLast().acknowledged();
    }

    /** As what it may stand in the ledger; null among them: not at all. Where nothing is uncertain it is one. */
    synchronized List<@Nullable Event> mayBe() {
        List<@Nullable Event> mayBe = new ArrayList<>(List.of(event));
        for (Correction correction : corrections) {
            if (correction.acknowledged()) {
                mayBe.clear();
            }
            mayBe.add(correction.to());
        }
        return mayBe;
    }

    synchronized boolean taken() {
        return attempts.stream().anyMatch(attempt -> attempt.outcome().meaning() == Outcome.Meaning.TAKEN);
    }
}
