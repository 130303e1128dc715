package io.weir.policies;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;

/**
 * An API key as it is shown, once: {@code weir_<environment>_<id>_<secret>}.
 *
 * @param id names the key; not secret
 * @param secret 256 random bits; only its SHA-256 is kept (a hash made for passwords would add nothing to such a secret)
 */
public record ApiKey(String environment, String id, String secret) {
    private static final int SECRET_BYTES = 32;
    private static final int ID_BYTES = 9;
    private static final int LONGEST = 200;
    /** Cloned for each use: asking the platform for one takes as long as the digest. */
    private static final MessageDigest SHA_256 = sha256();

    private static final SecureRandom RANDOM = new SecureRandom();

    /** A new key. */
    public static ApiKey create(String environment) {
        return new ApiKey(environment, letters(ID_BYTES), letters(SECRET_BYTES));
    }

    /** The key that the text is; empty where it has not a key's form. */
    public static Optional<ApiKey> parse(String text) {
        if (text.length() > LONGEST || !text.startsWith("weir_")) {
            return Optional.empty();
        }
        int second = text.indexOf('_', 5);
        int third = second < 0 ? -1 : text.indexOf('_', second + 1);
        if (third < 0 || third + 1 == text.length() || !named(text, 5, second) || !named(text, second + 1, third)) {
            return Optional.empty();
        }
        return Optional.of(
                new ApiKey(text.substring(5, second), text.substring(second + 1, third), text.substring(third + 1)));
    }

    private static boolean named(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))) {
                return false;
            }
        }
        return from < to;
    }

    /** The key's text. */
    public String text() {
        return "weir_" + environment + "_" + id + "_" + secret;
    }

    /** What is kept of the secret. */
    public byte[] secretHash() {
        try {
            MessageDigest digest = (MessageDigest) SHA_256.clone();
            return digest.digest(secret.getBytes(StandardCharsets.UTF_8));
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the platform's own digests can be cloned", e);
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "weir_" + environment + "_" + id + "_***";
    }

    private static String letters(int bytes) {
        byte[] random = new byte[bytes];
        RANDOM.nextBytes(random);
        // A key's parts are divided by underscores: base64url's own is replaced; the loss of entropy is under 1 %.
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(random)
                .replace('_', 'A')
                .replace('-', 'B');
    }
}
