package io.weir.posting;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.weir.posting.DeliveryTable.Settlement;
import io.weir.posting.ErpOutcome.Reason;
import io.weir.schemas.Commands.AssemblePostings;
import io.weir.schemas.Heartbeat;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The loop that delivers approved documents to ERPs, each exactly once.
 *
 * <p>One document: claim (a new fence, and a time after which the claim is free again), attempt row, call, outcome.
 *
 * <ul>
 *   <li>The node dies before the call: the claim runs out, another node takes the document. If the attempt was a write
 *       its row has no outcome; nobody can know whether the call was made, so the ERP is asked first.
 *   <li>The answer is lost: the attempt is ambiguous; the document is due again, and the ERP is asked first.
 *   <li>Two nodes: {@code for update skip locked} gives the document to one. If the slower one's claim ran out under it,
 *       its fence is old: no attempt of its begins and no outcome of its is taken. A call that is under way cannot be
 *       called back, which is why an attempt begins only if the claim holds for the call's whole deadline.
 *   <li>Postgres is away when the outcome is known: the outcome is tried again for as long as the claim lasts; then the
 *       attempt has no outcome, as if the node had died.
 * </ul>
 *
 * <p>Bounded: documents under way by the bulkhead of each connection, a call by {@code posting.deadlineMillis}, a claim
 * by {@code posting.claimMillis}, waiting between attempts by {@code posting.maxRetryMillis}. There is no last attempt:
 * a document waits until the ERP takes or rejects it.
 *
 * <p>Runs on a virtual-thread context: it waits by {@code await()}, and deliveries take turns at their waiting points.
 */
final class Deliveries {
    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
    private static final String WRITE = "write";
    private static final String LOOKUP = "lookup";
    private static final long STRAYS_EVERY_MILLIS = 5_000;
    private static final long STOP_MILLIS = 3_000;
    /** A throttled ERP is asked again after at most so many first waits: the governor holds it back, not the clock. */
    private static final int THROTTLE_WAITS = 8;

    private final Vertx vertx;
    private final Pool money;
    private final WeirSettings.Posting settings;
    private final InstantSource clock;
    private final Map<String, ErpClient> clients;
    private final Decisions decisions;
    private final ErpMeters meters;
    private final Heartbeat heartbeat;
    private final Context context;
    private final Map<Connection.Key, ErpLane> lanes = new ConcurrentHashMap<>();
    private final RandomGenerator random = RandomGenerator.getDefault();
    private final Promise<Void> ended = Promise.promise();
    private Promise<Void> woken = Promise.promise();
    private Promise<Void> idle = Promise.promise();
    private int underWay;
    private boolean stopping;
    private boolean troubled;
    private long straysAt;

    Deliveries(
            Vertx vertx,
            Pool money,
            WeirSettings.Posting settings,
            InstantSource clock,
            Map<String, ErpClient> clients,
            Decisions decisions,
            ErpMeters meters,
            Heartbeat heartbeat) {
        this.vertx = vertx;
        this.money = money;
        this.settings = settings;
        this.clock = clock;
        this.clients = clients;
        this.decisions = decisions;
        this.meters = meters;
        this.heartbeat = heartbeat;
        context = vertx.getOrCreateContext();
        clients.keySet().forEach(vendor -> meters.show(vendor, lanes.values(), settings.bulkhead()));
    }

    /** Starts the loop; call on the verticle's context. */
    void start() {
        context.runOnContext(now -> loop());
    }

    /** Looks for due documents now. */
    void wake() {
        woken.tryComplete();
    }

    /** Ends the loop and waits a little for what is under way; what is not finished then is looked up by who takes it over. */
    Future<Void> stop() {
        stopping = true;
        idle = Promise.promise();
        wake();
        lanes.values().forEach(ErpLane::close);
        return ended.future()
                .compose(done -> underWay == 0 ? Future.<Void>succeededFuture() : idle.future())
                .timeout(STOP_MILLIS, TimeUnit.MILLISECONDS)
                .recover(late -> Future.succeededFuture());
    }

    private void loop() {
        while (!stopping) {
            woken = Promise.promise();
            try {
                assembleStrays();
                pass();
                troubled = false;
                heartbeat.start();
            } catch (Exception e) {
                trouble(e);
            }
            rest();
        }
        ended.complete();
    }

    private void rest() {
        Promise<Void> mine = woken;
        if (stopping) {
            return;
        }
        long timer = vertx.setTimer(settings.pollMillis(), id -> mine.tryComplete());
        mine.future().await();
        vertx.cancelTimer(timer);
    }

    private void trouble(Exception e) {
        if (!troubled) {
            troubled = true;
            LOG.atWarn().setCause(e).log("posting.pass_failed: goes on trying");
        }
    }

    private void assembleStrays() {
        long now = clock.millis();
        if (now < straysAt) {
            return;
        }
        straysAt = now + STRAYS_EVERY_MILLIS;
        for (AssemblyTable.Stray stray : decisions.strays().await()) {
            LOG.atWarn().addKeyValue("run", stray.run()).log("posting.stray_run");
            decisions
                    .assemble(new AssemblePostings(stray.tenant(), stray.run()))
                    .await();
        }
        meters.waiting(DeliveryTable.waiting(money).await());
    }

