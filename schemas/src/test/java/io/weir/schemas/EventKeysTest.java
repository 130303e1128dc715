package io.weir.schemas;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.UUID;
import org.junit.jupiter.api.Test;

class EventKeysTest {
    private static final TenantId DEMO = new TenantId("demo");

    @Test
    void a_key_never_changes_since_it_is_stored() {
        // printf 'demo\x1f/checkout\x1fe-1' | sha256sum
        assertEquals(UUID.fromString("4535ce55-07a1-e658-c771-ab8c8133bfc0"), EventKeys.key(DEMO, "/checkout", "e-1"));
    }

    @Test
    void source_and_id_are_kept_apart() {
        assertNotEquals(EventKeys.key(DEMO, "ab", "c"), EventKeys.key(DEMO, "a", "bc"));
        assertNotEquals(EventKeys.key(DEMO, "a", "b"), EventKeys.key(new TenantId("other"), "a", "b"));
    }
}
