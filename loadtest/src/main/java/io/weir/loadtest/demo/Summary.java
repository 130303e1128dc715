package io.weir.loadtest.demo;

import io.weir.loadtest.Console;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The small table at the end of a demo, and whether the demo proved what it should. */
record Summary(Tally tally, List<Sums.Sum> sums, Billing.Outcome money) {
    boolean proven() {
        return tally.clean() && sums.stream().allMatch(Sums.Sum::holds);
    }

    void print(Console console) {
        console.line("");
        console.line("events");
        count(console, "sent", tally.sent());
        count(console, "accepted", tally.accepted());
        count(console, "duplicate", tally.duplicates());
        count(console, "conflict", tally.conflicts());
        count(console, "rejected", tally.rejected());
        count(console, "recorded", tally.recorded());
        tally.problems().forEach(problem -> console.line("    " + problem));
        console.line("");
        console.line("sums                  by the API       by the file");
        sums.forEach(sum -> console.line(
                "  %-18s%,14.0f    %,14.0f   %s".formatted(sum.meter(), sum.byApi(), sum.byFile(), sum.mark())));
        console.line("");
        console.line("money (of these hours)");
        count(console, "charges", money.charges());
        count(console, "made now", money.newCharges());
        console.line("  %-18s%14s".formatted("charged total", totals(money.totals())));
        console.line("  %-18s%14s".formatted("postings", states(money.postingStates())));
        console.line(
                "  %-18s%14s".formatted("ERP documents", "%,d of %,d".formatted(money.inErp(), money.documents())));
        console.line("");
        console.line(verdict());
    }

    private String verdict() {
        if (!proven()) {
            return "FAILED: the sums differ, or events were not recorded. Nothing above is rounded or assumed.";
        }
        String repeated = tally.repeated() == 0
                ? ""
                : " " + tally.repeated()
                        + " requests were sent again; what they had delivered before shows as duplicate.";
        if (tally.accepted() == 0 && money.newCharges() == 0) {
            return "All of it was there already: every event a duplicate, nothing counted or charged again." + repeated;
        }
        boolean waiting = money.postingStates().keySet().stream().anyMatch(state -> !state.equals("posted"));
        return "Every event recorded once, every sum equal to the file."
                + (waiting ? " Not every posting has reached the ERP yet; it goes on by itself, unless held." : "")
                + repeated;
    }

    private static void count(Console console, String name, long value) {
        console.line("  %-18s%,14d".formatted(name, value));
    }

    private static String totals(Map<String, BigDecimal> totals) {
        return totals.isEmpty()
                ? "0"
                : totals.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(total -> total.getValue().stripTrailingZeros().toPlainString() + " " + total.getKey())
                        .collect(Collectors.joining(" + "));
    }

    private static String states(Map<String, Integer> states) {
        return states.isEmpty()
                ? "0"
                : states.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(state -> state.getValue() + " " + state.getKey())
                        .collect(Collectors.joining(", "));
    }
}
