package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The desk of exceptions, the list of events and lineage, over the API of a running node. */
class DeskTest {
    private final RunningNode node = RunningNode.shared();
    private final String run = UUID.randomUUID().toString().substring(0, 8);

    @Test
    void held_events_are_found_assigned_tried_again_and_written_off_in_one_act() {
        for (int i = 0; i < 3; i++) {
            record("desk-" + run + "-" + i, "stranger-" + run + "-" + i, 5);
        }
        String list = "/v1/exceptions?reason=unmatched_account&assigned=false&openedFrom="
                + Instant.now().minus(Duration.ofMinutes(1));
        List<String> ids = node.get("finance", list)
                .json()
                .path("items")
                .valueStream()
                .filter(item -> item.path("subject").asString().startsWith("stranger-" + run))
                .map(item -> item.path("id").asString())
                .toList();
        assertEquals(3, ids.size());
        bulk(Map.of("action", "assign", "ids", ids, "owner", "finance"), "assigned");
        bulk(Map.of("action", "retry", "ids", ids.subList(0, 1)), "open");
        bulk(Map.of("action", "resolve", "ids", ids, "resolution", "written_off", "comment", "a test"), "resolved");
        Reply again = act(Map.of("action", "retry", "ids", ids));
        again.json()
                .path("items")
                .forEach(item ->
                        assertEquals("exception-state", item.path("problem").asString()));
        JsonNode detail =
                node.get("finance", "/v1/exceptions/" + ids.getFirst()).json();
        assertEquals("written_off", detail.path("resolution").asString());
        assertEquals("finance", detail.path("owner").asString());
        assertEquals("finance", detail.path("resolvedBy").asString());
        assertEquals(
                List.of("exception-assigned", "exception-retried", "exception-resolved"),
                detail.path("history")
                        .valueStream()
                        .map(step -> step.path("act").asString())
                        .toList());
        String owned = "/v1/exceptions?owner=finance&state=resolved&limit=1000";
        Set<String> resolved = new TreeSet<>();
        node.get("finance", owned)
                .json()
                .path("items")
                .forEach(item -> resolved.add(item.path("id").asString()));
        assertTrue(resolved.containsAll(ids));
    }

    @Test
    void an_act_on_many_takes_either_ids_or_a_filter_and_what_it_needs() {
        for (Map<String, Object> wrong : List.<Map<String, Object>>of(
                Map.of("action", "retry"),
                Map.of("action", "retry", "ids", List.of("L-1"), "filter", Map.of()),
                Map.of("action", "resolve", "ids", List.of("L-1")),
                Map.of(
                        "action",
                        "retry",
                        "ids",
                        java.util.stream.IntStream.range(0, 201)
                                .mapToObj(i -> "L-" + i)
                                .toList()))) {
            assertEquals(422, act(wrong).status(), wrong.toString());
        }
        Reply unknown = act(Map.of("action", "retry", "ids", List.of("L-999999999", "nonsense")));
        unknown.json()
                .path("items")
                .forEach(item -> assertEquals("not-found", item.path("problem").asString()));
        Reply none = act(Map.of("action", "retry", "filter", Map.of("reason", "no_route")));
        assertEquals("{\"items\":[],\"more\":false}", none.body());
    }

    @Test
    void a_document_that_is_given_up_is_never_sent_and_its_posting_ends() {
        String event = "given-up-" + run;
        record(event, "ws-071", 4_000);
        String posting = charged();
        node.erp().fault("period_closed", 1);
        assertEquals(
                200,
                node.call("approver", "POST", "/v1/postings/" + posting + "/approval", Map.of("decision", "approve"))
                        .status());
        String id = Eventually.holds(
                "the refusal",
                () -> node.get("finance", "/v1/exceptions?reason=period_closed&customer=cust-071")
                        .json()
                        .at("/items/0/id")
                        .asString(""),
                found -> !found.isEmpty());
        Map<String, Object> how = Map.of("resolution", "fixed", "comment", "entered by hand");
        Reply resolved = node.call("finance", "POST", "/v1/exceptions/" + id + "/resolution", how);
        assertEquals("resolved", resolved.json().path("state").asString(), resolved::toString);
        assertEquals(
                409,
                node.call("finance", "POST", "/v1/exceptions/" + id + "/retry", null)
                        .status());
        JsonNode after = node.get("finance", "/v1/postings/" + posting).json();
        assertEquals("rejected", after.path("state").asString());
        JsonNode on =
                node.get("finance", "/v1/lineage?source=/desk&id=" + event).json();
        assertEquals("rejected", on.at("/documents/0/state").asString());
        String document = on.at("/documents/0/externalId").asString();
        JsonNode back = node.get("finance", "/v1/lineage?document=" + document).json();
        assertEquals(event, back.at("/events/0/id").asString());
        assertEquals(on.at("/charges/0/chargeKey"), back.at("/charges/0/chargeKey"));
    }

    @Test
    void events_are_listed_newest_first_and_only_a_narrowed_keys_own() {
        for (int i = 0; i < 5; i++) {
            record("listed-" + run + "-" + i, "ws-072", 1);
        }
        Reply first = node.get("backend", "/v1/events?customer=cust-072&type=llm.completion&state=recorded&limit=3");
        Reply second = node.get("backend", first.header("Link").replaceAll("<|>.*", ""));
        assertEquals(3, first.json().path("items").size());
        assertEquals(2, second.json().path("items").size());
        Reply key = node.call(
                "admin",
                "POST",
                "/v1/api-keys",
                Map.of("name", "narrow", "scopes", List.of("usage:read"), "customers", List.of("cust-073")));
        String[] narrowed = {"Authorization", "Bearer " + key.json().path("key").asString()};
        Reply own = Http.call(node.url(), "GET", "/v1/events", null, narrowed);
        assertEquals(0, own.json().path("items").size());
        assertEquals(
                404,
                Http.call(node.url(), "GET", "/v1/events?customer=cust-072", null, narrowed)
                        .status());
    }

