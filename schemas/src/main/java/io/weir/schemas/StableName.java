package io.weir.schemas;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Letters that stand for what is named and for nothing else: the same parts give the same letters wherever they are
 * computed. Of 0-9 and A-Z (without I, L, O and U), which every ERP can keep and search for; five bits a letter.
 */
public final class StableName {
    private static final String ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private static final String SEPARATOR = "\u001f";
    private static final int BITS = 5;

    private StableName() {}

    /** So many letters of the digest of the parts, none of which holds a control character. */
    public static String of(int letters, String... parts) {
        byte[] digest = sha256(String.join(SEPARATOR, parts).getBytes(StandardCharsets.UTF_8));
        StringBuilder name = new StringBuilder(letters);
        for (int bit = 0; name.length() < letters; bit += BITS) {
            int pair = (digest[bit / 8] & 0xff) << 8 | digest[bit / 8 + 1] & 0xff;
            name.append(ALPHABET.charAt(pair >> (16 - BITS - bit % 8) & 31));
        }
        return name.toString();
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