    private void pass() {
        String[] vendors = clients.keySet().toArray(String[]::new);
        for (Connection connection : DeliveryTable.connections(money, vendors).await()) {
            ErpLane lane = lane(connection);
            int most = Math.min(lane.free(), settings.claimBatch());
            if (most == 0 || stopping) {
                continue;
            }
            for (Claim claim : DeliveryTable.claim(money, connection.key(), most, settings.claimMillis())
                    .await()) {
                lane.enter();
                underWay++;
                context.runOnContext(now -> deliver(lane, claim, connection.shadow()));
            }
        }
    }

    private ErpLane lane(Connection connection) {
        ErpClient client = clients.get(connection.vendor());
        if (client == null) {
            throw new IllegalStateException("no client for vendor " + connection.vendor());
        }
        ErpLane lane = lanes.computeIfAbsent(
                connection.key(),
                key -> new ErpLane(vertx, settings, connection, client, meters, () -> backAgain(key)));
        lane.connection(connection);
        return lane;
    }

    private void backAgain(Connection.Key connection) {
        DeliveryTable.wake(money, connection).onComplete(done -> wake());
    }

    private void deliver(ErpLane lane, Claim claim, boolean shadow) {
        try {
            if (claim.uncertain() || shadow) {
                Attempt lookup = attempt(claim, LOOKUP, () -> lane.find(claim.externalId()));
                boolean free = lookup != null && lookup.outcome() instanceof ErpOutcome.Absent && !shadow;
                if (lookup != null) {
                    conclude(claim, lookup, free ? null : settlement(claim, lookup.outcome()));
                }
                if (!free) {
                    return;
                }
            }
            ErpDocument document = DeliveryTable.document(money, claim).await();
            Attempt write = attempt(claim, WRITE, () -> lane.write(document));
            if (write != null) {
                conclude(claim, write, settlement(claim, write.outcome()));
            }
        } catch (Exception e) {
            LOG.atError()
                    .addKeyValue("document", claim.externalId())
                    .setCause(e)
                    .log("posting.delivery_failed: its claim runs out, then it is taken up again");
        } finally {
            left(lane);
        }
    }

    private void left(ErpLane lane) {
        lane.leave();
        underWay--;
        if (underWay == 0) {
            idle.tryComplete();
        }
        wake();
    }

    private record Attempt(long id, ErpOutcome outcome) {}

    /** Writes the attempt, then makes the call; null where the claim does not hold any more. */
    private @Nullable Attempt attempt(Claim claim, String action, Supplier<Future<ErpOutcome>> call) {
        OptionalLong id = DeliveryTable.attempt(money, claim, action, clock.instant(), settings.deadlineMillis())
                .await();
        if (id.isEmpty()) {
            meters.settled("fenced");
            return null;
        }
        return new Attempt(id.getAsLong(), call.get().await());
    }

    /** Writes an outcome and what follows from it, trying again while the claim lasts. */
    private void conclude(Claim claim, Attempt attempt, @Nullable Settlement to) {
        long giveUpAt = clock.millis() + settings.claimMillis() - settings.deadlineMillis();
        while (true) {
            try {
                boolean ours = money.withTransaction(in -> DeliveryTable.outcome(
                                        in, attempt.id(), attempt.outcome(), clock.instant())
                                .compose(done -> to == null
                                        ? Future.succeededFuture(true)
                                        : DeliveryTable.settle(in, claim, to, clock.instant())))
                        .await();
                if (to != null) {
                    meters.settled(ours ? to.state() : "fenced");
                }
                return;
            } catch (Exception e) {
                if (stopping || clock.millis() >= giveUpAt) {
                    throw e;
                }
                vertx.timer(settings.retryMillis(), TimeUnit.MILLISECONDS).await();
            }
        }
    }

    /** What becomes of a document by its last outcome. That it is absent is a last outcome in shadow mode only. */
    private Settlement settlement(Claim claim, ErpOutcome outcome) {
        String detail = ErpOutcome.Row.of(outcome).detail();
        return switch (outcome) {
            case ErpOutcome.Stands it -> new Settlement("posted", 0, it.document(), null, null);
            case ErpOutcome.Absent it ->
                new Settlement("held", 0, null, Reason.SHADOW.text(), "the connection is in shadow mode: not written");
            case ErpOutcome.Rejected it ->
                new Settlement("held", 0, null, it.reason().text(), detail);
            case ErpOutcome.Throttled it ->
                due(claim, Math.min(settings.maxRetryMillis(), (long) THROTTLE_WAITS * settings.retryMillis()), detail);
            case ErpOutcome.NotSent it -> due(claim, settings.retryMillis(), "the circuit breaker is open");
            case ErpOutcome.Denied it -> due(claim, settings.maxRetryMillis(), detail);
            case ErpOutcome.Unreached it -> due(claim, settings.maxRetryMillis(), detail);
            case ErpOutcome.Failed it -> due(claim, settings.maxRetryMillis(), detail);
            case ErpOutcome.Ambiguous it -> due(claim, settings.maxRetryMillis(), detail);
        };
    }

    private Settlement due(Claim claim, long mostMillis, @Nullable String detail) {
        long wait = Backoff.millis(settings.retryMillis(), mostMillis, claim.attempts(), random);
        return new Settlement("due", wait, null, null, detail);
    }
}
