package io.weir.loadtest.chaos;

import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.Patience;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** One node as its users ask it, and the ERP by its control plane. Asks again while the answer is 503 or 429, or does not come. */
final class Weir {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String SETS = "/v1/backfill-sets";
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;[^,]*rel=\"?next\"?");

    private final HttpClient http;
    private final String url;
    private final String managementUrl;
    private final DemoEnv env;

    Weir(HttpClient http, World.Node node, DemoEnv env) {
        this.http = http;
        this.url = node.url();
        this.managementUrl = node.managementUrl();
        this.env = env;
    }

    record Reply(int status, JsonNode body, String next) {}

    /** Whether it is ready, and nothing of it degraded. */
    boolean whole() {
        try {
            Reply reply = health();
            return reply.status() == 200 && reply.body().path("degraded").isEmpty();
        } catch (IOException away) {
            return false;
        }
    }

    /** What it says of its readiness. */
    String ready() {
        try {
            return health().body().toString();
        } catch (IOException away) {
            return away.toString();
        }
    }

    private Reply health() throws IOException {
        return send(HttpRequest.newBuilder(URI.create(managementUrl + "/health/ready")));
    }

    JsonNode get(String role, String path) {
        return good(path, ask(request(role, path).GET()));
    }

    Reply post(String role, String path, String body) {
        return ask(
                request(role, path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    Reply put(String role, String path, String body) {
        return ask(
                request(role, path).header("Content-Type", "application/json").PUT(BodyPublishers.ofString(body)));
    }

    /** All items of a list, page by page. */
    List<JsonNode> items(String role, String path) {
        List<JsonNode> items = new ArrayList<>();
        for (String page = path; !page.isEmpty(); ) {
            Reply reply = ask(request(role, page).GET());
            good(page, reply).path("items").forEach(items::add);
            page = reply.next();
        }
        return items;
    }

    /** The ERP's documents. */
    List<JsonNode> documents() {
        Reply reply = ask(HttpRequest.newBuilder(URI.create(env.erpUrl() + "/control/documents")));
        List<JsonNode> documents = new ArrayList<>();
        good("documents", reply).path("items").forEach(documents::add);
        return documents;
    }

    /** A meter's sums of that hour, and up to when they are whole. */
    Instant asOf(String meter, Instant hour, Map<Integer, BigDecimal> sums) {
        JsonNode usage = get(
                "BACKEND",
                "/v1/usage?meter=" + meter + "&window=total&groupBy=customer&from=" + hour.truncatedTo(ChronoUnit.HOURS)
                        + "&to=" + hour.truncatedTo(ChronoUnit.HOURS).plus(1, ChronoUnit.HOURS));
        for (JsonNode row : usage.path("rows")) {
            sums.merge(
                    Customers.number(row.path("customer").asString()),
                    new BigDecimal(row.path("value").asString()),
                    BigDecimal::add);
        }
        return Instant.parse(usage.path("asOf").asString());
    }

    /** What entitlement answers say is used this month, and up to when all of them are whole. */
    Instant used(Map<Integer, Sums> used) {
        Instant asOf = Instant.MAX;
        for (int customer = 1; customer <= Customers.COUNT; customer++) {
            JsonNode answer = get("SUPPORT", "/v1/customers/" + Customers.id(customer) + "/entitlements/llm_tokens");
            used.put(customer, new Sums(0, 0, Long.parseLong(answer.path("used").asString())));
            Instant its = Instant.parse(answer.path("asOf").asString());
            asOf = its.isBefore(asOf) ? its : asOf;
        }
        return asOf;
    }

    /** The backfill sets, without their events. */
    List<JsonNode> backfillSets() {
        return items("ADMIN", SETS + "?limit=1000");
    }

    /** The same, with what became of each event. */
    List<ShownSet> shownSets() {
        return backfillSets().stream()
                .map(set -> ShownSet.of(
                        set, items("ADMIN", SETS + "/" + set.path("id").asString() + "/events?limit=1000")))
                .toList();
    }

    private HttpRequest.Builder request(String role, String path) {
        URI uri = URI.create(path.startsWith("http") ? path : url + path);
        return HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + env.key(role));
    }

    private Reply ask(HttpRequest.Builder request) {
        Patience patience = new Patience(PATIENCE);
        while (true) {
            try {
                Reply reply = send(request);
                boolean later = reply.status() == 503 || reply.status() == 429;
                if (!later || !patience.again(Duration.ZERO)) {
                    return reply;
                }
            } catch (IOException away) {
                if (!patience.again(Duration.ZERO)) {
                    throw new ChaosFailure("no answer: " + away, away);
                }
            }
        }
    }

    private Reply send(HttpRequest.Builder request) throws IOException {
        try {
            HttpResponse<String> answer =
                    http.send(request.timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString());
            Matcher next = NEXT.matcher(answer.headers().firstValue("Link").orElse(""));
            JsonNode body = answer.body().isEmpty() ? JSON.createObjectNode() : JSON.readTree(answer.body());
            return new Reply(answer.statusCode(), body, next.find() ? next.group(1) : "");
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new ChaosFailure("stopped", stopped);
        }
    }

    /** The body of an answer that must be good. */
    JsonNode good(Reply reply) {
        return good(url, reply);
    }

    private static JsonNode good(String what, Reply reply) {
        if (reply.status() >= 300) {
            throw new ChaosFailure(what + ": " + reply.status() + " " + reply.body());
        }
        return reply.body();
    }
}
