package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Uploads over HTTP/2 that go on although they were refused: a reset of the node's own each, and none for what was on its way. */
class RefusedUploadsTest {
    private static final int NO_ERROR = 0;

    private final RunningNode weir = RunningNode.shared();

    @Test
    void large_uploads_that_are_refused_leave_their_connection_however_many() throws Exception {
        Map<String, String> refused = Map.of(
                "401", "Bearer weir_local_none_none",
                "413", "Bearer " + weir.key("backend"),
                "429", "Bearer " + weir.key(withoutBytes()));
        try (RawFrames client = new RawFrames(weir, 65_535)) {
            int stream = 1;
            for (Map.Entry<String, String> caller : refused.entrySet()) {
                String length = caller.getKey().equals("413") ? "5000000" : "4000000";
                for (int i = 0; i < 3; i++) {
                    client.request(
                            stream,
                            true,
                            "POST",
                            "/v1/events",
                            "authorization",
                            caller.getValue(),
                            "content-length",
                            length);
                    client.upload(stream, 2_000_000, 1_000);
                    assertEquals(caller.getKey(), client.status(stream));
                    assertEquals(NO_ERROR, client.reset(stream));
                    stream += 2;
                }
            }
            assertEquals("404", client.request(stream, false, "GET", "/none").status(stream));
        }
    }

    /** A key that has spent its bytes for minutes. */
    private String withoutBytes() throws IOException {
        Map<String, Object> tier = Map.of("bytesPerSecond", 10_000, "bytesBurst", 4 << 20);
        assertEquals(
                201,
                weir.call("admin", "PUT", "/v1/access-tiers/few-bytes", tier).status());
        String role = weir.newKey("few-bytes", "usage:write");
        try (RawCall spending = new RawCall(weir)) {
            spending.send("POST /v1/events HTTP/1.1\r\nHost: weir\r\nContent-Type: application/json\r\n"
                    + "Authorization: Bearer " + weir.key(role)
                    + "\r\nExpect: 100-continue\r\nContent-Length: 4000000\r\n\r\n");
            assertEquals("HTTP/1.1 100 Continue", spending.status());
        }
        return role;
    }
}
