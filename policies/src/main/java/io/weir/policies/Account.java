package io.weir.policies;

import io.vertx.core.http.HttpHeaders;
import io.weir.schemas.AccessTier.FailMode;
import io.weir.schemas.Caller;
import io.weir.schemas.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * All that limits one caller: its credential's tier, and its tenant's. Takings of one kind are from both, or from none.
 */
final class Account {
    private static final Tap[] NONE = {};
    private static final long SECOND_NANOS = 1_000_000_000L;
    /** What is left is told in steps of about a thousandth of the burst, so that its text is mostly made already. */
    private static final int STEPS = 1_000;

    final Caller caller;
    final Holder credential;
    final @Nullable Holder tenant;
    final Tap[] requests;
    final Tap[] events;
    final Tap[] bytes;
    final Slots[] slots;
    final Month[] months;
    /** RateLimit-Policy; empty where nothing is limited. */
    final CharSequence policies;

    private final Tap[] all;
    private @Nullable Told told;

    private record Told(Object what, long remaining, long seconds, CharSequence text) {}

    Account(Caller caller, Holder credential, @Nullable Holder tenant) {
        this.caller = caller;
        this.credential = credential;
        this.tenant = tenant;
        this.requests = taps(0);
        this.events = taps(1);
        this.bytes = taps(2);
        this.slots = both(holder -> holder.slots).toArray(Slots[]::new);
        this.months = both(holder -> holder.month).toArray(Month[]::new);
        List<Tap> taps = new ArrayList<>(List.of(requests));
        taps.addAll(List.of(events));
        taps.addAll(List.of(bytes));
        this.all = taps.toArray(Tap[]::new);
        String text = String.join(
                ", ",
                both(holder -> holder.policies).stream()
                        .filter(policies -> !policies.isEmpty())
                        .toList());
        this.policies = text.isEmpty() ? text : HttpHeaders.createOptimized(text);
    }

    private Tap[] taps(int rate) {
        List<Tap> taps = both(holder -> holder.taps[rate]);
        return taps.isEmpty() ? NONE : taps.toArray(Tap[]::new);
    }

    private <T> List<T> both(Function<Holder, @Nullable T> part) {
        List<T> there = new ArrayList<>(2);
        T own = part.apply(credential);
        if (own != null) {
            there.add(own);
        }
        T tenants = tenant == null ? null : part.apply(tenant);
        if (tenants != null) {
            there.add(tenants);
        }
        return there;
    }

    /** Takes from each, or from none. */
    static boolean take(Tap[] taps, long tokens, long now) {
        for (int i = 0; i < taps.length; i++) {
            if (!taps[i].tokens(now).take(tokens, now)) {
                giveBack(taps, i, tokens, now);
                return false;
            }
        }
        return true;
    }

    static void giveBack(Tap[] taps, long tokens, long now) {
        giveBack(taps, taps.length, tokens, now);
    }

    private static void giveBack(Tap[] taps, int first, long tokens, long now) {
        for (int i = 0; i < first; i++) {
            taps[i].tokens(now).giveBack(tokens, now);
        }
    }

    /** A slot for one more request under way, of each, or of none. */
    boolean enter() {
        for (int i = 0; i < slots.length; i++) {
            if (!slots[i].take()) {
                for (int taken = 0; taken < i; taken++) {
                    slots[taken].giveBack();
                }
                return false;
            }
        }
        return true;
    }

    void leave() {
        for (Slots slot : slots) {
            slot.giveBack();
        }
    }

    /** The holder for which an ask may bring what would let pass what was refused; null where none would. */
    @Nullable
    Holder worthAsking(Tap[] taps, long tokens, long now) {
        for (int i = 0; i < taps.length; i++) {
            if (taps[i].mayGet(tokens, now)) {
                return taps[i].name.startsWith("tenant-") ? tenant : credential;
            }
        }
        return null;
    }

    /** Why a taking was refused: the policies that were short of it, and when it is worth another try. */
    static Refusal refusal(Tap[] taps, long tokens, long now) {
        List<String> violated = new ArrayList<>(2);
        long wait = 1;
        boolean shortage = false;
        for (Tap tap : taps) {
            Tokens there = tap.tokens(now);
            if (there.remaining(now) < tokens) {
                violated.add(tap.name);
                wait = Math.max(wait, there.nanosUntil(tokens, now));
                shortage |= tap.failing() && tap.failMode != FailMode.OPEN;
            }
        }
        if (violated.isEmpty() && taps.length > 0) {
            violated.add(taps[0].name);
        }
        int seconds = (int) Math.clamp(Math.ceilDiv(wait, SECOND_NANOS), 1, Integer.MAX_VALUE);
        return shortage ? new Refusal.ReducedCapacity(violated, seconds) : new Refusal.Throttled(violated, seconds);
    }

    Refusal noSlot() {
        List<String> violated = new ArrayList<>(2);
        for (Slots slot : slots) {
            if (slot.remaining() == 0) {
                violated.add(slot.name);
            }
        }
        return new Refusal.Throttled(violated.isEmpty() ? List.of(slots[0].name) : violated, 1);
    }

    /** RateLimit: what remains of the policy that is nearest to its end; the earlier of equals. Null where there is none. */
    @Nullable
    CharSequence nearest(long now) {
        Tap nearest = null;
        long least = Long.MAX_VALUE;
        long left = 0;
        for (Tap tap : all) {
            long remaining = tap.tokens(now).remaining(now);
            long share = remaining * STEPS / tap.rate.burst();
            if (share < least) {
                least = share;
                nearest = tap;
                left = remaining;
            }
        }
        if (slots.length + months.length > 0) {
            CharSequence other = nearestOfOthers(least);
            if (other != null) {
                return other;
            }
        }
        return nearest == null ? null : text(nearest, nearest.name, stepped(left, nearest.rate.burst()), 1);
    }

    private @Nullable CharSequence nearestOfOthers(long least) {
        Slots slot = null;
        for (Slots each : slots) {
            long share = (long) each.remaining() * STEPS / each.here();
            if (share < least) {
                least = share;
                slot = each;
            }
        }
        Month month = null;
        for (Month each : months) {
            long share = each.remaining() / Math.max(1, each.quota / STEPS);
            if (share < least) {
                least = share;
                month = each;
            }
        }
        if (month != null) {
            return text(month, month.name, stepped(month.remaining(), month.quota), month.secondsLeft());
        }
        return slot == null ? null : text(slot, slot.name, slot.remaining(), 0);
    }

    private static long stepped(long left, long most) {
        long step = Math.max(1, Long.highestOneBit(most / STEPS));
        return left - left % step;
    }

    private CharSequence text(Object what, String name, long remaining, long seconds) {
        Told last = told;
        if (last != null && last.what == what && last.remaining == remaining && last.seconds == seconds) {
            return last.text;
        }
        String text = "\"" + name + "\";r=" + remaining + (seconds > 0 ? ";t=" + seconds : "");
        CharSequence made = HttpHeaders.createOptimized(text);
        told = new Told(what, remaining, seconds, made);
        return made;
    }
}
