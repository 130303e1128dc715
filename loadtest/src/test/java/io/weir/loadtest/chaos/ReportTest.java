package io.weir.loadtest.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.loadtest.MeasuredTree;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The outcome of a run as its file tells it. */
class ReportTest {
    private static final Instant HOUR = Instant.parse("2026-11-20T10:00:00Z");

    @Test
    void the_file_says_what_was_tried_and_what_came_of_it() {
        Report report = report(List.of(), Map.of(Canary.FORGETS, "a is lost"));
        assertTrue(report.good());
        JsonNode file = JsonMapper.builder().build().readTree(report.json());
        assertEquals("c0ffee", file.path("commit").asString());
        assertEquals(7, file.path("seed").asInt());
        assertEquals("1.5", file.path("minutes").asString());
        assertEquals(3, file.at("/faults/NODE_KILLED").asInt());
        assertEquals(0, file.at("/faults/DISK_GONE").asInt(-1));
        assertEquals(2, file.path("sent").asInt());
        assertEquals(1, file.path("acknowledged").asInt());
        assertEquals(6, file.path("duplicates").asInt(), "one that was posted, five of sets");
        assertEquals(2, file.path("conflicts").asInt());
        assertEquals(1, file.path("corrections").asInt());
        assertEquals(4, file.at("/backfillSets/CLOSED").asInt());
        assertEquals(1, file.at("/ids/CORRECTED").asInt());
        assertTrue(file.path("good").asBoolean());
        assertEquals(
                "Nothing lost, nothing double, nothing unexplained.",
                file.path("verdict").asString());
    }

    @Test
    void a_sum_that_differs_and_a_canary_that_is_not_seen_fail_the_run() {
        for (Report report :
                List.of(report(List.of("a sum"), Map.of()), report(List.of(), Map.of(Canary.FORGETS, "")))) {
            assertFalse(report.good());
            assertTrue(report.json().contains("\"FAILED\""), report.json());
        }
    }

    private static Report report(List<String> wrong, Map<Canary, String> canaries) {
        Story story = new Story(new Story.Event("a", 1, 7, 3, true, HOUR));
        story.add(new Story.Attempt(0, 5, "poster 1", Outcome.RECORDED, "made up"));
        story.add(new Story.Attempt(6, 9, "poster 1", Outcome.DUPLICATE, "made up"));
        story.begin(Correction.begun(null));
        story.last(Correction::answered);
        Story other = new Story(new Story.Event("b", 1, 7, 3, true, HOUR));
        other.add(new Story.Attempt(0, 5, "poster 1", Outcome.CUT, "made up"));
        return new Report(
                new MeasuredTree("c0ffee", false),
                new ChaosSettings(7, Duration.ofSeconds(90), 4, 40, true),
                Map.of(Fault.NODE_KILLED, 3),
                Totals.of(List.of(story, other)),
                new Checker.Result(Map.of(Verdict.CORRECTED, 1, Verdict.UNKNOWN_ABSENT, 1), List.of(), Set.of()),
                new SetChecker.Result(
                        Map.of(SetVerdict.CLOSED, 4),
                        List.of(),
                        Map.of(ShownSet.RECORDED, 9, ShownSet.DUPLICATE, 5, ShownSet.CONFLICT, 2)),
                wrong,
                canaries);
    }
}
