package io.weir.gateway;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;

/** A question for each operation, without a key, that succeeds once the {@link Story} has happened. */
final class Questions {
    private final RunningNode node;
    private final Map<String, Asking> byOperation = new LinkedHashMap<>();

    private Questions(RunningNode node) {
        this.node = node;
    }

    /** The questions by operation id, in an order in which each succeeds. */
    static Map<String, Asking> of(RunningNode node, Story story) {
        Questions questions = new Questions(node);
        questions.fill(story);
        return questions.byOperation;
    }

    private void fill(Story story) {
        String c = "/v1/customers/";
        get("checkEntitlement", c + "cust-001/entitlements/llm_tokens");
        byOperation.put(
                "postEvents", body("POST", "/v1/events", Story.EVENT, Story.event("one", "ws-003", Instant.now())));
        byOperation.put(
                "validateEvents",
                body(
                        "POST",
                        "/v1/events/validation",
                        Story.BATCH,
                        "[" + Story.event("no", "ws-003", Instant.now()) + "]"));
        get("getEvent", "/v1/events?source=/contract&id=story-1");
        post("voidEvent", "/v1/events/void", "{'source': '/contract', 'id': 'void-1', 'reason': 'sent by a test'}");
        byOperation.put(
                "amendEvent",
                body(
                        "POST",
                        "/v1/events/amendment",
                        Story.EVENT,
                        Story.event("amend-1", "ws-006", Story.USED)
                                .replace("7000", "70")
                                .replaceFirst("\\{", "{\"reason\": \"a test\", ")));
        get("getUsage", "/v1/usage?meter=llm_output_tokens&customer=cust-001&window=day&groupBy=region,subscription");
        get("checkEntitlementOfSubject", "/v1/entitlements/model_access?subject=ws-001");
        put(
                "putGrant",
                c + "cust-001/grants/g-1",
                "{'feature': 'llm_tokens', 'amount': '50000.5', 'expiresAt': '2099-01-01T00:00:00Z'}");
        get("getGrant", c + "cust-001/grants/g-1");
        put(
                "putCustomer",
                c + "new-1",
                "{'name': 'New', 'identities': [{'system': 'crm', 'key': 'x-1'}], 'parent': 'cust-001'}");
        get("getCustomer", c + "cust-001");
        get("listCustomers", "/v1/customers?limit=2");
        put(
                "putSubscription",
                "/v1/subscriptions/new-1",
                "{'customer': 'cust-009', 'plan': 'standard', 'from': '2026-01-01T00:00:00Z', 'to': '2099-01-01T00:00:00Z', 'currency': 'USD'}");
        get("getSubscription", "/v1/subscriptions/sub-001");
        get("listSubscriptions", "/v1/subscriptions?customer=cust-001");
        get("getPlan", "/v1/plans/standard");
        get("getPrice", "/v1/prices/llm-output-tokens/versions/1");
        get("getFeature", "/v1/features/llm_tokens");
        put(
                "putMeter",
                "/v1/meters/contract_eu",
                "{'eventType': 'llm.completion', 'aggregation': 'sum', 'value': '/data/outputTokens', 'dimensions': ['model'], 'filter': {'region': ['eu'], 'outputTokens': {'gte': 10}}, 'unit': 'tokens', 'owner': 'platform', 'purpose': 'EU usage'}");
        get("getMeter", "/v1/meters/llm_output_tokens");
        get("listMeters", "/v1/meters");
        get("getFieldOwners", "/v1/field-owners");
        put("putFieldOwners", "/v1/field-owners", "{'customer': {'/parent': 'erp'}}");
        get("listEventTypes", "/v1/event-types");
        get("getEventType", "/v1/event-types/llm.completion");
        get("listEventSchemas", "/v1/event-types/llm.completion/schemas");
        get("getEventSchema", "/v1/event-types/llm.completion/schemas/1");
        put("putEventType", "/v1/event-types/contract.declared", "{'compatibility': 'full'}");
        put("putEventSchema", "/v1/event-types/contract.registered/schemas/1", "{'type': 'object'}");
        put(
                "putSchemaDeprecation",
                "/v1/event-types/contract.registered/schemas/1/deprecation",
                "{'deprecatedAt': '2026-11-01T00:00:00Z', 'sunsetAt': '2099-01-01T00:00:00Z', 'link': 'https://example.com'}");
        post("runBilling", "/v1/billing-runs", "{'from': '2026-01-01T00:00:00Z', 'to': '2026-01-02T00:00:00Z'}");
        get("listCharges", "/v1/charges?limit=1");
        get("listPostings", "/v1/postings?limit=1");
        get("getPosting", "/v1/postings/" + story.posting());
        get("listPostingAttempts", "/v1/postings/" + story.posting() + "/attempts");
        post(
                "decidePosting",
                "/v1/postings/" + story.awaiting() + "/approval",
                "{'decision': 'reject', 'comment': 'no'}");
        get("listExceptions", "/v1/exceptions?limit=1");
        get("getException", "/v1/exceptions/" + story.event());
        byOperation.put(
                "retryException", Asking.of("POST", node.url() + "/v1/exceptions/" + story.document() + "/retry"));
        String conflict = "/v1/exceptions/" + story.conflict();
        post("assignException", conflict + "/assignment", "{'owner': 'finance'}");
        post("resolveException", conflict + "/resolution", "{'resolution': 'accepted', 'comment': 'a test'}");
        post("actOnExceptions", "/v1/exceptions/bulk", "{'action': 'retry', 'ids': ['" + story.event() + "']}");
        post("requestReplay", "/v1/replays", "{'from': '2026-11-01T00:00:00Z', 'to': '2099-01-01T00:00:00Z'}");
        get("listReplays", "/v1/replays?limit=1");
        get("getReplay", "/v1/replays/" + story.replay());
        post("decideReplay", "/v1/replays/" + story.replay() + "/approval", "{'decision': 'approve'}");
        backfill(story);
        String hour = Story.USED.truncatedTo(ChronoUnit.HOURS).toString();
        put(
                "putSourceTotal",
                "/v1/source-totals",
                "{'source': '/contract', 'eventType': 'llm.completion', 'hour': '" + hour
                        + "', 'count': 9, 'sums': {'/data/outputTokens': '1.5'}}");
        get("getReconciliation", "/v1/reconciliations?limit=1&period=" + hour.substring(0, 10));
        get("listBehindVariance", "/v1/reconciliations/items?variance=held&period=" + hour.substring(0, 10));
        get("getLineage", "/v1/lineage?document=" + story.document().substring(2));
        identities();
        post("createApiKey", "/v1/api-keys", "{'name': 'q', 'scopes': ['usage:read']}");
        get("getApiKey", "/v1/api-keys/" + story.key());
        post("rotateApiKey", "/v1/api-keys/" + story.key() + "/rotation", "{'overlap': 'PT0S'}");
        byOperation.put("revokeApiKey", Asking.of("DELETE", node.url() + "/v1/api-keys/" + story.key()));
        get("listApiKeys", "/v1/api-keys?limit=1");
        put("putRole", "/v1/roles/auditor", "{'scopes': ['billing:read'], 'excludes': ['finance']}");
        get("getRole", "/v1/roles/backend");
        get("listRoles", "/v1/roles?limit=1");
        put("putPrincipal", "/v1/principals/jane", "{'kind': 'person', 'name': 'Jane', 'roles': ['auditor']}");
        get("getPrincipal", "/v1/principals/backend");
        get("listPrincipals", "/v1/principals?limit=1");
        get("listArchiveDays", "/v1/archive/days?limit=1");
        get("getArchiveDay", "/v1/archive/days/" + Story.ARCHIVED);
        post(
                "confirmArchiveDay",
                "/v1/archive/days/" + Story.ARCHIVED + "/confirmation",
                "{'sha256': '" + story.archived() + "'}");
        get("listAudit", "/v1/audit?object=new-1&limit=1");
        put(
                "putAccessTier",
                "/v1/access-tiers/gold",
                "{'requestsPerSecond': 100, 'requestsBurst': 200, 'eventsPerSecond': 5000, 'eventsBurst': 10000}");
        get("getAccessTier", "/v1/access-tiers/partner");
        get("listAccessTiers", "/v1/access-tiers?limit=1");
        get("getOpenApi", "/v1/openapi.json");
        get("getReference", "/docs");
        get("getReferenceFile", "/docs/reference.css");
        get("getProblem", "/problems/not-found");
    }

