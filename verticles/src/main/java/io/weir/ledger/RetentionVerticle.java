package io.weir.ledger;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.archive.Archive;
import io.weir.schemas.Act;
import io.weir.schemas.Addresses;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.ConfirmDay;
import io.weir.schemas.Instants;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.RetentionSettings;
import io.weir.settings.SettingsException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has days of entries leave Postgres ({@link Retention}), and answers {@link Addresses#CONFIRM_DAY}. To be deployed on a virtual
 * thread; any number of nodes may run it, of which one works at a time.
 */
public final class RetentionVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(RetentionVerticle.class);

    private final Pool pool;
    private final Archive archive;
    private final RetentionSettings settings;
    private final Duration transit;
    private final InstantSource clock;
    private final RetentionMeters meters;
    private final Consumer<Boolean> failing;
    private @Nullable MessageConsumer<?> consumer;
    private boolean working;
    private boolean running = true;
    private long timer = -1;

    /**
     * Looks after days.
     *
     * @param transit how long an event may lie in a journal and in the log, and still be recorded by itself
     * @param failing is told after each pass whether the archive could not be written or read, or is not what was written
     */
    public RetentionVerticle(
            Pool pool,
            Archive archive,
            RetentionSettings settings,
            Duration transit,
            InstantSource clock,
            MeterRegistry meters,
            Consumer<Boolean> failing) {
        this.pool = pool;
        this.archive = archive;
        this.settings = settings;
        this.transit = transit;
        this.clock = clock;
        this.meters = new RetentionMeters(meters);
        this.failing = failing;
    }

    @Override
    public Future<?> start() {
        consumer = Addresses.CONFIRM_DAY.answer(vertx.eventBus(), command -> {
            confirm(command);
            return Future.succeededFuture();
        });
        if (settings.leaves()) {
            int least = leastDays();
            if (settings.entryDays() < least) {
                throw new SettingsException(List.of("retention.entryDays must be at least " + least
                        + " (or 0, for ever), so that no event that is still accepted is forgotten, not "
                        + settings.entryDays()));
            }
            timer = vertx.setPeriodic(settings.pollMillis(), tick -> work());
        }
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        running = false;
        vertx.cancelTimer(timer);
        MessageConsumer<?> open = consumer;
        return open == null ? Future.succeededFuture() : open.unregister();
    }

    private int leastDays() {
        SqlConnection sql = Future.await(pool.getConnection());
        try {
            return Retention.leastDays(sql, transit);
        } finally {
            Future.await(sql.close().otherwiseEmpty());
        }
    }

    private void work() {
        if (working) {
            return;
        }
        working = true;
        try {
            Retention retention = new Retention(
                    pool,
                    archive,
                    settings,
                    clock,
                    meters,
                    failing,
                    () -> Future.await(vertx.timer(settings.pauseMillis())));
            // Tenants may accept older events than at the start: then days stay longer.
            retention.pass(leastDays(), () -> running);
        } catch (Exception e) { // what a future failed with is thrown as it is, checked or not
            if (running) {
                LOG.warn("archive.pass failure={}", e.toString());
            }
        } finally {
            working = false;
        }
    }

    private void confirm(ConfirmDay command) {
        InTransaction.run(pool, sql -> {
            Tuple key = Tuple.of(command.day(), command.tenant().value());
            Row day = Future.await(sql.preparedQuery(RetentionTable.LOCK_DAY).execute(key)).stream()
                    .findFirst()
                    .orElseThrow(() -> new RefusedException(new Refusal.NotFound("exported day " + command.day())));
            String sha256 = ArchiveDays.events(day.getString("files")).sha256();
            if (!command.sha256().equals(sha256)) {
                throw new RefusedException(new Refusal.Conflict(
                        "other-content", "the day's events have SHA-256 " + sha256 + ": take them again"));
            }
            return sha256.equals(day.getString("confirmed")) || confirm(sql, command, key);
        });
    }

    private boolean confirm(SqlConnection sql, ConfirmDay command, Tuple key) {
        sql.preparedQuery(RetentionTable.CONFIRM)
                .execute(key.addValue(command.sha256())
                        .addValue(command.actor().principal())
                        .addValue(Instants.utc(clock.instant())));
        sql.preparedQuery(RetentionTable.SOON).execute(Tuple.of(command.day()));
        Audited act = Audited.of(
                command.tenant(),
                command.actor(),
                Act.ARCHIVE_DAY_CONFIRMED,
                command.day().toString(),
                null,
                new Confirmed(command.sha256()));
        Statements.audit(sql, act);
        return true;
    }

    /** What a confirmation says, as the audit trail keeps it. */
    private record Confirmed(String sha256) {}
}
