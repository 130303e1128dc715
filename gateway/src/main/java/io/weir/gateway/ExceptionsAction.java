package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.weir.exceptions.ExceptionDetail;
import io.weir.exceptions.ExceptionFilter;
import io.weir.exceptions.ExceptionId;
import io.weir.exceptions.ExceptionItem;
import io.weir.exceptions.ExceptionQueries;
import io.weir.policies.Call;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The desk of exceptions: each act asks the stage whose exception it is. */
final class ExceptionsAction {
    private static final long ANSWER_MILLIS = 8_000;

    private final EventBus bus;
    private final ExceptionQueries exceptions;
    private final int maxBulk;

    ExceptionsAction(EventBus bus, ExceptionQueries exceptions, WeirSettings.Exceptions settings) {
        this.bus = bus;
        this.exceptions = exceptions;
        this.maxBulk = settings.maxBulk();
    }

    /** The body of an assignment. */
    record Assignment(@Nullable String owner) {}

    /** Which exceptions an act on many is about; what is not said is any. */
    record Which(
            @Nullable String reason,
            @Nullable String kind,
            @Nullable CustomerId customer,
            @Nullable String owner,
            @Nullable Boolean assigned,
            @Nullable Instant openedFrom,
            @Nullable Instant openedTo) {
        ExceptionFilter filter() {
            return new ExceptionFilter(reason, null, kind, customer, owner, assigned, openedFrom, openedTo);
        }
    }

    /** The body of an act on many. */
    record Bulk(
            String action,
            @Nullable List<String> ids,
            @Nullable Which filter,
            @Nullable String resolution,
            @Nullable String comment,
            @Nullable String owner) {}

    /**
     * What an act did to one of many.
     *
     * @param outcome {@code resolved}, {@code open}, {@code due}, {@code assigned} or {@code refused}
     * @param problem kind of the refusal
     */
    record Done(
            String id,
            String outcome,
            @Nullable String problem,
            @Nullable String detail) {}

    /** What an act did to many; {@code more} says whether there are further ones that the filter fits. */
    record AllDone(List<Done> items, boolean more) {}

