package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import io.weir.loadtest.gatling.OverloadCounts;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The curve, whether it kept what is promised beyond the capacity, as a table and as {@code overload.json}. */
record OverloadResults(String commit, Machine machine, double capacity, List<OverloadPoint> points) {
    static final double LEAST_OF_PEAK = 0.9;
    static final double MOST_OF_HALF = 5;

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    OverloadResults {
        points = List.copyOf(points);
    }

    /** The most goodput of the points up to the capacity: beyond it more checks are offered, which would raise the mark. */
    double peak() {
        return points.stream()
                .filter(point -> point.times() <= 1)
                .mapToDouble(OverloadPoint::goodput)
                .max()
                .orElse(0);
    }

    /** Beyond the capacity: goodput at least 90 % of the peak, p99 of admitted checks at most five times that at half of it. */
    boolean kept() {
        double half = points.getFirst().checks().p99Millis();
        return points.stream()
                .filter(point -> point.times() > 1)
                .allMatch(point -> point.goodput() >= LEAST_OF_PEAK * peak()
                        && point.checks().p99Millis() <= MOST_OF_HALF * half);
    }

    void print(Console console) {
        console.line(String.format(
                Locale.ROOT,
                "capacity %,.0f requests/s, half of them checks, half compressed batches of %d events",
                capacity,
                points.getFirst().batch()));
        console.line(
                " times   offered/s  goodput/s  of peak   checks/s   events/s  refused/s  errors    late  p50 ms  p99 ms");
        points.forEach(point -> console.line(line(point)));
        console.line((kept() ? "Kept" : "NOT kept")
                + ": beyond the capacity goodput is at least 90 % of the peak, and the p99 of"
                + " admitted checks at most five times that at half of it.");
    }

    private String line(OverloadPoint point) {
        return String.format(
                Locale.ROOT,
                "%6.1f%,12.0f%,11.0f%8.0f%%%,11.0f%,11.0f%,11.0f%8d%8d%8.1f%8.1f",
                point.times(),
                point.step().perSecond(),
                point.goodput(),
                100 * point.goodput() / peak(),
                point.goodChecks(),
                point.goodEvents(),
                point.refused(),
                point.checks().failed() + point.batches().failed(),
                point.checks().late() + point.batches().late(),
                point.checks().p50Millis(),
                point.checks().p99Millis());
    }

    void write(Path file) throws IOException {
        ObjectNode root = JSON.createObjectNode()
                .put("commit", commit)
                .put("capacity", rounded(capacity))
                .put("eventsPerBatch", points.getFirst().batch())
                .put("peak", rounded(peak()))
                .put("kept", kept());
        root.putObject("machine")
                .put("cpu", machine.cpu())
                .put("cores", machine.cores())
                .put("memory", machine.memory());
        var list = root.putArray("points");
        for (OverloadPoint point : points) {
            ObjectNode one = list.addObject()
                    .put("times", rounded(point.times()))
                    .put("offered", rounded(point.step().perSecond()))
                    .put("goodput", rounded(point.goodput()))
                    .put("events", rounded(point.goodEvents()));
            stream(one.putObject("checks"), point, point.checks());
            stream(one.putObject("batches"), point, point.batches());
        }
        Optional.ofNullable(file.getParent())
                .ifPresent(directory -> directory.toFile().mkdirs());
        Files.writeString(file, JSON.writeValueAsString(root) + "\n");
    }

    private static void stream(ObjectNode node, OverloadPoint point, OverloadCounts counts) {
        node.put("offered", rounded(point.perSecond(counts.due())))
                .put("goodput", rounded(point.perSecond(counts.good())))
                .put("refused", rounded(point.perSecond(counts.refused())))
                .put("errors", counts.failed())
                .put("late", counts.late())
                .put("p50Millis", rounded(counts.p50Millis()))
                .put("p99Millis", rounded(counts.p99Millis()));
    }

    private static BigDecimal rounded(double value) {
        return BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_UP);
    }
}
