package io.weir.loadtest.chaos;

import io.weir.loadtest.chaos.StagedSet.End;
import io.weir.loadtest.chaos.StagedSet.Kind;
import io.weir.loadtest.chaos.StagedSet.Line;
import io.weir.loadtest.chaos.StagedSet.Piece;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Holds backfill sets to what was noted, to what the API shows of them and to what the ledger has. Pure; used once. */
final class SetChecker {
    private final Map<String, ShownSet> shown;
    private final Ledger ledger;

    /**
     * What the ledger has.
     *
     * @param standing how often each id stands in it, and as what
     * @param bySets how often each id was recorded by a set
     * @param conflicts how often each id came with other content
     */
    record Ledger(Map<String, Standing> standing, Map<String, Integer> bySets, Map<String, Integer> conflicts) {
        Ledger {
            standing = Map.copyOf(standing);
            bySets = Map.copyOf(bySets);
            conflicts = Map.copyOf(conflicts);
        }

        private Standing of(String id) {
            return standing.getOrDefault(id, Standing.NOWHERE);
        }
    }

    /**
     * What the sets come to.
     *
     * @param failures in words, with all that is known of each
     * @param statuses how many lines of closed sets became what
     */
    record Result(Map<SetVerdict, Integer> counts, List<String> failures, Map<String, Integer> statuses) {
        Result {
            counts = Map.copyOf(counts);
            failures = List.copyOf(failures);
            statuses = Map.copyOf(statuses);
        }

        boolean good() {
            return failures.isEmpty();
        }

        int count(SetVerdict verdict) {
            return counts.getOrDefault(verdict, 0);
        }

        int lines(String status) {
            return statuses.getOrDefault(status, 0);
        }
    }

    private record Judged(SetVerdict verdict, String why) {}

    private SetChecker(Collection<ShownSet> shown, Ledger ledger) {
        this.shown = shown.stream().collect(Collectors.toMap(ShownSet::id, set -> set));
        this.ledger = ledger;
    }

    static Result check(Collection<StagedSet> sets, Collection<ShownSet> shown, Ledger ledger) {
        SetChecker checker = new SetChecker(shown, ledger);
        Map<SetVerdict, Integer> counts = new EnumMap<>(SetVerdict.class);
        List<String> failures = new ArrayList<>();
        for (StagedSet set : sets) {
            Judged judged = checker.judge(set);
            counts.merge(judged.verdict, 1, Integer::sum);
            if (!judged.verdict.good()) {
                failures.add(history(set, judged));
            }
        }
        failures.addAll(checker.strangers(sets));
        failures.addAll(checker.recordedOnce(sets));
        failures.addAll(checker.conflicts());
        return new Result(counts, failures, checker.statuses());
    }

    private static String history(StagedSet set, Judged judged) {
        StringBuilder text = new StringBuilder("%s backfill set %s (%s): %s"
                .formatted(
                        judged.verdict,
                        set.name(),
                        set.id(),
                        judged.why.isEmpty() ? judged.verdict.meaning() : judged.why));
        set.history().forEach(said -> text.append("\n    ").append(said));
        return text.toString();
    }

    private Judged judge(StagedSet set) {
        if (!set.strange().isEmpty()) {
            return new Judged(SetVerdict.UNEXPLAINED, "an answer that cannot be: " + set.strange());
        }
        if (set.id() == null) {
            return new Judged(SetVerdict.UNKNOWN_ABSENT, "");
        }
        ShownSet as = shown.get(set.id());
        if (as == null) {
            return new Judged(SetVerdict.UNEXPLAINED, "it was opened, and is not shown");
        }
        String why = contradiction(set, as);
        if (!why.isEmpty()) {
            return new Judged(SetVerdict.UNEXPLAINED, why);
        }
        return as.closed() ? closed(set, as) : notClosed(set, as);
    }

