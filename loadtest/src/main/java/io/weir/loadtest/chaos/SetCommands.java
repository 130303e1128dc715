package io.weir.loadtest.chaos;

import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.Patience;
import io.weir.loadtest.chaos.StagedSet.End;
import io.weir.loadtest.chaos.StagedSet.Kind;
import io.weir.loadtest.chaos.StagedSet.Line;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/**
 * The commands of one client to backfill sets, each sent until its answer is certain, or given up: to any node, sometimes gone before
 * the answer. Everything is noted before it is sent and when it is answered.
 */
final class SetCommands {
    private static final Duration ANSWER = Duration.ofSeconds(15);
    private static final int FEW = 6;
    private static final int MANY = 60;
    private static final String SETS = "/v1/backfill-sets";

    private final HttpClient http;
    private final DemoEnv env;
    private final Traffic traffic;
    private final Random random;

    SetCommands(HttpClient http, DemoEnv env, Traffic traffic, Random random) {
        this.http = http;
        this.env = env;
        this.traffic = traffic;
        this.random = random;
    }

    /** How long a client goes on asking. */
    enum Temper {
        /** Until it is answered. */
        PATIENT,
        /** Some times, or once. */
        ANY
    }

    /** Whether it was answered that the set is open. */
    boolean open(StagedSet set, Temper temper) {
        Instant hour = set.periodCorrection() ? traffic.oldHour() : traffic.hour();
        String body = "{\"from\":\"%s\",\"to\":\"%s\",\"reason\":\"%s\",\"periodCorrection\":%s}"
                .formatted(hour, hour.plus(1, ChronoUnit.HOURS), set.name(), set.periodCorrection());
        Command command = new Command("open", "POST", SETS, loader(set), body).keyed(set);
        Optional<Asked> asked = until(set, command, temper);
        asked.ifPresent(said -> {
            if (said.status() == 201) {
                set.opened(said.body().path("id").asString(""));
            } else {
                set.strange(command.name() + ": " + said);
            }
        });
        return asked.isPresent() && set.strange().isEmpty();
    }

    /** Loads events; a piece is loaded as a whole, or not. */
    void load(StagedSet set, List<Line> lines, Temper temper) {
        set.loading(lines);
        String body = traffic.json(lines.stream().map(Line::event).toList());
        Command command = new Command("load", "POST", path(set) + "/events", loader(set), body);
        until(set, command, temper).ifPresent(said -> {
            int staged = said.body().path("staged").asInt(-1);
            int duplicates = said.body().path("duplicates").asInt(-1);
            boolean now = staged == lines.size() && duplicates == 0;
            boolean before = !said.first() && staged == 0 && duplicates == lines.size();
            if (said.status() == 200 && (now || before)) {
                set.loaded();
            } else {
                set.strange("%s of %d events: %s %s".formatted(command.name(), lines.size(), said, said.body()));
            }
        });
    }

    /** Looks at what closing a set would do, and holds it to what is known; answers its ETag, empty where there was no answer. */
    String preview(StagedSet set) {
        Command command = new Command("preview", "GET", path(set) + "/preview", loader(set), "");
        Optional<Asked> asked = until(set, command, Temper.ANY);
        asked.ifPresent(said -> {
            if (said.status() != 200 || (set.certain() && !foreseen(set, said.body()))) {
                set.strange(command.name() + ": " + said + " " + said.body());
            }
        });
        return asked.map(Asked::etag).orElse("");
    }

    /** What was posted may be recorded meanwhile, so it may become a duplicate; all else is known. */
    private static boolean foreseen(StagedSet set, JsonNode preview) {
        ShownSet.Outcomes outcomes = ShownSet.Outcomes.of(preview.path("outcomes"));
        int fresh = set.count(Kind.FRESH);
        int repeated = set.count(Kind.REPEATED);
        long tokens = set.lines().stream()
                .filter(line -> line.kind() == Kind.FRESH)
                .mapToLong(line -> line.event().outputTokens())
                .sum();
        boolean sums = outcomes.recorded() != fresh || fresh == 0 || change(preview) == tokens;
        return sums
                && outcomes.recorded() >= fresh
                && outcomes.recorded() + outcomes.duplicates() == fresh + repeated
                && outcomes.conflicts() == set.count(Kind.COLLIDING)
                && outcomes.held() == 0
                && outcomes.uncounted() == 0
                && preview.path("events").asInt(-1) == set.lines().size();
    }

    private static long change(JsonNode preview) {
        for (JsonNode meter : preview.path("meters")) {
            if (meter.path("meter").asString("").equals("llm_output_tokens")) {
                return Long.parseLong(meter.path("change").asString("-1"));
            }
        }
        return -1;
    }

