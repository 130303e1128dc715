package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.lineage.EventList;
import io.weir.metering.EventQueries;
import io.weir.metering.EventState;
import io.weir.metering.UsageQueries;
import io.weir.metering.UsageQuestion;
import io.weir.policies.Call;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Narrowing;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Usage, and recorded events. */
final class UsageAction {
    /** What two nodes' clocks may differ by. */
    private static final Duration SLACK = Duration.ofMinutes(1);

    private static final List<String> STATES = List.of("recorded", "held", "amended", "voided");

    private final UsageQueries usage;
    private final EventQueries events;
    private final EventList list;

    UsageAction(UsageQueries usage, EventQueries events, EventList list) {
        this.usage = usage;
        this.events = events;
        this.list = list;
    }

    Future<Answer> usage(Call call) {
        UsageQuestion question = UsageQuestion.parse(call.parameters(), call.received());
        return usage.usage(call.caller(), question).map(answer -> Answer.json(200, answer));
    }

    /** One event where source and id are given, and else a list. */
    Future<Answer> events(Call call) {
        return call.query("source") == null && call.query("id") == null ? list(call) : event(call);
    }

    private Future<Answer> list(Call call) {
        Set<CustomerId> narrowed = call.caller().narrowing().customers();
        CustomerId customer = Requests.optional(call, "customer", CustomerId::new);
        if (customer != null && !call.caller().narrowing().maySee(customer)) {
            throw new RefusedException(new Refusal.NotFound("customer"));
        }
        EventList.Filter filter = new EventList.Filter(
                customer == null ? narrowed : Set.of(customer),
                Requests.instant(call, "from"),
                Requests.instant(call, "to"),
                call.query("type"),
                state(call.query("state")));
        Instant latest = call.received().plus(call.caller().eventsFuture()).plus(SLACK);
        return list.list(call.caller().tenant(), filter, latest, Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    private static @Nullable String state(@Nullable String state) {
        if (state != null && !STATES.contains(state)) {
            throw new RefusedException(Refusal.Invalid.at("/state", "must be one of " + String.join(", ", STATES)));
        }
        return state;
    }

    static boolean maySee(Narrowing to, EventState event) {
        return to.customers() == null || (event.customer() != null && to.maySee(new CustomerId(event.customer())));
    }

    private Future<Answer> event(Call call) {
        List<FieldError> errors = new ArrayList<>();
        String source = Requests.required(call, "source", errors);
        String id = Requests.required(call, "id", errors);
        if (!errors.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(errors));
        }
        Narrowing to = call.caller().narrowing();
        return events.find(call.caller().tenant(), source, id)
                .map(found -> found.filter(event -> maySee(to, event)))
                .compose(found ->
                        Requests.found(found, "event recorded; one that was accepted just now may still be on its way"))
                .map(found -> Answer.json(200, found));
    }
}
