package io.weir.entitlement;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads customers from Postgres: each at most once at a time, many by one query, few queries at once.
 *
 * <p>Confined to one event loop. Who waits for an answer comes first; what changed in the background has one query of its
 * own at a time, so that a flood of usage never delays a question. What waits while all queries are under way is read
 * together by the next one: the slower Postgres is, the larger the batches ({@code entitlement.loadBatch} at most).
 */
final class Loads {
    private static final Logger LOG = LoggerFactory.getLogger(Loads.class);

    private final Vertx vertx;
    private final Context home;
    private final EntitlementTable table;
    private final WeirSettings.Entitlement settings;
    private final InstantSource time;
    private final Horizon horizon;
    private final AtomicLong generations;
    private final Predicate<Slot> kept;
    private final EntitlementMeters meters;
    private final ArrayDeque<Flight> urgent = new ArrayDeque<>();
    private final ArrayDeque<Flight> background = new ArrayDeque<>();
    private final ArrayDeque<Slot> failed = new ArrayDeque<>();
    private int running;
    private boolean refreshing;
    private boolean away;

    /** A customer's load: waits until a query is free, then is under way with the generation that it began at. */
    static final class Flight {
        private static final long WAITING = -1;
        private final Slot slot;
        private final Promise<Optional<Account>> landed = Promise.promise();
        private long generation = WAITING;
        private boolean wanted;

        private Flight(Slot slot) {
            this.slot = slot;
        }

        private boolean waiting() {
            return generation == WAITING;
        }
    }

    Loads(
            Vertx vertx,
            EntitlementTable table,
            WeirSettings.Entitlement settings,
            InstantSource time,
            Horizon horizon,
            AtomicLong generations,
            Predicate<Slot> kept,
            EntitlementMeters meters) {
        this.vertx = vertx;
        this.home = vertx.getOrCreateContext();
        this.table = table;
        this.settings = settings;
        this.time = time;
        this.horizon = horizon;
        this.generations = generations;
        this.kept = kept;
        this.meters = meters;
    }

    /** Where this runs. */
    Context home() {
        return home;
    }

    /** The customer as Postgres has it from now on; empty where there is none. */
    Future<Optional<Account>> load(Slot slot) {
        Flight flight = slot.flight;
        if (flight == null || !(flight.waiting() || slot.serves(flight.generation))) {
            flight = new Flight(slot);
            slot.flight = flight;
        }
        if (flight.waiting() && !flight.wanted) {
            flight.wanted = true;
            urgent.add(flight);
        }
        Future<Optional<Account>> landed = flight.landed.future();
        pump();
        return within(landed, settings.loadTimeoutMillis());
    }

    /** Has a customer that changed read again; nobody waits. */
    void refresh(Slot slot) {
        Flight flight = slot.flight;
        if (flight == null || !(flight.waiting() || slot.covers(flight.generation))) {
            flight = new Flight(slot);
            slot.flight = flight;
            background.add(flight);
        }
        pump();
    }

    /** Tries again what could not be read in the background. */
    void refreshFailed() {
        int many = failed.size();
        for (int i = 0; i < many; i++) {
            refresh(failed.remove());
        }
    }

    private void pump() {
        while (running < settings.loads() && !urgent.isEmpty()) {
            List<Flight> batch = take(urgent);
            if (!batch.isEmpty()) {
                running++;
                start(batch, settings.loadTimeoutMillis()).onComplete(done -> {
                    running--;
                    pump();
                });
            }
        }
        while (!refreshing && running < settings.loads() && !background.isEmpty()) {
            List<Flight> batch = take(background);
            if (!batch.isEmpty()) {
                refreshing = true;
                running++;
                start(batch, settings.refreshTimeoutMillis()).onComplete(done -> {
                    running--;
                    refreshing = false;
                    pump();
                });
            }
        }
    }

    private List<Flight> take(ArrayDeque<Flight> queue) {
        List<Flight> batch = new ArrayList<>();
        while (batch.size() < settings.loadBatch() && !queue.isEmpty()) {
            Flight flight = queue.remove();
            // Not what the other queue took already, nor a refresh of a customer that the cache let go.
            if (flight.waiting() && (flight.wanted || kept.test(flight.slot))) {
                batch.add(flight);
            }
        }
        return batch;
    }

    private Future<?> start(List<Flight> batch, long timeoutMillis) {
        long generation = generations.get();
        Instant now = time.instant();
        List<Slot.Key> keys = new ArrayList<>(batch.size());
        for (Flight flight : batch) {
            flight.generation = generation;
            keys.add(flight.slot.key());
        }
        long began = System.nanoTime();
        Future<List<Optional<Facts>>> read = within(table.load(keys, EntitlementRules.month(now)), timeoutMillis);
        return read.onComplete(done -> {
            meters.loaded(batch.size(), done.succeeded(), System.nanoTime() - began);
            if (done.succeeded()) {
                land(batch, done.result(), generation, now);
            } else {
                crash(batch, done.cause());
            }
        });
    }

    private void land(List<Flight> batch, List<Optional<Facts>> read, long generation, Instant now) {
        away = false;
        for (int i = 0; i < batch.size(); i++) {
            Flight flight = batch.get(i);
            Optional<Account> account = read.get(i).map(facts -> new Account(facts, generation, now, horizon));
            account.ifPresent(flight.slot::install);
            clear(flight);
            flight.landed.complete(account);
        }
    }

    private void crash(List<Flight> batch, Throwable cause) {
        if (!away) {
            away = true;
            LOG.warn("entitlement.load.failed customers={} cause={}", batch.size(), cause.toString());
        }
        for (Flight flight : batch) {
            clear(flight);
            if (!flight.wanted) {
                failed.add(flight.slot);
            }
            flight.landed.fail(cause);
        }
    }

    private static void clear(Flight flight) {
        if (flight.slot.flight == flight) {
            flight.slot.flight = null;
        }
    }

    /** The answer, or a failure once it is overdue; on the event loop that asks. */
    <T> Future<T> within(Future<T> answer, long millis) {
        if (answer.isComplete()) {
            return answer;
        }
        Promise<T> promise = Promise.promise();
        long timer = vertx.setTimer(
                millis, late -> promise.tryFail(new TimeoutException("Postgres did not answer in " + millis + " ms")));
        answer.onComplete(done -> {
            vertx.cancelTimer(timer);
            settle(promise, done.result(), done.cause());
        });
        return promise.future();
    }

    @SuppressWarnings("NullAway") // a success carries its result
    private static <T> void settle(Promise<T> promise, @Nullable T result, @Nullable Throwable cause) {
        if (cause == null) {
            promise.tryComplete(result);
        } else {
            promise.tryFail(cause);
        }
    }
}
