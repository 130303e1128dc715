package io.weir.posting;

import io.micrometer.core.instrument.Timer;
import io.vertx.circuitbreaker.CircuitBreaker;
import io.vertx.circuitbreaker.CircuitBreakerOptions;
import io.vertx.circuitbreaker.CircuitBreakerState;
import io.vertx.circuitbreaker.OpenCircuitException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.weir.settings.WeirSettings;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to one connection: its client behind a circuit breaker, a bulkhead, and a {@link Governor}.
 *
 * <p>Failures in a row open the breaker; throttle answers and refused documents do not, since they come from an ERP that
 * works. While it is open nothing is claimed, so documents wait without using up attempts. After a while one cheap
 * look-up asks whether the ERP is back. If so the breaker closes and what waits is due at once, but on trial: one
 * document at a time, and a single failure opens it again, until one write was answered (an ERP can well read and not
 * write).
 *
 * <p>Used on the posting verticle's context only; what meters read is volatile.
 */
final class ErpLane {
    private static final Logger LOG = LoggerFactory.getLogger(ErpLane.class);
    /** Names no document: the question is only whether there is an answer. */
    private static final String PROBE = "WEIR-PROBE";

    private static final int FAILURES_WINDOW_MILLIS = 600_000;

    private final ErpClient client;
    private final CircuitBreaker breaker;
    private final Governor governor;
    private final ErpMeters meters;
    private final Context context;
    private final Runnable whenClosed;
    private Connection connection;
    private int underWay;
    private boolean closing;
    private volatile boolean trial;
    private volatile int shownLimit;

    ErpLane(
            Vertx vertx,
            WeirSettings.Posting settings,
            Connection connection,
            ErpClient client,
            ErpMeters meters,
            Runnable whenClosed) {
        this.client = client;
        this.connection = connection;
        this.meters = meters;
        this.whenClosed = whenClosed;
        context = vertx.getOrCreateContext();
        governor = new Governor(settings.bulkhead());
        shownLimit = settings.bulkhead();
        // The deadline is the client's; no second clock.
        CircuitBreakerOptions options = new CircuitBreakerOptions()
                .setMaxFailures(settings.breakerFailures())
                .setFailuresRollingWindow(FAILURES_WINDOW_MILLIS)
                .setResetTimeout(settings.breakerResetMillis())
                .setTimeout(-1);
        breaker = CircuitBreaker.create("erp", vertx, options)
                .openHandler(opened -> moved(CircuitBreakerState.OPEN))
                .halfOpenHandler(half -> {
                    moved(CircuitBreakerState.HALF_OPEN);
                    context.runOnContext(now -> probe());
                })
                .closeHandler(closed -> {
                    trial = true;
                    moved(CircuitBreakerState.CLOSED);
                    context.runOnContext(now -> whenClosed.run());
                });
    }

    /** The connection as it is stored now. */
    void connection(Connection current) {
        connection = current;
    }

    /** How many more documents may be under way. */
    int free() {
        if (breaker.state() != CircuitBreakerState.CLOSED) {
            return 0;
        }
        return Math.max(0, (trial ? 1 : governor.limit()) - underWay);
    }

    void enter() {
        underWay++;
    }

    void leave() {
        underWay--;
    }

    /** No more probes: the node stops. */
    void close() {
        closing = true;
        breaker.close();
    }

    Future<ErpOutcome> write(ErpDocument document) {
        Connection to = connection;
        return guarded("write", () -> client.write(to, document)).onSuccess(outcome -> {
            if (!outcome.breaks() && !(outcome instanceof ErpOutcome.NotSent)) {
                trial = false;
            }
        });
    }

    Future<ErpOutcome> find(String externalId) {
        Connection at = connection;
        return guarded("lookup", () -> client.find(at, externalId));
    }

    private void probe() {
        if (!closing) {
            find(PROBE).onFailure(bug -> LOG.atError().setCause(bug).log("erp.probe_failed"));
        }
    }

    private Future<ErpOutcome> guarded(String action, Supplier<Future<ErpOutcome>> call) {
        Timer.Sample sample = meters.begin();
        return breaker.<ErpOutcome>execute(() -> call.get()
                        .compose(outcome -> outcome.breaks()
                                ? Future.<ErpOutcome>failedFuture(new BreakingException(outcome))
                                : Future.succeededFuture(outcome)))
                .recover(failure -> switch (failure) {
                    case BreakingException breaking -> Future.<ErpOutcome>succeededFuture(breaking.outcome);
                    case OpenCircuitException open -> Future.<ErpOutcome>succeededFuture(new ErpOutcome.NotSent());
                    default -> Future.<ErpOutcome>failedFuture(failure);
                })
                .onSuccess(outcome -> {
                    meters.called(sample, connection.vendor(), action, outcome);
                    react(outcome);
                });
    }

    private void react(ErpOutcome outcome) {
        switch (outcome) {
            case ErpOutcome.Throttled throttled -> governor.throttled(underWay - 1);
            case ErpOutcome.Stands stands -> governor.answered();
            case ErpOutcome.Absent absent -> governor.answered();
            case ErpOutcome.Rejected rejected -> governor.answered();
            case ErpOutcome.Denied denied -> openNow();
            case ErpOutcome.Unreached unreached -> openOnTrial();
            case ErpOutcome.Failed failed -> openOnTrial();
            case ErpOutcome.Ambiguous ambiguous -> openOnTrial();
            case ErpOutcome.NotSent notSent -> {}
        }
        shownLimit = governor.limit();
    }

    private void openOnTrial() {
        if (trial) {
            openNow();
        }
    }

    private void openNow() {
        if (breaker.state() == CircuitBreakerState.CLOSED) {
            breaker.open();
        }
    }

    private void moved(CircuitBreakerState to) {
        meters.moved(connection.vendor(), to);
        LOG.atInfo()
                .addKeyValue("tenant", connection.tenant())
                .addKeyValue("connection", connection.connection())
                .addKeyValue("to", to)
                .log("erp.breaker");
    }

    String vendor() {
        return connection.vendor();
    }

    /** The breaker's state as a number for a meter: 0 closed, 1 half open or on trial, 2 open. */
    int shown() {
        return switch (breaker.state()) {
            case OPEN -> 2;
            case HALF_OPEN -> 1;
            case CLOSED -> trial ? 1 : 0;
        };
    }

    int shownLimit() {
        return shownLimit;
    }

    /** Carries an outcome that counts against the ERP's health through the breaker. */
    private static final class BreakingException extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final transient ErpOutcome outcome;

        BreakingException(ErpOutcome outcome) {
            super(null, null, false, false);
            this.outcome = outcome;
        }
    }
}
