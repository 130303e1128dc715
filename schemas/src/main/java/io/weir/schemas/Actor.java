package io.weir.schemas;

import org.jspecify.annotations.Nullable;

/**
 * Who does something, as the audit trail keeps it.
 *
 * @param principal the person or service
 * @param credential id of the key or token, without its secret
 * @param correlation the id that the request is followed by
 * @param system the system that the credential speaks for; null where it speaks for none
 * @param originId the caller's own id of what made it act; null where it gave none
 */
public record Actor(
        String principal,
        String credential,
        String correlation,
        @Nullable String system,
        @Nullable String originId) {
    /** One that speaks for no system. */
    public Actor(String principal, String credential, String correlation) {
        this(principal, credential, correlation, null, null);
    }

    /** The same, made to act by that. */
    public Actor from(@Nullable String origin) {
        return new Actor(principal, credential, correlation, system, origin);
    }

    /** Weir itself: what is done at a start, without a caller. */
    public static final Actor WEIR = new Actor("weir", "start", "start");
}
