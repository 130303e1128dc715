package io.weir.exceptions;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Json;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The SQL of replays as they are read. */
final class ReplaysTable {
    /** Parameters: tenant 1, replay 2, state 3 (null: all); behind time 4 and id 5; most 6. */
    static final String REPLAYS = """
            select r.*, p.progress::text as progress
            from replay r
            left join lateral (
                select coalesce(r.result::jsonb,
                                jsonb_build_object('tried', count(*), 'resolved', count(*) filter (where x.state = 'resolved')))
                       as progress
                from ledger_exception x
                where x.replay = r.replay and r.result is null) p on r.state in ('approved', 'done')
            where r.tenant = $1 and ($2::text is null or r.replay = $2) and ($3::text is null or r.state = $3)
              and ($4::timestamptz is null or (r.created_at, r.replay) < ($4, $5::text))
            order by r.created_at desc, r.replay desc
            limit $6
            """;

    private ReplaysTable() {}

    static Replay replay(Row row) {
        Long[] exceptions = row.getArrayOfLongs("exceptions");
        String progress = row.getString("progress");
        return new Replay(
                row.getString("replay"),
                row.getString("state"),
                exceptions == null
                        ? null
                        : Arrays.stream(exceptions)
                                .map(one -> new ExceptionId.OfEvent(one).text())
                                .toList(),
                instant(row, "opened_from"),
                instant(row, "opened_to"),
                row.getString("reason"),
                row.getInteger("rate"),
                row.getString("comment"),
                Json.tree(row.getString("preview")),
                progress == null ? null : progress(Json.tree(progress)),
                row.getString("created_by"),
                Objects.requireNonNull(instant(row, "created_at")),
                row.getString("decided_by"),
                instant(row, "decided_at"),
                instant(row, "started_at"),
                instant(row, "ended_at"));
    }

    private static Replay.Progress progress(JsonNode progress) {
        return new Replay.Progress(
                progress.path("tried").asLong(), progress.path("resolved").asLong());
    }

    private static @Nullable Instant instant(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : time.toInstant();
    }
}
