package io.weir.schemas;

import java.nio.ByteBuffer;

/**
 * The form of a usage event in the log: the key orders a subject's events, the value is the CloudEvent's JSON as it was
 * sent, the headers are what the front door knew. The record's timestamp is the broker's append time, never the event's.
 */
public final class UsageLog {
    /** Separates tenant and subject in a record's key: U+001F, which no id may hold. */
    public static final char SEPARATOR = '\u001f';
    /** Header: when the front door had the event, microseconds since the epoch, 8 bytes. */
    public static final String RECEIVED = "weir-received";
    /** Header: the correlation id, ASCII. */
    public static final String CORRELATION = "weir-correlation";
    /** Header: the schema version that the data was checked against, 4 bytes. */
    public static final String SCHEMA = "weir-schema";
    /** Header: who waits for the recording: 8 bytes token, 4 bytes index, then the node's address in ASCII. */
    public static final String REPLY = "weir-reply";

    private UsageLog() {}

    /** A record's key. */
    public static String key(TenantId tenant, String subject) {
        return tenant.value() + SEPARATOR + subject;
    }

    /** Eight bytes of a number. */
    public static byte[] bytes(long value) {
        return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
    }

    /** Four bytes of a number. */
    public static byte[] bytes(int value) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    }
}
