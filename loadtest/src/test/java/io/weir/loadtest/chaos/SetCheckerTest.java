package io.weir.loadtest.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.loadtest.chaos.StagedSet.End;
import io.weir.loadtest.chaos.StagedSet.Kind;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The checker of backfill sets on made-up notes. A set is three loads: {@code a} and {@code b} are new; {@code c} was posted; {@code
 * d} is recorded with other content. The second load may be without an answer.
 */
class SetCheckerTest {
    private static final Instant HOUR = Instant.parse("2026-11-20T10:00:00Z");

    /**
     * Ends that were sent, the same with a mark where they were answered; how the API shows the set, its lines, and which of the new
     * events the ledger has by the set.
     */
    @ParameterizedTest
    @CsvSource({
        "CLOSE!,       closed,  a=recorded b=recorded c=duplicate d=conflict, a b, CLOSED",
        "CLOSE,        closed,  a=recorded b=recorded c=duplicate d=conflict, a b, UNKNOWN_CLOSED",
        "CLOSE DROP,   closed,  a=recorded b=recorded c=duplicate d=conflict, a b, UNKNOWN_CLOSED",
        "CLOSE! DROP,  closed,  a=recorded b=recorded c=duplicate d=conflict, a b, CLOSED",
        "DROP!,        dropped, '',                                           '',  DROPPED",
        "CLOSE DROP!,  dropped, '',                                           '',  DROPPED",
        "DROP,         dropped, '',                                           '',  UNKNOWN_ABSENT",
        "DROP,         open,    a=staged b=staged c=staged d=staged,          '',  UNKNOWN_ABSENT",
        "CLOSE,        open,    a=staged b=staged c=staged d=staged,          '',  UNKNOWN_ABSENT",
        "'',           open,    a=staged b=staged c=staged d=staged,          '',  UNKNOWN_ABSENT",
        "CLOSE!,       closed,  a=recorded c=duplicate d=conflict,            a,   TORN",
        "CLOSE!,       closed,  a=recorded b=recorded c=duplicate d=conflict, a,   TORN",
        "CLOSE,        closed,  a=recorded b=recorded c=duplicate d=conflict, b,   TORN",
        "CLOSE!,       closed,  a=recorded b=duplicate c=duplicate d=conflict, a b, TORN",
        "CLOSE!,       closed,  a=recorded b=recorded c=conflict d=conflict,  a b, TORN",
        "CLOSE!,       closed,  a=recorded b=recorded c=duplicate d=recorded, a b, TORN",
        "CLOSE!,       closed,  a=recorded b=recorded c=duplicate d=conflict e=recorded, a b, TORN",
        "DROP!,        dropped, '',                                           a,   LEAKED",
        "CLOSE,        open,    a=staged b=staged c=staged d=staged,          a b, LEAKED",
        "DROP!,        dropped, a=staged,                                     '',  UNEXPLAINED",
        "CLOSE!,       open,    a=staged b=staged c=staged d=staged,          '',  UNEXPLAINED",
        "DROP!,        open,    a=staged b=staged c=staged d=staged,          '',  UNEXPLAINED",
        "DROP,         closed,  a=recorded b=recorded c=duplicate d=conflict, a b, UNEXPLAINED",
        "CLOSE!,       dropped, '',                                           '',  UNEXPLAINED",
        "CLOSE! DROP!, closed,  a=recorded b=recorded c=duplicate d=conflict, a b, UNEXPLAINED",
        "DROP,         expired, '',                                           '',  UNEXPLAINED",
        "'',           open,    a=staged c=staged d=staged,                   '',  UNEXPLAINED"
    })
    void a_set_has_one_verdict(String ends, String state, String lines, String recorded, SetVerdict verdict) {
        StagedSet set = set(true);
        end(set, ends);
        assertEquals(Map.of(verdict, 1), check(set, state, lines, recorded).counts());
        assertEquals(verdict.good(), check(set, state, lines, recorded).good());
    }

