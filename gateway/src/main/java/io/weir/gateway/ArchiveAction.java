package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.weir.ledger.ArchiveDays;
import io.weir.policies.Call;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.DateTimeException;
import java.time.LocalDate;

/** Days that leave Postgres, and that a tenant's own export has them. */
final class ArchiveAction {
    private static final long ANSWER_MILLIS = 8_000;

    private final EventBus bus;
    private final ArchiveDays days;

    ArchiveAction(EventBus bus, ArchiveDays days) {
        this.bus = bus;
        this.days = days;
    }

    /** The body of a confirmation. */
    record Confirmation(String sha256) {}

    Future<Answer> list(Call call) {
        return days.list(call.caller().tenant(), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> day(Call call) {
        return shown(call, of(call));
    }

    Future<Answer> confirm(Call call) {
        LocalDate day = of(call);
        String sha256 = MasterDataAction.content(call, Confirmation.class).sha256();
        Commands.ConfirmDay command = new Commands.ConfirmDay(call.caller().tenant(), call.actor(), day, sha256);
        return Addresses.CONFIRM_DAY.ask(bus, command, ANSWER_MILLIS).compose(done -> shown(call, day));
    }

    private Future<Answer> shown(Call call, LocalDate day) {
        return days.get(call.caller().tenant(), day)
                .compose(found -> Requests.found(found, "day of the archive"))
                .map(found -> Answer.json(200, found));
    }

    private static LocalDate of(Call call) {
        try {
            return LocalDate.parse(call.path("day"));
        } catch (DateTimeException e) {
            throw new RefusedException(new Refusal.NotFound("day of the archive"));
        }
    }
}
