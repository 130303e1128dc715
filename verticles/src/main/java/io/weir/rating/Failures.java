package io.weir.rating;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.ResolveRating;
import io.weir.schemas.Instants;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/** Usage that cannot be rated, as people resolve it; billing runs open it, and resolve it once a price fits. */
final class Failures {
    private final Pool money;
    private final InstantSource clock;

    Failures(Pool money, InstantSource clock) {
        this.money = money;
        this.clock = clock;
    }

    /** What a decision changes, as the audit trail keeps it. */
    private record State(
            String reason,
            String state,
            @Nullable String resolution,
            @Nullable String comment) {}

    Future<Void> resolve(ResolveRating command) {
        String tenant = command.tenant().value();
        String how = command.how().resolution();
        Audited act = Audited.of(
                command.tenant(),
                command.actor(),
                Act.EXCEPTION_RESOLVED,
                "B-" + command.failure(),
                new State("rating_failed", "open", null, null),
                new State("rating_failed", "resolved", how, command.how().comment()));
        return money.withTransaction(in -> in.preparedQuery(RatingTable.LOCK_FAILURE)
                .execute(Tuple.of(tenant, command.failure()))
                .compose(rows -> {
                    Row row = rows.stream()
                            .findFirst()
                            .orElseThrow(() -> new RefusedException(new Refusal.NotFound("exception")));
                    if (row.getOffsetDateTime("resolved_at") != null) {
                        throw new RefusedException(new Refusal.Conflict(
                                "exception-state", "the exception is resolved: " + row.getString("resolution")));
                    }
                    return in.preparedQuery(RatingTable.RESOLVE_FAILURE)
                            .execute(Tuple.of(
                                    tenant,
                                    command.failure(),
                                    Instants.utc(clock.instant().truncatedTo(ChronoUnit.MICROS)),
                                    how,
                                    command.how().comment(),
                                    command.actor().principal()));
                })
                .compose(done -> in.preparedQuery(RatingTable.CHANGED).execute(Tuple.of(tenant)))
                .compose(done -> in.preparedQuery(RatingTable.AUDIT).execute(Tuple.tuple(act.parameters())))
                .mapEmpty());
    }
}
