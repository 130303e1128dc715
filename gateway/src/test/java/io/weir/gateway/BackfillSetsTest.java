package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Backfill sets over the API: loaded, previewed, closed, dropped, and what follows in usage, balances and charges. */
class BackfillSetsTest {
    private static final int BATCH = 1_000;

    private final RunningNode weir = RunningNode.shared();
    private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private final Instant old = now.minus(60, ChronoUnit.DAYS).truncatedTo(ChronoUnit.HOURS);

    @Test
    void ten_thousand_events_are_loaded_previewed_and_closed_as_one() {
        String set = open("admin", now.minus(10, ChronoUnit.DAYS), now, false);
        List<ObjectNode> events = new ArrayList<>();
        for (int i = 0; i < 10 * BATCH; i++) {
            events.add(event("ws-0" + (81 + i % 4), 3, now.minusSeconds(60L * (1 + i))));
        }
        for (int from = 0; from < events.size(); from += BATCH) {
            Reply loaded = load("admin", set, events.subList(from, from + BATCH));
            assertEquals(200, loaded.status(), loaded.toString());
            assertEquals(BATCH, loaded.json().path("staged").asInt());
        }
        Reply again = load("admin", set, events.subList(0, 2));
        assertEquals(2, again.json().path("duplicates").asInt(), again.toString());
        assertEquals(0, used("cust-081").signum(), "staged is not used");

        Reply preview = weir.get("admin", set + "/preview");
        assertEquals(200, preview.status(), preview.toString());
        assertEquals(10_000, preview.json().at("/outcomes/recorded").asInt());
        assertEquals("30000", change(preview.json(), "llm_output_tokens"));
        Reply closed = weir.call("admin", "POST", set + "/closing", null, "If-Match", preview.header("ETag"));
        assertEquals(200, closed.status(), closed.toString());
        assertEquals("closed", closed.json().path("state").asString());
        assertEquals(preview.json().path("outcomes"), closed.json().path("outcomes"));
        assertEquals(new BigDecimal(7_500), used("cust-081"));
        assertEquals(409, weir.call("admin", "POST", set + "/closing", null).status());

        Reply late = weir.post(events.subList(0, 2), "recorded");
        assertEquals("accepted=0 recorded=0 duplicates=2 conflicts=0 rejected=0", late.counts());
        JsonNode one = weir.get("admin", "/v1/events?source=" + Events.SOURCE + "&id=" + Events.id(events.getFirst()))
                .json();
        assertEquals(set, "/v1/backfill-sets/" + one.path("backfillSet").asString(), one.toString());
        JsonNode receipts =
                weir.get("admin", set + "/events?status=recorded&limit=1000").json();
        assertEquals(1_000, receipts.path("items").size());
        assertTrue(unexplained().isEmpty(), () -> unexplained().toString());
    }

    @Test
    void a_period_correction_reaches_back_further_and_is_charged_as_it_was_previewed() {
        ObjectNode event = event("ws-085", 120_000, old.plusSeconds(60));
        assertEquals(422, weir.post(List.of(event), "recorded").status());
        assertEquals(422, asked("admin", old, old.plusSeconds(3_600), false).status());
        for (String role : List.of("backend", "support", "partner", "approver")) {
            assertEquals(403, asked(role, old, old.plusSeconds(3_600), true).status(), role);
        }
        assertEquals(403, asked("finance", now.minusSeconds(60), now, false).status(), "finance corrects periods");

        String set = open("finance", old, old.plusSeconds(3_600), true);
        Reply loaded = load("finance", set, List.of(event, event("ws-085", 1, now.minusSeconds(60))));
        assertEquals(207, loaded.status(), loaded.toString());
        assertEquals(
                "/time",
                loaded.json().at("/receipts/0/problem/errors/0/pointer").asString());
        JsonNode preview = weir.get("approver", set + "/preview").json();
        assertEquals("12.00", preview.at("/charges/amounts/0/amount").asString(), preview.toString());
        assertEquals(0, preview.path("balances").size(), "balances are of this month");
        assertTrue(weir.get("backend", set + "/preview").json().path("charges").isMissingNode(), "money is not usage");

        assertEquals(403, weir.call("finance", "POST", set + "/closing", null).status());
        assertEquals(200, weir.call("approver", "POST", set + "/closing", null).status());
        assertEquals(List.of(preview.at("/charges/amounts/0/amount").asString()), billed("sub-085"));

        String more = open("finance", old, old.plusSeconds(3_600), true);
        load("finance", more, List.of(event("ws-085", 10_000, old.plusSeconds(90)), event));
        JsonNode after = weir.get("finance", more + "/preview").json();
        assertEquals(1, after.at("/outcomes/duplicates").asInt());
        assertEquals("1.00", after.at("/charges/lines/0/amount").asString(), "a difference to what is charged");
        assertEquals(200, weir.call("approver", "POST", more + "/closing", null).status());
        assertEquals(List.of("1.00"), billed("sub-085"));
        assertEquals(List.of(), billed("sub-085"));
    }

    @Test
    void who_holds_billing_and_approval_does_not_close_an_own_period_correction() {
        String set = open("admin", old, old.plusSeconds(3_600), true);
        load("admin", set, List.of(event("ws-086", 1, old)));
        Reply own = weir.call("admin", "POST", set + "/closing", null);
        assertEquals("/problems/separation-of-duties", own.json().path("type").asString(), own.toString());
        assertEquals(204, weir.call("finance", "DELETE", set, null).status());
    }

