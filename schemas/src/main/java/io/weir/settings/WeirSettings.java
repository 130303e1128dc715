package io.weir.settings;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** All settings of a node. What each key means, its default and why stand in {@code conf/weir.yaml}. */
public record WeirSettings(
        Node node,
        Data data,
        Http http,
        Door door,
        Api api,
        Management management,
        Cluster cluster,
        Kafka kafka,
        Postgres postgres,
        Ingest ingest,
        Spill spill,
        Streams streams,
        Schemas schemas,
        AdmissionSettings.Keys keys,
        AdmissionSettings.Throttle throttle,
        AdmissionSettings.Jwt jwt,
        Ledger ledger,
        Changes changes,
        Metering metering,
        MeterSettings meters,
        Entitlement entitlement,
        Rating rating,
        Posting posting,
        Exceptions exceptions,
        Replays replays,
        BackfillSetSettings backfillSets,
        Reconciliation reconciliation,
        RetentionSettings retention,
        AdmissionSettings.Idempotency idempotency,
        AdmissionSettings.Overload overload,
        Map<String, Flow> flows) {
    /** The flow classes that must be there. */
    public static final List<String> FLOWS = List.of("check", "usage", "money", "sync", "report", "archive");

    public WeirSettings {
        List<String> missing = FLOWS.stream()
                .filter(flow -> !flows.containsKey(flow))
                .map(flow -> "flows." + flow)
                .toList();
        Rules.check(
                Rules.that(missing.isEmpty(), String.join(", ", missing) + " is missing"),
                Rules.that(
                        ingest.maxInFlightBytes() <= kafka.bufferBytes(),
                        "ingest.maxInFlightBytes must not pass kafka.bufferBytes, or a send could block"),
                Rules.that(
                        overload.maxTenantBodyBytes() >= http.maxBodyBytes(),
                        "overload.maxTenantBodyBytes must not be below http.maxBodyBytes, or some bodies could never be taken"),
                Rules.that(
                        ingest.maxTenantInFlightBytes() <= ingest.maxInFlightBytes(),
                        "ingest.maxTenantInFlightBytes must not pass ingest.maxInFlightBytes"),
                Rules.that(
                        spill.windowBytes() <= kafka.bufferBytes(),
                        "spill.windowBytes must not pass kafka.bufferBytes"),
                Rules.that(
                        streams.pieceEvents() <= ingest.maxBatchEvents(),
                        "streams.pieceEvents must not pass ingest.maxBatchEvents, or a tier's burst could be too small for a piece"),
                Rules.that(
                        ledger.maxPollIntervalMillis() > 2L * ledger.statementTimeoutMillis(),
                        "ledger.maxPollIntervalMillis must be more than twice ledger.statementTimeoutMillis"));
    }

    /** The flow class of that name. */
    public Flow flow(String name) {
        Flow flow = flows.get(name);
        if (flow == null) {
            throw new IllegalArgumentException("no flow class " + name);
        }
        return flow;
    }

    public record Node(List<String> regions, boolean localServices, String envFile, int eventLoops) {
        public Node {
            Rules.check(
                    Rules.range("eventLoops", eventLoops, 1, 256),
                    Rules.that(!regions.isEmpty(), "regions must name at least one region"));
        }
    }

    public record Data(Path dir) {}

    public record Http(
            String host,
            int port,
            int maxConnections,
            int idleTimeoutSeconds,
            int maxHeaderBytes,
            int maxLineBytes,
            int maxBodyBytes,
            int bodyTimeoutMillis,
            int maxRatio,
            int maxGzipBodies,
            int maxZstdBodies,
            int drainMillis,
            Tls tls) {
        public Http {
            Rules.check(
                    Rules.that(
                            tls.enabled() || tls.terminatedElsewhere() || loopback(host),
                            "host " + host + " is reached from outside, so it needs tls.enabled, or"
                                    + " tls.terminatedElsewhere where a proxy in front of it speaks TLS"),
                    Rules.range("port", port, 0, 65_535),
                    Rules.range("maxBodyBytes", maxBodyBytes, 1_024, 64L << 20),
                    Rules.range("maxRatio", maxRatio, 10, 10_000),
                    Rules.range("maxGzipBodies", maxGzipBodies, 1, 1_000_000),
                    Rules.range("maxZstdBodies", maxZstdBodies, 1, 10_000),
                    Rules.range("maxConnections", maxConnections, 1, 1_000_000));
        }

        /** The address of the front door. */
        public String url() {
            return (tls.enabled() ? "https://" : "http://") + host + ":" + port;
        }

        private static boolean loopback(String host) {
            return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.[0-9]{1,3}){3}");
        }
    }

    public record Tls(
            boolean enabled,
            boolean terminatedElsewhere,
            String certificate,
            String key,
            String clientCa,
            List<String> protocols,
            List<String> ciphers,
            int pollMillis,
            int warnDays) {
        private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

        public Tls {
            Rules.check(
                    Rules.that(
                            !enabled || (!certificate.isBlank() && !key.isBlank()),
                            "certificate and key must name files where enabled is true"),
                    Rules.that(
                            !protocols.isEmpty() && PROTOCOLS.containsAll(protocols),
                            "protocols must be of " + String.join(", ", PROTOCOLS)),
                    Rules.range("pollMillis", pollMillis, 100, 86_400_000),
                    Rules.range("warnDays", warnDays, 0, 365));
        }
    }

    public record Api(List<ApiVersion> versions) {
        public Api {
            Rules.check(ApiVersion.rules(versions));
        }
    }

    public record Door(
            int headTimeoutMillis,
            int answerTimeoutMillis,
            int maxHeaders,
            long maxUnreadBytes,
            int sendBufferBytes,
            int maxStreams,
            int maxResets,
            int resetWindowSeconds) {
        public Door {
            Rules.check(
                    Rules.range("headTimeoutMillis", headTimeoutMillis, 10, 600_000),
                    Rules.range("answerTimeoutMillis", answerTimeoutMillis, 10, 600_000),
                    Rules.range("maxHeaders", maxHeaders, 10, 10_000),
                    Rules.range("maxUnreadBytes", maxUnreadBytes, 1L << 16, 1L << 40),
                    Rules.range("sendBufferBytes", sendBufferBytes, 4_096, 1 << 30),
                    Rules.range("maxStreams", maxStreams, 1, 100_000),
                    Rules.range("maxResets", maxResets, 1, 100_000),
                    Rules.range("resetWindowSeconds", resetWindowSeconds, 1, 3_600));
        }
    }

    public record Management(
            String host, int port, int probeMillis, int probeTimeoutMillis, int stallMillis, int liveStallMillis) {
        public Management {
            Rules.check(
                    Rules.range("port", port, 0, 65_535),
                    Rules.that(liveStallMillis > stallMillis, "liveStallMillis must be more than stallMillis"));
        }
    }

    public record Cluster(
            String name,
            String host,
            int port,
            List<String> members,
            int expectedNodes,
            int heartbeatSeconds,
            int deadSeconds) {
        public Cluster {
            Rules.check(
                    Rules.range("expectedNodes", expectedNodes, 1, 1_000),
                    Rules.that(deadSeconds > heartbeatSeconds, "deadSeconds must be more than heartbeatSeconds"));
        }
    }

    public record Kafka(
            String bootstrapServers,
            String topic,
            int partitions,
            int replication,
            int minInsyncReplicas,
            long retentionMillis,
            long bufferBytes,
            int batchBytes,
            int lingerMillis,
            int maxBlockMillis,
            int deliveryTimeoutMillis,
            String compression) {
        public Kafka {
            Rules.check(
                    Rules.range("partitions", partitions, 1, 10_000),
                    Rules.that(minInsyncReplicas <= replication, "minInsyncReplicas must not pass replication"),
                    Rules.that(
                            !bootstrapServers.isBlank(),
                            "bootstrapServers is empty: name the Kafka cluster (WEIR_KAFKA_BOOTSTRAP_SERVERS)"));
        }
    }

    public record Postgres(Secret uri, int connectTimeoutMillis, int transactionTimeoutMillis) {
        public Postgres {
            Rules.check(Rules.that(
                    !uri.reference().isBlank(),
                    "uri is empty: name the database as postgres://user:password@host:port/name (WEIR_POSTGRES_URI)"));
        }
    }

    public record Ingest(
            int maxBatchEvents,
            int maxEventBytes,
            long maxInFlightBytes,
            long maxTenantInFlightBytes,
            int maxWaiting,
            int recordedTimeoutMillis,
            int schemaCacheTypes,
            int maxErrorsPerEvent,
            int maxErrorsPerRequest) {
        public Ingest {
            Rules.check(
                    Rules.range("maxErrorsPerEvent", maxErrorsPerEvent, 1, 10_000),
                    Rules.range("maxErrorsPerRequest", maxErrorsPerRequest, 1, 100_000),
                    Rules.range("maxBatchEvents", maxBatchEvents, 1, 100_000),
                    Rules.range("maxEventBytes", maxEventBytes, 1_024, 1_000_000));
        }
    }

    public record Spill(
            long maxBytes, int maxAgeSeconds, int afterMillis, int segmentBytes, long windowBytes, int retryMillis) {
        public Spill {
            Rules.check(
                    Rules.range("maxBytes", maxBytes, 0, 1L << 40),
                    Rules.range("afterMillis", afterMillis, 100, 600_000),
                    Rules.range("segmentBytes", segmentBytes, 4_096, 1 << 30),
                    Rules.range("retryMillis", retryMillis, 10, 60_000));
        }
    }

    public record Streams(
            int maxOpen,
            int wholeMillis,
            int gapMillis,
            int tickMillis,
            int pieceEvents,
            int pieceBytes,
            int maxInFlightEvents,
            long maxInFlightBytes,
            int waitMillis,
            int readMillis) {
        public Streams {
            Rules.check(
                    Rules.range("maxOpen", maxOpen, 0, 100_000),
                    Rules.range("wholeMillis", wholeMillis, 1, 60_000),
                    Rules.range("gapMillis", gapMillis, 10, 600_000),
                    Rules.range("tickMillis", tickMillis, 10, 60_000),
                    Rules.range("pieceEvents", pieceEvents, 1, 10_000),
                    Rules.range("maxInFlightEvents", maxInFlightEvents, 1, 1_000_000));
        }
    }

    public record Schemas(int maxBytes, int maxSubschemas, int maxPatternLength, int maxPatternSize, int maxVersions) {
        public Schemas {
            Rules.check(
                    Rules.range("maxSubschemas", maxSubschemas, 1, 100_000),
                    Rules.range("maxPatternSize", maxPatternSize, 1, 10_000));
        }
    }

    public record Ledger(
            int loops,
            String group,
            int maxPollRecords,
            int maxPollBytes,
            int pollMillis,
            int maxPollIntervalMillis,
            int sessionTimeoutMillis,
            int heartbeatMillis,
            int statementTimeoutMillis,
            int retryMillis,
            int maxRetryMillis,
            int subjectCacheSize,
            int lagMillis,
            int frozenMillis,
            int growsMillis,
            int heldPerPass,
            int lateGraceSeconds,
            int partitionDaysAhead,
            int housekeepingMillis) {
        public Ledger {
            Rules.check(
                    Rules.range("loops", loops, 0, 64),
                    Rules.range("maxPollRecords", maxPollRecords, 1, 5_000),
                    Rules.range("lateGraceSeconds", lateGraceSeconds, 3_600, 315_360_000));
        }
    }

    public record Changes(
            int pollMillis, int timeoutMillis, int maxPerPoll, int hoursAhead, int hoursKept, int housekeepingMillis) {
        public Changes {
            Rules.check(Rules.range("hoursKept", hoursKept, 2, 10_000));
        }
    }

    public record Replays(int maxPerSecond, int previewed, int perPass, int pollMillis) {
        public Replays {
            Rules.check(
                    Rules.range("maxPerSecond", maxPerSecond, 1, 100_000),
                    Rules.range("previewed", previewed, 1, 10_000),
                    Rules.range("perPass", perPass, 1, 5_000),
                    Rules.range("pollMillis", pollMillis, 10, 60_000));
        }
    }

    public record Exceptions(int maxBulk) {
        public Exceptions {
            Rules.check(Rules.range("maxBulk", maxBulk, 1, 1_000));
        }
    }

    public record Reconciliation(
            int checkMillis, int recheckMillis, int perPass, int graceSeconds, int partEvents, int pageEntries) {
        public Reconciliation {
            Rules.check(
                    Rules.range("partEvents", partEvents, 1, 100_000_000),
                    Rules.range("pageEntries", pageEntries, 1, 10_000),
                    Rules.range("perPass", perPass, 1, 10_000),
                    Rules.range("checkMillis", checkMillis, 10, 600_000));
        }
    }

    public record Metering(int maxRows, int maxSpanDays, int maxValues) {}

    public record Entitlement(
            int cacheCustomers,
            int maxStaleMillis,
            int maxAgeSeconds,
            int staleIfErrorSeconds,
            int loadTimeoutMillis,
            int refreshTimeoutMillis,
            int loads,
            int loadBatch) {
        public Entitlement {
            Rules.check(Rules.range("loads", loads, 2, 1_000), Rules.range("loadBatch", loadBatch, 1, 10_000));
        }
    }

    public record Rating(int maxSpanDays, int maxHoursPerRun) {}

    public record Posting(
            int pollMillis,
            int claimMillis,
            int claimBatch,
            int bulkhead,
            int deadlineMillis,
            int breakerFailures,
            int breakerResetMillis,
            int retryMillis,
            int maxRetryMillis,
            int maxResponseBytes) {
        public Posting {
            Rules.check(Rules.that(
                    claimMillis > 2L * deadlineMillis, "claimMillis must be more than twice deadlineMillis"));
        }
    }

    public record Flow(int connections, int queue, int recoveryMillis, int sharePercent) {
        public Flow {
            Rules.check(
                    Rules.range("connections", connections, 1, 1_000),
                    Rules.range("sharePercent", sharePercent, 1, 100));
        }
    }
}
