package io.weir.entitlement;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.entitlement.EntitlementMeters.Outcome;
import io.weir.schemas.Caller;
import io.weir.schemas.Change;
import io.weir.schemas.ChangeBatch;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FeatureKey;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The read model of entitlements; thread-safe, asked directly from any event loop.
 *
 * <p>A cache of {@link Slot}s, one for each asked customer, bounded by {@code entitlement.cacheCustomers}. A hit is one
 * look-up, one comparison and no I/O. What makes an answer truthful:
 *
 * <ul>
 *   <li><b>Changes.</b> Of each batch of the change feed, first every customer in it is marked, then the horizon moves. A
 *       marked account goes on answering with its {@code asOf} standing at the batch before, since the change was
 *       committed after that, and is read again in the background. Catalog changes, and lost continuity of the feed,
 *       discard all accounts: the next question reads.
 *   <li><b>Time.</b> Months, terms and grants begin and end without any change; an account knows the next such instant
 *       and does not answer beyond it.
 *   <li><b>Read your writes.</b> {@link #invalidate} takes effect at once, for loads under way too: see {@link Slot}.
 *   <li><b>Postgres away.</b> Accounts go on answering; {@code asOf} stands still with the feed, and beyond
 *       {@code entitlement.maxStaleMillis} answers say {@code stale}. A discarded account still answers, stale, when the
 *       load that should replace it fails or does not land within {@code entitlement.loadTimeoutMillis}.
 * </ul>
 *
 * <p>What is bounded: customers kept, queries at once and customers in each, the wait for a load. Nothing here survives
 * a crash, and nothing has to.
 */
public final class Entitlements {
    private final Cache<Slot.Key, Slot> slots;
    private final Subjects subjects;
    private final EntitlementTable table;
    private final WeirSettings.Entitlement settings;
    private final InstantSource time;
    private final Horizon horizon;
    private final EntitlementMeters meters;
    private final AtomicLong generations = new AtomicLong(1);
    private volatile @Nullable Loads loads;

    Entitlements(EntitlementTable table, WeirSettings.Entitlement settings, InstantSource time, MeterRegistry meters) {
        this.table = table;
        this.settings = settings;
        this.time = time;
        this.slots = Caffeine.newBuilder()
                .maximumSize(settings.cacheCustomers())
                .executor(Runnable::run)
                .build();
        this.subjects = new Subjects(table, settings.cacheCustomers());
        this.horizon = new Horizon(settings, time);
        this.meters = new EntitlementMeters(meters, horizon, slots::estimatedSize);
    }

    /** Runs loads on the present event loop from now on. */
    void start(Vertx vertx) {
        loads = new Loads(vertx, table, settings, time, horizon, generations, this::keeps, meters);
    }

    void stop() {
        loads = null;
        meters.remove();
    }

    /** The answer that is at hand, without I/O; null where it must be asked for with {@link #answer}. */
    public @Nullable Answer cached(TenantId tenant, CustomerId customer, FeatureKey feature) {
        Slot slot = slots.getIfPresent(new Slot.Key(tenant, customer));
        Account account = slot == null ? null : slot.account();
        if (account == null || !account.usableAt(time.millis())) {
            return null;
        }
        Answer answer = account.answer(feature);
        if (answer != null) {
            meters.hit();
        }
        return answer;
    }

    /**
     * The answer at hand, or read from Postgres. Fails with {@link Refusal.NotFound} where there is no such customer or
     * feature, and with {@link Refusal.Unavailable} where nothing can be read and no older answer is there.
     */
    public Future<Answer> answer(Caller caller, CustomerId customer, FeatureKey feature) {
        Answer hit = cached(caller.tenant(), customer, feature);
        if (hit != null) {
            return Future.succeededFuture(hit);
        }
        Loads running = loads;
        if (running == null) {
            return Future.failedFuture(unavailable());
        }
        Promise<Answer> promise = Promise.promise();
        Context asking = Vertx.currentContext();
        running.home().runOnContext(go -> {
            Slot slot = slots.get(new Slot.Key(caller.tenant(), customer), Slot::new);
            running.load(slot)
                    .transform(done -> done.succeeded() ? fresh(slot, done.result(), feature) : older(slot, feature))
                    .onComplete(done -> back(asking, () -> settle(promise, done.result(), done.cause())));
        });
        return promise.future();
    }

    /** The customer whose product identity this is; fails with {@link Refusal.NotFound} where there is none. */
    public Future<CustomerId> customerOf(Caller caller, String subject) {
        CustomerId known = subjects.known(caller.tenant(), subject);
        if (known != null) {
            return Future.succeededFuture(known);
        }
        Loads running = loads;
        if (running == null) {
            return Future.failedFuture(unavailable());
        }
        return running.within(subjects.find(caller.tenant(), subject), settings.loadTimeoutMillis())
                .recover(failure -> lastKnown(caller.tenant(), subject, failure))
                .compose(found -> found.<Future<CustomerId>>map(Future::succeededFuture)
                        .orElseGet(() -> Future.failedFuture(new RefusedException(new Refusal.NotFound("customer")))));
    }

    private Future<Optional<CustomerId>> lastKnown(TenantId tenant, String subject, Throwable failure) {
        CustomerId known = subjects.lastKnown(tenant, subject);
        return known == null
                ? Future.failedFuture(Postgres.refusal(failure))
                : Future.succeededFuture(Optional.of(known));
    }

    /** From now on, questions about the customer see all that is committed now. */
    public void invalidate(TenantId tenant, CustomerId customer) {
        Slot slot = slots.policy().getIfPresentQuietly(new Slot.Key(tenant, customer));
        if (slot != null) {
            slot.invalidate(generations.incrementAndGet(), horizon.asOf());
        }
    }

    /** Up to here this node knows every change. */
    public Instant asOf() {
        return horizon.asOf();
    }

    /** Takes what the change feed told; on the loads' event loop, in order. */
    void apply(ChangeBatch batch) {
        Instant before = horizon.asOf();
        boolean all = batch.everything();
        for (Change change : batch.changes()) {
            all |= mark(change, before);
        }
        if (all) {
            invalidateIf(slot -> true, before);
            subjects.allChanged();
        }
        horizon.advance(batch.asOf());
        Loads running = loads;
        if (running != null) {
            running.refreshFailed();
        }
    }

    /** Marks what a change is about; answers whether that is everything. */
    private boolean mark(Change change, Instant before) {
        return switch (change.kind()) {
            case CATALOG -> true;
            case MASTER_DATA -> {
                subjects.tenantChanged(change.tenant());
                markCustomer(change, before);
                yield false;
            }
            case GRANT, USAGE -> {
                markCustomer(change, before);
                yield false;
            }
            case CREDENTIAL, POSTING, EXCEPTION -> false;
        };
    }

    private void markCustomer(Change change, Instant before) {
        CustomerId customer = change.customer();
        if (customer == null) {
            invalidateIf(slot -> slot.key().tenant().equals(change.tenant()), before);
            return;
        }
        Slot slot = slots.policy().getIfPresentQuietly(new Slot.Key(change.tenant(), customer));
        Loads running = loads;
        if (slot != null && slot.changed(generations.incrementAndGet(), before) && running != null) {
            running.refresh(slot);
        }
    }

    private void invalidateIf(Predicate<Slot> concerned, Instant knownUpTo) {
        long generation = generations.incrementAndGet();
        for (Slot slot : slots.asMap().values()) {
            if (concerned.test(slot)) {
                slot.invalidate(generation, knownUpTo);
            }
        }
    }

    private boolean keeps(Slot slot) {
        return slots.policy().getIfPresentQuietly(slot.key()) == slot;
    }

    private Future<Answer> fresh(Slot slot, Optional<Account> read, FeatureKey feature) {
        if (read.isEmpty()) {
            slots.asMap().remove(slot.key(), slot);
            meters.answered(Outcome.UNKNOWN);
            return Future.failedFuture(new RefusedException(new Refusal.NotFound("customer")));
        }
        Answer answer = read.get().answer(feature);
        if (answer == null) {
            meters.answered(Outcome.UNKNOWN);
            return Future.failedFuture(new RefusedException(new Refusal.NotFound("feature")));
        }
        meters.answered(Outcome.LOADED);
        return Future.succeededFuture(answer.justLoaded());
    }

    private Future<Answer> older(Slot slot, FeatureKey feature) {
        Account account = slot.account();
        Answer answer = account == null ? null : account.answer(feature);
        if (answer == null) {
            meters.answered(Outcome.UNAVAILABLE);
            return Future.failedFuture(unavailable());
        }
        meters.answered(Outcome.OUTDATED);
        return Future.succeededFuture(answer.asOutdated());
    }

    private static RefusedException unavailable() {
        return new RefusedException(new Refusal.Unavailable("entitlements cannot be read now", 1));
    }

    /** Goes back to where the question came from. */
    private static void back(@Nullable Context asking, Runnable action) {
        if (asking == null || asking == Vertx.currentContext()) {
            action.run();
        } else {
            asking.runOnContext(go -> action.run());
        }
    }

    @SuppressWarnings("NullAway") // a success carries its result
    private static void settle(Promise<Answer> promise, @Nullable Answer answer, @Nullable Throwable failure) {
        if (failure == null) {
            promise.complete(answer);
        } else {
            promise.fail(failure);
        }
    }
}
