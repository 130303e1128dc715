package io.weir.schemas;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The API limits of a credential, or of a tenant over all its credentials. What is absent is not limited.
 *
 * @param name its key
 * @param requests requests a second
 * @param events events a second: a batch costs its events; the burst is never below the batch cap
 * @param bytes bytes of bodies a second, as they come over the wire; the burst is never below the body cap
 * @param concurrentRequests requests under way at once
 * @param eventsPerMonth events a calendar month (UTC)
 * @param failMode what holds of the rates on a node that is cut off from its cluster
 * @param kafkaAway what becomes of events while the log does not take them; of a tenant's tier it says nothing
 */
public record AccessTier(
        String name,
        Optional<Rate> requests,
        Optional<Rate> events,
        Optional<Rate> bytes,
        OptionalInt concurrentRequests,
        OptionalLong eventsPerMonth,
        FailMode failMode,
        KafkaAway kafkaAway) {
    /** More than any rate or burst may be: arithmetic on tokens stays exact below it. */
    public static final long MOST = 4_000_000_000L;

    /**
     * A rate: so many a second, refilled continuously.
     *
     * @param perSecond 1 to {@link #MOST}
     * @param burst how many may come at once; 1 to {@link #MOST}
     */
    public record Rate(long perSecond, long burst) {
        public Rate {
            if (perSecond < 1 || perSecond > MOST || burst < 1 || burst > MOST) {
                throw new IllegalArgumentException("a rate and its burst are 1 to " + MOST);
            }
        }
    }

    /** What holds of a rate on a node that the cluster grants nothing, because it is cut off. */
    public enum FailMode {
        /** Nothing passes beyond the lease. */
        CLOSED,
        /** The whole rate, on this node alone. */
        OPEN,
        /** This node's even share of the rate. */
        SHARE
    }

    /** What becomes of events while the log does not take them. */
    public enum KafkaAway {
        /** They are refused: 503. */
        REFUSE,
        /** They are kept on the node's own disk until the log takes them. */
        SPILL
    }

    /** A tier whose events are refused while the log is away. */
    public AccessTier(
            String name,
            Optional<Rate> requests,
            Optional<Rate> events,
            Optional<Rate> bytes,
            OptionalInt concurrentRequests,
            OptionalLong eventsPerMonth,
            FailMode failMode) {
        this(name, requests, events, bytes, concurrentRequests, eventsPerMonth, failMode, KafkaAway.REFUSE);
    }

    /** A tier of requests and events, by the share of a node that is cut off. */
    public AccessTier(String name, long requestsPerSecond, long requestsBurst, long eventsPerSecond, long eventsBurst) {
        this(
                name,
                Optional.of(new Rate(requestsPerSecond, requestsBurst)),
                Optional.of(new Rate(eventsPerSecond, eventsBurst)),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                FailMode.SHARE);
    }
}
