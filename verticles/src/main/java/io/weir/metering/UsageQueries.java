package io.weir.metering;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Aggregation;
import io.weir.schemas.Caller;
import io.weir.schemas.FieldError;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** Answers how much was used; safe to be called from any thread. */
public final class UsageQueries {
    private final Pool report;
    private final WeirSettings.Metering settings;
    private final InstantSource clock;
    private final Supplier<Optional<Instant>> countedUpTo;

    /** @param countedUpTo up to which instant every accepted event is counted; empty as long as that is not known */
    UsageQueries(
            Pool report, WeirSettings.Metering settings, InstantSource clock, Supplier<Optional<Instant>> countedUpTo) {
        this.report = report;
        this.settings = settings;
        this.clock = clock;
        this.countedUpTo = countedUpTo;
    }

    /**
     * Answers the question, with refusals for a meter, customer or subscription that is not there, for dimensions that
     * the meter does not have, and for a question that is too large.
     */
    public Future<UsageAnswer> usage(Caller caller, UsageQuestion question) {
        Optional<Instant> asOf = countedUpTo.get();
        if (asOf.isEmpty()) {
            return refused(new Refusal.Unavailable("what is counted is not known yet", 1));
        }
        Instant now = clock.instant();
        List<Instant> starts =
                question.window().starts(question.from(), question.to(), question.zone(), settings.maxRows());
        List<FieldError> errors = tooLarge(question, starts);
        if (!errors.isEmpty()) {
            return refused(new Refusal.Invalid(errors));
        }
        return MeteringTable.meter(report, caller, question)
                .map(meter -> checked(meter, question))
                .compose(meter -> UsageTable.usage(
                                report, caller, question, meter, cut(caller, question, meter, starts, asOf.get(), now))
                        .map(read -> new UsageAnswer(
                                question.meter().value(),
                                meter.unit(),
                                asOf.get(),
                                Math.max(0, Duration.between(asOf.get(), now).toMillis()),
                                meter.held(),
                                meter.uncounted(),
                                meter.backfill().complete(question.from()) ? null : meter.backfill(),
                                rows(question, meter, read))));
    }

    private UsageTable.Cut cut(
            Caller caller,
            UsageQuestion question,
            MeteringTable.Meter meter,
            List<Instant> starts,
            Instant asOf,
            Instant now) {
        Quarters quarters = meter.aggregation().keeps() == Aggregation.Keeps.SUM
                ? Quarters.of(question.from(), question.to(), now.plus(caller.eventsFuture()))
                : Quarters.inside(question.from(), question.to());
        if (meter.archivedTo() != null && meter.aggregation() != Aggregation.WEIGHTED_SUM) {
            List<FieldError> archived = new ArrayList<>();
            archived(quarters.head(), "/from", meter.archivedTo(), archived);
            archived(quarters.tail(), "/to", meter.archivedTo(), archived);
            if (!archived.isEmpty()) {
                throw new RefusedException(new Refusal.Invalid(archived));
            }
        }
        Instant upTo = asOf.isBefore(question.to()) ? asOf : question.to();
        return new UsageTable.Cut(starts, question.to(), upTo, quarters, settings.maxRows(), settings.maxValues());
    }

    /** An edge would have to be read from entries, of which some have left: whole quarter hours are kept for ever. */
    private static void archived(Quarters.Edge edge, String pointer, Instant upTo, List<FieldError> errors) {
        if (edge.from().isBefore(edge.to()) && !edge.from().isAfter(upTo)) {
            errors.add(new FieldError(
                    pointer,
                    "must lie on a quarter hour, such as " + Quarters.start(edge.from()) + ": events with times up to "
                            + upTo + " are archived"));
        }
    }

    private List<FieldError> tooLarge(UsageQuestion question, List<Instant> starts) {
        List<FieldError> errors = new ArrayList<>();
        if (Duration.between(question.from(), question.to()).compareTo(Duration.ofDays(settings.maxSpanDays())) > 0) {
            errors.add(new FieldError("/from", "must be at most " + settings.maxSpanDays() + " days before to"));
        }
        if (starts.size() > settings.maxRows()) {
            errors.add(new FieldError(
                    "/window", "makes more than " + settings.maxRows() + " rows: narrow the span or widen the window"));
        }
        return errors;
    }

    private static MeteringTable.Meter checked(Optional<MeteringTable.Meter> found, UsageQuestion question) {
        MeteringTable.Meter meter = found.orElseThrow(() -> notFound("meter " + question.meter()));
        List<FieldError> errors = question.dimensions().stream()
                .filter(name -> !meter.dimensions().contains(name))
                .map(name -> new FieldError(
                        "/groupBy",
                        "'%s' is no dimension of the meter: it has %s, and customer and subscription"
                                .formatted(
                                        name,
                                        meter.dimensions().isEmpty() ? "none" : String.join(", ", meter.dimensions()))))
                .toList();
        if (!errors.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(errors));
        }
        if (!meter.customerKnown()) {
            throw notFound("customer " + question.customer());
        }
        if (!meter.subscriptionKnown()) {
            throw notFound("subscription " + question.subscription());
        }
        return meter;
    }

    /** The rows read; a total that nothing was used in is one row of 0, unless it is grouped, or nothing has no quantity. */
    private List<UsageAnswer.Row> rows(UsageQuestion question, MeteringTable.Meter meter, UsageTable.Read answer) {
        List<UsageAnswer.Row> read = answer.rows();
        if (answer.values() > settings.maxValues()) {
            throw new RefusedException(Refusal.Invalid.at(
                    "/from", "more than " + settings.maxValues() + " values would have to be read: narrow the span"));
        }
        if (read.size() > settings.maxRows()) {
            throw new RefusedException(Refusal.Invalid.at(
                    "/groupBy", "makes more than " + settings.maxRows() + " rows: narrow the span, or group by less"));
        }
        if (!read.isEmpty()
                || !meter.aggregation().zeroOfNothing()
                || question.window() != Window.TOTAL
                || !question.groupBy().isEmpty()) {
            return read;
        }
        return List.of(new UsageAnswer.Row(
                question.from(),
                question.to(),
                question.customer() == null ? null : question.customer().value(),
                question.subscription() == null ? null : question.subscription().value(),
                Map.of(),
                "0"));
    }

    private static RefusedException notFound(String what) {
        return new RefusedException(new Refusal.NotFound(what));
    }

    private static <T> Future<T> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
