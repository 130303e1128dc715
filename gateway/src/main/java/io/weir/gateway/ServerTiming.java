package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.policies.Call;
import io.weir.schemas.Scope;

/**
 * Where the time of one call went, told in {@code Server-Timing}: to who administers, when asked for ({@code Prefer:
 * server-timing}). How long things take tells of other callers, so nobody else is told.
 */
final class ServerTiming {
    static final CharSequence HEADER = HttpHeaders.createOptimized("Server-Timing");

    private final String work;
    private final long policiesNanos;
    private final long workBegin = System.nanoTime();

    private ServerTiming(String work, long begin) {
        this.work = work;
        this.policiesNanos = workBegin - begin;
    }

    static boolean wanted(Call call) {
        return call.knownCaller() != null && call.caller().may(Scope.ADMIN) && call.prefers("server-timing");
    }

    /** A call that began then and is admitted now. */
    static ServerTiming of(Route route, Call call, long begin) {
        String until = call.query("until");
        String work =
                !route.operation().equals("postEvents") ? "action" : "recorded".equals(until) ? "recorded" : "log";
        return new ServerTiming(work, begin);
    }

    Future<Answer> told(Future<Answer> answer) {
        return answer.map(done -> done.with(
                HEADER,
                "policies;dur=" + millis(policiesNanos) + ", " + work + ";dur="
                        + millis(System.nanoTime() - workBegin)));
    }

    /** Milliseconds with three digits behind the point. */
    private static String millis(long nanos) {
        long micros = nanos / 1_000;
        return micros / 1_000 + "." + Long.toString(1_000 + micros % 1_000).substring(1);
    }
}
