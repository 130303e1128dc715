package io.weir.policies;

import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The events that one holder may still send this calendar month (UTC), as far as this node has reserved them: what is spent here was
 * taken from the tank in Postgres before. {@link Months} reserves more, ahead of need.
 */
final class Month {
    /** What is reserved of one month, and how much of that was spent and not yet told. */
    private static final class Slice {
        private final LocalDate month;
        private final Instant end;
        private final int place;
        private final AtomicLong left = new AtomicLong();
        private final AtomicLong spent = new AtomicLong();

        private Slice(LocalDate month, int place) {
            this.month = month;
            this.place = place;
            this.end = month.plusMonths(1).atStartOfDay(ZoneOffset.UTC).toInstant();
        }
    }

    final TenantId tenant;
    final String holder;
    final String name;
    final long quota;
    private final InstantSource clock;
    private final Months months;
    private final SpendingFile file;
    private volatile Slice slice;
    private final AtomicLong demand = new AtomicLong();
    private final AtomicBoolean awake = new AtomicBoolean();
    private volatile long inTank;
    private volatile long elsewhere;
    private volatile long toldAt;
    private volatile boolean told;

    Month(
            TenantId tenant,
            String holder,
            String name,
            long quota,
            Months months,
            SpendingFile file,
            InstantSource clock) {
        this.tenant = tenant;
        this.holder = holder;
        this.name = name;
        this.quota = quota;
        this.months = months;
        this.file = file;
        this.clock = clock;
        this.slice = slice(clock.instant());
        this.inTank = quota;
    }

    private Slice slice(Instant now) {
        LocalDate month = monthOf(now);
        return new Slice(month, file.place(tenant.value(), holder, month));
    }

    private static LocalDate monthOf(Instant instant) {
        return LocalDate.ofInstant(instant, ZoneOffset.UTC).withDayOfMonth(1);
    }

    /** The slice of the month that is now; another month begins with nothing reserved. */
    private Slice current() {
        Slice held = slice;
        Instant now = clock.instant();
        return now.isBefore(held.end) ? held : begun(now);
    }

    private synchronized Slice begun(Instant now) {
        if (!now.isBefore(slice.end)) {
            slice = slice(now);
            inTank = quota;
            told = false;
        }
        return slice;
    }

    /** Spends what is reserved; false, and nothing spent, where less is. */
    boolean take(long events) {
        wake();
        demand.addAndGet(events);
        Slice now = current();
        while (true) {
            long there = now.left.get();
            if (there < events) {
                return false;
            }
            if (now.left.compareAndSet(there, there - events)) {
                now.spent.addAndGet(events);
                file.add(now.place, events);
                return true;
            }
        }
    }

    /** Returns events that were not taken after all; those of a month that has ended are of no use any more. */
    void giveBack(long events, LocalDate month) {
        Slice now = current();
        if (now.month.equals(month)) {
            now.spent.addAndGet(-events);
            file.add(now.place, -events);
            now.left.addAndGet(events);
        }
    }

    private void wake() {
        if (!awake.get() && awake.compareAndSet(false, true)) {
            months.wake(this);
        }
    }

    void slept() {
        awake.set(false);
    }

    LocalDate month() {
        return current().month;
    }

    long drainDemand() {
        return demand.getAndSet(0);
    }

    /** What was spent and not yet told; told once it is returned. */
    long drainSpent(LocalDate month) {
        Slice now = current();
        return now.month.equals(month) ? now.spent.getAndSet(0) : 0;
    }

    /** Takes back all of the reserved beyond what is to be kept. */
    long withdraw(LocalDate month, long keep) {
        Slice now = current();
        if (!now.month.equals(month)) {
            return 0;
        }
        while (true) {
            long there = now.left.get();
            if (there <= keep) {
                return 0;
            }
            if (now.left.compareAndSet(there, keep)) {
                return there - keep;
            }
        }
    }

    long reserved() {
        return current().left.get();
    }

    /** The tank's answer. */
    void granted(LocalDate month, QuotaTable.Settled settled, long nowNanos) {
        Slice now = current();
        if (now.month.equals(month)) {
            now.left.addAndGet(settled.given());
            inTank = Math.max(0, quota - settled.used());
            elsewhere = settled.elsewhere();
            toldAt = nowNanos;
            told = true;
        }
    }

    /** Whether the tank has just said that it does not hold so many. */
    boolean lacks(long events, long nowNanos, long freshNanos) {
        return told && nowNanos - toldAt < freshNanos && remaining() < events;
    }

    /** Seconds until another try is worth it: soon where other nodes hold what they may not need. */
    long secondsUntil(long events) {
        return elsewhere + remaining() >= events && elsewhere > 0 ? 1 : secondsLeft();
    }

    /** Events that can still be taken, as far as is known here. */
    long remaining() {
        return Math.min(quota, inTank + current().left.get());
    }

    /** Seconds, rounded up, until the next month begins. */
    long secondsLeft() {
        return Math.max(
                1,
                Math.ceilDiv(
                        java.time.Duration.between(clock.instant(), current().end)
                                .toMillis(),
                        1_000));
    }
}
