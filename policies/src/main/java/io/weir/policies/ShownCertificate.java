package io.weir.policies;

import io.vertx.core.http.HttpServerRequest;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A client's certificate as it was shown in the TLS handshake, where its chain was checked against the authorities.
 *
 * @param fingerprint SHA-256 of its DER, in hexadecimal
 * @param subject its subject's distinguished name (RFC 2253)
 * @param issuer its issuer's
 */
record ShownCertificate(String fingerprint, String subject, String issuer, Instant notBefore, Instant notAfter) {
    private static final String KEPT = "io.weir.certificate";

    /** The certificate of the request's connection; null where none was shown. */
    static @Nullable ShownCertificate of(HttpServerRequest request) {
        SSLSession session = request.isSSL() ? request.connection().sslSession() : null;
        if (session == null) {
            return null;
        }
        if (session.getValue(KEPT) instanceof ShownCertificate known) {
            return known;
        }
        try {
            ShownCertificate shown = of((X509Certificate) session.getPeerCertificates()[0]);
            session.putValue(KEPT, shown);
            return shown;
        } catch (SSLPeerUnverifiedException e) {
            return null;
        }
    }

    static ShownCertificate of(X509Certificate certificate) {
        try {
            return new ShownCertificate(
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded())),
                    certificate.getSubjectX500Principal().getName(X500Principal.RFC2253),
                    certificate.getIssuerX500Principal().getName(X500Principal.RFC2253),
                    certificate.getNotBefore().toInstant(),
                    certificate.getNotAfter().toInstant());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("a certificate that was parsed has an encoding", e);
        }
    }

    /** The fingerprint as a token names it ({@code x5t#S256}, RFC 8705). */
    String thumbprint() {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(HexFormat.of().parseHex(fingerprint));
    }
}
