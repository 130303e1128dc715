package io.weir.ledger;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Aggregation;
import io.weir.schemas.Decimals;
import io.weir.schemas.EventKeys;
import io.weir.schemas.FieldMapping;
import io.weir.schemas.MeterFilter;
import io.weir.schemas.MeterKey;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * How events of a type become a quantity.
 *
 * @param revision of the master data that has it: it counts what is recorded from there on
 * @param value JSON Pointer into the event, below {@code /data}; empty for a count
 * @param dimensions members of data that the quantity is kept apart by, sorted
 * @param filter which events of the type count
 * @param mapping where the events that it reads have what they have under other names
 */
record Meter(
        MeterKey key,
        int version,
        long revision,
        String eventType,
        Aggregation aggregation,
        String value,
        List<String> dimensions,
        MeterFilter filter,
        FieldMapping mapping) {
    /** A quarter of an hour: every time zone's hours and days are sums of these. */
    static final long BUCKET_SECONDS = 900;

    private static final int LONGEST_VALUE = 200;

    /** A version of a meter, from its row. */
    static Meter of(Row row) {
        return new Meter(
                new MeterKey(row.getString("meter")),
                row.getInteger("version"),
                row.getLong("revision"),
                row.getString("event_type"),
                Aggregation.of(row.getString("aggregation")).orElseThrow(),
                Optional.ofNullable(row.getString("value")).orElse(""),
                Arrays.stream(row.getArrayOfStrings("dimensions")).sorted().toList(),
                MeterFilter.stored(row.getString("filter")),
                FieldMapping.NONE);
    }

    /** Those of the meters whose filter takes the event. */
    static List<Meter> accepting(List<Meter> meters, JsonNode data) {
        for (Meter meter : meters) {
            if (!meter.accepts(data)) {
                return meters.stream().filter(one -> one.accepts(data)).toList();
            }
        }
        return meters;
    }

    /** Whether its filter takes the event. */
    boolean accepts(JsonNode data) {
        return filter.accepts(data, mapping);
    }

    /** Whether it counts the event. */
    boolean counts(JsonNode data) {
        return accepts(data) && quantity(data).isPresent();
    }

    /** What an event that the filter takes counts; empty where it has no number there, or for unique no scalar. */
    Optional<BigDecimal> quantity(JsonNode data) {
        if (aggregation == Aggregation.COUNT) {
            return Optional.of(BigDecimal.ONE);
        }
        JsonNode node = mapping.read(data, value);
        if (aggregation == Aggregation.UNIQUE) {
            return node.isValueNode() && !node.isNull() ? Optional.of(BigDecimal.ONE) : Optional.empty();
        }
        return node.isNumber() ? Optional.of(node.decimalValue()) : Optional.empty();
    }

    /** Whether a quarter keeps each of its values. */
    boolean keepsValues() {
        return aggregation.keeps() == Aggregation.Keeps.VALUES;
    }

    /** The value that an event with a quantity has, as a quarter keeps it. */
    Addend.Sample sample(JsonNode data, Instant time) {
        JsonNode node = mapping.read(data, value);
        return new Addend.Sample(
                aggregation == Aggregation.WEIGHTED_SUM ? time : bucket(time),
                aggregation == Aggregation.UNIQUE ? distinct(node) : Decimals.text(node.decimalValue()));
    }

    /** The value's text, with its kind, so that "1" is not 1; of a long one its digest, since an index keeps it. Usage makes the same of an entry. */
    private static String distinct(JsonNode node) {
        String text = node.isString()
                ? "\"" + node.stringValue()
                : node.isNumber() ? Decimals.text(node.decimalValue()) : node.asString();
        return text.getBytes(StandardCharsets.UTF_8).length <= LONGEST_VALUE
                ? text
                : "digest:" + EventKeys.digest(text);
    }

    /** This meter, as it reads events whose values lie where the mapping says. */
    Meter through(FieldMapping where) {
        return new Meter(key, version, revision, eventType, aggregation, value, dimensions, filter, where);
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
