package io.weir.entitlement;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vertx.core.json.JsonObject;
import io.weir.entitlement.Catalog.Feature;
import io.weir.entitlement.Catalog.Kind;
import io.weir.entitlement.Facts.Granted;
import io.weir.entitlement.Facts.Used;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.MeterKey;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnswerTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:00.120Z");
    private static final MeterKey METER = new MeterKey("m");
    private final Horizon horizon =
            new Horizon(new WeirSettings.Entitlement(10, 5000, 1, 60, 250, 5000, 2, 10), InstantSource.fixed(NOW));

    private Answer answer(String customer, String used) {
        FeatureKey key = new FeatureKey("llm_tokens");
        Facts facts = new Facts(
                new CustomerId(customer),
                40,
                new Catalog(List.of(new Feature(key, Kind.METERED, METER, 2, 0))),
                List.of(),
                List.of(new Granted(key, false, new BigDecimal("1000000"), Instant.MIN, Instant.MAX)),
                Map.of(METER, new Used(new BigDecimal(used), 0)));
        return requireNonNull(new Account(facts, 1, NOW, horizon).answer(key));
    }

    @Test
    void json_is_that_of_the_contract_to_the_letter() {
        assertEquals(
                "{\"customer\":\"cust-001\",\"feature\":\"llm_tokens\",\"kind\":\"metered\",\"granted\":true,"
                        + "\"reason\":\"within_limit\",\"limit\":\"1000000\",\"used\":\"250113\",\"held\":\"0\","
                        + "\"remaining\":\"749887\",\"overage\":\"block\",\"resetsAt\":\"2026-12-01T00:00:00Z\","
                        + "\"asOf\":\"2026-11-20T10:00:00.120Z\",\"source\":\"cache\",\"stale\":false,\"version\":42}",
                answer("cust-001", "250113").body(NOW, "cache", false).toString());
    }

    @Test
    void caching_is_allowed_for_the_set_time_and_not_for_a_stale_answer() {
        assertEquals(
                "private, max-age=1, stale-if-error=60",
                answer("c", "1").cacheControl(false).toString());
        assertEquals(
                "private, max-age=0, stale-if-error=60",
                answer("c", "1").cacheControl(true).toString());
    }

    @Test
    void names_are_escaped() {
        String body = answer("a\"\\ü", "1").body(NOW, "postgres", true).toString();
        assertEquals("a\"\\ü", new JsonObject(body).getString("customer"));
        assertEquals("postgres", new JsonObject(body).getString("source"));
        assertEquals(true, new JsonObject(body).getBoolean("stale"));
    }

    @Test
    void etag_tells_content_and_staleness_apart_and_nothing_else() {
        assertEquals(
                answer("c", "1").etag(false), answer("c", "1.0").justLoaded().etag(false));
        assertNotEquals(answer("c", "1").etag(false), answer("c", "2").etag(false));
        assertNotEquals(answer("c", "1").etag(false), answer("c", "1").etag(true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2026-11-20T10:00:00.120Z",
                "2026-02-28T23:59:59.999Z",
                "2024-02-29T00:00:00.001Z",
                "1970-01-01T00:00:00.010Z",
                "1969-12-31T23:59:59.999Z",
                "9999-12-31T12:34:56.789Z"
            })
    void timestamp_is_written_as_rfc_3339_with_milliseconds(String text) {
        byte[] written = new byte[Timestamp.LENGTH];
        Timestamp.write(Instant.parse(text), written, 0);
        assertEquals(text, new String(written, StandardCharsets.US_ASCII));
    }
}
