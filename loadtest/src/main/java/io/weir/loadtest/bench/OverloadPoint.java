package io.weir.loadtest.bench;

import java.time.Duration;

/** One point of the curve: so many requests a second were offered, so many times the capacity, and what became of them. */
record OverloadPoint(
        double times,
        double offered,
        Duration time,
        int batch,
        OpenGenerator.Outcome checks,
        OpenGenerator.Outcome posts) {
    private static final double WELL = 0.97;

    /** Requests of both kinds that were answered well and in time, a second. */
    double goodput() {
        return goodChecks() + goodPosts();
    }

    double goodChecks() {
        return perSecond(checks.good().total());
    }

    double goodPosts() {
        return perSecond(posts.good().total());
    }

    double goodEvents() {
        return goodPosts() * batch;
    }

    double refused() {
        return perSecond(checks.refused() + posts.refused());
    }

    /** Neither answered well nor refused in time, for whatever reason. */
    long lost() {
        return checks.failed() + checks.late() + checks.unsent() + posts.failed() + posts.late() + posts.unsent();
    }

    double p50() {
        return checks.good().percentileMillis(50);
    }

    double p99() {
        return checks.good().percentileMillis(99);
    }

    /** Whether the node kept up with what was offered, of each kind. */
    boolean well() {
        return checks.good().total() >= WELL * checks.due() && posts.good().total() >= WELL * posts.due();
    }

    double perSecond(long count) {
        return count * 1_000.0 / time.toMillis();
    }
}
