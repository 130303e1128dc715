package io.weir.gateway;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.ServerSSLOptions;
import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS of the front door, without a restart when its files change. What is in use is in memory only: a file that is
 * missing, half written or wrong changes nothing but {@code degraded}, and is looked at again until it is right. Connections
 * that are open go on with what they were opened with.
 */
final class FrontDoorTls {
    private static final Logger LOG = LoggerFactory.getLogger(FrontDoorTls.class);

    private final WeirSettings.Tls settings;
    private final InstantSource clock;
    private final Health health;
    private final Health.Dependency part;
    private final Counter reloaded;
    private final Counter refused;
    private final List<HttpServer> servers = new CopyOnWriteArrayList<>();
    private @Nullable Refused lastRefused;
    private volatile @Nullable InUse inUse;

    private record InUse(TlsMaterial material, Instant endsAt) {}

    private record Refused(@Nullable TlsMaterial material, String reason) {}

    private FrontDoorTls(WeirSettings.Tls settings, InstantSource clock, Health health, MeterRegistry meters) {
        this.settings = settings;
        this.clock = clock;
        this.health = health;
        this.part = health.part("certificate");
        this.reloaded = meters.counter("weir.tls.reloads", "outcome", "reloaded");
        this.refused = meters.counter("weir.tls.reloads", "outcome", "refused");
        Gauge.builder("weir.tls.certificate.remaining", this, FrontDoorTls::remainingSeconds)
                .baseUnit("seconds")
                .register(meters);
    }

    /**
     * TLS with what the files hold now; null where the settings say that there is none. Blocks.
     *
     * @throws StartFailure where the files cannot be used
     */
    static @Nullable FrontDoorTls load(
            Vertx vertx, WeirSettings.Tls settings, InstantSource clock, Health health, MeterRegistry meters) {
        if (!settings.enabled()) {
            return null;
        }
        FrontDoorTls tls = new FrontDoorTls(settings, clock, health, meters);
        try {
            TlsMaterial material = TlsMaterial.read(settings);
            tls.use(material, material.check(vertx));
            return tls;
        } catch (IOException | GeneralSecurityException e) {
            throw new StartFailure("http.tls: " + reason(e), e);
        }
    }

    /** A server's options, with TLS. */
    HttpServerOptions on(HttpServerOptions options) {
        return Objects.requireNonNull(inUse).material.on(options, settings);
    }

    /** A server that is told when the certificate changes. */
    void serving(HttpServer server) {
        servers.add(server);
    }

    int pollMillis() {
        return settings.pollMillis();
    }

    /** Looks at the files, and takes what is new in them; never fails. */
    Future<Void> look(Vertx vertx) {
        return vertx.executeBlocking(() -> changed(vertx), true)
                .compose(found -> found == null ? Future.<Void>succeededFuture() : take(found))
                .otherwise(failure -> {
                    refuse(null, failure);
                    return null;
                });
    }

    private record Found(TlsMaterial material, X509Certificate certificate) {}

    /** What stands in the files, if it is new and good; never asked for twice at once. */
    private @Nullable Found changed(Vertx vertx) {
        TlsMaterial now = null;
        try {
            now = TlsMaterial.read(settings);
            InUse used = Objects.requireNonNull(inUse);
            if (now.equals(used.material)) {
                lastRefused = null;
                judge(used.endsAt);
                return null;
            }
            X509Certificate certificate = now.check(vertx);
            if (!clock.instant().isBefore(certificate.getNotAfter().toInstant())) {
                throw new GeneralSecurityException(
                        "the certificate ended at " + certificate.getNotAfter().toInstant());
            }
            if (clock.instant().isBefore(certificate.getNotBefore().toInstant())) {
                throw new GeneralSecurityException("the certificate begins at "
                        + certificate.getNotBefore().toInstant());
            }
            return new Found(now, certificate);
        } catch (IOException | GeneralSecurityException e) {
            refuse(now, e);
            return null;
        }
    }

    private Future<Void> take(Found found) {
        ServerSSLOptions options =
                found.material.on(new HttpServerOptions(), settings).getSslOptions();
        // All instances share one listening socket, so the first one's update is everybody's; the rest are no-ops.
        return Future.all(servers.stream()
                        .map(server -> server.updateSSLOptions(options))
                        .toList())
                .onSuccess(done -> {
                    use(found.material, found.certificate);
                    reloaded.increment();
                    LOG.info("tls.reloaded serial={} ends={}", found.certificate.getSerialNumber(), endsAt());
                })
                .mapEmpty();
    }

    private void use(TlsMaterial material, X509Certificate certificate) {
        inUse = new InUse(material, certificate.getNotAfter().toInstant());
        judge(endsAt());
    }

    private Instant endsAt() {
        return Objects.requireNonNull(inUse).endsAt;
    }

    private void judge(Instant endsAt) {
        if (Duration.between(clock.instant(), endsAt).toDays() < settings.warnDays()) {
            health.lost(part);
        } else {
            health.answered(part);
        }
    }

    private void refuse(@Nullable TlsMaterial material, Throwable failure) {
        health.lost(part);
        Refused now = new Refused(material, reason(failure));
        if (!now.equals(lastRefused)) {
            lastRefused = now;
            refused.increment();
            LOG.warn("tls.refused reason={}", now.reason);
        }
    }

    private static String reason(Throwable failure) {
        return failure instanceof IOException
                ? "cannot read a file: " + failure.getMessage()
                : String.valueOf(failure.getMessage());
    }

    private double remainingSeconds() {
        return Duration.between(clock.instant(), endsAt()).toSeconds();
    }
}