    @ParameterizedTest
    @CsvSource({
        "a=recorded b=recorded c=duplicate d=conflict, a b, CLOSED",
        "a=recorded d=conflict,                        a,   CLOSED",
        "a=recorded c=duplicate d=conflict,            a,   TORN",
        "a=recorded b=recorded d=conflict,             a b, TORN"
    })
    void a_load_without_an_answer_is_in_the_set_as_a_whole_or_not(String lines, String recorded, SetVerdict verdict) {
        StagedSet set = set(false);
        end(set, "CLOSE!");
        assertEquals(Map.of(verdict, 1), check(set, "closed", lines, recorded).counts());
    }

    @Test
    void what_was_posted_is_recorded_by_the_set_or_told_as_recorded_and_not_both() {
        StagedSet set = set(true);
        end(set, "CLOSE!");
        String lines = "a=recorded b=recorded c=recorded d=conflict";
        assertTrue(check(set, "closed", lines, "a b c").good());
        set.lines().get(2).story().add(new Story.Attempt(0, 5, "poster 1", Outcome.RECORDED, "made up"));
        assertEquals(1, check(set, "closed", lines, "a b c").failures().size());
        assertTrue(check(set, "closed", "a=recorded b=recorded c=duplicate d=conflict", "a b")
                .good());
    }

    @Test
    void an_event_that_was_voided_since_is_not_missing() {
        StagedSet set = set(true);
        end(set, "CLOSE!");
        Story story = set.lines().getFirst().story();
        story.begin(Correction.begun(null));
        story.last(Correction::answered);
        ShownSet as = shown("BS-1", "1-1", "closed", "a=recorded b=recorded c=duplicate d=conflict");
        SetChecker.Ledger ledger = new SetChecker.Ledger(standing("b c d"), Map.of("a", 1, "b", 1), Map.of("d", 1));
        assertEquals(
                List.of(), SetChecker.check(List.of(set), List.of(as), ledger).failures());
    }

    @Test
    void conflicts_and_records_that_sets_and_ledger_do_not_share_are_found() {
        StagedSet set = set(true);
        end(set, "CLOSE!");
        ShownSet as = shown("BS-1", "1-1", "closed", "a=recorded b=recorded c=duplicate d=conflict");
        Map<String, Integer> both = Map.of("a", 1, "b", 1);
        for (SetChecker.Ledger ledger : List.of(
                new SetChecker.Ledger(standing("a b c d"), both, Map.of()),
                new SetChecker.Ledger(standing("a b c d"), both, Map.of("d", 2)),
                new SetChecker.Ledger(standing("a b c d"), both, Map.of("c", 1, "d", 1)),
                new SetChecker.Ledger(standing("a b c d"), Map.of("a", 1), Map.of("d", 1)),
                new SetChecker.Ledger(standing("a b c d e"), Map.of("a", 1, "b", 1, "e", 1), Map.of("d", 1)))) {
            assertEquals(
                    1,
                    SetChecker.check(List.of(set), List.of(as), ledger)
                            .failures()
                            .size());
        }
    }

    /** A set of an opening without an answer: what it is called, as what it is shown, how many events it says it has. */
    @ParameterizedTest
    @CsvSource({"1-1, open, '', true", "1-1, open, a=staged, false", "1-1, closed, '', false", "9-9, open, '', false"})
    void a_set_that_nobody_was_told_of_is_open_and_empty(String reason, String state, String lines, boolean good) {
        StagedSet set = new StagedSet("1-1", false);
        ShownSet other = shown("BS-2", reason, state, lines);
        SetChecker.Ledger ledger = new SetChecker.Ledger(Map.of(), Map.of(), Map.of());
        SetChecker.Result result = SetChecker.check(List.of(set), List.of(other), ledger);
        assertEquals(good, result.good());
        assertEquals(1, result.count(SetVerdict.UNKNOWN_ABSENT));
    }

