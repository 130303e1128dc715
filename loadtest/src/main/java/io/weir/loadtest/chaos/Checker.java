package io.weir.loadtest.chaos;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Holds what the ledger has to what was noted. Pure: it knows the notes, how often each id stands in the ledger, and sums as
 * others report them.
 */
final class Checker {
    private Checker() {}

    /** An id that fails, with all that is known of it. */
    record Failure(Verdict verdict, String why, Story story, int found) {
        String history() {
            StringBuilder text = new StringBuilder("%s %s: %s; %d in the ledger; %s"
                    .formatted(verdict, story.event().id(), why, found, story.event()));
            story.attempts().forEach(attempt -> text.append("\n    ").append(attempt));
            story.corrections()
                    .forEach(correction -> text.append("\n    ")
                            .append(correction.text())
                            .append(correction.acknowledged() ? ", acknowledged" : ", not acknowledged"));
            return text.toString();
        }
    }

    /** What the ids come to; unknown ids in the ledger are strangers. */
    record Result(Map<Verdict, Integer> counts, List<Failure> failures, Set<String> strangers) {
        Result {
            counts = Map.copyOf(counts);
            failures = List.copyOf(failures);
            strangers = Set.copyOf(strangers);
        }

        boolean good() {
            return failures.isEmpty() && strangers.isEmpty();
        }

        int count(Verdict verdict) {
            return counts.getOrDefault(verdict, 0);
        }
    }

    /** @param found how often each id stands in the ledger, and as what */
    static Result check(Collection<Story> stories, Map<String, Standing> found) {
        Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
        List<Failure> failures = new ArrayList<>();
        Set<String> strangers = new HashSet<>(found.keySet());
        for (Story story : stories) {
            String id = story.event().id();
            strangers.remove(id);
            Standing standing = found.getOrDefault(id, Standing.NOWHERE);
            int times = standing.times();
            String why = strange(story, times);
            Verdict verdict = why.isEmpty() ? verdict(story, standing) : Verdict.UNEXPLAINED;
            counts.merge(verdict, 1, Integer::sum);
            if (!verdict.good()) {
                failures.add(new Failure(verdict, why.isEmpty() ? verdict.meaning() : why, story, times));
            }
        }
        return new Result(counts, failures, strangers);
    }

    private static Verdict verdict(Story story, Standing standing) {
        int times = standing.times();
        if (times > 1) {
            return Verdict.DOUBLE;
        }
        if (!story.corrections().isEmpty()) {
            return story.mayBe().stream().anyMatch(standing::is) ? Verdict.CORRECTED : Verdict.MISCORRECTED;
        }
        if (times == 1 && !standing.is(story.event())) {
            return Verdict.UNEXPLAINED;
        }
        if (story.taken()) {
            return times == 1 ? Verdict.RECORDED_ONCE : Verdict.LOST;
        }
        boolean open =
                story.attempts().stream().anyMatch(attempt -> attempt.outcome().meaning() == Outcome.Meaning.OPEN);
        if (open) {
            return times == 1 ? Verdict.UNKNOWN_ONCE : Verdict.UNKNOWN_ABSENT;
        }
        return times == 0 ? Verdict.REFUSED : Verdict.UNEXPLAINED;
    }

    /** Why answers contradict each other or the ledger, beyond lost and double; empty where they do not. */
    private static String strange(Story story, int times) {
        if (!story.event().valid() && (times > 0 || story.taken())) {
            return "it is wrong, and was taken";
        }
        List<Story.Attempt> attempts = story.attempts();
        long recorded = attempts.stream()
                .filter(attempt -> attempt.outcome() == Outcome.RECORDED)
                .count();
        if (recorded > 1) {
            return "two attempts were told that theirs was recorded";
        }
        for (Story.Attempt attempt : attempts) {
            if (attempt.outcome().meaning() == Outcome.Meaning.WRONG) {
                return "an answer that cannot be: " + attempt.detail();
            }
            if (story.event().valid() && attempt.outcome() == Outcome.REJECTED) {
                return "nothing is wrong with it, and it was rejected";
            }
            boolean other = attempts.stream().anyMatch(before -> before != attempt && before.from() <= attempt.to());
            if (attempt.outcome() == Outcome.DUPLICATE && !other) {
                return "a duplicate of nothing that was sent before";
            }
        }
        return "";
    }

    /** What the ledger should come to, of each customer: events, input and output tokens of the ids that stand in it, of some times. */
    static Map<Integer, Sums> expected(
            Collection<Story> stories, Map<String, Standing> found, Predicate<Instant> times) {
        Map<Integer, Sums> sums = new TreeMap<>();
        for (Story story : stories) {
            Standing standing = found.getOrDefault(story.event().id(), Standing.NOWHERE);
            if (standing.times() > 0 && times.test(standing.time())) {
                sums.merge(standing.customer(), standing.sums(), Sums::plus);
            }
        }
        return sums;
    }

    /** Where reported sums differ from the expected ones, in words. */
    static List<String> differences(String who, Map<Integer, Sums> expected, Map<Integer, Sums> reported) {
        Set<Integer> customers = new HashSet<>(expected.keySet());
        customers.addAll(reported.keySet());
        return customers.stream()
                .sorted()
                .filter(customer ->
                        !expected.getOrDefault(customer, Sums.NONE).equals(reported.getOrDefault(customer, Sums.NONE)))
                .map(customer -> "%s of customer %d: %s, and the recorded ids come to %s"
                        .formatted(
                                who,
                                customer,
                                reported.getOrDefault(customer, Sums.NONE),
                                expected.getOrDefault(customer, Sums.NONE)))
                .toList();
    }
}
