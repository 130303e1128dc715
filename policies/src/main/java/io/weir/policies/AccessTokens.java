package io.weir.policies;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Caller;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.Scope;
import io.weir.settings.AdmissionSettings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Access tokens (JWT) of trusted issuers, and whose they are.
 *
 * <p>A token's signature is checked once, on a thread of its own: 50-300 us of computing that anybody can ask for must not stand
 * before the calls of an event loop. What came of it is remembered by the token's SHA-256, bounded, until the token expires.
 * With every call the token's time, its key (a key that the issuer withdrew signs no more) and its holder are looked at again.
 */
public final class AccessTokens {
    private final AdmissionSettings.Jwt settings;
    private final InstantSource clock;
    private final Map<String, Trusted> issuers = new HashMap<>();
    private final Remembered<TokenTable.Subject, TokenTable.Holder> subjects;
    private final AsyncCache<ByteBuffer, Verdict> verdicts;
    private final WorkerExecutor workers;
    private final AtomicInteger waiting;
    private final Duration wrongRemembered;
    private final Counter checked;
    private final Counter refused;

    /** An issuer that is trusted, its rules and keys. */
    private record Trusted(AdmissionSettings.Issuer settings, TokenRules rules, IssuerKeys keys) {}

    /** What came of a token's check. */
    private sealed interface Verdict {
        /** Its signature is good. */
        record Good(Trusted issuer, IssuerKey key, TokenRules.Claims claims, TokenTable.Subject of)
                implements Verdict {}

        /** It does not pass; remembered for so long, so that a wrong signature is not checked again and again. */
        record Bad(RefusedException why, Duration remembered) implements Verdict {}
    }

    /**
     * Tokens of the issuers in the settings.
     *
     * @param http asks issuers for their keys
     * @param signals made for each issuer, by its name in the settings
     */
    public AccessTokens(
            Vertx vertx,
            Pool pool,
            HttpClient http,
            AdmissionSettings.Jwt settings,
            AdmissionSettings.Keys keys,
            InstantSource clock,
            MeterRegistry meters,
            Function<String, IssuerSignals> signals) {
        this.settings = settings;
        this.clock = clock;
        this.subjects = new Remembered<>(keys, subject -> TokenTable.find(pool, subject));
        this.workers = vertx.createSharedWorkerExecutor("weir-tokens", settings.workers());
        this.waiting = Objects.requireNonNull(meters.gauge("weir.jwt.waiting", new AtomicInteger()));
        this.wrongRemembered = Duration.ofSeconds(keys.unknownSeconds());
        this.checked = meters.counter("weir.jwt.tokens", "outcome", "checked");
        this.refused = meters.counter("weir.jwt.tokens", "outcome", "refused");
        this.verdicts = Caffeine.newBuilder()
                .maximumSize(settings.cacheSize())
                .executor(Runnable::run)
                .expireAfter(Expiry.<ByteBuffer, Verdict>writing((hash, verdict) -> switch (verdict) {
                    case Verdict.Good good -> Duration.between(clock.instant(), good.claims.until());
                    case Verdict.Bad bad -> bad.remembered;
                }))
                .buildAsync();
        IssuerKeys.Times times = new IssuerKeys.Times(
                Duration.ofSeconds(settings.refreshSeconds()),
                Duration.ofSeconds(settings.minFetchSeconds()),
                Duration.ofSeconds(settings.keepSeconds()));
        settings.issuers().forEach((name, issuer) -> {
            KeySource source = new KeySource(http, settings, issuer);
            Trusted trusted = new Trusted(
                    issuer,
                    new TokenRules(issuer, Duration.ofSeconds(settings.clockSkewSeconds())),
                    new IssuerKeys(name, source::fetch, times, System::nanoTime, signals.apply(name)));
            issuers.put(issuer.issuer(), trusted);
        });
    }

    /** Begins to follow the change feed, and to fetch the issuers' keys. */
    public void follow(Vertx vertx, EventBus bus) {
        subjects.follow(bus);
        for (Trusted issuer : issuers.values()) {
            issuer.keys.tick();
            vertx.setPeriodic(TimeUnit.SECONDS.toMillis(settings.minFetchSeconds()), due -> issuer.keys.tick());
        }
    }

    /** Whose token it is; refused where it is none that passes. */
    Future<Caller> caller(HttpServerRequest request, String token) {
        if (issuers.isEmpty()) {
            return refusal("no issuer of tokens is trusted here");
        }
        if (token.length() > settings.maxTokenBytes()) {
            return refusal("the token has more than " + settings.maxTokenBytes() + " bytes");
        }
        ByteBuffer hash = hash(token);
        CompletableFuture<Verdict> known = verdicts.getIfPresent(hash);
        if (known != null && known.isDone() && !known.isCompletedExceptionally()) {
            return admit(request, known.join());
        }
        try {
            Read read = read(token);
            CompletableFuture<Verdict> made = verdicts.get(
                    hash, (key, executor) -> verdict(read).toCompletionStage().toCompletableFuture());
            return Future.fromCompletionStage(made, Vertx.currentContext()).compose(verdict -> admit(request, verdict));
        } catch (RefusedException e) {
            refused.increment();
            return Future.failedFuture(e);
        }
    }

