package io.weir.loadtest.bench;

import io.weir.loadtest.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The outcome of a benchmark: a table for the terminal and a file to publish. */
record Results(String commit, Machine machine, List<Row> rows) {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    Results {
        rows = List.copyOf(rows);
    }

    void print(Console console) {
        console.line("%-23s%13s   %-22s%13s%8s%10s%10s%10s"
                .formatted("", "Weir", "baseline", "", "ratio", "p50 ms", "p99 ms", "its p99"));
        rows.forEach(row -> console.line("%-23s%,13.0f   %-22s%,13.0f%7.0f%%%10.2f%10.2f%10.2f  %s"
                .formatted(
                        row.name(),
                        row.value(),
                        row.baseline(),
                        row.baselineValue(),
                        100 * row.ratio(),
                        row.p50Millis(),
                        row.p99Millis(),
                        row.baselineP99Millis(),
                        row.unit())));
        for (Row.Node node : Row.Node.values()) {
            String names = rows.stream()
                    .filter(row -> row.node() == node)
                    .map(Row::name)
                    .collect(Collectors.joining(", "));
            console.line(names.isEmpty() ? "" : names + ": " + node.meaning() + ".");
        }
    }

    void write(Path file) {
        try {
            Path directory = file.getParent();
            if (directory != null) {
                Files.createDirectories(directory);
            }
            Files.writeString(file, json());
        } catch (IOException failed) {
            throw new UncheckedIOException("cannot write " + file, failed);
        }
    }

    String json() {
        ObjectNode root = JSON.createObjectNode().put("commit", commit);
        root.putObject("machine")
                .put("cpu", machine.cpu())
                .put("cores", machine.cores())
                .put("memory", machine.memory());
        var list = root.putArray("rows");
        for (Row row : rows) {
            list.addObject()
                    .put("name", row.name())
                    .put("unit", row.unit())
                    .put("value", rounded(row.value(), 0))
                    .put("baseline", row.baseline())
                    .put("baselineValue", rounded(row.baselineValue(), 0))
                    .put("ratio", rounded(row.ratio(), 3))
                    .put("p50Millis", rounded(row.p50Millis(), 3))
                    .put("p99Millis", rounded(row.p99Millis(), 3))
                    .put("baselineP99Millis", rounded(row.baselineP99Millis(), 3));
        }
        return JSON.writeValueAsString(root) + "\n";
    }

    private static BigDecimal rounded(double value, int digits) {
        return BigDecimal.valueOf(value).setScale(digits, RoundingMode.HALF_UP);
    }
}
