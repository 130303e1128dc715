package io.weir.gateway;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.weir.policies.Call;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A document of this build, the same in every answer: whoever keeps it asks whether it still holds, and gets 304.
 *
 * @param etag strong, of the content
 */
record Kept(Buffer content, String mediaType, String etag) {
    Kept(Buffer content, String mediaType) {
        this(content, mediaType, "\"" + digest(content) + "\"");
    }

    Answer answer(Call call) {
        String known = call.request().getHeader(HttpHeaders.IF_NONE_MATCH);
        Answer answer = known != null && known.contains(etag)
                ? Answer.empty(304)
                : new Answer(200, java.util.Map.of(), mediaType, content);
        return answer.with(HttpHeaders.ETAG, etag).with(HttpHeaders.CACHE_CONTROL, "no-cache");
    }

    private static String digest(Buffer content) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(content.getBytes());
            return HexFormat.of().formatHex(digest, 0, 12);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
