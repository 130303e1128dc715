package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** OWASP API3:2023: nobody sets a member that is not theirs to set, or reads one that is not theirs to read. */
class BrokenObjectPropertyLevelAuthorizationTest {
    private final RunningNode weir = RunningNode.shared();

    @Test
    void members_that_weir_decides_are_refused_in_a_body() {
        Map<String, Object> key = Map.of("name", "mass", "scopes", List.of("usage:read"));
        for (String member : List.of(
                "tenant",
                "id",
                "key",
                "createdBy",
                "effectiveScopes",
                "state",
                "revokedAt",
                "secret_sha256",
                "__proto__")) {
            refused("POST", "/v1/api-keys", key, member);
        }
        for (String member : List.of("scopes", "tenant", "id")) {
            refused("PUT", "/v1/principals/mass", Map.of("roles", List.of("backend")), member);
        }
        refused("PUT", "/v1/roles/mass", Map.of("scopes", List.of("usage:read")), "tenant");
        refused("PUT", "/v1/customers/mass", Map.of("name", "x", "identities", List.of()), "tenant");
        assertEquals(404, weir.get("admin", "/v1/principals/mass").status());
        assertEquals(404, weir.get("admin", "/v1/customers/mass").status());
    }

    @Test
    void no_answer_about_a_credential_holds_its_secret_or_hash() {
        for (String path : List.of(
                "/v1/api-keys?limit=1000", "/v1/principals?limit=1000", "/v1/roles", "/v1/access-tiers", "/v1/audit")) {
            Reply answer = weir.get("admin", path);
            assertEquals(200, answer.status(), answer.toString());
            for (String hidden : List.of("weir_local_", "secret", "hash\":\"\\\\x", "sha256")) {
                assertFalse(answer.body().contains(hidden), path + " tells " + hidden);
            }
        }
    }

    @Test
    void a_key_posts_only_the_types_and_sources_that_it_is_narrowed_to() {
        Reply made = weir.call(
                "admin",
                "POST",
                "/v1/api-keys",
                Map.of(
                        "name",
                        "poster",
                        "scopes",
                        List.of("usage:write"),
                        "eventTypes",
                        List.of("llm.*"),
                        "sources",
                        List.of("/mine")));
        assertEquals(201, made.status(), made.toString());
        var mine = Events.event("ws-062");
        mine.put("source", "/mine");
        var anothers = Events.event("ws-062");
        Reply answer = Http.call(
                weir.url(),
                "POST",
                "/v1/events",
                io.weir.schemas.Json.text(List.of(mine, anothers, ofType(mine.deepCopy(), "api.request"))),
                "Authorization",
                "Bearer " + made.json().get("key").stringValue(),
                "Content-Type",
                "application/cloudevents-batch+json");
        assertEquals(207, answer.status(), answer.toString());
        assertEquals("accepted=1 recorded=0 duplicates=0 conflicts=0 rejected=2", answer.counts());
        assertEquals(
                "/source",
                answer.json().at("/receipts/0/problem/errors/0/pointer").stringValue());
        assertEquals(
                "/type",
                answer.json().at("/receipts/1/problem/errors/0/pointer").stringValue());
    }

    private static tools.jackson.databind.node.ObjectNode ofType(
            tools.jackson.databind.node.ObjectNode event, String type) {
        event.put("id", "narrow-" + Events.id(event));
        event.put("type", type);
        event.putObject("data").put("requests", 1).put("bytes", 1).put("region", "eu");
        return event;
    }

    private void refused(String method, String path, Map<String, Object> body, String member) {
        Map<String, Object> more = new HashMap<>(body);
        more.put(member, "x");
        Reply answer = weir.call("admin", method, path, more);
        assertEquals(422, answer.status(), member + ": " + answer);
    }
}
