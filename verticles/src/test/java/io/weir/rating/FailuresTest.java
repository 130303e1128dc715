package io.weir.rating;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Vertx;
import io.weir.fixtures.Recorded;
import io.weir.fixtures.TestClock;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Actor;
import io.weir.schemas.Commands.Resolution;
import io.weir.schemas.Commands.ResolveRating;
import io.weir.schemas.Commands.RunBilling;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FailuresTest {
    private static final TenantId DEMO = new TenantId("demo");
    private static final Actor JANE = new Actor("jane", "k", "c");
    private static final Instant HOUR = Instant.parse("2026-11-20T08:00:00Z");

    private final Vertx vertx = Vertx.vertx();
    private TestDatabase database;
    private Failures failures;

    @BeforeEach
    void open() {
        database = TestDatabase.fresh(vertx).seedDemo();
        failures = new Failures(database.pool(), TestClock.at("2026-11-20T10:00:00Z"));
        Recorded.Usage used = new Recorded.Usage("m1", "eu", 5, 7);
        Recorded.counted(database, "e1", HOUR, HOUR, "cust-001", "sub-001", used);
        Recorded.counted(database, "e2", HOUR, HOUR, "cust-002", "sub-002", used);
        database.run("update aggregate set subscription_revision = (select revision from subscription"
                + " where subscription = 'sub-001') where subscription <> ''");
    }

    @AfterEach
    void close() {
        database.close();
        await(vertx.close());
    }

    @Test
    void usage_that_no_price_fits_is_one_exception_until_one_does() {
        rate(9);
        assertEquals("none", state("sub-001"), "its price is in force");
        database.run("update subscription set currency = 'EUR' where subscription = 'sub-001'");
        rate(9);
        rate(9);
        assertEquals("open 2", state("sub-001"));
        assertEquals("none", state("sub-002"));
        assertEquals("7 no price of plan standard in EUR is in force", one("quantity || ' ' || detail"));
        database.run("update subscription set currency = 'USD' where subscription = 'sub-001'");
        rate(8);
        assertEquals("open 2", state("sub-001"), "another span says nothing of it");
        rate(9);
        assertEquals("rated 2", state("sub-001"));
    }

    @Test
    void what_a_person_resolved_stays_resolved() {
        database.run("update subscription set currency = 'EUR' where subscription = 'sub-001'");
        rate(9);
        resolve();
        rate(9);
        assertEquals("accepted 2", state("sub-001"));
        assertThrows(RefusedException.class, this::resolve);
        assertEquals("jane", one("resolved_by"));
    }

    private void resolve() {
        await(failures.resolve(new ResolveRating(DEMO, JANE, 1, new Resolution("accepted", "a gift"))));
    }

    /** What a billing run of the day up to that hour does of it. */
    private void rate(int toHour) {
        Instant from = Instant.parse("2026-11-20T00:00:00Z");
        Instant to = from.plusSeconds(3_600L * toHour);
        RunBilling run = new RunBilling(DEMO, "demo", JANE, from, to, List.of());
        await(database.pool().withTransaction(in -> RatingTable.failures(in, run, from, to, HOUR)));
    }

    private String state(String subscription) {
        var rows = database.run(
                "select coalesce(resolution, 'open') || ' ' || attempts from rating_exception where subscription = $1",
                subscription);
        return rows.size() == 0 ? "none" : rows.iterator().next().getString(0);
    }

    private String one(String column) {
        return database.run("select " + column + " from rating_exception")
                .iterator()
                .next()
                .getString(0);
    }
}
