package io.weir.policies;

/**
 * How this node stands in its cluster, and since when: what its limits are counted by. A new one is made for each change, so
 * that two are the same only when they are the same object.
 *
 * @param footing which of the three ways holds
 * @param nodes what a rate is divided by on a node that is cut off, and slots on any: members, or those that are expected
 * @param sinceNanos by this node's monotonic clock
 * @param first whether nothing held before: buckets then begin full
 */
public record Standing(Footing footing, int nodes, long sinceNanos, boolean first) {
    /** What a node's rates are counted by. */
    public enum Footing {
        /** The one member of a cluster of one: its own buckets are exact. */
        ALONE,
        /** One of several that see more than half of those expected: it spends what the cluster grants. */
        LEASED,
        /** It sees half of those expected, or fewer: each tier's fail mode holds. */
        CUT_OFF
    }

    /** A node that is its cluster, from its beginning. */
    public static Standing alone(long nowNanos) {
        return new Standing(Footing.ALONE, 1, nowNanos, true);
    }

    /** What follows when the members have changed; this one where it stays as it is. */
    public Standing with(int members, int expected, long nowNanos) {
        Footing next = members * 2 <= expected
                ? Footing.CUT_OFF
                : members > 1 || expected > 1 ? Footing.LEASED : Footing.ALONE;
        int divisor = Math.max(members, expected);
        return next == footing && divisor == nodes ? this : new Standing(next, divisor, nowNanos, false);
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
