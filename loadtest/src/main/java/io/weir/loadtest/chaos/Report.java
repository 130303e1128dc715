package io.weir.loadtest.chaos;

import io.weir.loadtest.Console;
import io.weir.loadtest.MeasuredTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A run's outcome: a table for the terminal, and a file.
 *
 * @param wrong sums that differ, in words
 * @param canaries what the checkers made of each broken ledger; empty: nothing, so that they are blind
 */
record Report(
        MeasuredTree tree,
        ChaosSettings settings,
        Map<Fault, Integer> faults,
        Totals totals,
        Checker.Result ids,
        SetChecker.Result sets,
        List<String> wrong,
        Map<Canary, String> canaries) {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final int SHOWN = 20;
    private static final int KEPT = 1_000;
    private static final String GOOD = "Nothing lost, nothing double, nothing unexplained.";

    Report {
        faults = Map.copyOf(faults);
        wrong = List.copyOf(wrong);
        canaries = Map.copyOf(canaries);
    }

    /** Nothing lost, nothing double, nothing unexplained; and the checkers see what is broken. */
    boolean good() {
        return ids.good()
                && sets.good()
                && wrong.isEmpty()
                && canaries.values().stream().noneMatch(String::isEmpty);
    }

    void print(Console console) {
        console.line("");
        console.line("seed " + settings.seed() + ", faults for "
                + settings.faults().toSeconds() + " s, commit " + tree.commit()
                + (tree.dirty() ? ", but files differ from it" : ""));
        console.line("");
        for (Fault fault : Fault.values()) {
            console.line("  %8d  %-16s %s".formatted(faults.getOrDefault(fault, 0), fault, fault.meaning()));
        }
        console.line("answers, by event");
        for (Outcome outcome : Outcome.values()) {
            console.line("%,10d  %s".formatted(totals.of(outcome), outcome.text()));
        }
        console.line("%,10d  corrections acknowledged".formatted(totals.corrections()));
        verdicts(console);
        ids.failures().stream().limit(SHOWN).forEach(failure -> console.line(failure.history()));
        sets.failures().stream().limit(SHOWN).forEach(console::line);
        wrong.stream().limit(SHOWN).forEach(console::line);
        canaries.forEach((canary, seen) -> console.line("canary, " + canary.meaning() + ": "
                + (seen.isEmpty() ? "NOT SEEN, so this run proves nothing" : "seen: " + seen)));
        console.line(good() ? GOOD : "FAILED. Again with: make chaos SEED=" + settings.seed());
    }

    private void verdicts(Console console) {
        console.line("ids");
        for (Verdict verdict : Verdict.values()) {
            console.line("%,10d  %s".formatted(ids.count(verdict), verdict.meaning()));
        }
        console.line(
                "%,10d  in the ledger, and never sent".formatted(ids.strangers().size()));
        console.line("backfill sets");
        for (SetVerdict verdict : SetVerdict.values()) {
            console.line("%,10d  %s".formatted(sets.count(verdict), verdict.meaning()));
        }
        console.line("%,10d  of their events recorded, %,d duplicates, %,d conflicts"
                .formatted(
                        sets.lines(ShownSet.RECORDED), sets.lines(ShownSet.DUPLICATE), sets.lines(ShownSet.CONFLICT)));
        console.line("%,10d  sums that differ (aggregates, months, usage, entitlements, charges, ERP documents)"
                .formatted(wrong.size()));
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
                .put("commit", tree.commit())
                .put("changed", tree.dirty())
                .put("seed", settings.seed())
                .put("minutes", settings.faults().toMillis() / 60_000.0)
                .put("good", good())
                .put("verdict", good() ? GOOD : "FAILED")
                .put("sent", totals.sent())
                .put("acknowledged", totals.acknowledged())
                .put("duplicates", totals.of(Outcome.DUPLICATE) + sets.lines(ShownSet.DUPLICATE))
                .put("conflicts", sets.lines(ShownSet.CONFLICT))
                .put("corrections", totals.corrections());
        counts(root);
        ArrayNode failures = root.putArray("failures");
        ids.failures().stream().limit(KEPT).forEach(failure -> failures.add(failure.history()));
        sets.failures().stream().limit(KEPT).forEach(failures::add);
        ArrayNode sums = root.putArray("sums");
        wrong.forEach(sums::add);
        ObjectNode broken = root.putObject("canaries");
        canaries.forEach((canary, seen) -> broken.put(canary.name(), seen));
        return JSON.writeValueAsString(root) + "\n";
    }

    private void counts(ObjectNode root) {
        ObjectNode done = root.putObject("faults");
        for (Fault fault : Fault.values()) {
            done.put(fault.name(), faults.getOrDefault(fault, 0));
        }
        ObjectNode answers = root.putObject("answers");
        for (Outcome outcome : Outcome.values()) {
            answers.put(outcome.text(), totals.of(outcome));
        }
        ObjectNode verdicts = root.putObject("ids");
        for (Verdict verdict : Verdict.values()) {
            verdicts.put(verdict.name(), ids.count(verdict));
        }
        verdicts.put("STRANGERS", ids.strangers().size());
        ObjectNode ofSets = root.putObject("backfillSets");
        for (SetVerdict verdict : SetVerdict.values()) {
            ofSets.put(verdict.name(), sets.count(verdict));
        }
    }
}
