package io.weir.loadtest.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/** A trace of LLM calls as it is published: a header, then a time (UTC) and two token counts a row. Never empty. */
record Trace(String name, String sha256, List<TraceRow> rows) {
    static final String HEADER = "TIMESTAMP,ContextTokens,GeneratedTokens";

    private static final DateTimeFormatter TIME = new DateTimeFormatterBuilder()
            .appendPattern("uuuu-MM-dd HH:mm:ss")
            .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
            .optionalStart()
            .appendOffset("+HH:MM", "Z")
            .toFormatter(java.util.Locale.ROOT);

    Trace {
        rows = List.copyOf(rows);
    }

    static Trace read(Path file) {
        try {
            byte[] content = Files.readAllBytes(file);
            return parse(nameOf(file), content);
        } catch (IOException unreadable) {
            throw new DemoFailure(
                    "Cannot read the trace " + file + ": name a CSV file, as in `make demo TRACE=file.csv`.");
        }
    }

    static Trace parse(String name, byte[] content) {
        List<String> lines = new String(content, StandardCharsets.UTF_8).lines().toList();
        if (lines.isEmpty() || !lines.getFirst().strip().equals(HEADER)) {
            throw new DemoFailure(name + " is not such a trace: its first line must be " + HEADER + ".");
        }
        List<TraceRow> rows = new ArrayList<>(lines.size());
        for (int line = 1; line < lines.size(); line++) {
            if (!lines.get(line).isBlank()) {
                rows.add(row(name, line, lines.get(line).strip()));
            }
        }
        if (rows.isEmpty()) {
            throw new DemoFailure(name + " holds no rows.");
        }
        return new Trace(name, sha256(content), rows);
    }

    Instant first() {
        return rows.stream().map(TraceRow::time).min(Comparator.naturalOrder()).orElseThrow();
    }

    Instant last() {
        return rows.stream().map(TraceRow::time).max(Comparator.naturalOrder()).orElseThrow();
    }

    long contextTokens() {
        return rows.stream().mapToLong(TraceRow::contextTokens).sum();
    }

    long generatedTokens() {
        return rows.stream().mapToLong(TraceRow::generatedTokens).sum();
    }

    /** The base name without its ending, fit for ids, sources and file names. */
    static String nameOf(Path file) {
        String base = String.valueOf(file.getFileName()).replaceFirst("\\.[^.]*$", "");
        String plain = base.replaceAll("[^A-Za-z0-9._-]", "_");
        String shortened = plain.substring(0, Math.min(plain.length(), 80));
        return shortened.equals(base)
                ? base
                : shortened + "-"
                        + sha256(base.getBytes(StandardCharsets.UTF_8)).substring(0, 8);
    }

    static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
    }

    private static TraceRow row(String name, int number, String line) {
        String[] cells = line.split(",", -1);
        try {
            if (cells.length == 3) {
                return new TraceRow(number, time(cells[0]), tokens(cells[1]), tokens(cells[2]));
            }
        } catch (DateTimeParseException | NumberFormatException unreadable) {
            // the one message below serves every way in which a row can be wrong
        }
        throw new DemoFailure(name + " row " + number + " is not a time and two token counts: " + line);
    }

    private static Instant time(String cell) {
        var parsed = TIME.parseBest(cell, java.time.OffsetDateTime::from, LocalDateTime::from);
        return parsed instanceof java.time.OffsetDateTime withOffset
                ? withOffset.toInstant()
                : LocalDateTime.from(parsed).toInstant(ZoneOffset.UTC);
    }

    private static long tokens(String cell) {
        long tokens = Long.parseLong(cell.strip());
        if (tokens < 0) {
            throw new NumberFormatException("negative");
        }
        return tokens;
    }
}
