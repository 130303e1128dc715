package io.weir.loadtest.chaos;

import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;

/**
 * What was sent in a run, and what became of it, counted.
 *
 * @param sent different ids, posted or loaded
 * @param acknowledged of these, those that an answer said are taken
 * @param attempts how many answers of each kind there were, by event
 * @param corrections voids and amendments that were acknowledged
 */
record Totals(int sent, int acknowledged, Map<Outcome, Integer> attempts, int corrections) {
    Totals {
        attempts = Map.copyOf(attempts);
    }

    static Totals of(Collection<Story> stories) {
        Map<Outcome, Integer> attempts = new EnumMap<>(Outcome.class);
        int acknowledged = 0;
        int corrections = 0;
        for (Story story : stories) {
            story.attempts().forEach(attempt -> attempts.merge(attempt.outcome(), 1, Integer::sum));
            acknowledged += story.taken() ? 1 : 0;
            corrections += (int) story.corrections().stream()
                    .filter(Correction::acknowledged)
                    .count();
        }
        return new Totals(stories.size(), acknowledged, attempts, corrections);
    }

    int of(Outcome outcome) {
        return attempts.getOrDefault(outcome, 0);
    }
}