    /** Why state and counts, as they are shown, cannot follow from the answers; empty where they can. */
    private static String contradiction(StagedSet set, ShownSet as) {
        boolean closed = set.isDone(End.CLOSE);
        boolean dropped = set.isDone(End.DROP);
        if (closed && dropped) {
            return "it was answered as closed, and as dropped";
        }
        boolean may = switch (as.state()) {
            case ShownSet.OPEN -> !closed && !dropped;
            case ShownSet.CLOSED -> !dropped && set.wasSent(End.CLOSE);
            case ShownSet.DROPPED -> !closed && set.wasSent(End.DROP);
            default -> false;
        };
        if (!may) {
            return "it is shown as " + as.state();
        }
        ShownSet.Outcomes outcomes = as.outcomes();
        if ((outcomes != null) != as.closed()
                || (set.outcomes() != null && !set.outcomes().equals(outcomes))) {
            return "what became of its events is shown as " + outcomes + ", and was answered as " + set.outcomes();
        }
        return "";
    }

    private Judged closed(StagedSet set, ShownSet as) {
        String why = unlike(set, as);
        if (why.isEmpty()) {
            why = uncounted(as);
        }
        for (Line line : set.lines()) {
            String id = line.event().id();
            // What was corrected since may be void; its own verdict says how it must stand.
            if (why.isEmpty()
                    && line.kind() != Kind.COLLIDING
                    && as.statuses().containsKey(id)
                    && line.story().corrections().isEmpty()
                    && ledger.of(id).times() == 0) {
                why = id + " is missing in the ledger";
            }
        }
        SetVerdict good = set.isDone(End.CLOSE) ? SetVerdict.CLOSED : SetVerdict.UNKNOWN_CLOSED;
        return new Judged(why.isEmpty() ? good : SetVerdict.TORN, why);
    }

    /** Where the counts of a closed set are not those of its lines; empty where they are. */
    private static String uncounted(ShownSet as) {
        ShownSet.Outcomes lines = new ShownSet.Outcomes(
                as.count(ShownSet.RECORDED), as.count(ShownSet.DUPLICATE), as.count(ShownSet.CONFLICT), 0, 0);
        boolean same = lines.equals(as.outcomes()) && as.lines() == as.events();
        return same
                ? ""
                : "it says " + as.outcomes() + " of " + as.events() + " events, and its lines come to " + lines;
    }

    private Judged notClosed(StagedSet set, ShownSet as) {
        String why = as.state().equals(ShownSet.OPEN) ? unlike(set, as) : as.lines() == 0 ? "" : "its events are kept";
        if (!why.isEmpty()) {
            return new Judged(SetVerdict.UNEXPLAINED, why);
        }
        for (Line line : set.lines()) {
            if (line.kind() == Kind.FRESH && ledger.of(line.event().id()).times() > 0) {
                return new Judged(SetVerdict.LEAKED, line.event().id() + " is in the ledger");
            }
        }
        return new Judged(set.isDone(End.DROP) ? SetVerdict.DROPPED : SetVerdict.UNKNOWN_ABSENT, "");
    }

    /** Where a set does not show what was loaded into it; of a load without an answer that is all, or nothing. */
    private static String unlike(StagedSet set, ShownSet as) {
        Set<String> others = new HashSet<>(as.statuses().keySet());
        for (Piece piece : set.pieces()) {
            Map<String, List<Line>> byId = piece.lines().stream()
                    .collect(Collectors.groupingBy(line -> line.event().id()));
            boolean none = byId.keySet().stream().noneMatch(as.statuses()::containsKey);
            others.removeAll(byId.keySet());
            if (none && !piece.certain()) {
                continue;
            }
            for (Map.Entry<String, List<Line>> lines : byId.entrySet()) {
                List<String> statuses = as.statuses().getOrDefault(lines.getKey(), List.of());
                if (!mayBe(as, lines.getValue()).contains(statuses)) {
                    return lines.getKey() + " is shown as " + statuses + ", and was loaded as "
                            + lines.getValue().stream().map(Line::kind).toList();
                }
            }
        }
        return others.isEmpty() ? "" : "it shows what was not loaded: " + new TreeSet<>(others);
    }

