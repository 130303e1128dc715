package io.weir.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.weir.policies.Call;
import io.weir.policies.Idempotency;
import io.weir.policies.Idempotency.Answered;
import io.weir.policies.Idempotency.Claim;
import io.weir.policies.Idempotency.Kept;
import io.weir.policies.Idempotency.Mine;
import io.weir.policies.Idempotency.Unkeyed;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.AdmissionSettings;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a command once for each Idempotency-Key, and answers its repetitions with what the first was answered.
 *
 * <p>An answer that must not be stored ({@code Cache-Control: no-store}: a secret that is told once) is kept without its body;
 * its repetition is 409, so that the secret is nowhere but with who asked first.
 */
final class OncePerKey {
    private static final Logger LOG = LoggerFactory.getLogger(OncePerKey.class);
    private static final CharSequence REPLAYED = HttpHeaders.createOptimized("Idempotency-Replayed");
    private static final int FAILED = 500;

    private enum Outcome {
        FIRST,
        AGAIN,
        REPLAYED,
        REFUSED
    }

    private final Idempotency idempotency;
    private final int maxAnswerBytes;
    private final Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);

    OncePerKey(Idempotency idempotency, AdmissionSettings.Idempotency settings, MeterRegistry meters) {
        this.idempotency = idempotency;
        this.maxAnswerBytes = settings.maxAnswerBytes();
        for (Outcome outcome : Outcome.values()) {
            counters.put(
                    outcome,
                    Counter.builder("weir.idempotency.commands")
                            .description("Commands with an Idempotency-Key")
                            .tag("outcome", outcome.name().toLowerCase(Locale.ROOT))
                            .register(meters));
        }
    }

    /** The command, run once for each key. */
    Function<Call, Future<Answer>> of(Function<Call, Future<Answer>> command) {
        return call -> idempotency
                .claim(call)
                .onFailure(refused -> count(Outcome.REFUSED))
                .compose(claim -> act(claim, call, command));
    }

    private Future<Answer> act(Claim claim, Call call, Function<Call, Future<Answer>> command) {
        return switch (claim) {
            case Unkeyed none -> command.apply(call);
            case Answered answered -> {
                count(Outcome.REPLAYED);
                yield replay(answered.answer());
            }
            case Mine mine -> {
                count(mine.again() ? Outcome.AGAIN : Outcome.FIRST);
                yield Future.succeededFuture(call)
                        .compose(command)
                        .recover(failure -> problem(call, failure))
                        .compose(
                                answer -> keep(mine, answer),
                                failure -> idempotency.release(mine).transform(done -> Future.failedFuture(failure)));
            }
        };
    }

    /** A refusal is an answer like any other; what failed is none. */
    private static Future<Answer> problem(Call call, Throwable failure) {
        if (failure instanceof RefusedException refused) {
            Answer answer = Problems.of(refused.refusal(), call.request().path(), call.correlation());
            if (answer.status() < FAILED) {
                return Future.succeededFuture(answer);
            }
        }
        return Future.failedFuture(failure);
    }

    /** An answer that could not be kept is given all the same: the command was run. */
    private Future<Answer> keep(Mine mine, Answer answer) {
        boolean bodied = !"no-store".equals(String.valueOf(answer.headers().get(HttpHeaders.CACHE_CONTROL)))
                && answer.body().length() <= maxAnswerBytes;
        Kept kept = new Kept(
                answer.status(),
                answer.headers().keySet().stream().map(CharSequence::toString).toArray(String[]::new),
                answer.headers().values().stream().map(CharSequence::toString).toArray(String[]::new),
                answer.contentType().toString(),
                bodied ? answer.body() : null);
        return idempotency
                .finish(mine, kept)
                .onFailure(failure -> LOG.warn("idempotency.not_kept failure={}", failure.toString()))
                .transform(done -> Future.succeededFuture(answer));
    }

    private static Future<Answer> replay(Kept kept) {
        Buffer body = kept.body();
        if (body == null) {
            return Future.failedFuture(new RefusedException(new Refusal.Conflict(
                    "answer-not-kept",
                    "the command was run and answered " + kept.status()
                            + "; that answer held a secret, or was too large, and is not told again")));
        }
        Map<CharSequence, CharSequence> headers = new LinkedHashMap<>();
        for (int i = 0; i < kept.headerNames().length; i++) {
            headers.put(kept.headerNames()[i], kept.headerValues()[i]);
        }
        headers.put(REPLAYED, "true");
        return Future.succeededFuture(new Answer(kept.status(), headers, kept.contentType(), body));
    }

    private void count(Outcome outcome) {
        Objects.requireNonNull(counters.get(outcome)).increment();
    }
}
