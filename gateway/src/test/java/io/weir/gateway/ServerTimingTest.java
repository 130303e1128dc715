package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Where a call's time went is told to who administers and asks for it, and to nobody else. */
class ServerTimingTest {
    private static final String PATH = "/v1/customers/cust-070/entitlements/llm_tokens";

    private final RunningNode weir = RunningNode.shared();

    private String timing(String role, String method, String path, @Nullable Object body, String... headers) {
        Reply reply = weir.call(role, method, path, body, headers);
        assertTrue(reply.status() < 300, reply::toString);
        return reply.header("Server-Timing");
    }

    @Test
    void who_administers_is_told_when_it_asks() {
        String check = timing("admin", "GET", PATH, null, "Prefer", "server-timing");
        assertTrue(check.matches("policies;dur=\\d+\\.\\d{3}, action;dur=\\d+\\.\\d{3}"), check);
        String[] json = {"Content-Type", "application/cloudevents+json", "Prefer", "server-timing"};
        String log =
                timing("admin", "POST", "/v1/events", Events.event("ws-070").toString(), json);
        assertTrue(log.matches("policies;dur=\\d+\\.\\d{3}, log;dur=\\d+\\.\\d{3}"), log);
        String until = timing(
                "admin",
                "POST",
                "/v1/events?until=recorded",
                Events.event("ws-070").toString(),
                json);
        assertTrue(until.contains(", recorded;dur="), until);
    }

    @Test
    void nobody_else_is_told_and_nothing_is_told_unasked() {
        assertEquals("", timing("admin", "GET", PATH, null));
        assertEquals("", timing("support", "GET", PATH, null, "Prefer", "server-timing"));
    }
}
