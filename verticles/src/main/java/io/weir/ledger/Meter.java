package io.weir.ledger;

import io.weir.schemas.Decimals;
import io.weir.schemas.MeterKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * How events of a type become a quantity.
 *
 * @param revision of the master data that has it: it counts what is recorded from there on
 * @param count whether each event counts one; otherwise the number at {@code value} counts
 * @param value JSON Pointer into the event, below {@code /data}; empty for a count
 * @param dimensions members of data that the quantity is kept apart by, sorted
 */
record Meter(
        MeterKey key,
        int version,
        long revision,
        String eventType,
        boolean count,
        String value,
        List<String> dimensions) {
    /** A quarter of an hour: every time zone's hours and days are sums of these. */
    static final long BUCKET_SECONDS = 900;

    private static final String DATA = "/data";

    /** What the event counts; empty where it has no number there. */
    Optional<BigDecimal> quantity(JsonNode data) {
        if (count) {
            return Optional.of(BigDecimal.ONE);
        }
        JsonNode node = data.at(value.startsWith(DATA) ? value.substring(DATA.length()) : value);
        return node.isNumber() ? Optional.of(node.decimalValue()) : Optional.empty();
    }

    /**
     * The event's dimensions as JSON with sorted keys; a member that it lacks is left out. Equal content has equal dimensions,
     * so that what is read again from the ledger finds the row that it was counted in.
     */
    String dimensions(JsonNode data) {
        StringBuilder out = new StringBuilder("{");
        for (String name : dimensions) {
            JsonNode node = data.get(name);
            if (node != null && node.isValueNode() && !node.isNull()) {
                if (out.length() > 1) {
                    out.append(',');
                }
                CanonicalJson.string(out, name);
                CanonicalJson.string(out.append(':'), text(node));
            }
        }
        return out.append('}').toString();
    }

    private static String text(JsonNode node) {
        return node.isNumber() && !node.isIntegralNumber() ? Decimals.text(node.decimalValue()) : node.asString();
    }

    /** The start of the bucket that the time falls in. */
    static Instant bucket(Instant time) {
        return Instant.ofEpochSecond(Math.floorDiv(time.getEpochSecond(), BUCKET_SECONDS) * BUCKET_SECONDS);
    }
}