    /**
     * Closes a set.
     *
     * @param etag of its preview, so that nothing else is closed; empty: whatever it holds
     */
    void close(StagedSet set, String etag, Temper temper) {
        String key = set.periodCorrection() ? "APPROVER" : "ADMIN";
        Command command = new Command("close", "POST", path(set) + "/closing", key, "").under(etag);
        if (chance(70)) {
            command = command.keyed(set);
        }
        until(set, command, temper).ifPresent(said -> {
            if (said.status() == 200) {
                set.closed(ShownSet.Outcomes.of(said.body().path("outcomes")));
            } else {
                endedBefore(set, End.CLOSE, said);
            }
        });
    }

    /** Drops a set. */
    void drop(StagedSet set, Temper temper) {
        Command command = new Command("drop", "DELETE", path(set), loader(set), "");
        until(set, command, temper).ifPresent(said -> {
            if (said.status() == 204) {
                set.done(End.DROP);
            } else {
                endedBefore(set, End.DROP, said);
            }
        });
    }

    /** Refused, since an attempt without an answer, or the other end, was done before: then the set says which. */
    private void endedBefore(StagedSet set, End end, Asked refused) {
        boolean other = set.wasSent(end == End.CLOSE ? End.DROP : End.CLOSE);
        boolean stateful = refused.is("backfill-set-state") || refused.is("precondition-failed");
        if (!stateful || (refused.first() && !other)) {
            set.strange(end + ": " + refused);
            return;
        }
        until(set, new Command("look", "GET", path(set), "ADMIN", ""), Temper.PATIENT)
                .ifPresent(said -> {
                    switch (said.body().path("state").asString("")) {
                        case ShownSet.CLOSED -> set.done(End.CLOSE);
                        case ShownSet.DROPPED -> set.done(End.DROP);
                        default -> set.strange(end + ": " + refused + ", and then it is shown as " + said.body());
                    }
                });
    }

    private static String path(StagedSet set) {
        return SETS + "/" + set.id();
    }

    /** Whoever opens and loads a period correction does not close it. */
    private static String loader(StagedSet set) {
        return set.periodCorrection() ? "FINANCE" : "ADMIN";
    }

    /**
     * A request.
     *
     * @param role whose key it is sent with
     * @param key for its Idempotency-Key; empty: none
     * @param etag for its If-Match; empty: none
     */
    private record Command(String name, String method, String path, String role, String body, String key, String etag) {
        Command(String name, String method, String path, String role, String body) {
            this(name, method, path, role, body, "", "");
        }

        Command keyed(StagedSet set) {
            return new Command(name, method, path, role, body, "chaos-" + set.name() + "-" + name, etag);
        }

        Command under(String revision) {
            return new Command(name, method, path, role, body, key, revision);
        }
    }

    /** Sends a command until its answer is certain; empty where it was given up before. */
    private Optional<Asked> until(StagedSet set, Command command, Temper temper) {
        int tries = temper == Temper.PATIENT ? MANY : chance(20) ? 1 : 2 + random.nextInt(FEW);
        boolean first = true;
        for (int attempt = 1; attempt <= tries; attempt++) {
            Asked asked = send(set, command, first, temper == Temper.ANY && chance(10));
            if (asked.certain()) {
                return Optional.of(asked);
            }
            first &= asked.refused();
            if (attempt < tries) {
                Patience.pause(Duration.ofMillis(100 + random.nextInt(Math.min(1_000, 200 * attempt))));
            }
        }
        return Optional.empty();
    }

    private Asked send(StagedSet set, Command command, boolean first, boolean leaves) {
        String url = traffic.urls().get(random.nextInt(traffic.urls().size()));
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + command.path()))
                .timeout(leaves ? Duration.ofMillis(1 + random.nextInt(30)) : ANSWER)
                .header("Authorization", "Bearer " + env.key(command.role()))
                .method(
                        command.method(),
                        command.body().isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(command.body()));
        if (!command.body().isEmpty()) {
            boolean events = command.body().startsWith("[");
            request.header("Content-Type", events ? "application/cloudevents-batch+json" : "application/json");
        }
        if (!command.key().isEmpty()) {
            request.header("Idempotency-Key", "\"" + command.key() + "\"");
        }
        if (!command.etag().isEmpty()) {
            request.header("If-Match", command.etag());
        }
        long from = traffic.notes().now();
        Asked asked = http.sendAsync(request.build(), BodyHandlers.ofString())
                .handle((answer, failure) -> Asked.of(answer, first))
                .join();
        String text = "%,d-%,d ms %s at %s%s%s: %s"
                .formatted(
                        from,
                        traffic.notes().now(),
                        command.name(),
                        url,
                        command.key().isEmpty() ? "" : ", keyed",
                        leaves ? ", gone early" : "",
                        asked);
        traffic.notes().said(set, text);
        return asked;
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }
}