    @Test
    void an_answer_that_cannot_be_fails_a_set_and_its_history_is_told() {
        StagedSet set = set(true);
        end(set, "CLOSE!");
        set.say("0-5 ms close at http://x: 500");
        set.strange("close: 500");
        String failure = check(set, "closed", "a=recorded b=recorded c=duplicate d=conflict", "a b")
                .failures()
                .getFirst();
        assertTrue(failure.contains("0-5 ms close"), failure);
    }

    @ParameterizedTest
    @CsvSource({
        "CLOSE!,      BACKFILLED CUT",
        "CLOSE,       CUT CUT",
        "CLOSE DROP,  CUT CUT",
        "CLOSE DROP!, STAGED STAGED",
        "DROP!,       STAGED STAGED",
        "DROP,        STAGED STAGED",
        "'',          STAGED STAGED"
    })
    void the_end_of_a_set_says_what_became_of_each_load(String ends, String outcomes) {
        StagedSet set = set(false);
        end(set, ends);
        List<String> said = set.pieces().stream()
                .limit(2)
                .map(piece -> set.outcome(piece).name())
                .toList();
        assertEquals(List.of(outcomes.split(" ")), said);
    }

    private static StagedSet set(boolean secondIsCertain) {
        StagedSet set = new StagedSet("1-1", false);
        set.opened("BS-1");
        set.loading(List.of(line(Kind.FRESH, "a")));
        set.loaded();
        set.loading(List.of(line(Kind.FRESH, "b"), line(Kind.REPEATED, "c")));
        if (secondIsCertain) {
            set.loaded();
        }
        set.loading(List.of(line(Kind.COLLIDING, "d")));
        set.loaded();
        return set;
    }

    private static StagedSet.Line line(Kind kind, String id) {
        Story.Event event = new Story.Event(id, 1, 7, 3, true, HOUR);
        return new StagedSet.Line(kind, new Story(event), event);
    }

    private static void end(StagedSet set, String ends) {
        for (String end : ends.isEmpty() ? new String[0] : ends.split(" ")) {
            End one = End.valueOf(end.replace("!", ""));
            set.sent(one);
            if (end.endsWith("!")) {
                set.done(one);
            }
        }
    }

    private static SetChecker.Result check(StagedSet set, String state, String lines, String recorded) {
        return SetChecker.check(
                List.of(set),
                List.of(shown("BS-1", "1-1", state, lines)),
                new SetChecker.Ledger(standing(recorded + " c d"), of(lines, "recorded"), of(lines, "conflict")));
    }

    /** Which ids are shown with that status. */
    private static Map<String, Integer> of(String lines, String status) {
        Map<String, Integer> counts = new HashMap<>();
        for (String line : lines.split(" ")) {
            if (line.endsWith("=" + status)) {
                counts.put(line.substring(0, line.indexOf('=')), 1);
            }
        }
        return counts;
    }

    private static Map<String, Standing> standing(String ids) {
        Map<String, Standing> standing = new HashMap<>();
        for (String id : ids.strip().split(" ")) {
            standing.put(id, new Standing(1, 1, 7, 3, HOUR));
        }
        return standing;
    }

    private static ShownSet shown(String id, String reason, String state, String lines) {
        Map<String, List<String>> statuses = new HashMap<>();
        for (String line : lines.isEmpty() ? new String[0] : lines.split(" ")) {
            String[] parts = line.split("=");
            statuses.computeIfAbsent(parts[0], any -> new ArrayList<>()).add(parts[1]);
        }
        ShownSet as = new ShownSet(id, reason, state, 0, null, statuses);
        ShownSet.Outcomes outcomes = new ShownSet.Outcomes(
                as.count(ShownSet.RECORDED), as.count(ShownSet.DUPLICATE), as.count(ShownSet.CONFLICT), 0, 0);
        return new ShownSet(id, reason, state, as.lines(), as.closed() ? outcomes : null, statuses);
    }
}
