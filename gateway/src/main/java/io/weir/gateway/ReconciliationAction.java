package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.weir.policies.Call;
import io.weir.reconciliation.Period;
import io.weir.reconciliation.ReconciliationQueries;
import io.weir.reconciliation.Variance;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.FieldError;
import io.weir.schemas.JsonPointers;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stages hold beside each other, and what sources say they sent. */
final class ReconciliationAction {
    private static final long ANSWER_MILLIS = 8_000;

    private final EventBus bus;
    private final ReconciliationQueries queries;

    ReconciliationAction(EventBus bus, ReconciliationQueries queries) {
        this.bus = bus;
        this.queries = queries;
    }

    /** The body of a source's total. */
    record Total(
            String source,
            String eventType,
            Instant hour,
            long count,
            @Nullable Map<String, BigDecimal> sums) {}

    Future<Answer> reconcile(Call call) {
        return queries.reconcile(call.caller().tenant(), period(call), Requests.limit(call), call.query("cursor"))
                .map(found -> Requests.linked(call, Answer.json(200, found.reconciliation()), found.next()));
    }

    Future<Answer> behind(Call call) {
        String text = call.query("variance");
        Variance variance = Variance.of(text == null ? "" : text)
                .orElseThrow(() -> new RefusedException(Refusal.Invalid.at("/variance", "is no variance")));
        return queries.behind(
                        call.caller().tenant(),
                        period(call),
                        variance,
                        call.query("type"),
                        call.query("meter"),
                        Requests.limit(call),
                        call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    private static Period period(Call call) {
        String text = call.query("period");
        return Period.parse(text == null ? "" : text);
    }

    Future<Answer> putTotal(Call call) {
        Total total = MasterDataAction.content(call, Total.class);
        Map<String, BigDecimal> sums = total.sums() == null ? Map.of() : total.sums();
        check(call, total, sums);
        Commands.DeclareTotal command = new Commands.DeclareTotal(
                call.caller().tenant(),
                call.actor(),
                total.source(),
                total.eventType(),
                total.hour(),
                total.count(),
                sums);
        return Addresses.DECLARE_TOTAL
                .ask(bus, command, ANSWER_MILLIS)
                .compose(stored -> queries.total(
                                call.caller().tenant(), total.source(), total.eventType(), total.hour())
                        .compose(found -> Requests.found(found, "total"))
                        .map(found -> Answer.json(stored.created() ? 201 : 200, found)));
    }

    private static void check(Call call, Total total, Map<String, BigDecimal> sums) {
        if (!call.caller().narrowing().mayPostSource(total.source())
                || !call.caller().narrowing().mayPostType(total.eventType())) {
            throw new RefusedException(
                    new Refusal.Narrowed("the credential is narrowed to other sources or event types"));
        }
        List<FieldError> errors = new ArrayList<>();
        if (!total.hour().equals(total.hour().truncatedTo(ChronoUnit.HOURS))) {
            errors.add(new FieldError("/hour", "must be a full hour, UTC"));
        }
        sums.keySet().stream()
                .filter(pointer -> !pointer.startsWith("/data/") || pointer.contains("~"))
                .forEach(pointer -> errors.add(new FieldError(
                        "/sums/" + JsonPointers.escaped(pointer),
                        "must be a JSON Pointer into the event's data, such as /data/inputTokens")));
        if (!errors.isEmpty()) {
            throw new RefusedException(new Refusal.Invalid(errors));
        }
    }
}