    private void backfill(Story story) {
        String sets = "/v1/backfill-sets";
        String span = "{'from': '%s', 'to': '%s', 'reason': 'a test'}";
        post("openBackfillSet", sets, span.formatted(Story.USED, Story.USED.plusSeconds(60)));
        get("listBackfillSets", sets + "?limit=1&state=open");
        get("getBackfillSet", sets + "/" + story.filled());
        byOperation.put(
                "loadBackfillSet",
                body(
                        "POST",
                        sets + "/" + story.filled() + "/events",
                        Story.BATCH,
                        "[" + Story.event("backfilled-2", "ws-006", Story.USED) + "]"));
        post("loadArchivedDay", sets + "/" + story.correcting() + "/archive-days", "{'day': '" + Story.ARCHIVED + "'}");
        get("listBackfillEvents", sets + "/" + story.filled() + "/events?limit=1&status=staged");
        get("previewBackfillSet", sets + "/" + story.filled() + "/preview");
        byOperation.put("closeBackfillSet", Asking.of("POST", node.url() + sets + "/" + story.closing() + "/closing"));
        byOperation.put("dropBackfillSet", Asking.of("DELETE", node.url() + sets + "/" + story.dropping()));
    }

    private void identities() {
        put(
                "putClientCertificate",
                "/v1/client-certificates/c-1",
                "{'subject': 'CN=meter, O=Acme', 'issuer': 'CN=CA', 'principal': 'partner', 'scopes': ['usage:write'], 'tier': 'partner', 'notAfter': '2099-01-01T00:00:00Z'}");
        get("getClientCertificate", "/v1/client-certificates/c-1");
        get("listClientCertificates", "/v1/client-certificates?limit=1");
        byOperation.put("revokeClientCertificate", Asking.of("DELETE", node.url() + "/v1/client-certificates/c-2"));
        put(
                "putTokenSubject",
                "/v1/token-subjects/t-1",
                "{'issuer': 'https://a.example', 'subject': 'jane', 'principal': 'approver'}");
        get("getTokenSubject", "/v1/token-subjects/t-1");
        get("listTokenSubjects", "/v1/token-subjects?limit=1");
        byOperation.put("deleteTokenSubject", Asking.of("DELETE", node.url() + "/v1/token-subjects/t-2"));
    }

    private void get(String operation, String path) {
        byOperation.put(operation, Asking.of("GET", node.url() + path));
    }

    private void put(String operation, String path, String body) {
        byOperation.put(operation, body("PUT", path, Story.JSON, body.replace('\'', '"')));
    }

    private void post(String operation, String path, String body) {
        byOperation.put(operation, body("POST", path, Story.JSON, body.replace('\'', '"')));
    }

    private Asking body(String method, String path, String mediaType, String content) {
        return Asking.of(method, node.url() + path).body(mediaType, content);
    }
}
