package io.weir.gateway;

import io.weir.archive.Archive;
import io.weir.archive.ArchivedEvent;
import io.weir.archive.DayWriter;
import io.weir.schemas.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * What contract tests find on a node: usage that was charged, a posting that awaits approval, a document that the ERP refused,
 * an event that is held. Made over the API alone.
 *
 * @param awaiting a posting that awaits approval
 * @param posting a posting whose document is held
 * @param document the exception of that document
 * @param event the exception of a held event
 * @param conflict the exception of an event whose id is recorded with other content
 * @param replay a replay that awaits approval
 * @param key the id of an API key that nobody uses
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
        String filled,
        String closing,
        String dropping,
        String correcting) {
    static final String JSON = "application/json";
    static final String EVENT = "application/cloudevents+json";
    static final String BATCH = "application/cloudevents-batch+json";
    static final Instant USED = Instant.now().minus(2, ChronoUnit.HOURS).truncatedTo(ChronoUnit.SECONDS);

    /** A day of which the archive has one event. */
    static final LocalDate ARCHIVED = LocalDate.of(2026, 1, 2);

    /** Lets it happen. */
    static Story happen(RunningNode node) {
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
                set(node),
                set(node),
                set(node),
                correction(node));
    }

    /** A period correction of a day that the archive has, with an event. */
    private static String correction(RunningNode node) {
        Instant time = ARCHIVED.atStartOfDay(ZoneOffset.UTC).toInstant();
        UUID any = new UUID(1, 1);
        ArchivedEvent event = new ArchivedEvent(
                any,
                any,
                "demo",
                "/contract",
                "archived-1",
                "llm.completion",
                "ws-006",
                time,
                1,
                "{\"model\": \"m1\", \"region\": \"eu\", \"inputTokens\": 5, \"outputTokens\": 7}",
                null,
                null,
                null,
                null,
                null,
                null,
                1,
                time,
                time,
                time,
                "archived",
                0,
                0);
        try (DayWriter writer =
                new Archive(node.dataDirectory().resolve("archive")).write(ARCHIVED)) {
            writer.add(event);
            writer.finish("1", time);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String span = "{\"from\": \"%s\", \"to\": \"%s\", \"reason\": \"a test\", \"periodCorrection\": true}"
                .formatted(time, time.plusSeconds(60));
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
