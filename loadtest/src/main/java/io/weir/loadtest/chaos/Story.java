package io.weir.loadtest.chaos;

import java.util.ArrayList;
import java.util.List;

/** One id: the event as it is always sent, and every attempt to send it. Safe for several threads. */
final class Story {
    private final Event event;
    private final List<Attempt> attempts = new ArrayList<>(2);

    /**
     * An event.
     *
     * @param valid whether it is one that may be taken
     */
    record Event(String id, int customer, int inputTokens, int outputTokens, boolean valid) {}

    /**
     * One attempt. Times are milliseconds of the run.
     *
     * @param by the poster and its request
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

    synchronized boolean taken() {
        return attempts.stream().anyMatch(attempt -> attempt.outcome().meaning() == Outcome.Meaning.TAKEN);
    }
}
