package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The short way of a path: only what the router would read in the same way. */
class PathTemplateTest {
    private static final PathTemplate CHECK = new PathTemplate("/v1/customers/:customer/entitlements/:feature");

    @Test
    void parameters_are_the_segments_at_their_places() {
        assertEquals(
                Map.of("customer", "cust-001", "feature", "llm.tokens"),
                CHECK.match("/v1/customers/cust-001/entitlements/llm.tokens"));
        assertEquals(Map.of("a", "1", "b", "2", "c", "3"), new PathTemplate("/:a/:b/x/:c").match("/1/2/x/3"));
        assertEquals(Map.of("id", "7"), new PathTemplate("/v1/holds/:id/commit").match("/v1/holds/7/commit"));
        assertEquals(Map.of(), new PathTemplate("/v1/events").match("/v1/events"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/v1/customers/cust-001/entitlements/",
                "/v1/customers/cust-001/entitlements",
                "/v1/customers//entitlements/f",
                "/v1/customers/cust-001/entitlements/f/",
                "/v1/customers/cust-001/entitlements/f/history",
                "/v1/customers/cust-001/grants/f",
                "/v2/customers/cust-001/entitlements/f",
                "/v1/customers/c%2F1/entitlements/f",
                "/v1/customers/c/entitlements/f%20",
                "/v1/customers/../entitlements/f",
                "/v1/customers/c/entitlements/./f",
                "/v1/customers/c/./entitlements/f",
                "//v1/customers/c/entitlements/f",
                "/",
                ""
            })
    void any_other_path_is_the_routers(String path) {
        assertNull(CHECK.match(path));
    }
}
