package io.weir.ledger;

import io.weir.schemas.Decimals;
import io.weir.schemas.FieldMapping;
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
 * @param mapping where the events that it reads have what they have under other names
 */
record Meter(
        MeterKey key,
        int version,
        long revision,
        String eventType,
        boolean count,
        String value,
        List<String> dimensions,
        FieldMapping mapping) {
    /** A quarter of an hour: every time zone's hours and days are sums of these. */
    static final long BUCKET_SECONDS = 900;

    /** What the event counts; empty where it has no number there. */
    Optional<BigDecimal> quantity(JsonNode data) {
        if (count) {
            return Optional.of(BigDecimal.ONE);
        }
        JsonNode node = mapping.read(data, value);
        return node.isNumber() ? Optional.of(node.decimalValue()) : Optional.empty();
    }

    /** This meter, as it reads events whose values lie where the mapping says. */
    Meter through(FieldMapping where) {
        return new Meter(key, version, revision, eventType, count, value, dimensions, where);
    }

    /**
     * The event's dimensions as JSON with sorted keys; a member that it lacks is left out. Equal content has equal dimensions,
     * so that what is read again from the ledger finds the row that it was counted in.
     */
    String dimensions(JsonNode data) {
        StringBuilder out = new StringBuilder("{");
        for (String name : dimensions) {
            JsonNode node = mapping.member(data, name);
            if (node.isValueNode() && !node.isNull()) {
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
