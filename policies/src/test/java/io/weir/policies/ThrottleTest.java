package io.weir.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.AccessTier;
import io.weir.schemas.AccessTier.FailMode;
import io.weir.schemas.AccessTier.Rate;
import io.weir.schemas.Caller;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who is limited by what, on one node. */
class ThrottleTest {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong nanos = new AtomicLong();
    private final Leases leases = new Leases(Throttles.SETTINGS, nanos::get);
    private final Throttle throttle = Throttles.of(leases, nanos::get);

    @Test
    void a_taking_is_from_the_credential_and_the_tenant_or_from_none() {
        AccessTier tenant = events(10, 10);
        Caller one = caller("one", events(100, 8), tenant);
        Caller two = caller("two", events(100, 8), tenant);
        assertTrue(throttle.take(one, 8, 0).taken());
        // The tenant has 2 left: what the credential could give is not taken either.
        assertEquals(List.of("tenant-events"), throttle.take(two, 3, 0).violated());
        assertTrue(throttle.take(two, 2, 0).taken());
        nanos.addAndGet(SECOND);
        assertTrue(throttle.take(two, 8, 0).taken());
    }

    @Test
    void bytes_of_what_is_refused_for_its_events_are_not_taken() {
        AccessTier tier = new AccessTier(
                "t",
                Optional.empty(),
                Optional.of(new Rate(1, 2)),
                Optional.of(new Rate(1, 100)),
                OptionalInt.empty(),
                OptionalLong.empty(),
                FailMode.SHARE);
        Caller caller = caller("one", tier, null);
        assertEquals(List.of("events"), throttle.take(caller, 3, 100).violated());
        assertTrue(throttle.take(caller, 2, 100).taken());
        assertEquals(List.of("bytes"), throttle.take(caller, 0, 1).violated());
        assertEquals(1_000, throttle.take(caller, 0, 1).waitMillis());
    }

    @Test
    void a_tier_that_says_nothing_limits_nothing() {
        AccessTier tier = new AccessTier(
                "t",
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                FailMode.SHARE);
        assertTrue(throttle.take(caller("one", tier, null), Integer.MAX_VALUE, Long.MAX_VALUE)
                .taken());
    }

    @Test
    void a_changed_tier_counts_at_once_and_the_same_tier_read_anew_forgets_nothing() {
        assertTrue(throttle.take(caller("one", events(1, 5), null), 5, 0).taken());
        assertFalse(throttle.take(caller("one", events(1, 5), null), 1, 0).taken());
        assertTrue(throttle.take(caller("one", events(1, 50), null), 50, 0).taken());
    }

    @Test
    void a_node_among_several_spends_its_float_first_then_what_the_cluster_grants() {
        leases.members(2, 1);
        Caller caller = caller("one", events(100, 50), null);
        assertTrue(throttle.take(caller, 5, 0).taken());
        assertFalse(throttle.take(caller, 1, 0).taken());
        List<Tank.Ask> asked = new ArrayList<>();
        List<Consumer<Tank.@Nullable Grant>> answers = new ArrayList<>();
        leases.first((holder, ask, answer) -> {
            asked.add(ask);
            answers.add(answer);
        });
        // What was spent of the float is a debt; what was refused is wanted.
        assertEquals(5, asked.getFirst().debt()[1]);
        assertTrue(asked.getFirst().wanted()[1] >= 1);
        answers.getFirst().accept(new Tank.Grant(new long[] {0, 7, 0}, new long[] {0, 9, 0}));
        assertTrue(throttle.take(caller, 7, 0).taken());
        assertFalse(throttle.take(caller, 1, 0).taken());
        // A second answer to the same ask is of no use.
        answers.getFirst().accept(new Tank.Grant(new long[] {0, 7, 0}, new long[] {0, 9, 0}));
        assertFalse(throttle.take(caller, 1, 0).taken());
    }

    @Test
    void without_an_answer_for_the_time_of_a_lease_the_fail_mode_holds() {
        leases.members(2, 2);
        Caller closed = caller("closed", events(100, 50, FailMode.CLOSED), null);
        Caller open = caller("open", events(100, 50, FailMode.OPEN), null);
        Caller share = caller("share", events(100, 50, FailMode.SHARE), null);
        for (int round = 0; round < 30; round++) {
            List.of(closed, open, share).forEach(caller -> throttle.take(caller, 50, 0));
            leases.round((holder, ask, answer) -> answer.accept(null));
            nanos.addAndGet(SECOND / 10);
        }
        assertEquals(3, leases.failing());
        nanos.addAndGet(10 * SECOND);
        assertFalse(throttle.take(closed, 1, 0).taken());
        assertTrue(throttle.take(open, 50, 0).taken());
        assertFalse(throttle.take(share, 26, 0).taken());
        assertTrue(throttle.take(share, 25, 0).taken());
    }

    @Test
    void a_node_that_sees_half_of_the_expected_is_cut_off() {
        leases.members(2, 4);
        assertEquals(Standing.Footing.CUT_OFF, leases.get().footing());
        leases.members(3, 4);
        assertEquals(Standing.Footing.LEASED, leases.get().footing());
        leases.members(1, 1);
        assertEquals(Standing.Footing.ALONE, leases.get().footing());
        // Having been one of several it begins empty.
        assertFalse(throttle.take(caller("one", events(10, 10), null), 1, 0).taken());
        nanos.addAndGet(SECOND);
        assertTrue(throttle.take(caller("one", events(10, 10), null), 10, 0).taken());
    }

    @Test
    void no_more_holders_than_may_be_have_leases() {
        leases.members(2, 2);
        for (int i = 0; i < Throttles.SETTINGS.maxLeases() + 5; i++) {
            throttle.take(caller("c" + i, events(10, 10), null), 1, 0);
        }
        assertEquals(Throttles.SETTINGS.maxLeases(), leases.held());
        assertEquals(5, leases.beyond());
        // Those that nobody asks for make room.
        leases.round((holder, ask, answer) -> answer.accept(new Tank.Grant(new long[3], new long[3])));
        nanos.addAndGet(3 * SECOND);
        leases.round((holder, ask, answer) -> answer.accept(new Tank.Grant(new long[3], new long[3])));
        nanos.addAndGet(3 * SECOND);
        leases.round((holder, ask, answer) -> answer.accept(new Tank.Grant(new long[3], new long[3])));
        assertEquals(0, leases.held());
    }

    private static AccessTier events(long perSecond, long burst) {
        return events(perSecond, burst, FailMode.SHARE);
    }

    private static AccessTier events(long perSecond, long burst, FailMode failMode) {
        return new AccessTier(
                "t" + perSecond + "-" + burst,
                Optional.empty(),
                Optional.of(new Rate(perSecond, burst)),
                Optional.empty(),
                OptionalInt.empty(),
                OptionalLong.empty(),
                failMode);
    }

    private static Caller caller(String credential, AccessTier tier, @Nullable AccessTier tenant) {
        Caller any = EnvelopeTest.caller();
        return new Caller(
                new TenantId("x"),
                "x",
                "x",
                credential,
                Set.of(),
                tier,
                Optional.ofNullable(tenant),
                "local",
                Duration.ZERO,
                Duration.ZERO,
                any.narrowing());
    }
}
