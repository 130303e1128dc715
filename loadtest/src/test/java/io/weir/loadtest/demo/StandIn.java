package io.weir.loadtest.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Executors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** A few routes that answer as the contract says, from a map of ids: enough to run the demo without a Weir. */
final class StandIn implements AutoCloseable {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpServer server;
    private final Map<String, String> recorded = new HashMap<>();
    private int lostAnswers;
    private int refusals;
    private int unfinished;
    private boolean charged;
    private String posting = "none";

    StandIn(Path dataDirectory) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        Files.writeString(
                dataDirectory.resolve("demo.env"),
                "# a comment\nWEIR_URL=" + url + "\nWEIR_ERP_URL=" + url
                        + "\nWEIR_KEY_BACKEND=b\nWEIR_KEY_FINANCE=f\nWEIR_KEY_APPROVER=a\n");
    }

    /** The next answers are lost after the events were recorded. */
    synchronized void loseAnswers(int count) {
        lostAnswers = count;
    }

    /** The next requests are refused with 503, and nothing is taken. */
    synchronized void refuse(int count) {
        refusals = count;
    }

    /** The next batches answer as accepted though they are recorded a moment later. */
    synchronized void answerBeforeRecording(int count) {
        unfinished = count;
    }

    synchronized int events() {
        return recorded.size();
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        JsonNode body = JSON.readTree(exchange.getRequestBody().readAllBytes());
        String path = exchange.getRequestURI().getPath();
        String role = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
        switch (path) {
            case "/v1/events" -> events(exchange, body);
            case "/v1/usage" ->
                usage(exchange, String.valueOf(exchange.getRequestURI().getQuery()));
            case "/v1/billing-runs" -> answer(exchange, 200, billingRun());
            case "/v1/charges" -> answer(exchange, 200, charges());
            case "/v1/postings" -> answer(exchange, 200, postings());
            case "/v1/postings/p-1/approval" -> {
                posting = role.equals("Bearer a") ? "posted" : "refused";
                answer(exchange, 200, JSON.createObjectNode());
            }
            case "/control/documents" -> answer(exchange, 200, documents());
            default -> answer(exchange, 404, JSON.createObjectNode());
        }
    }

    private void events(HttpExchange exchange, JsonNode batch) throws IOException {
        if (refusals > 0) {
            refusals--;
            exchange.getResponseHeaders().add("Retry-After", "0");
            answer(exchange, 503, JSON.createObjectNode());
            return;
        }
        int fresh = 0;
        int conflicts = 0;
        for (JsonNode event : batch) {
            String before = recorded.putIfAbsent(event.path("id").asString(), event.toString());
            fresh += before == null ? 1 : 0;
            conflicts += before != null && !before.equals(event.toString()) ? 1 : 0;
        }
        if (lostAnswers > 0) {
            lostAnswers--;
            throw new IOException("the connection is closed without an answer");
        }
        boolean early = unfinished-- > 0;
        answer(
                exchange,
                conflicts > 0 ? 207 : early ? 202 : 200,
                JSON.createObjectNode()
                        .put("accepted", early ? fresh : 0)
                        .put("recorded", early ? 0 : fresh)
                        .put("duplicates", batch.size() - fresh - conflicts)
                        .put("conflicts", conflicts)
                        .put("rejected", 0));
    }

    /** The count meter has no dimensions here, and holds seven events of others. */
    private void usage(HttpExchange exchange, String query) throws IOException {
        boolean count = query.contains("llm_requests");
        if (count && query.contains("groupBy")) {
            answer(exchange, 400, JSON.createObjectNode().put("title", "no such dimension"));
            return;
        }
        long sum = count ? recorded.size() + 7 : 0;
        String region = "";
        for (String event : recorded.values()) {
            JsonNode data = JSON.readTree(event).path("data");
            sum += count
                    ? 0
                    : data.path(query.contains("llm_input") ? "inputTokens" : "outputTokens")
                            .asLong();
            region = data.path("region").asString();
        }
        ObjectNode answer = JSON.createObjectNode().put("asOf", Instant.now().toString());
        var rows = answer.putArray("rows");
        rows.addObject()
                .put("value", Long.toString(sum))
                .putObject("dimensions")
                .put("region", region);
        if (!count) {
            rows.addObject().put("value", "77").putObject("dimensions").put("region", "elsewhere");
        }
        answer(exchange, 200, answer);
    }

    private ObjectNode billingRun() {
        ObjectNode run = JSON.createObjectNode().put("id", "r").put("charges", charged ? 0 : 1);
        if (!charged) {
            run.putArray("postings").add("p-1");
            posting = "awaiting_approval";
        }
        charged = true;
        return run;
    }

    private static ObjectNode charges() {
        ObjectNode list = JSON.createObjectNode();
        list.putArray("items")
                .addObject()
                .put("posting", "p-1")
                .put("currency", "USD")
                .put("amount", "0.1742");
        return list;
    }

    private ObjectNode postings() {
        ObjectNode list = JSON.createObjectNode();
        list.putArray("items")
                .addObject()
                .put("id", "p-1")
                .put("state", posting)
                .putArray("documents")
                .addObject()
                .put("externalId", "x-1");
        return list;
    }

    private static ObjectNode documents() {
        ObjectNode list = JSON.createObjectNode();
        list.putArray("items").addObject().put("externalId", "x-1");
        return list;
    }

    private static void answer(HttpExchange exchange, int status, ObjectNode body) throws IOException {
        byte[] bytes = body.toString().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }
}
