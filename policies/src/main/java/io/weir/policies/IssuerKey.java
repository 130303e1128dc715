package io.weir.policies;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import java.util.Optional;

/**
 * A public key of an issuer, and what it may sign with.
 *
 * @param jwk as the issuer publishes it, without anything private
 */
record IssuerKey(JWK jwk, JWSVerifier verifier) {
    private static final int LEAST_BITS = 2_048;
    /** A larger one only costs time. */
    private static final int MOST_BITS = 8_192;

    private static final int LONGEST_ID = 256;

    /** The key, where it is one that signs, is strong enough, and has an id. */
    static Optional<IssuerKey> of(JWK jwk) {
        boolean signs = (jwk.getKeyUse() == null || jwk.getKeyUse().equals(KeyUse.SIGNATURE))
                && (jwk.getKeyOperations() == null || jwk.getKeyOperations().contains(KeyOperation.VERIFY));
        if (!signs || jwk.getKeyID() == null || jwk.getKeyID().length() > LONGEST_ID) {
            return Optional.empty();
        }
        try {
            return switch (jwk) {
                case RSAKey rsa
                when rsa.size() >= LEAST_BITS && rsa.size() <= MOST_BITS ->
                    Optional.of(new IssuerKey(rsa.toPublicJWK(), new RSASSAVerifier(rsa.toRSAPublicKey())));
                case ECKey ec -> Optional.of(new IssuerKey(ec.toPublicJWK(), new ECDSAVerifier(ec.toECPublicKey())));
                default -> Optional.empty();
            };
        } catch (JOSEException e) {
            return Optional.empty();
        }
    }

    String id() {
        return jwk.getKeyID();
    }

    /** Whether a signature of that algorithm can be this key's. */
    boolean fits(JWSAlgorithm algorithm) {
        return (jwk.getAlgorithm() == null || jwk.getAlgorithm().getName().equals(algorithm.getName()))
                && verifier.supportedJWSAlgorithms().contains(algorithm);
    }
}
