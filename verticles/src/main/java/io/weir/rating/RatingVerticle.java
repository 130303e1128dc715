package io.weir.rating;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands.AssemblePostings;
import io.weir.schemas.Commands.BillingRun;
import io.weir.schemas.Commands.RunBilling;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@link Addresses#RUN_BILLING}: charges the closed hours of a span in one transaction, then has them posted.
 *
 * <p>An hour is closed when it has ended and every event accepted before now is counted ({@link
 * Addresses#COUNTED_UP_TO}); before the ledger has said so, no hour is. The run's transaction holds the tenant's billing
 * lock, so two runs cannot charge the same difference. A crash between the transaction and the posting leaves a run
 * whose postings the posting stage makes by itself.
 */
public final class RatingVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(RatingVerticle.class);
    private static final long ASSEMBLY_TIMEOUT_MILLIS = 10_000;

    private final Pool money;
    private final WeirSettings.Rating settings;
    private final InstantSource clock;
    private final Timer runs;
    private final Counter charges;
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();
    private volatile Instant countedUpTo = Instant.EPOCH;

    public RatingVerticle(Pool money, WeirSettings.Rating settings, InstantSource clock, MeterRegistry meters) {
        this.money = money;
        this.settings = settings;
        this.clock = clock;
        runs = meters.timer("weir.rating.run");
        charges = meters.counter("weir.rating.charges");
    }

    @Override
    public Future<?> start() {
        var bus = vertx.eventBus();
        consumers.add(Addresses.COUNTED_UP_TO.listen(bus, upTo -> countedUpTo = upTo));
        consumers.add(Addresses.RUN_BILLING.answer(bus, this::run));
        consumers.add(Addresses.RESOLVE_RATING.answer(bus, new Failures(money, clock)::resolve));
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        return Future.join(
                consumers.reversed().stream().map(MessageConsumer::unregister).toList());
    }

    private Future<BillingRun> run(RunBilling command) {
        check(command);
        Timer.Sample sample = Timer.start();
        String id = "R-" + UUID.randomUUID();
        return money.withTransaction(in -> rate(in, command, id))
                .onSuccess(count -> {
                    sample.stop(runs);
                    charges.increment(count);
                })
                .compose(count -> assemble(command, id, count).map(ids -> new BillingRun(id, count, ids)));
    }

    private void check(RunBilling command) {
        if (!command.from().isBefore(command.to())) {
            throw new RefusedException(Refusal.Invalid.at("/to", "must be after from"));
        }
        if (Duration.between(command.from(), command.to()).compareTo(Duration.ofDays(settings.maxSpanDays())) > 0) {
            throw new RefusedException(Refusal.Invalid.at(
                    "/from", "the span must not be longer than " + settings.maxSpanDays() + " days"));
        }
    }

    private Future<Integer> rate(SqlConnection in, RunBilling command, String id) {
        Instant now = clock.instant();
        Instant from = Window.firstHour(command.from());
        Instant to = Window.closedUpTo(command.to(), now, countedUpTo);
        Future<List<ChargeLine>> difference = RatingTable.lock(in, command)
                .compose(held -> from.isBefore(to)
                        ? difference(in, command, from, to)
                        : Future.succeededFuture(List.<ChargeLine>of()));
        return difference.compose(lines -> RatingTable.insert(
                        in, command, id, lines, now.truncatedTo(ChronoUnit.MICROS))
                .compose(done -> from.isBefore(to)
                        ? RatingTable.failures(in, command, from, to, now.truncatedTo(ChronoUnit.MICROS))
                        : Future.succeededFuture())
                .compose(done -> RatingTable.audit(in, command, id, lines.size()))
                .map(lines.size()));
    }

    private Future<List<ChargeLine>> difference(SqlConnection in, RunBilling command, Instant from, Instant to) {
        int limit = settings.maxHoursPerRun() + 1;
        return RatingTable.prices(in, command)
                .compose(prices -> RatingTable.due(in, command, prices, from, to, limit))
                .compose(due -> RatingTable.charged(in, command, from, to, limit)
                        .compose(charged -> {
                            checkHours(Math.max(due.lookedAt(), charged.lookedAt()));
                            return RatingTable.standing(in, command, from, to)
                                    .map(standing ->
                                            Rater.difference(due.quantities(), charged.quantities(), standing));
                        }));
    }

    private void checkHours(int hours) {
        if (hours > settings.maxHoursPerRun()) {
            throw new RefusedException(Refusal.Invalid.at(
                    "/from",
                    "more than " + settings.maxHoursPerRun()
                            + " hours with usage: choose a shorter span or fewer subscriptions"));
        }
    }

    private Future<List<String>> assemble(RunBilling command, String id, int count) {
        if (count == 0) {
            return Future.succeededFuture(List.of());
        }
        return Addresses.ASSEMBLE_POSTINGS
                .ask(vertx.eventBus(), new AssemblePostings(command.tenant(), id), ASSEMBLY_TIMEOUT_MILLIS)
                .recover(failure -> {
                    LOG.atWarn()
                            .addKeyValue("run", id)
                            .setCause(failure)
                            .log(
                                    "rating.postings_later: the charges stand, their postings will be made by the next pass");
                    return Future.succeededFuture(List.of());
                });
    }
}