    @Test
    void a_preview_says_who_would_be_blocked_and_a_dropped_set_blocks_nobody() {
        String set = open("admin", now.minusSeconds(600), now, false);
        load("admin", set, List.of(event("ws-087", 2_000_000, now.minusSeconds(1))));
        JsonNode balance = weir.get("admin", set + "/preview").json().at("/balances/0");
        assertEquals("cust-087", balance.path("customer").asString());
        assertTrue(balance.path("blocks").asBoolean(), balance.toString());
        assertEquals("2000000", balance.at("/after/used").asString());
        assertEquals("limit_reached", balance.at("/after/reason").asString());
        assertEquals(204, weir.call("admin", "DELETE", set, null).status());
        assertEquals("dropped", weir.get("admin", set).json().path("state").asString());
        assertEquals(0, weir.get("admin", set + "/events").json().path("items").size());
        JsonNode check = weir.get("support", "/v1/customers/cust-087/entitlements/llm_tokens")
                .json();
        assertTrue(check.path("granted").asBoolean(), check.toString());
        assertEquals(
                409,
                load("admin", set, List.of(event("ws-087", 1, now.minusSeconds(1))))
                        .status());
    }

    @Test
    void events_are_checked_as_all_events_are() {
        String set = open("admin", now.minusSeconds(600), now, false);
        ObjectNode good = event("ws-088", 1, now.minusSeconds(5));
        ObjectNode timeless = event("ws-088", 1, now.minusSeconds(5));
        timeless.remove("time");
        Reply mixed = load("admin", set, List.of(good, timeless, Events.wrong("ws-088")));
        assertEquals(207, mixed.status(), mixed.toString());
        assertEquals(
                "must be given",
                mixed.json().at("/receipts/0/problem/errors/0/detail").asString());
        assertEquals(422, load("admin", set, List.of(timeless)).status());
        assertEquals(
                422,
                load("admin", set, List.of(good, timeless), "Prefer", "handling=strict")
                        .status());
        Reply all = load("admin", set, List.of(good), "Prefer", "return=representation");
        assertEquals("duplicate", all.json().at("/receipts/0/status").asString());
        assertFalse(weir.get("admin", set).json().path("expiresAt").asString().isEmpty());
        assertEquals(204, weir.call("admin", "DELETE", set, null).status());
    }

    private Reply asked(String role, Instant from, Instant to, boolean periodCorrection) {
        Map<String, Object> body =
                new HashMap<>(Map.of("from", from.toString(), "to", to.toString(), "reason", "the collector was down"));
        if (periodCorrection) {
            body.put("periodCorrection", true);
        }
        return weir.call(role, "POST", "/v1/backfill-sets", body);
    }

    /** Opens a set; answers its path. */
    private String open(String role, Instant from, Instant to, boolean periodCorrection) {
        Reply opened = asked(role, from, to, periodCorrection);
        assertEquals(201, opened.status(), opened.toString());
        return "/v1/backfill-sets/" + opened.json().path("id").asString();
    }

    private Reply load(String role, String set, List<? extends JsonNode> events, String... headers) {
        List<String> all = new ArrayList<>(List.of("Content-Type", Story.BATCH));
        all.addAll(List.of(headers));
        return weir.call(role, "POST", set + "/events", Json.text(events), all.toArray(String[]::new));
    }

    private static ObjectNode event(String subject, int outputTokens, Instant time) {
        return Events.event(subject, 1, outputTokens).put("time", time.toString());
    }

    private static String change(JsonNode preview, String meter) {
        for (JsonNode sum : preview.path("meters")) {
            if (sum.path("meter").asString().equals(meter)) {
                return sum.path("change").asString();
            }
        }
        return "";
    }

    private BigDecimal used(String customer) {
        JsonNode rows = weir.get(
                        "backend",
                        "/v1/usage?meter=llm_output_tokens&customer=" + customer + "&from="
                                + now.minus(20, ChronoUnit.DAYS) + "&to=" + now)
                .json()
                .path("rows");
        BigDecimal sum = BigDecimal.ZERO;
        for (JsonNode row : rows) {
            sum = sum.add(new BigDecimal(row.path("value").asString()));
        }
        return sum;
    }

    /** Amounts of a billing run over the old hour. */
    private List<String> billed(String subscription) {
        Reply run = weir.call(
                "finance",
                "POST",
                "/v1/billing-runs",
                Map.of(
                        "from", old.toString(),
                        "to", old.plus(Duration.ofHours(1)).toString(),
                        "subscriptions", List.of(subscription)));
        assertTrue(run.status() == 200 || run.status() == 201, run.toString());
        List<String> amounts = new ArrayList<>();
        for (JsonNode posting : run.json().path("postings")) {
            weir.get("finance", "/v1/postings/" + posting.asString())
                    .json()
                    .path("documents")
                    .forEach(document -> amounts.add(document.path("total").asString()));
        }
        return amounts;
    }

    private List<JsonNode> unexplained() {
        List<JsonNode> found = new ArrayList<>();
        JsonNode rows = weir.get(
                        "finance",
                        "/v1/reconciliations?limit=1000&period="
                                + now.minus(5, ChronoUnit.DAYS).truncatedTo(ChronoUnit.DAYS) + "/"
                                + now.minus(4, ChronoUnit.DAYS).truncatedTo(ChronoUnit.DAYS))
                .json()
                .path("items");
        int backfilled = 0;
        for (JsonNode row : rows) {
            backfilled += row.path("backfilled").asInt();
            row.path("variances").forEach(variance -> {
                if (variance.path("variance").asString().equals("unexplained")
                        || variance.path("variance").asString().equals("metered")) {
                    found.add(variance);
                }
            });
        }
        assertEquals(24 * 60, backfilled, "one a minute");
        return found;
    }
}
