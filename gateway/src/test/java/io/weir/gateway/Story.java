package io.weir.gateway;

import io.weir.archive.Archive;
import io.weir.archive.ArchivedEvent;
import io.weir.archive.DayWriter;
import io.weir.archive.Manifest;
import io.weir.schemas.EventKeys;
import io.weir.schemas.Json;
import io.weir.schemas.TenantId;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * What contract tests find on a node: usage that was charged, a posting that awaits approval, a document that the ERP refused,
 * an event that is held. Made over the API alone, but for a day of the archive, which would take a year.
 *
 * @param awaiting a posting that awaits approval
 * @param posting a posting whose document is held
 * @param document the exception of that document
 * @param event the exception of a held event
 * @param conflict the exception of an event whose id is recorded with other content
 * @param replay a replay that awaits approval
 * @param key the id of an API key that nobody uses
 * @param archived SHA-256 of the events of a day that has left for the archive
 * @param filled a backfill set that stays open, with an event
 * @param closing another one, to be closed
 * @param dropping another one, to be dropped
 * @param correcting a period correction around {@link #ARCHIVED}, of which a day is in the archive
 */
record Story(
        String awaiting,
        String posting,
        String document,
        String event,
        String conflict,
        String replay,
        String key,
        String archived,
        String filled,
        String closing,
        String dropping,
        String correcting) {
    static final String JSON = "application/json";
    static final String EVENT = "application/cloudevents+json";
    static final String BATCH = "application/cloudevents-batch+json";
    static final String ARCHIVED = "2025-01-31";
    private static final String LEFT = """
            with day as (
                insert into archive_day (day, state, looked_at, entries, fingerprint, files, exported_at, dropped_at, ids_passed,
                                         forgotten_at)
                values ('%1$s', 'dropped', now(), 1, '0', ?::jsonb, now(), now(), 1, now())
                returning day)
            insert into archive_part (day, tenant, event_type, entries, held, first_time, last_time)
            select day, 'demo', 'llm.completion', 1, 0, '%1$sT12:00:00Z', '%1$sT12:00:00Z' from day
            """.formatted(ARCHIVED);

    static final Instant USED = Instant.now().minus(2, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);

    /** Lets it happen. */
    static Story happen(RunningNode node) {
        String archived = archive(node);
        String refused = charged(node, "story-1", "ws-001", "finance");
        node.erp().fault("period_closed", 1);
        succeed(Asking.of("POST", node.url() + "/v1/postings/" + refused + "/approval")
                .by(node.key("approver"))
                .body(JSON, "{\"decision\":\"approve\"}"));
        String document = exception(node, "period_closed");
        String awaiting = charged(node, "story-2", "ws-002", "finance");
        use(node, "story-3", "nobody");
        use(node, "void-1", "ws-006");
        use(node, "amend-1", "ws-006");
        succeed(Asking.of("POST", node.url() + "/v1/events?until=recorded")
                .by(node.key("backend"))
                .body(EVENT, event("story-1", "ws-001", USED).replace("7000", "7001")));
        for (String two : List.of("2", "3")) {
            String certificate = "{\"fingerprint\": \"" + two.repeat(64)
                    + "\", \"principal\": \"partner\", \"scopes\": [], \"tier\": \"partner\"}";
            succeed(Asking.of("PUT", node.url() + "/v1/client-certificates/c-" + two)
                    .by(node.key("admin"))
                    .body(JSON, certificate));
            String subject =
                    "{\"issuer\": \"https://a.example\", \"subject\": \"" + two + "\", \"principal\": \"partner\"}";
            succeed(Asking.of("PUT", node.url() + "/v1/token-subjects/t-" + two)
                    .by(node.key("admin"))
                    .body(JSON, subject));
        }
        String key = succeed(Asking.of("POST", node.url() + "/v1/api-keys")
                        .by(node.key("admin"))
                        .body(JSON, "{\"principal\": \"backend\", \"scopes\": [\"usage:read\"]}"))
                .path("id")
                .asString();
        String event = exception(node, "unmatched_account");
        String replay = succeed(Asking.of("POST", node.url() + "/v1/replays")
                        .by(node.key("finance"))
                        .body(JSON, "{\"exceptions\": [\"" + event + "\"]}"))
                .path("id")
                .asString();
        return new Story(
                awaiting,
                refused,
                document,
                event,
                exception(node, "conflict"),
                replay,
                key,
                archived,
                set(node),
                set(node),
                set(node),
                correction(node));
    }

    /** A period correction of the day that the archive has. */
    private static String correction(RunningNode node) {
        String span =
                "{\"from\": \"%1$sT00:00:00Z\", \"to\": \"%1$sT23:00:00Z\", \"reason\": \"a test\", \"periodCorrection\": true}"
                        .formatted(ARCHIVED);
        return succeed(Asking.of("POST", node.url() + "/v1/backfill-sets")
                        .by(node.key("admin"))
                        .body(JSON, span))
                .path("id")
                .asString();
    }

    /** An open backfill set with an event. */
    private static String set(RunningNode node) {
        String span =
                "{\"from\": \"%s\", \"to\": \"%s\", \"reason\": \"a test\"}".formatted(USED, USED.plusSeconds(60));
        String set = succeed(Asking.of("POST", node.url() + "/v1/backfill-sets")
                        .by(node.key("admin"))
                        .body(JSON, span))
                .path("id")
                .asString();
        succeed(Asking.of("POST", node.url() + "/v1/backfill-sets/" + set + "/events")
                .by(node.key("admin"))
                .body(EVENT, event("backfilled-1", "ws-006", USED)));
        return set;
    }

    /** Has a day left for the archive; answers the SHA-256 of its events. */
    private static String archive(RunningNode node) {
        LocalDate day = LocalDate.parse(ARCHIVED);
        try (DayWriter writer = new Archive(node.dataDirectory().resolve("archive")).write(day);
                Connection sql = node.database();
                PreparedStatement left = sql.prepareStatement(LEFT)) {
            writer.add(archived(day.atTime(12, 0).toInstant(ZoneOffset.UTC)));
            Manifest manifest = writer.finish("0", Instant.EPOCH);
            left.setString(1, Json.text(manifest.files()));
            left.executeUpdate();
            return manifest.files().stream()
                    .filter(Archive::holdsEvents)
                    .findFirst()
                    .orElseThrow()
                    .sha256();
        } catch (IOException | SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ArchivedEvent archived(Instant at) {
        UUID key = EventKeys.key(new TenantId("demo"), "/contract", "archived");
        String data = "{\"model\": \"m1\", \"region\": \"eu\", \"inputTokens\": 5, \"outputTokens\": 7}";
        return new ArchivedEvent(
                key,
                key,
                "demo",
                "/contract",
                "archived",
                "llm.completion",
                "ws-001",
                at,
                1,
                data,
                "cust-001",
                "sub-001",
                1L,
                "llm-output-tokens",
                "main",
                null,
                null,
                1,
                at,
                at,
                at,
                "trace",
                0,
                0);
    }

    static String event(String id, String subject, Instant time) {
        return """
                {"specversion": "1.0", "id": "%s", "source": "/contract", "type": "llm.completion", "subject": "%s", "time": "%s",
                 "data": {"model": "m1", "region": "eu", "inputTokens": 5, "outputTokens": 7000}}
                """.formatted(id, subject, time);
    }

    /** Lets an account use something, two hours ago. */
    static void use(RunningNode node, String id, String subject) {
        succeed(Asking.of("POST", node.url() + "/v1/events?until=recorded")
                .by(node.key("backend"))
                .body(EVENT, event(id, subject, USED)));
    }

    /** Lets an account use something, and a role charge it, once the hour is closed; the posting made. */
    private static String charged(RunningNode node, String event, String subject, String role) {
        use(node, event, subject);
        Asking run = charging(node, role);
        return Eventually.holds(
                "a posting", () -> succeed(run).at("/postings/0").asString(""), posting -> !posting.isEmpty());
    }

    /** A billing run over the hour of that use. */
    static Asking charging(RunningNode node, String role) {
        String span = "{\"from\": \"%s\", \"to\": \"%s\"}"
                .formatted(USED.minus(1, ChronoUnit.HOURS), USED.plus(2, ChronoUnit.HOURS));
        return Asking.of("POST", node.url() + "/v1/billing-runs")
                .by(node.key(role))
                .body(JSON, span);
    }

    private static String exception(RunningNode node, String reason) {
        Asking list =
                Asking.of("GET", node.url() + "/v1/exceptions?reason=" + reason).by(node.key("finance"));
        return Eventually.holds(
                "an exception " + reason, () -> succeed(list).at("/items/0/id").asString(""), id -> !id.isEmpty());
    }

    private static JsonNode succeed(Asking asking) {
        HttpResponse<String> answer = asking.ask();
        if (answer.statusCode() / 100 != 2) {
            throw new AssertionError(
                    asking.method() + " " + asking.url() + ": " + answer.statusCode() + " " + answer.body());
        }
        return answer.body().isEmpty() ? Json.object() : Json.tree(answer.body());
    }
}