    Future<Answer> list(Call call) {
        ExceptionFilter filter = new ExceptionFilter(
                call.query("reason"),
                call.query("state"),
                call.query("kind"),
                Requests.optional(call, "customer", CustomerId::new),
                call.query("owner"),
                Requests.flag(call, "assigned"),
                Requests.instant(call, "openedFrom"),
                Requests.instant(call, "openedTo"));
        return exceptions
                .list(call.caller().tenant(), filter, Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> one(Call call) {
        return found(call, id(call)).map(found -> Answer.json(200, found));
    }

    /** Sends a held document again, or tries to record an event again. */
    Future<Answer> retry(Call call) {
        ExceptionId id = id(call);
        return found(call, id)
                .compose(found -> retry(call, id))
                .compose(outcome -> id instanceof ExceptionId.OfDocument
                        ? Future.succeededFuture(Answer.empty(202))
                        : shown(call, id));
    }

    Future<Answer> resolve(Call call) {
        ExceptionId id = id(call);
        Commands.Resolution how = MasterDataAction.content(call, Commands.Resolution.class);
        return found(call, id).compose(found -> resolve(call, id, how)).compose(outcome -> shown(call, id));
    }

    Future<Answer> assign(Call call) {
        ExceptionId id = id(call);
        String owner = MasterDataAction.content(call, Assignment.class).owner();
        return found(call, id).compose(found -> assign(call, id, owner)).compose(outcome -> shown(call, id));
    }

    /** Acts on many, one after the other; each has its own outcome, and its own transaction. */
    Future<Answer> bulk(Call call) {
        Bulk bulk = MasterDataAction.content(call, Bulk.class);
        Function<ExceptionId, Future<String>> act = act(call, bulk);
        List<String> ids = bulk.ids();
        Which which = bulk.filter();
        if (ids != null && which == null) {
            if (ids.size() > maxBulk) {
                throw new RefusedException(Refusal.Invalid.at("/ids", "at most " + maxBulk + " at once"));
            }
            return all(call, ids, act).map(done -> Answer.json(200, new AllDone(done, false)));
        }
        if (ids != null || which == null) {
            throw new RefusedException(Refusal.Invalid.at("/ids", "give either ids or a filter"));
        }
        return exceptions
                .list(call.caller().tenant(), which.filter(), maxBulk, null)
                .compose(page -> all(
                                call,
                                page.items().stream().map(ExceptionItem::id).toList(),
                                act)
                        .map(done -> Answer.json(200, new AllDone(done, page.next() != null))));
    }

    private Function<ExceptionId, Future<String>> act(Call call, Bulk bulk) {
        switch (bulk.action()) {
            case "retry":
                return id -> retry(call, id);
            case "assign":
                return id -> assign(call, id, bulk.owner());
            default:
                if (bulk.resolution() == null || bulk.comment() == null) {
                    throw new RefusedException(
                            Refusal.Invalid.at("/resolution", "must be given, and a comment, to resolve"));
                }
                Commands.Resolution how = new Commands.Resolution(bulk.resolution(), bulk.comment());
                return id -> resolve(call, id, how);
        }
    }

    private Future<List<Done>> all(Call call, List<String> ids, Function<ExceptionId, Future<String>> act) {
        Future<List<Done>> all = Future.succeededFuture(new ArrayList<>());
        for (String text : ids) {
            all = all.compose(done -> one(call, text, act).map(outcome -> {
                done.add(outcome);
                return done;
            }));
        }
        return all;
    }

    private Future<Done> one(Call call, String text, Function<ExceptionId, Future<String>> act) {
        return Future.succeededFuture(text)
                .map(ExceptionId::of)
                .compose(id -> Requests.found(id, "exception"))
                .compose(id -> found(call, id).compose(found -> act.apply(id)))
                .map(outcome -> new Done(text, outcome, null, null))
                .recover(failure -> refused(text, failure));
    }

    private static Future<Done> refused(String id, Throwable failure) {
        if (!(failure instanceof RefusedException refused)) {
            return Future.failedFuture(failure);
        }
        return switch (refused.refusal()) {
            case Refusal.NotFound missing ->
                Future.succeededFuture(new Done(id, "refused", "not-found", "no such " + missing.what()));
            case Refusal.Conflict conflict ->
                Future.succeededFuture(new Done(id, "refused", conflict.kind(), conflict.detail()));
            case Refusal.Invalid invalid ->
                Future.succeededFuture(new Done(
                        id, "refused", "invalid", invalid.errors().getFirst().detail()));
            default -> Future.failedFuture(failure);
        };
    }

    private Future<String> retry(Call call, ExceptionId id) {
        return switch (id) {
            case ExceptionId.OfEvent event ->
                Addresses.RETRY_EVENT
                        .ask(
                                bus,
                                new Commands.RetryEvent(call.caller().tenant(), call.actor(), event.exception()),
                                ANSWER_MILLIS)
                        .map(resolved -> resolved ? "resolved" : "open");
            case ExceptionId.OfDocument document ->
                Addresses.RETRY_DOCUMENT
                        .ask(
                                bus,
                                new Commands.RetryDocument(call.caller().tenant(), call.actor(), document.externalId()),
                                ANSWER_MILLIS)
                        .map("due");
            case ExceptionId.OfTotal total ->
                Addresses.RETRY_TOTAL
                        .ask(
                                bus,
                                new Commands.RetryTotal(call.caller().tenant(), call.actor(), total.total()),
                                ANSWER_MILLIS)
                        .map(resolved -> resolved ? "resolved" : "open");
            case ExceptionId.OfRating rating ->
                Future.failedFuture(new RefusedException(new Refusal.Conflict(
                        "not-retriable", "the next billing run over its hours rates it, once a price fits")));
        };
    }

    private Future<String> resolve(Call call, ExceptionId id, Commands.Resolution how) {
        Future<Void> resolved = switch (id) {
            case ExceptionId.OfEvent event ->
                Addresses.RESOLVE_EVENT.ask(
                        bus,
                        new Commands.ResolveEvent(call.caller().tenant(), call.actor(), event.exception(), how),
                        ANSWER_MILLIS);
            case ExceptionId.OfDocument document ->
                Addresses.RESOLVE_DOCUMENT.ask(
                        bus,
                        new Commands.ResolveDocument(call.caller().tenant(), call.actor(), document.externalId(), how),
                        ANSWER_MILLIS);
            case ExceptionId.OfTotal total ->
                Addresses.RESOLVE_TOTAL.ask(
                        bus,
                        new Commands.ResolveTotal(call.caller().tenant(), call.actor(), total.total(), how),
                        ANSWER_MILLIS);
            case ExceptionId.OfRating rating ->
                Addresses.RESOLVE_RATING.ask(
                        bus,
                        new Commands.ResolveRating(call.caller().tenant(), call.actor(), rating.failure(), how),
                        ANSWER_MILLIS);
        };
        return resolved.map("resolved");
    }

    private Future<String> assign(Call call, ExceptionId id, @Nullable String owner) {
        return Addresses.ASSIGN_EXCEPTION
                .ask(
                        bus,
                        new Commands.AssignException(call.caller().tenant(), call.actor(), id.text(), owner),
                        ANSWER_MILLIS)
                .map("assigned");
    }

    private Future<Answer> shown(Call call, ExceptionId id) {
        return found(call, id).map(found -> Answer.json(200, found));
    }

    private Future<ExceptionDetail> found(Call call, ExceptionId id) {
        return exceptions.get(call.caller().tenant(), id).compose(found -> Requests.found(found, "exception"));
    }

    private static ExceptionId id(Call call) {
        Optional<ExceptionId> id = ExceptionId.of(call.path("exception"));
        return id.orElseThrow(() -> new RefusedException(new Refusal.NotFound("exception")));
    }
}
