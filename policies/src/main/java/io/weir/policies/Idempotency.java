package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.AdmissionSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Commands that are sent with an {@code Idempotency-Key} (draft-ietf-httpapi-idempotency-key-header) run once and are answered
 * as often as they are asked.
 *
 * <p>A row is committed before the command runs: that is the claim, with a fence and the node's name. The answer is written into
 * it afterwards, under the same fence. Which crash is this for? One between the act and the kept answer: then the row stays
 * without an answer, its outcome is not known, and no answer is made up. Once its claim runs out ({@code
 * idempotency.claimMillis}; at once when its node starts again) the same request claims it anew and runs the command again, whose
 * own rules decide what that means: a billing run charges only what was not charged, a decision or a retry finds the state
 * changed and says so. Such an answer does not say that it is a repetition. What fails (5xx) gives its claim back.
 *
 * <p>Bounded: a claim in time, an answer by {@code idempotency.maxAnswerBytes}, rows by {@code idempotency.keepHours}.
 */
public final class Idempotency {
    private static final String HEADER = "Idempotency-Key";
    private static final int LONGEST = 255;

    private final Pool pool;
    private final AdmissionSettings.Idempotency settings;
    private final String node;
    private final InstantSource clock;

    /** @param node the node's lasting name */
    public Idempotency(Pool pool, AdmissionSettings.Idempotency settings, String node, InstantSource clock) {
        this.pool = pool;
        this.settings = settings;
        this.node = node;
        this.clock = clock;
    }

    /** A key as it is claimed: of one principal, for one request. */
    record Key(String tenant, String principal, String key, Buffer digest) {}

    /**
     * An answer as it is kept.
     *
     * @param body null where it is not kept: a secret, or too large
     */
    @SuppressWarnings("ArrayRecordComponent") // as the driver takes them; never compared
    public record Kept(
            int status,
            String[] headerNames,
            String[] headerValues,
            String contentType,
            @Nullable Buffer body) {}

    /** What a request with a key may do. */
    public sealed interface Claim {}

    /** It has no key: it runs, and nothing is kept. */
    public record Unkeyed() implements Claim {}

    /**
     * It runs the command, and tells what became of it.
     *
     * @param again whether a run before it ended without an answer
     */
    public record Mine(Key key, long fence, boolean again) implements Claim {}

    /** It was answered before. */
    public record Answered(Kept answer) implements Claim {}

    /** Claims the key of a call, or refuses: malformed, for another request, or still running. */
    public Future<Claim> claim(Call call) {
        List<String> given = call.request().headers().getAll(HEADER);
        if (given.isEmpty()) {
            return Future.succeededFuture(new Unkeyed());
        }
        Optional<String> text = given.size() == 1 ? read(given.getFirst()) : Optional.empty();
        if (text.isEmpty()) {
            return refused(new Refusal.MalformedHeader(
                    HEADER, "must stand once, with 1-255 printable ASCII characters, in quotes or bare"));
        }
        Key key = new Key(
                call.caller().tenant().value(), call.caller().principal(), text.get(), Buffer.buffer(digest(call)));
        Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        return IdempotencyTable.claim(
                        pool,
                        key,
                        node,
                        now,
                        now.plusMillis(settings.claimMillis()),
                        now.minus(Duration.ofHours(settings.keepHours())))
                .compose(fence -> fence.isPresent()
                        ? Future.succeededFuture(new Mine(key, fence.get(), fence.get() > 1))
                        : standing(key, now));
    }

    private Future<Claim> standing(Key key, Instant now) {
        return IdempotencyTable.find(pool, key).compose(found -> {
            if (found.isEmpty()) {
                return refused(new Refusal.StillRunning(1)); // Given back just now: the next request has it.
            }
            IdempotencyTable.Standing standing = found.get();
            if (!standing.digest().equals(key.digest())) {
                return refused(new Refusal.KeyReused(key.key()));
            }
            Kept answer = standing.answer();
            if (answer != null) {
                return Future.succeededFuture(new Answered(answer));
            }
            long seconds = Duration.between(now, standing.claimedUntil()).toSeconds();
            return refused(new Refusal.StillRunning((int) Math.clamp(seconds, 1, settings.retryAfterSeconds())));
        });
    }

    /** Keeps the answer of a command that was run. */
    public Future<Void> finish(Mine claim, Kept answer) {
        return IdempotencyTable.finish(pool, claim.key(), claim.fence(), answer);
    }

    /** Gives the key back, since the command failed: the same request may run it again. */
    public Future<Void> release(Mine claim) {
        return IdempotencyTable.release(pool, claim.key(), claim.fence());
    }

    /** Ends the claims that this node held before it was started again; to be called before it serves. */
    public Future<Integer> abandon() {
        return IdempotencyTable.abandon(pool, node, clock.instant());
    }

    /** Deletes one batch of answers past their keeping; answers how many. */
    public Future<Integer> forget() {
        Instant before = clock.instant().minus(Duration.ofHours(settings.keepHours()));
        return IdempotencyTable.forget(pool, before, settings.deleteBatch());
    }

    /** A string of structured fields (RFC 9651), or the bare text; empty where it is neither. */
    static Optional<String> read(String header) {
        String text = header.strip();
        boolean quoted = text.startsWith("\"");
        if (quoted && (text.length() < 2 || !text.endsWith("\""))) {
            return Optional.empty();
        }
        String inner = quoted ? text.substring(1, text.length() - 1) : text;
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < inner.length(); i++) {
            char c = inner.charAt(i);
            if (quoted && c == '\\' && ++i < inner.length() && "\"\\".indexOf(inner.charAt(i)) >= 0) {
                plain.append(inner.charAt(i));
            } else if (c < ' ' || c > '~' || quoted && (c == '"' || c == '\\')) {
                return Optional.empty();
            } else {
                plain.append(c);
            }
        }
        return plain.isEmpty() || plain.length() > LONGEST ? Optional.empty() : Optional.of(plain.toString());
    }

    private static byte[] digest(Call call) {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            String head = call.request().method().name() + "\n" + call.request().uri() + "\n";
            sha.update(head.getBytes(StandardCharsets.UTF_8));
            Buffer body = call.body();
            return body == null ? sha.digest() : sha.digest(body.getBytes());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static <T> Future<T> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
