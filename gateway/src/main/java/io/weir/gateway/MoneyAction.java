package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.weir.policies.Call;
import io.weir.posting.PostingQueries;
import io.weir.rating.ChargeQueries;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.SubscriptionId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Billing runs, charges and postings. */
final class MoneyAction {
    private static final long RUN_MILLIS = 60_000;
    private static final long ANSWER_MILLIS = 8_000;

    private final EventBus bus;
    private final ChargeQueries charges;
    private final PostingQueries postings;

    MoneyAction(EventBus bus, ChargeQueries charges, PostingQueries postings) {
        this.bus = bus;
        this.charges = charges;
        this.postings = postings;
    }

    /** The body of a billing run. */
    record Span(Instant from, Instant to, @Nullable List<SubscriptionId> subscriptions) {}

    /** The body of an approval. */
    record Decision(String decision, @Nullable String comment) {}

    Future<Answer> run(Call call) {
        Span span = MasterDataAction.content(call, Span.class);
        if (!span.from().isBefore(span.to())) {
            throw new RefusedException(Refusal.Invalid.at("/to", "must be later than from"));
        }
        List<SubscriptionId> only = span.subscriptions() == null ? List.of() : span.subscriptions();
        Commands.RunBilling command = new Commands.RunBilling(
                call.caller().tenant(), call.caller().organisation(), call.actor(), span.from(), span.to(), only);
        return Addresses.RUN_BILLING
                .ask(bus, command, RUN_MILLIS)
                .map(run -> Answer.json(run.charges() == 0 ? 200 : 201, run));
    }

    Future<Answer> charges(Call call) {
        return charges.charges(
                        call.caller().tenant(),
                        Requests.instant(call, "from"),
                        Requests.instant(call, "to"),
                        Requests.optional(call, "customer", CustomerId::new),
                        Requests.optional(call, "subscription", SubscriptionId::new),
                        Requests.limit(call),
                        call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> postings(Call call) {
        return postings.postings(
                        call.caller().tenant(), call.query("state"), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> posting(Call call) {
        return postings.posting(call.caller().tenant(), call.path("posting")).map(found -> Answer.json(200, found));
    }

    Future<Answer> attempts(Call call) {
        return postings.attempts(
                        call.caller().tenant(), call.path("posting"), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> decide(Call call) {
        Decision decision = MasterDataAction.content(call, Decision.class);
        if (!decision.decision().equals("approve") && !decision.decision().equals("reject")) {
            throw new RefusedException(Refusal.Invalid.at("/decision", "must be approve or reject"));
        }
        String posting = call.path("posting");
        Commands.DecidePosting command = new Commands.DecidePosting(
                call.caller().tenant(),
                call.actor(),
                posting,
                decision.decision().equals("approve"),
                decision.comment());
        return Addresses.DECIDE_POSTING
                .ask(bus, command, ANSWER_MILLIS)
                .compose(done -> postings.posting(call.caller().tenant(), posting))
                .map(found -> Answer.json(200, found));
    }
}
