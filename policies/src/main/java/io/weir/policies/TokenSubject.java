package io.weir.policies;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which principal a subject of a token issuer is, so that a person is one principal by key and by token.
 *
 * @param createdAt null before it is stored
 * @param revision 0 before it is stored
 */
public record TokenSubject(
        String name,
        String issuer,
        String subject,
        String principal,
        @Nullable Instant createdAt,
        long revision) {
    /** Whether it says the same as the other one. */
    boolean says(TokenSubject other) {
        return issuer.equals(other.issuer) && subject.equals(other.subject) && principal.equals(other.principal);
    }
}
