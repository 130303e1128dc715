package io.weir.settings;

import java.util.List;
import java.util.Map;

/** Settings of who may pass, and how much: credentials, limits, commands that come again, overload. */
public final class AdmissionSettings {
    private AdmissionSettings() {}

    public record Keys(
            String environment,
            int cacheSize,
            int unknownCacheSize,
            int cacheSeconds,
            int keepSeconds,
            int unknownSeconds,
            int maxLookups,
            int rotationOverlapSeconds,
            int maxRotationOverlapSeconds) {
        public Keys {
            Rules.check(
                    Rules.that(environment.matches("[a-z0-9]{1,16}"), "environment must be 1-16 of a-z and 0-9"),
                    Rules.range("maxLookups", maxLookups, 1, 100_000),
                    Rules.range("rotationOverlapSeconds", rotationOverlapSeconds, 0, maxRotationOverlapSeconds));
        }
    }

    public record Jwt(
            int clockSkewSeconds,
            int maxTokenBytes,
            int cacheSize,
            int workers,
            int maxWaiting,
            int refreshSeconds,
            int minFetchSeconds,
            int keepSeconds,
            int fetchTimeoutMillis,
            int maxFetchBytes,
            int maxKeys,
            Map<String, Issuer> issuers) {
        public Jwt {
            Rules.check(
                    Rules.range("clockSkewSeconds", clockSkewSeconds, 0, 300),
                    Rules.range("maxTokenBytes", maxTokenBytes, 256, 65_536),
                    Rules.range("workers", workers, 1, 64),
                    Rules.range("minFetchSeconds", minFetchSeconds, 1, 3_600),
                    Rules.that(refreshSeconds >= minFetchSeconds, "refreshSeconds must not be under minFetchSeconds"),
                    Rules.that(keepSeconds > refreshSeconds, "keepSeconds must be more than refreshSeconds"),
                    Rules.that(
                            issuers.values().stream()
                                            .map(Issuer::issuer)
                                            .distinct()
                                            .count()
                                    == issuers.size(),
                            "two of issuers have the same issuer"));
        }
    }

    public record Issuer(
            String issuer,
            String audience,
            String jwksUri,
            List<String> algorithms,
            String tenantClaim,
            String scopeClaim,
            List<String> tenants,
            String tier) {
        private static final List<String> ASYMMETRIC =
                List.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

        public Issuer {
            Rules.check(
                    Rules.that(
                            secure(issuer) && (jwksUri.isEmpty() || secure(jwksUri)),
                            "issuer and jwksUri must be https, or http on loopback"),
                    Rules.that(
                            !audience.isBlank(), "audience must be given: a token for somebody else is none for here"),
                    Rules.that(
                            !algorithms.isEmpty() && ASYMMETRIC.containsAll(algorithms),
                            "algorithms must be of " + String.join(", ", ASYMMETRIC)),
                    Rules.that(
                            !tenantClaim.isBlank() && !scopeClaim.isBlank() && !tier.isBlank(),
                            "tenantClaim, scopeClaim and tier must be given"));
        }

        /** Whether what is fetched there cannot be changed on its way. */
        public static boolean secure(String uri) {
            return uri.matches("https://[^/?#@]+([/?].*)?")
                    || uri.matches("http://(localhost|127(\\.[0-9]{1,3}){3}|\\[::1])(:[0-9]+)?([/?].*)?");
        }
    }

    public record Throttle(
            int maxCredentials,
            int intervalMillis,
            int aheadMillis,
            int leaseMillis,
            int askTimeoutMillis,
            int floatPercent,
            int maxLeases,
            int quotaMillis,
            int quotaAheadMillis,
            int maxQuotas) {
        public Throttle {
            Rules.check(
                    Rules.range("intervalMillis", intervalMillis, 10, 10_000),
                    Rules.range("floatPercent", floatPercent, 1, 100),
                    Rules.range("quotaMillis", quotaMillis, 10, 60_000),
                    Rules.range("maxQuotas", maxQuotas, 1, 10_000_000),
                    Rules.that(
                            aheadMillis >= 2 * intervalMillis,
                            "aheadMillis must be at least twice intervalMillis, or what is granted is spent before the next"),
                    Rules.that(
                            leaseMillis > aheadMillis && leaseMillis > askTimeoutMillis,
                            "leaseMillis must be more than aheadMillis and askTimeoutMillis"));
        }
    }

    public record Idempotency(
            int claimMillis,
            int retryAfterSeconds,
            int keepHours,
            int maxAnswerBytes,
            int deleteBatch,
            int housekeepingMillis) {
        public Idempotency {
            Rules.check(
                    Rules.range("claimMillis", claimMillis, 1_000, 3_600_000),
                    Rules.range("retryAfterSeconds", retryAfterSeconds, 1, 3_600),
                    Rules.range("keepHours", keepHours, 1, 24 * 365),
                    Rules.range("deleteBatch", deleteBatch, 1, 100_000));
        }
    }

    public record Overload(
            int initialLimit,
            int minLimit,
            int maxLimit,
            int windowMillis,
            int lagMillis,
            int tickMillis,
            int queueMillis,
            int turnBytes,
            int waitingBytes,
            int adjustMillis,
            int leastCalls,
            int retryAfterSeconds,
            long maxBodyBytes,
            long maxTenantBodyBytes) {
        public Overload {
            Rules.check(
                    Rules.range("minLimit", minLimit, 1, 1_000_000),
                    Rules.that(
                            minLimit <= initialLimit && initialLimit <= maxLimit,
                            "initialLimit must lie between minLimit and maxLimit"),
                    Rules.range("windowMillis", windowMillis, 100, 60_000),
                    Rules.range("lagMillis", lagMillis, 1, 60_000),
                    Rules.range("tickMillis", tickMillis, 1, 1_000),
                    Rules.range("queueMillis", queueMillis, 1, 60_000),
                    Rules.range("turnBytes", turnBytes, 1_024, 1 << 30),
                    Rules.range("waitingBytes", waitingBytes, 1_024, 1 << 30),
                    Rules.range("adjustMillis", adjustMillis, 10, 60_000),
                    Rules.range("leastCalls", leastCalls, 1, 1_000_000),
                    Rules.range("retryAfterSeconds", retryAfterSeconds, 1, 3_600),
                    Rules.that(maxTenantBodyBytes <= maxBodyBytes, "maxTenantBodyBytes must not pass maxBodyBytes"));
        }
    }
}