    @Test
    void a_source_that_lost_an_event_is_told_and_the_stages_agree() {
        String source = "/lost-" + run;
        String hour = Story.USED.truncatedTo(ChronoUnit.HOURS).toString();
        Map<String, Object> total = Map.of(
                "source",
                source,
                "eventType",
                "llm.completion",
                "hour",
                hour,
                "count",
                1,
                "sums",
                Map.of("/data/outputTokens", "7000"));
        JsonNode declared = Eventually.holds(
                "the hour is recorded",
                () -> node.call("backend", "PUT", "/v1/source-totals", total).json(),
                stored -> !stored.path("state").asString().equals("pending"));
        String id = Eventually.holds(
                "an exception",
                () -> node.get("finance", "/v1/exceptions?reason=incomplete_source&limit=1000")
                        .json()
                        .path("items")
                        .valueStream()
                        .filter(item -> item.path("source").asString().equals(source))
                        .map(item -> item.path("id").asString())
                        .findFirst()
                        .orElse(""),
                found -> !found.isEmpty());
        assertEquals(declared.path("exceptionId").asString(id), id);
        String event = Story.event("found-" + run, "ws-074", Story.USED).replace("/contract", source);
        Asking posting = Asking.of("POST", node.url() + "/v1/events?until=recorded")
                .by(node.key("backend"))
                .body(Story.EVENT, event);
        assertEquals(200, posting.ask().statusCode());
        Reply checked = node.call("finance", "POST", "/v1/exceptions/" + id + "/retry", null);
        assertEquals("complete", checked.json().path("resolution").asString(), checked::toString);
        String day = "/v1/reconciliations?limit=1000&period=" + hour.substring(0, 10);
        Set<String> differences = Eventually.holds(
                "what was posted is recorded",
                () -> variances(node.get("finance", day).json()),
                found -> !found.contains("unexplained") && !found.contains("metered"));
        assertEquals(0, node.get("finance", day).json().path("unaccounted").asInt());
        assertTrue(Set.of("sent", "held", "rated", "posted", "in_erp").containsAll(differences), differences::toString);
    }

    private static Set<String> variances(JsonNode reconciliation) {
        Set<String> found = new TreeSet<>();
        assertTrue(reconciliation.path("items").size() > 0, reconciliation::toString);
        reconciliation
                .path("items")
                .forEach(row -> row.path("variances")
                        .forEach(one -> found.add(one.path("variance").asString())));
        return found;
    }

    @Test
    void a_replay_is_previewed_and_approved_by_another_and_runs() {
        record("replayed-" + run, "stranger-of-replay-" + run, 5);
        String list = "/v1/exceptions?reason=unmatched_account&limit=1000";
        String id = node.get("finance", list)
                .json()
                .path("items")
                .valueStream()
                .filter(item -> item.path("subject").asString().endsWith("of-replay-" + run))
                .map(item -> item.path("id").asString())
                .findFirst()
                .orElseThrow();
        Reply asked = node.call("finance", "POST", "/v1/replays", Map.of("exceptions", List.of(id)));
        assertEquals(1, asked.json().at("/preview/outcomes/held").asInt(), asked::toString);
        String replay = "/v1/replays/" + asked.json().path("id").asString();
        Map<String, Object> approve = Map.of("decision", "approve");
        assertEquals(
                403, node.call("finance", "POST", replay + "/approval", approve).status());
        assertEquals(
                200,
                node.call("approver", "POST", replay + "/approval", approve).status());
        JsonNode done = Eventually.holds(
                "it ran",
                () -> node.get("finance", replay).json(),
                one -> one.path("state").asString().equals("done"));
        assertEquals("{\"tried\":1,\"resolved\":0}", done.path("progress").toString());
        assertEquals(
                409,
                node.call("approver", "POST", replay + "/approval", approve).status());
        for (Map<String, Object> wrong : List.<Map<String, Object>>of(
                Map.of(), Map.of("exceptions", List.of("P-1")), Map.of("from", "2026-11-20T00:00:00Z"))) {
            assertEquals(422, node.call("finance", "POST", "/v1/replays", wrong).status());
        }
    }

    private void record(String id, String subject, int tokens) {
        Asking posting = Asking.of("POST", node.url() + "/v1/events?until=recorded")
                .by(node.key("backend"))
                .body(
                        Story.EVENT,
                        Story.event(id, subject, Story.USED)
                                .replace("/contract", "/desk")
                                .replace("7000", Integer.toString(tokens)));
        assertEquals(200, posting.ask().statusCode());
    }

    private String charged() {
        Map<String, Object> span = Map.of(
                "from", Story.USED.minusSeconds(3_600).toString(),
                "to", Story.USED.plusSeconds(7_200).toString(),
                "subscriptions", List.of("sub-071"));
        return Eventually.holds(
                "a posting",
                () -> node.call("finance", "POST", "/v1/billing-runs", span)
                        .json()
                        .at("/postings/0")
                        .asString(""),
                posting -> !posting.isEmpty());
    }

    private void bulk(Map<String, Object> body, String outcome) {
        Reply answer = act(body);
        assertEquals(200, answer.status(), answer::toString);
        answer.json()
                .path("items")
                .forEach(item -> assertEquals(outcome, item.path("outcome").asString(), answer::body));
    }

    private Reply act(Map<String, Object> body) {
        return node.call("finance", "POST", "/v1/exceptions/bulk", body);
    }
}
