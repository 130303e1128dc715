package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.weir.exceptions.ExceptionId;
import io.weir.exceptions.ReplayQueries;
import io.weir.policies.Call;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Replays: asked for with what they would change, approved by another, and run by the ledger. */
final class ReplaysAction {
    /** To find out what would change is to do it, and to undo it. */
    private static final long PREVIEW_MILLIS = 30_000;

    private static final long ANSWER_MILLIS = 8_000;

    private final EventBus bus;
    private final ReplayQueries replays;
    private final int maxPerSecond;

    ReplaysAction(EventBus bus, ReplayQueries replays, WeirSettings.Replays settings) {
        this.bus = bus;
        this.replays = replays;
        this.maxPerSecond = settings.maxPerSecond();
    }

    /** The body of a replay. */
    record Asked(
            @Nullable List<String> exceptions,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String reason,
            @Nullable Integer ratePerSecond,
            @Nullable String comment) {}

    Future<Answer> request(Call call) {
        Asked asked = MasterDataAction.content(call, Asked.class);
        if (asked.exceptions() == null ? asked.from() == null || asked.to() == null : asked.from() != null) {
            throw new RefusedException(
                    Refusal.Invalid.at("/exceptions", "give either exceptions, or from and to when they were opened"));
        }
        int rate = asked.ratePerSecond() == null ? maxPerSecond : Math.min(asked.ratePerSecond(), maxPerSecond);
        Commands.RequestReplay command = new Commands.RequestReplay(
                call.caller().tenant(),
                call.actor(),
                asked.exceptions() == null ? null : events(asked.exceptions()),
                asked.from(),
                asked.to(),
                asked.reason(),
                rate,
                asked.comment());
        return Addresses.REQUEST_REPLAY.ask(bus, command, PREVIEW_MILLIS).compose(id -> shown(call, id, 201));
    }

    private static List<Long> events(List<String> ids) {
        List<Long> events = new ArrayList<>();
        for (int i = 0; i < ids.size(); i++) {
            if (!(ExceptionId.of(ids.get(i)).orElse(null) instanceof ExceptionId.OfEvent event)) {
                throw new RefusedException(
                        Refusal.Invalid.at("/exceptions/" + i, "is no exception of an event, such as L-12"));
            }
            events.add(event.exception());
        }
        return events;
    }

    Future<Answer> list(Call call) {
        return replays.list(call.caller().tenant(), call.query("state"), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> one(Call call) {
        return shown(call, call.path("replay"), 200);
    }

    Future<Answer> decide(Call call) {
        MoneyAction.Decision decision = MasterDataAction.content(call, MoneyAction.Decision.class);
        String replay = call.path("replay");
        Commands.DecideReplay command = new Commands.DecideReplay(
                call.caller().tenant(),
                call.actor(),
                replay,
                decision.decision().equals("approve"));
        return Addresses.DECIDE_REPLAY.ask(bus, command, ANSWER_MILLIS).compose(done -> shown(call, replay, 200));
    }

    private Future<Answer> shown(Call call, String replay, int status) {
        return replays.get(call.caller().tenant(), replay)
                .compose(found -> Requests.found(found, "replay"))
                .map(found -> Answer.json(status, found));
    }
}