    private Future<Caller> admit(HttpServerRequest request, Verdict verdict) {
        return switch (verdict) {
            case Verdict.Bad bad -> Future.failedFuture(bad.why);
            case Verdict.Good good -> admit(request, good);
        };
    }

    private Future<Caller> admit(HttpServerRequest request, Verdict.Good token) {
        if (!token.issuer.keys.known()) {
            return Future.failedFuture(
                    new RefusedException(new Refusal.Unavailable("the token's issuer cannot be reached", 5)));
        }
        if (!clock.instant().isBefore(token.claims.until())) {
            return refusal("the token has expired");
        }
        if (!token.issuer.keys.holds(token.key)) {
            return refusal("the token's key is not known");
        }
        String bound = token.claims.certificate();
        if (bound != null && !shows(request, bound)) {
            return refusal("the token is bound to another client certificate");
        }
        Future<Optional<TokenTable.Holder>> holder = subjects.get(token.of);
        return holder.succeeded()
                ? with(holder.result(), token.claims.scopes())
                : holder.compose(found -> with(found, token.claims.scopes()));
    }

    private static boolean shows(HttpServerRequest request, String thumbprint) {
        ShownCertificate shown = ShownCertificate.of(request);
        return shown != null && shown.thumbprint().equals(thumbprint);
    }

    private static Future<Caller> with(Optional<TokenTable.Holder> holder, Set<Scope> scopes) {
        return holder.isEmpty()
                ? refusal("the token's tenant is not known")
                : Future.succeededFuture(holder.get().with(scopes));
    }

    /** A token that says the right things, its signature not looked at yet. */
    private record Read(Trusted issuer, SignedJWT token, TokenRules.Claims claims) {}

    /** Reads a token; what is wrong in it but its signature is found here, at little cost, and not remembered. */
    private Read read(String text) {
        SignedJWT token = TokenRules.parsed(text);
        JWTClaimsSet claims = TokenRules.claims(token);
        Trusted issuer = claims.getIssuer() == null ? null : issuers.get(claims.getIssuer());
        if (issuer == null) {
            throw TokenRules.refused("the token's issuer is not trusted");
        }
        return new Read(issuer, token, issuer.rules.check(token, claims, clock.instant()));
    }

    private Future<Verdict> verdict(Read read) {
        return read.issuer
                .keys
                .key(read.token.getHeader().getKeyID())
                .compose(key -> signed(read, key))
                .onSuccess(made -> (made instanceof Verdict.Good ? checked : refused).increment());
    }

    private Future<Verdict> signed(Read read, @Nullable IssuerKey key) {
        if (key == null) {
            return read.issuer.keys.known()
                    ? bad("the token's key is not known", Duration.ZERO)
                    : unavailable("the token's issuer cannot be reached");
        }
        if (!key.fits(read.token.getHeader().getAlgorithm())) {
            return bad("the token's algorithm is not its key's", Duration.ZERO);
        }
        if (waiting.incrementAndGet() > settings.maxWaiting()) {
            waiting.decrementAndGet();
            return unavailable("too many tokens are being checked");
        }
        TokenTable.Subject of = new TokenTable.Subject(
                read.claims.tenant(),
                read.issuer.settings.issuer(),
                read.claims.subject(),
                read.issuer.settings.tier());
        return workers.executeBlocking(() -> verify(read.token, key), false)
                .onComplete(done -> waiting.decrementAndGet())
                .compose(good -> good
                        ? Future.succeededFuture(new Verdict.Good(read.issuer, key, read.claims, of))
                        : bad("the token's signature is wrong", wrongRemembered));
    }

    private static boolean verify(SignedJWT token, IssuerKey key) {
        try {
            return token.verify(key.verifier());
        } catch (JOSEException | IllegalStateException e) {
            return false;
        }
    }

    private static Future<Verdict> bad(String detail, Duration remembered) {
        return Future.succeededFuture(new Verdict.Bad(TokenRules.refused(detail), remembered));
    }

    private static Future<Verdict> unavailable(String detail) {
        RefusedException why = new RefusedException(new Refusal.Unavailable(detail, 5));
        return Future.succeededFuture(new Verdict.Bad(why, Duration.ZERO));
    }

    private static Future<Caller> refusal(String detail) {
        return Future.failedFuture(TokenRules.refused(detail));
    }

    private static ByteBuffer hash(String token) {
        try {
            return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
