package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.archive.Archive;
import io.weir.archive.Manifest;
import io.weir.schemas.Cursor;
import io.weir.schemas.Json;
import io.weir.schemas.Page;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads days of the archive as a tenant sees them, newest first; safe to be called from any thread. */
public final class ArchiveDays {
    private final Pool report;

    /** @param report connections of the flow class that answers reports */
    public ArchiveDays(Pool report) {
        this.report = report;
    }

    /**
     * A day of recording (UTC) that is due to leave Postgres, or has left.
     *
     * @param state waiting, exported, confirmed, damaged or dropped
     * @param why what still needs its entries, or what is wrong with its files; of the whole day
     * @param entries of the tenant; null while it was not exported, as all that follows from it
     * @param eventTypes how many of each
     * @param firstTime the earliest of its events' own times
     * @param file below the archive's directory
     * @param sha256 of that file
     */
    public record Day(
            LocalDate day,
            String state,
            List<String> why,
            @Nullable Long entries,
            @Nullable Long held,
            @Nullable JsonNode eventTypes,
            @Nullable Instant firstTime,
            @Nullable Instant lastTime,
            @Nullable String file,
            @Nullable String sha256,
            @Nullable Instant exportedAt,
            @Nullable String confirmedBy,
            @Nullable Instant confirmedAt,
            @Nullable Instant droppedAt,
            @Nullable Instant idsForgottenAt) {}

    /** A page of days. */
    public Future<Page<Day>> list(TenantId tenant, int limit, @Nullable String cursor) {
        Cursor after = Cursor.read(cursor, 2);
        LocalDate before = after == null ? null : LocalDate.ofInstant(after.instant(), ZoneOffset.UTC);
        return report.preparedQuery(RetentionTable.DAYS)
                .execute(
                        Tuple.of(tenant.value()).addValue(null).addValue(before).addValue(limit + 1))
                .map(rows -> Page.upTo(
                        rows.stream().map(ArchiveDays::day).toList(),
                        limit,
                        day -> Cursor.of(day.day().atStartOfDay(ZoneOffset.UTC).toInstant(), "")));
    }

    /** One by its date. */
    public Future<Optional<Day>> get(TenantId tenant, LocalDate day) {
        return report.preparedQuery(RetentionTable.DAYS)
                .execute(Tuple.of(tenant.value()).addValue(day).addValue(null).addValue(1))
                .map(rows -> rows.stream().findFirst().map(ArchiveDays::day));
    }

    /** The file of a day's events, of all files that its row names. */
    static Manifest.Content events(String files) {
        for (JsonNode file : Json.tree(files)) {
            Manifest.Content content = Json.value(file, Manifest.Content.class);
            if (Archive.holdsEvents(content)) {
                return content;
            }
        }
        throw new IllegalStateException("a day of the archive without events");
    }

    private static Day day(Row row) {
        LocalDate day = row.getLocalDate("day");
        String files = row.getString("files");
        Manifest.Content events = files == null ? null : events(files);
        String types = row.getString("types");
        boolean confirmed = events != null && events.sha256().equals(row.getString("sha256"));
        return new Day(
                day,
                state(row.getString("state"), confirmed),
                List.copyOf(List.of(row.getArrayOfStrings("why"))),
                row.getLong("entries"),
                row.getLong("held"),
                types == null ? null : Json.tree(types),
                instant(row, "first_time"),
                instant(row, "last_time"),
                events == null ? null : Archive.file(day),
                events == null ? null : events.sha256(),
                instant(row, "exported_at"),
                confirmed ? row.getString("confirmed_by") : null,
                confirmed ? instant(row, "confirmed_at") : null,
                instant(row, "dropped_at"),
                instant(row, "forgotten_at"));
    }

    /** A day that is leaving is dropped to whoever asks: no answer reads its entries any more. */
    private static String state(String stored, boolean confirmed) {
        return switch (stored) {
            case "leaving" -> "dropped";
            case "exported" -> confirmed ? "confirmed" : stored;
            default -> stored;
        };
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }
}
