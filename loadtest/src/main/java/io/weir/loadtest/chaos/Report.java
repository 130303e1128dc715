package io.weir.loadtest.chaos;

import io.weir.loadtest.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run's outcome: a table for the terminal, and a file.
 *
 * @param attempts how many answers of each kind there were, by event
 * @param wrong sums that differ, in words
 * @param canaries what the checker made of each broken ledger; empty: nothing, so that it is blind
 */
record Report(
        ChaosSettings settings,
        Map<Fault, Integer> faults,
        Map<Outcome, Integer> attempts,
        Checker.Result ids,
        List<String> wrong,
        Map<Canary, String> canaries) {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final int SHOWN = 20;

    Report {
        faults = Map.copyOf(faults);
        attempts = Map.copyOf(attempts);
        wrong = List.copyOf(wrong);
        canaries = Map.copyOf(canaries);
    }

    static Map<Outcome, Integer> attempts(Collection<Story> stories) {
        Map<Outcome, Integer> attempts = new EnumMap<>(Outcome.class);
        stories.forEach(
                story -> story.attempts().forEach(attempt -> attempts.merge(attempt.outcome(), 1, Integer::sum)));
        return attempts;
    }

    /** Nothing lost, nothing double, nothing unexplained; and the checker sees what is broken. */
    boolean good() {
        return ids.good() && wrong.isEmpty() && canaries.values().stream().noneMatch(String::isEmpty);
    }

    void print(Console console) {
        console.line("");
        console.line(
                "seed " + settings.seed() + ", faults for " + settings.faults().toSeconds() + " s");
        console.line("");
        for (Fault fault : Fault.values()) {
            console.line("  %8d  %-16s %s".formatted(faults.getOrDefault(fault, 0), fault, fault.meaning()));
        }
        console.line("answers, by event");
        for (Outcome outcome : Outcome.values()) {
            console.line("%,10d  %s".formatted(attempts.getOrDefault(outcome, 0), outcome.text()));
        }
        console.line("ids");
        for (Verdict verdict : Verdict.values()) {
            console.line("%,10d  %s".formatted(ids.count(verdict), verdict.meaning()));
        }
        console.line(
                "%,10d  in the ledger, and never sent".formatted(ids.strangers().size()));
        console.line("%,10d  sums that differ (aggregates, months, usage, entitlements, charges, ERP documents)"
                .formatted(wrong.size()));
        ids.failures().stream().limit(SHOWN).forEach(failure -> console.line(failure.history()));
        wrong.stream().limit(SHOWN).forEach(console::line);
        canaries.forEach((canary, seen) -> console.line("canary, " + canary.meaning() + ": "
                + (seen.isEmpty() ? "NOT SEEN, so this run proves nothing" : "seen: " + seen)));
        console.line(
                good()
                        ? "Nothing lost, nothing double, nothing unexplained."
                        : "FAILED. Again with: make chaos SEED=" + settings.seed());
    }

    void write(Path file) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(file, json());
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot write " + file, failed);
        }
    }

    String json() {
        ObjectNode root = JSON.createObjectNode()
                .put("seed", settings.seed())
                .put("faultSeconds", settings.faults().toSeconds())
                .put("good", good());
        ObjectNode done = root.putObject("faults");
        faults.forEach((fault, count) -> done.put(fault.name(), count));
        ObjectNode answers = root.putObject("answers");
        attempts.forEach((outcome, count) -> answers.put(outcome.text(), count));
        ObjectNode verdicts = root.putObject("ids");
        for (Verdict verdict : Verdict.values()) {
            verdicts.put(verdict.name(), ids.count(verdict));
        }
        verdicts.put("STRANGERS", ids.strangers().size());
        var failures = root.putArray("failures");
        ids.failures().stream().limit(1_000).forEach(failure -> failures.add(failure.history()));
        var sums = root.putArray("sums");
        wrong.forEach(sums::add);
        ObjectNode broken = root.putObject("canaries");
        canaries.forEach((canary, seen) -> broken.put(canary.name(), seen));
        return JSON.writeValueAsString(root) + "\n";
    }
}
