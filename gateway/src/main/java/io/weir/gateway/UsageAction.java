package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.metering.EventQueries;
import io.weir.metering.UsageQueries;
import io.weir.metering.UsageQuestion;
import io.weir.policies.Call;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Narrowing;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.ArrayList;
import java.util.List;

/** Usage, and the state of one event. */
final class UsageAction {
    private final UsageQueries usage;
    private final EventQueries events;

    UsageAction(UsageQueries usage, EventQueries events) {
        this.usage = usage;
        this.events = events;
    }

    Future<Answer> usage(Call call) {
        UsageQuestion question = UsageQuestion.parse(call.parameters(), call.received());
        return usage.usage(call.caller(), question).map(answer -> Answer.json(200, answer));
    }

    Future<Answer> event(Call call) {
        List<FieldError> errors = new ArrayList<>();
        String source = Requests.required(call, "source", errors);
        String id = Requests.required(call, "id", errors);
        if (!errors.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(errors));
        }
        Narrowing to = call.caller().narrowing();
        return events.find(call.caller().tenant(), source, id)
                .map(found -> found.filter(event -> to.customers() == null
                        || (event.customer() != null && to.maySee(new CustomerId(event.customer())))))
                .compose(found ->
                        Requests.found(found, "event recorded; one that was accepted just now may still be on its way"))
                .map(found -> Answer.json(200, found));
    }
}
