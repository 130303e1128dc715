package io.weir.schemas;

/**
 * Who does something, as the audit trail keeps it.
 *
 * @param principal the person or service
 * @param credential id of the key or token, without its secret
 * @param correlation the id that the request is followed by
 */
public record Actor(String principal, String credential, String correlation) {
    /** Weir itself: what is done at a start, without a caller. */
    public static final Actor WEIR = new Actor("weir", "start", "start");
}
