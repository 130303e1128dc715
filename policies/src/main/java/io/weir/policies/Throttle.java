package io.weir.policies;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Caller;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.AdmissionSettings;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How much a caller may do: the limits of its credential's access tier, and of its tenant's. Both must let it pass.
 *
 * <p>Asked twice. At the head ({@link #requests()}): a request, a slot among those under way, and the body's bytes where their
 * number is announced. Behind the check of a batch ({@link #events()}): its events, of the second and of the month. Each time all
 * that is asked is taken, or nothing; a batch that is refused for its events has been a request all the same. Bytes that were
 * not announced are charged as they come, by {@link #take}, which never ends what has begun: it says how long to wait.
 *
 * <p>Every answer, also a refusal, carries {@code RateLimit-Policy} and {@code RateLimit} (draft-ietf-httpapi-ratelimit-headers-10).
 * Bounded: accounts of the most recent credentials are kept, each for an hour; by then a bucket is full again.
 */
public final class Throttle {
    private static final CharSequence POLICY = HttpHeaders.createOptimized("RateLimit-Policy");
    private static final CharSequence LIMIT = HttpHeaders.createOptimized("RateLimit");
    private static final int TRIES = 3;
    /** How often a request waits for tokens of the cluster: the ask under way may have left before it came. */
    private static final int ASKS = 2;

    private static final int FAILED = 500;

    private final Cache<String, Account> accounts;
    /** Kept as long as an account of the tenant is. */
    private final Cache<String, Holder> tenants =
            Caffeine.newBuilder().weakValues().executor(Runnable::run).build();

    private final Leases leases;
    private final Months months;
    private final LongSupplier nanos;
    private final LongAdder[] refusals = new LongAdder[Limit.values().length];

    /** Nothing spent yet. */
    public Throttle(AdmissionSettings.Throttle settings, Leases leases, Months months, LongSupplier nanos) {
        this.leases = leases;
        this.months = months;
        this.nanos = nanos;
        this.accounts = Caffeine.newBuilder()
                .maximumSize(settings.maxCredentials())
                .expireAfterAccess(Duration.ofHours(1))
                .executor(Runnable::run)
                .build();
        for (Limit limit : Limit.values()) {
            refusals[limit.ordinal()] = new LongAdder();
        }
    }

    /**
     * What became of a taking.
     *
     * @param waitMillis when to try again; 0: it was taken
     * @param violated the policies that were short
     */
    public record Taking(long waitMillis, List<String> violated) {
        private static final Taking TAKEN = new Taking(0, List.of());

        /** Whether all was taken. */
        public boolean taken() {
            return waitMillis == 0;
        }
    }

    /** The limits on requests, on those under way, and on announced bytes. */
    public Policy requests() {
        return call -> enter(call, 1);
    }

    /** The limits on events, of the second and of the month; nothing is charged for a batch of which nothing will be taken. */
    public Policy events() {
        return call -> spend(call, taken(call), true, 1);
    }

    /** The limit on events of the second, for a batch that is looked at and not taken. */
    public Policy eventRate() {
        return call -> spend(call, call.batch().events().size(), false, 1);
    }

    /** Accounts that are kept. */
    public long accounts() {
        return accounts.estimatedSize();
    }

    /** Calls that a limit has refused. */
    public long refused(Limit limit) {
        return refusals[limit.ordinal()].sum();
    }

    /** Events that will be taken: none of a batch with one that is wrong, where the caller wants all or nothing. */
    private static int taken(Call call) {
        EventBatch batch = call.batch();
        String prefer = batch.rejected().isEmpty() ? null : call.request().getHeader("Prefer");
        return prefer != null && prefer.contains("handling=strict")
                ? 0
                : batch.events().size();
    }

    private Future<Call> enter(Call call, int attempt) {
        long now = nanos.getAsLong();
        Account account = of(call.caller(), now);
        long bytes = account.bytes.length == 0 ? 0 : announced(call);
        if (!Account.take(account.requests, 1, now)) {
            return refuseOrWait(call, account, account.requests, 1, now, attempt, () -> enter(call, attempt + 1));
        }
        if (bytes > 0 && !Account.take(account.bytes, bytes, now)) {
            Account.giveBack(account.requests, 1, now);
            return refuseOrWait(call, account, account.bytes, bytes, now, attempt, () -> enter(call, attempt + 1));
        }
        if (account.slots.length > 0) {
            if (!account.enter()) {
                Account.giveBack(account.requests, 1, now);
                Account.giveBack(account.bytes, bytes, now);
                return refused(call, account, account.noSlot(), now);
            }
            atEnd(call, account, 0, LocalDate.EPOCH);
        }
        tell(call, account, now);
        return Future.succeededFuture(call);
    }

    private Future<Call> spend(Call call, int events, boolean counted, int attempt) {
        if (events == 0) {
            return Future.succeededFuture(call);
        }
        long now = nanos.getAsLong();
        Account account = of(call.caller(), now);
        if (!Account.take(account.events, events, now)) {
            return refuseOrWait(
                    call,
                    account,
                    account.events,
                    events,
                    now,
                    attempt,
                    () -> spend(call, events, counted, attempt + 1));
        }
        if (counted && account.months.length > 0) {
            Month lacking = takeMonths(account.months, events);
            if (lacking != null) {
                Account.giveBack(account.events, events, now);
                if (attempt > TRIES || lacking.lacks(events, now, months.freshNanos())) {
                    int seconds = (int) Math.min(Integer.MAX_VALUE, lacking.secondsUntil(events));
                    return refused(call, account, new Refusal.Throttled(List.of(lacking.name), seconds), now);
                }
                Promise<Void> asked = ((ContextInternal) Vertx.currentContext()).promise();
                months.await(lacking, events, asked);
                return asked.future()
                        .recover(failure -> Future.failedFuture(new RefusedException(
                                new Refusal.Unavailable("the month's quota cannot be asked for now", 1))))
                        .compose(ready -> spend(call, events, true, attempt + 1));
            }
            atEnd(call, account, events, account.months[0].month());
        }
        tell(call, account, now);
        return Future.succeededFuture(call);
    }

    /** Takes from each month, or from none; the one that lacked. */
    private static @Nullable Month takeMonths(Month[] of, int events) {
        for (int i = 0; i < of.length; i++) {
            if (!of[i].take(events)) {
                for (int taken = 0; taken < i; taken++) {
                    of[taken].giveBack(events, of[taken].month());
                }
                return of[i];
            }
        }
        return null;
    }

    /**
     * Takes events and bytes for a part of a body that comes as a stream; all, or nothing and a time to wait. Must be called on
     * an event loop.
     */
    public Taking take(Caller caller, int events, long bytes) {
        long now = nanos.getAsLong();
        Account account = of(caller, now);
        if (bytes > 0 && !Account.take(account.bytes, bytes, now)) {
            return waits(account.bytes, bytes, now);
        }
        if (events > 0 && !Account.take(account.events, events, now)) {
            Account.giveBack(account.bytes, bytes, now);
            return waits(account.events, events, now);
        }
        Month lacking = events > 0 ? takeMonths(account.months, events) : null;
        if (lacking != null) {
            Account.giveBack(account.bytes, bytes, now);
            Account.giveBack(account.events, events, now);
            if (lacking.lacks(events, now, months.freshNanos())) {
                return new Taking(lacking.secondsUntil(events) * 1_000, List.of(lacking.name));
            }
            months.await(lacking, events, Promise.promise());
            return new Taking(FIRST_WAIT_MILLIS, List.of(lacking.name));
        }
        return Taking.TAKEN;
    }

    private static final long FIRST_WAIT_MILLIS = 20;

    private static Taking waits(Tap[] taps, long tokens, long now) {
        long nanos = 1;
        List<String> violated = List.of();
        for (Tap tap : taps) {
            long until = tap.tokens(now).nanosUntil(tokens, now);
            if (until >= nanos) {
                nanos = until;
                violated = List.of(tap.name);
            }
        }
        return new Taking(Math.max(FIRST_WAIT_MILLIS, Math.ceilDiv(nanos, 1_000_000)), violated);
    }

    /** When the answer has ended, or its connection: the slot is free; events of an answer that failed were not taken. */
    private static void atEnd(Call call, Account account, int events, LocalDate month) {
        HttpServerResponse response = call.request().response();
        boolean[] ended = {false};
        response.endHandler(end -> {
            if (!ended[0]) {
                ended[0] = true;
                account.leave();
                if (events > 0 && response.getStatusCode() >= FAILED) {
                    for (Month each : account.months) {
                        each.giveBack(events, month);
                    }
                }
            }
        });
    }

    private Future<Call> refuseOrWait(
            Call call, Account account, Tap[] taps, long tokens, long now, int attempt, Again again) {
        Holder cold = attempt > ASKS ? null : account.worthAsking(taps, tokens, now);
        if (cold == null) {
            return refused(call, account, Account.refusal(taps, tokens, now), now);
        }
        Promise<Void> asked = ((ContextInternal) Vertx.currentContext()).promise();
        leases.await(cold, () -> asked.tryComplete());
        return asked.future().compose(ready -> again.tries());
    }

    @FunctionalInterface
    private interface Again {
        Future<Call> tries();
    }

    private Future<Call> refused(Call call, Account account, Refusal refusal, long now) {
        tell(call, account, now);
        List<String> violated = switch (refusal) {
            case Refusal.Throttled throttled -> throttled.violated();
            case Refusal.ReducedCapacity reduced -> reduced.violated();
            default -> List.of();
        };
        for (Limit limit : Limit.values()) {
            if (violated.stream()
                    .anyMatch(name -> name.equals(limit.text()) || name.equals("tenant-" + limit.text()))) {
                refusals[limit.ordinal()].increment();
            }
        }
        return Future.failedFuture(new RefusedException(refusal));
    }

    private static void tell(Call call, Account account, long now) {
        CharSequence nearest = account.nearest(now);
        if (nearest != null) {
            call.request().response().putHeader(POLICY, account.policies).putHeader(LIMIT, nearest);
        }
    }

    /** Whether a body is paid for by its announced bytes; lines are as they come, since there may be more of them than any burst. */
    static boolean paidAhead(HttpServerRequest request) {
        return request.getHeader(HttpHeaders.CONTENT_LENGTH) != null
                && !MediaTypes.essence(request.getHeader(HttpHeaders.CONTENT_TYPE))
                        .equals(MediaTypes.EVENT_LINES);
    }

    private static long announced(Call call) {
        if (!paidAhead(call.request())) {
            return 0;
        }
        String length = call.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        try {
            return length == null ? 0 : Long.parseLong(length);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private Account of(Caller caller, long now) {
        Account held = accounts.getIfPresent(caller.credential());
        return held != null && held.caller == caller ? held : renewed(caller, now);
    }

    /** The account of a caller that was read anew: what it has spent stays spent where its tier is the same. */
    private Account renewed(Caller caller, long now) {
        Holder tenant = caller.tenantTier().isEmpty() ? null : tenant(caller, caller.tenantTier(), now);
        return accounts.asMap().compute(caller.credential(), (credential, there) -> {
            if (there != null && there.caller == caller) {
                return there;
            }
            Holder before = there == null || !there.credential.tenant.equals(caller.tenant()) ? null : there.credential;
            Holder own = before != null && before.tier.equals(caller.tier())
                    ? before
                    : new Holder(caller.tenant(), credential, caller.tier(), before, leases, months, now);
            return new Account(caller, own, tenant);
        });
    }

    private Holder tenant(Caller caller, Optional<AccessTier> tier, long now) {
        AccessTier limits = tier.orElseThrow();
        return Objects.requireNonNull(tenants.asMap()
                .compute(
                        caller.tenant().value(),
                        (tenant, there) -> there != null && there.tier.equals(limits)
                                ? there
                                : new Holder(
                                        caller.tenant(), Holder.WHOLE_TENANT, limits, there, leases, months, now)));
    }
}
