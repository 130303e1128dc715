package io.weir.loadtest.demo;

import io.weir.loadtest.Patience;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Takes the usage of a span to the ERP: a billing run by finance, approval by another principal, and the wait for delivery.
 *
 * <p>Postings that an interrupted earlier run left unapproved in this span are approved too.
 */
final class Billing {
    private static final Duration DELIVERY = Duration.ofSeconds(60);
    private static final String JSON = "application/json";

    private final Api api;
    private final Shift.Span span;

    Billing(Api api, Shift.Span span) {
        this.api = api;
        this.span = span;
    }

    /** What the money side holds of the span at the end. */
    record Outcome(
            long newCharges,
            int charges,
            Map<String, BigDecimal> totals,
            Map<String, Integer> postingStates,
            int documents,
            int inErp) {
        Outcome {
            totals = Map.copyOf(totals);
            postingStates = Map.copyOf(postingStates);
        }
    }

    Outcome run() {
        Answer run = api.need(Api.Call.post("/v1/billing-runs", "FINANCE", JSON, spanBody()));
        List<JsonNode> charges = charges();
        Set<String> postings = new HashSet<>();
        run.body().path("postings").forEach(posting -> postings.add(posting.asString()));
        charges.stream()
                .map(charge -> charge.path("posting").asString(""))
                .filter(id -> !id.isEmpty())
                .forEach(postings::add);
        List<JsonNode> present = postings(postings);
        present.stream()
                .filter(posting -> state(posting).equals("awaiting_approval"))
                .forEach(this::approve);
        present = delivered(postings);
        return outcome(run.count("charges"), charges, present);
    }

    private Outcome outcome(long newCharges, List<JsonNode> charges, List<JsonNode> postings) {
        Map<String, BigDecimal> totals = new TreeMap<>();
        charges.forEach(charge -> totals.merge(
                charge.path("currency").asString("?"),
                new BigDecimal(charge.path("amount").asString("0")),
                BigDecimal::add));
        Map<String, Integer> states = new TreeMap<>();
        Set<String> documents = new TreeSet<>();
        for (JsonNode posting : postings) {
            states.merge(state(posting), 1, Integer::sum);
            posting.path("documents")
                    .forEach(document ->
                            documents.add(document.path("externalId").asString()));
        }
        int inErp = (int) api.erpDocuments().stream()
                .filter(document ->
                        documents.contains(document.path("externalId").asString()))
                .count();
        return new Outcome(newCharges, charges.size(), totals, states, documents.size(), inErp);
    }

    private List<JsonNode> charges() {
        String query =
                Api.query(Map.of("from", span.from().toString(), "to", span.to().toString(), "limit", "1000"));
        return api.items("/v1/charges" + query, "FINANCE");
    }

    private List<JsonNode> postings(Set<String> ids) {
        if (ids.isEmpty()) {
            return List.of();
        }
        return api.items("/v1/postings?limit=1000", "FINANCE").stream()
                .filter(posting -> ids.contains(posting.path("id").asString()))
                .toList();
    }

    private void approve(JsonNode posting) {
        String id = posting.path("id").asString();
        byte[] decision = "{\"decision\":\"approve\",\"comment\":\"demo\"}".getBytes(StandardCharsets.UTF_8);
        Answer answer = api.send(Api.Call.post("/v1/postings/" + id + "/approval", "APPROVER", JSON, decision))
                .answer();
        // 409: an attempt whose answer was lost had approved it already.
        if (!answer.ok() && answer.status() != 409) {
            throw new DemoFailure("The approval of posting " + id + " was refused: " + answer.shown());
        }
    }

    private List<JsonNode> delivered(Set<String> ids) {
        Patience left = new Patience(DELIVERY);
        List<JsonNode> present = postings(ids);
        while (present.stream().anyMatch(posting -> underWay(state(posting))) && left.again(Duration.ZERO)) {
            present = postings(ids);
        }
        return present;
    }

    private static boolean underWay(String state) {
        return Set.of("awaiting_approval", "approved", "posting").contains(state);
    }

    private static String state(JsonNode posting) {
        return posting.path("state").asString("?");
    }

    private byte[] spanBody() {
        return ("{\"from\":\"" + span.from() + "\",\"to\":\"" + span.to() + "\"}").getBytes(StandardCharsets.UTF_8);
    }
}