    /** As what the lines of one id may be shown; statuses in order. */
    private static List<List<String>> mayBe(ShownSet as, List<Line> lines) {
        if (!as.closed()) {
            return List.of(lines.stream().map(line -> "staged").toList());
        }
        List<List<String>> mayBe = new ArrayList<>(List.of(List.of()));
        for (Line line : lines) {
            List<String> statuses = switch (line.kind()) {
                case FRESH -> List.of(ShownSet.RECORDED);
                case REPEATED -> List.of(ShownSet.RECORDED, ShownSet.DUPLICATE);
                case COLLIDING -> List.of(ShownSet.CONFLICT);
            };
            mayBe = mayBe.stream()
                    .flatMap(before -> statuses.stream().map(status -> {
                        List<String> with = new ArrayList<>(before);
                        with.add(status);
                        with.sort(null);
                        return with;
                    }))
                    .toList();
        }
        return mayBe;
    }

    /** Sets that nobody was told of: an opening without an answer may have made one, and nothing can be in it. */
    private List<String> strangers(Collection<StagedSet> sets) {
        Set<String> names = sets.stream().map(StagedSet::name).collect(Collectors.toSet());
        Set<String> ids = sets.stream().map(set -> String.valueOf(set.id())).collect(Collectors.toSet());
        return shown.values().stream()
                .filter(set -> !ids.contains(set.id()))
                .filter(set -> !names.contains(set.reason()) || !set.state().equals(ShownSet.OPEN) || set.events() != 0)
                .map(set -> "nobody was told of it: " + set)
                .toList();
    }

    /** Events that sets say they recorded, and the ledger not, or the other way round, or that others were told of as well. */
    private List<String> recordedOnce(Collection<StagedSet> sets) {
        Map<String, Integer> said = of(ShownSet.RECORDED);
        List<String> wrong = differences("recorded by sets", said, ledger.bySets);
        for (StagedSet set : sets) {
            for (Line line : set.lines()) {
                boolean told =
                        line.story().attempts().stream().anyMatch(attempt -> attempt.outcome() == Outcome.RECORDED);
                if (told && said.containsKey(line.event().id())) {
                    wrong.add(line.event().id() + " was recorded by a set, and told as recorded to who posted it");
                }
            }
        }
        return wrong;
    }

    private List<String> conflicts() {
        return differences("conflicts of sets", of(ShownSet.CONFLICT), ledger.conflicts);
    }

    /** How many lines of closed sets have that status, by id. */
    private Map<String, Integer> of(String status) {
        Map<String, Integer> counts = new HashMap<>();
        for (ShownSet set : shown.values()) {
            set.statuses()
                    .forEach((id, statuses) ->
                            statuses.stream().filter(status::equals).forEach(one -> counts.merge(id, 1, Integer::sum)));
        }
        return counts;
    }

    private Map<String, Integer> statuses() {
        Map<String, Integer> statuses = new HashMap<>();
        for (String status : List.of(ShownSet.RECORDED, ShownSet.DUPLICATE, ShownSet.CONFLICT)) {
            statuses.put(
                    status,
                    shown.values().stream().mapToInt(set -> set.count(status)).sum());
        }
        return statuses;
    }

    private static List<String> differences(String what, Map<String, Integer> said, Map<String, Integer> found) {
        Set<String> ids = new TreeSet<>(said.keySet());
        ids.addAll(found.keySet());
        List<String> wrong = new ArrayList<>();
        for (String id : ids) {
            int says = said.getOrDefault(id, 0);
            int has = found.getOrDefault(id, 0);
            if (says != has) {
                wrong.add("%s, %s: the sets say %d, and the ledger has %d".formatted(what, id, says, has));
            }
        }
        return wrong;
    }
}
