package io.weir.entitlement;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.schemas.CustomerId;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SlotTest {
    private static final Instant START = Instant.parse("2026-11-20T10:00:00Z");
    private final Horizon horizon =
            new Horizon(new WeirSettings.Entitlement(10, 5000, 1, 60, 250, 5000, 2, 10), InstantSource.fixed(START));
    private final Slot slot = new Slot(new Slot.Key(new TenantId("acme"), new CustomerId("c")));

    private static Instant second(int seconds) {
        return START.plusSeconds(seconds);
    }

    private Account account(long generation, Instant loadedAt) {
        Facts facts = new Facts(new CustomerId("c"), 1, new Catalog(List.of()), List.of(), List.of(), Map.of());
        return new Account(facts, generation, loadedAt, horizon);
    }

    private static boolean usable(Account account) {
        return account.usableAt(START.toEpochMilli());
    }

    @Test
    void as_of_moves_on_with_the_horizon_while_nothing_changes() {
        Account account = account(1, second(1));
        slot.install(account);
        horizon.advance(second(0));
        assertEquals(second(1), account.asOf());
        horizon.advance(second(2));
        assertEquals(second(2), account.asOf());
    }

    @Test
    void as_of_of_a_changed_account_stands_at_the_batch_before_and_it_goes_on_answering() {
        Account account = account(1, second(1));
        slot.install(account);
        horizon.advance(second(2));
        assertTrue(slot.changed(2, horizon.asOf()));
        horizon.advance(second(3));
        assertTrue(slot.changed(3, horizon.asOf()));
        horizon.advance(second(4));
        assertEquals(second(2), account.asOf());
        assertTrue(usable(account));
    }

    @Test
    void a_load_that_began_before_an_invalidation_is_not_fresh_when_it_lands() {
        slot.invalidate(2, second(0));
        Account late = account(1, second(1));
        slot.install(late);
        horizon.advance(second(5));
        assertFalse(slot.serves(1));
        assertFalse(usable(late));
        assertEquals(second(1), late.asOf());
    }

    @Test
    void a_load_that_began_before_a_change_was_told_does_not_claim_it() {
        slot.install(account(1, second(1)));
        assertTrue(slot.changed(3, second(2)));
        Account early = account(2, second(2));
        slot.install(early);
        horizon.advance(second(5));
        assertTrue(usable(early));
        assertFalse(slot.covers(2));
        assertEquals(second(2), early.asOf());
    }

    @Test
    void an_older_load_never_replaces_a_newer_one() {
        Account newer = account(3, second(3));
        slot.install(newer);
        slot.install(account(2, second(2)));
        assertSame(newer, slot.account());
    }

    @Test
    void an_account_that_nobody_asks_is_at_last_not_read_again_at_each_change() {
        slot.install(account(1, second(1)));
        int refreshed = 0;
        while (slot.changed(refreshed + 2, second(1))) {
            refreshed++;
            assertTrue(refreshed < 1000);
        }
        assertFalse(usable(requireNonNull(slot.account())));
    }
}
