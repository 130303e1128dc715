package io.weir.loadtest.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The checker on made-up notes: it must know the four verdicts, and everything else must fail. */
class CheckerTest {
    private static final Instant HOUR = Instant.parse("2026-11-20T10:00:00Z");

    /** Answers in their order, how often the id stands in the ledger, and what that is. */
    @ParameterizedTest
    @CsvSource({
        "ACCEPTED, 1, RECORDED_ONCE",
        "LOCAL, 1, RECORDED_ONCE",
        "RECORDED, 1, RECORDED_ONCE",
        "CUT ACCEPTED, 1, RECORDED_ONCE",
        "UNAVAILABLE DUPLICATE, 1, RECORDED_ONCE",
        "RECORDED DUPLICATE DUPLICATE, 1, RECORDED_ONCE",
        "REFUSED, 0, REFUSED",
        "CUT, 0, UNKNOWN_ABSENT",
        "UNAVAILABLE REFUSED, 0, UNKNOWN_ABSENT",
        "CUT, 1, UNKNOWN_ONCE",
        "BACKFILLED, 1, RECORDED_ONCE",
        "BACKFILLED DUPLICATE, 1, RECORDED_ONCE",
        "STAGED, 0, REFUSED",
        "UNAVAILABLE CUT, 1, UNKNOWN_ONCE",
        "ACCEPTED, 0, LOST",
        "LOCAL, 0, LOST",
        "RECORDED, 0, LOST",
        "CUT CUT DUPLICATE, 0, LOST",
        "BACKFILLED, 0, LOST",
        "ACCEPTED, 2, DOUBLE",
        "BACKFILLED, 2, DOUBLE",
        "CUT, 2, DOUBLE",
        "REFUSED, 1, UNEXPLAINED",
        "STAGED, 1, UNEXPLAINED",
        "RECORDED RECORDED, 1, UNEXPLAINED",
        "DUPLICATE, 1, UNEXPLAINED",
        "REJECTED, 0, UNEXPLAINED",
        "CONFLICT, 1, UNEXPLAINED",
        "STRANGE, 0, UNEXPLAINED"
    })
    void an_id_has_one_verdict(String answers, int found, Verdict verdict) {
        Checker.Result result = Checker.check(List.of(story("a", true, answers)), standing("a", found));
        assertEquals(Map.of(verdict, 1), result.counts());
        assertEquals(verdict.good(), result.good());
        if (!verdict.good()) {
            String history = result.failures().getFirst().history();
            for (String answer : answers.split(" ")) {
                assertTrue(history.contains(answer.toLowerCase(java.util.Locale.ROOT)), history);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"REJECTED, 0, true", "CUT, 0, true", "REJECTED, 1, false", "ACCEPTED, 0, false", "CUT, 1, false"})
    void an_event_that_is_wrong_is_never_taken(String answers, int found, boolean good) {
        assertEquals(
                good,
                Checker.check(List.of(story("a", false, answers)), standing("a", found))
                        .good());
    }

    /**
     * Corrections in their order ({@code void}, or output tokens; with a mark what was not acknowledged), and the output tokens that
     * stand; 0: none.
     */
    @ParameterizedTest
    @CsvSource({
        "void, 0, CORRECTED",
        "void, 3, MISCORRECTED",
        "void?, 0, CORRECTED",
        "void?, 3, CORRECTED",
        "5, 5, CORRECTED",
        "5, 3, MISCORRECTED",
        "5, 0, MISCORRECTED",
        "5?, 3, CORRECTED",
        "5?, 5, CORRECTED",
        "5?, 6, MISCORRECTED",
        "5 void, 0, CORRECTED",
        "5 void, 5, MISCORRECTED",
        "void 5, 5, CORRECTED",
        "5 6?, 5, CORRECTED",
        "5 6?, 3, MISCORRECTED"
    })
    void an_event_stands_as_its_corrections_say(String corrections, int tokens, Verdict verdict) {
        Story story = story("a", true, "RECORDED");
        for (String correction : corrections.split(" ")) {
            String to = correction.replace("?", "");
            story.begin(Correction.begun(
                    to.equals("void") ? null : new Story.Event("a", 1, 7, Integer.parseInt(to), true, HOUR)));
            if (to.equals(correction)) {
                story.last(Correction::answered);
            }
        }
        Map<String, Standing> found = tokens == 0 ? Map.of() : Map.of("a", new Standing(1, 1, 7, tokens, HOUR));
        Checker.Result result = Checker.check(List.of(story), found);
        assertEquals(Map.of(verdict, 1), result.counts());
        assertEquals(
                tokens == 0 ? Map.of() : Map.of(1, new Sums(1, 7, tokens)),
                Checker.expected(List.of(story), found, HOUR::equals));
        assertEquals(Map.of(), Checker.expected(List.of(story), found, hour -> !hour.equals(HOUR)));
    }

    @Test
    void an_event_that_stands_at_another_time_is_found() {
        Map<String, Standing> found = Map.of("a", new Standing(1, 1, 7, 3, HOUR.plusSeconds(1)));
        assertEquals(
                Map.of(Verdict.UNEXPLAINED, 1),
                Checker.check(List.of(story("a", true, "ACCEPTED")), found).counts());
    }

    @Test
    void an_id_that_nobody_sent_is_found() {
        assertEquals(
                Set.of("b"),
                Checker.check(
                                List.of(story("a", true, "ACCEPTED")),
                                Map.of("a", new Standing(1, 1, 7, 3, HOUR), "b", new Standing(1, 1, 7, 3, HOUR)))
                        .strangers());
    }

    /** The two broken ledgers, made up. */
    @Test
    void one_forgotten_id_in_a_thousand_and_one_retry_counted_twice_are_found() {
        List<Story> stories = new ArrayList<>();
        Map<String, Standing> found = new HashMap<>();
        for (int i = 0; i < 1_000; i++) {
            stories.add(story("e-" + i, true, "CUT ACCEPTED"));
            found.put("e-" + i, new Standing(1, 1, 7, 3, HOUR));
        }
        assertTrue(Checker.check(stories, found).good());
        Map<Integer, Sums> whole = Checker.expected(stories, found, any -> true);
        assertEquals(Map.of(1, new Sums(1_000, 7_000, 3_000)), whole);
        assertEquals(List.of(), Checker.differences("x", whole, whole));

        found.remove("e-500");
        assertEquals(1, Checker.check(stories, found).count(Verdict.LOST));
        assertFalse(Checker.differences("x", Checker.expected(stories, found, any -> true), whole)
                .isEmpty());

        Map<Integer, Sums> twice = Map.of(1, new Sums(1_000, 7_000, 3_003));
        assertEquals(1, Checker.differences("x", whole, twice).size());
        assertEquals(1, Checker.differences("x", whole, Map.of()).size());
        assertEquals(1, Checker.differences("x", Map.of(), whole).size());
    }

    @Test
    void a_plan_follows_from_seed_and_round_and_does_everything() {
        assertEquals(Plan.of(5, 1, 2), Plan.of(5, 1, 2));
        assertFalse(Plan.of(5, 1, 2).equals(Plan.of(6, 1, 2)));
        assertFalse(Plan.of(5, 1, 2).equals(Plan.of(5, 2, 2)));
        for (int seed = 0; seed < 100; seed++) {
            List<Fault> faults = Plan.of(seed, seed % 3, 2).steps().stream()
                    .map(Plan.Step::fault)
                    .sorted()
                    .toList();
            assertEquals(List.of(Fault.values()), faults);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "200 | {\"receipts\": []} | RECORDED RECORDED",
                "202 | {\"receipts\": []} | ACCEPTED ACCEPTED",
                "202 | {\"receipts\": [{\"index\": 1, \"status\": \"accepted\", \"durability\": \"local\"}]} | ACCEPTED LOCAL",
                "207 | {\"receipts\": [{\"index\": 0, \"status\": \"rejected\"}]} | REJECTED ACCEPTED",
                "200 | {\"receipts\": [{\"index\": 0, \"status\": \"duplicate\"}]} | DUPLICATE RECORDED",
                "422 | {\"receipts\": [{\"index\": 0, \"status\": \"rejected\"}, {\"index\": 1, \"status\": \"not_taken\"}]} | REJECTED REFUSED",
                "429 | {} | REFUSED REFUSED",
                "503 | {} | UNAVAILABLE UNAVAILABLE",
                "500 | {} | STRANGE STRANGE",
                "202 | {\"receipts\": [{\"index\": 2, \"status\": \"accepted\"}]} | STRANGE STRANGE",
                "202 | no json | STRANGE STRANGE"
            })
    void an_answer_says_something_of_each_event(int status, String body, String outcomes) {
        List<String> said =
                Answers.of(status, body, 2).stream().map(Outcome::name).toList();
        assertEquals(List.of(outcomes.split(" ")), said);
    }

    private static Map<String, Standing> standing(String id, int times) {
        return Map.of(id, new Standing(times, 1, 7, 3, HOUR));
    }

    private static Story story(String id, boolean valid, String answers) {
        Story story = new Story(new Story.Event(id, 1, 7, 3, valid, HOUR));
        int at = 0;
        for (String answer : answers.split(" ")) {
            story.add(new Story.Attempt(at, at + 5, "poster 1", Outcome.valueOf(answer), "made up"));
            at += 10;
        }
        return story;
    }
}
