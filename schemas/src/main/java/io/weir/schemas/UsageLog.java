package io.weir.schemas;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The form of a usage event in the log: the key orders a subject's events, the value is the CloudEvent's JSON as it was sent
 * (the structured mode of CloudEvents' Kafka binding), one header is what the front door knew. The record's timestamp is the
 * broker's append time, never the event's.
 */
public final class UsageLog {
    /** Separates tenant and subject in a record's key: U+001F, which no id may hold. */
    public static final char SEPARATOR = '\u001f';
    /** The header: a {@link Context}. One, small and with a short name: it is written with each record. */
    public static final String CONTEXT = "weir";

    private static final long MILLION = 1_000_000L;
    /** The end of the year 9999: what lies behind it, or before 1970, was not received then. */
    private static final long LATEST_MICROS = 253_402_300_799_999_999L;

    private static final int CORRELATION = 16;
    private static final int FIXED = Long.BYTES + Integer.BYTES + CORRELATION;
    private static final int REPLY_FIXED = FIXED + Long.BYTES + Integer.BYTES;

    private UsageLog() {}

    /** A record's key. */
    public static String key(TenantId tenant, String subject) {
        return tenant.value() + SEPARATOR + subject;
    }

    /**
     * Who waits for the recording.
     *
     * @param node the waiting node
     * @param token the waiting request
     * @param index the event's place in it
     */
    public record Reply(String node, long token, int index) {}

    /**
     * What the front door knew of an event.
     *
     * @param received when it had the event; kept to the microsecond
     * @param schemaVersion the schema version that its data was checked against
     * @param correlation the id that it is followed by: 32 lower-case hexadecimal digits
     * @param reply who waits for its recording
     */
    public record Context(Instant received, int schemaVersion, String correlation, Optional<Reply> reply) {
        /**
         * As it travels: received (8 bytes), schema version (4), correlation (16), and where somebody waits: token (8), index (4),
         * node (ASCII).
         */
        public byte[] encode() {
            byte[] node = reply.map(waiting -> waiting.node.getBytes(StandardCharsets.US_ASCII))
                    .orElse(new byte[0]);
            ByteBuffer out = ByteBuffer.allocate(reply.isPresent() ? REPLY_FIXED + node.length : FIXED);
            out.putLong(received.getEpochSecond() * MILLION + received.getNano() / 1_000)
                    .putInt(schemaVersion)
                    .putLong(HexFormat.fromHexDigitsToLong(correlation, 0, Long.BYTES * 2))
                    .putLong(HexFormat.fromHexDigitsToLong(correlation, Long.BYTES * 2, CORRELATION * 2));
            reply.ifPresent(
                    waiting -> out.putLong(waiting.token).putInt(waiting.index).put(node));
            return out.array();
        }

        /** From how it travelled; empty where the bytes are none. */
        public static Optional<Context> decode(byte[] bytes) {
            if (bytes.length < FIXED) {
                return Optional.empty();
            }
            ByteBuffer in = ByteBuffer.wrap(bytes);
            long micros = in.getLong();
            if (micros < 0 || micros > LATEST_MICROS) {
                return Optional.empty();
            }
            Instant received =
                    Instant.ofEpochSecond(Math.floorDiv(micros, MILLION), Math.floorMod(micros, MILLION) * 1_000);
            int schema = in.getInt();
            String correlation = HexFormat.of().formatHex(bytes, in.position(), in.position() + CORRELATION);
            Optional<Reply> reply = bytes.length <= REPLY_FIXED
                    ? Optional.empty()
                    : Optional.of(reply(
                            in.position(FIXED),
                            new String(bytes, REPLY_FIXED, bytes.length - REPLY_FIXED, StandardCharsets.US_ASCII)));
            return Optional.of(new Context(received, schema, correlation, reply));
        }

        private static Reply reply(ByteBuffer in, String node) {
            return new Reply(node, in.getLong(), in.getInt());
        }
    }
}
