package io.weir.changes;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import io.weir.changes.ChangeTable.Reading;
import io.weir.schemas.Addresses;
import io.weir.schemas.ChangeBatch;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the change feed and tells it to this node.
 *
 * <p>One reading at a time, {@code changes.pollMillis} after the end of the one before; while there is more than
 * {@code changes.maxPerPoll}, without a pause. A reading that fails is simply tried again at its time: nothing is told
 * meanwhile, so {@code asOf} stands still for everyone.
 */
public final class ChangeFeedVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(ChangeFeedVerticle.class);

    private final ChangeTable table;
    private final WeirSettings.Changes settings;
    private final InstantSource time;
    private final FeedPosition position;
    private final Counter told;
    private final Counter read;
    private final Counter failed;
    private final MeterRegistry meters;
    private final Gauge lag;
    private volatile Instant asOf = Instant.EPOCH;
    private boolean away;
    private boolean stopped;
    private long pollTimer = -1;
    private long housekeepingTimer = -1;

    public ChangeFeedVerticle(Pool sync, WeirSettings.Changes settings, InstantSource time, MeterRegistry meters) {
        this.table = new ChangeTable(sync);
        this.settings = settings;
        this.time = time;
        this.meters = meters;
        this.position = new FeedPosition(settings.maxPerPoll(), Duration.ofHours(settings.hoursKept() - 1L));
        this.told = meters.counter("weir.changes.told");
        this.read = meters.counter("weir.changes.polls", "outcome", "read");
        this.failed = meters.counter("weir.changes.polls", "outcome", "failed");
        this.lag = Gauge.builder("weir.changes.lag", this, ChangeFeedVerticle::lagSeconds)
                .baseUnit("seconds")
                .description("Age of the instant up to which this node knows every change")
                .register(meters);
    }

    @Override
    public Future<?> start() {
        return housekeep().eventually(() -> {
            housekeepingTimer = vertx.setPeriodic(settings.housekeepingMillis(), timer -> housekeep());
            poll();
            return Future.succeededFuture();
        });
    }

    @Override
    public Future<?> stop() {
        stopped = true;
        vertx.cancelTimer(pollTimer);
        vertx.cancelTimer(housekeepingTimer);
        meters.remove(lag);
        return Future.succeededFuture();
    }

    private void poll() {
        Instant at = time.instant();
        within(table.read(position.from(), settings.maxPerPoll())).onComplete(done -> {
            if (stopped) {
                return;
            }
            boolean more = false;
            if (done.succeeded()) {
                tell(at, done.result());
                more = done.result().rows() >= settings.maxPerPoll();
            } else {
                failed(done.cause());
            }
            pollTimer = vertx.setTimer(more ? 1 : settings.pollMillis(), timer -> poll());
        });
    }

    private void tell(Instant at, Reading reading) {
        ChangeBatch batch = position.advance(at, reading);
        asOf = batch.asOf();
        read.increment();
        told.increment(batch.changes().size());
        if (away) {
            away = false;
            LOG.info("changes.back");
        }
        if (batch.everything()) {
            LOG.info("changes.everything horizon={}", reading.oldest());
        }
        Addresses.CHANGES.tell(vertx.eventBus(), batch);
    }

    private void failed(Throwable cause) {
        failed.increment();
        if (!away) {
            away = true;
            LOG.warn("changes.away cause={}", cause.toString());
        }
    }

    private Future<Void> housekeep() {
        return within(table.partitions(time.instant(), settings.hoursAhead(), settings.hoursKept()))
                .onSuccess(dropped -> LOG.debug("changes.partitions dropped={}", dropped))
                .onFailure(cause -> LOG.warn("changes.partitions cause={}", cause.toString()))
                .otherwiseEmpty()
                .mapEmpty();
    }

    /** The answer, or a failure once it is overdue: the loop must go on when a connection has gone silent. */
    private <T> Future<T> within(Future<T> answer) {
        Promise<T> promise = Promise.promise();
        long timer = vertx.setTimer(
                settings.timeoutMillis(), late -> promise.tryFail(new TimeoutException("no answer of Postgres")));
        answer.onComplete(done -> {
            vertx.cancelTimer(timer);
            if (done.succeeded()) {
                promise.tryComplete(done.result());
            } else {
                promise.tryFail(done.cause());
            }
        });
        return promise.future();
    }

    private double lagSeconds() {
        return Duration.between(asOf, time.instant()).toMillis() / 1000.0;
    }
}
