package io.weir.policies;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A client certificate and who shows it: either one certificate, by its fingerprint, or whatever an authority gives a subject.
 *
 * @param fingerprint SHA-256 of the certificate's DER, in hexadecimal
 * @param subject distinguished name (RFC 2253)
 * @param issuer distinguished name of the authority
 * @param notBefore from when on it passes; null for no other bound than the certificate's own
 * @param createdAt null before it is stored
 * @param revokedAt null while it passes
 * @param revision 0 before it is stored
 */
public record ClientCertificate(
        String name,
        @Nullable String fingerprint,
        @Nullable String subject,
        @Nullable String issuer,
        String principal,
        List<String> scopes,
        String tier,
        @Nullable Instant notBefore,
        @Nullable Instant notAfter,
        @Nullable Instant createdAt,
        @Nullable Instant revokedAt,
        long revision) {
    /** Whether it says the same as the other one. */
    boolean says(ClientCertificate other) {
        return new ClientCertificate(
                        name,
                        fingerprint,
                        subject,
                        issuer,
                        principal,
                        scopes,
                        tier,
                        notBefore,
                        notAfter,
                        other.createdAt,
                        other.revokedAt,
                        other.revision)
                .equals(other);
    }
}
