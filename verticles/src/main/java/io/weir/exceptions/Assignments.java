package io.weir.exceptions;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.AssignException;
import io.weir.schemas.Instants;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who looks after which exception: each command is one transaction; one that changes nothing leaves no trace. */
final class Assignments {
    private final Pool money;
    private final InstantSource clock;

    Assignments(Pool money, InstantSource clock) {
        this.money = money;
        this.clock = clock;
    }

    /** What an assignment changes, as the audit trail keeps it. */
    private record Owner(@Nullable String owner) {}

    /** Stores who looks after an exception, which exists; refused where the tenant knows no such principal. */
    Future<Void> assign(AssignException command) {
        return money.withTransaction(sql -> known(sql, command)
                .compose(known -> sql.preparedQuery(ExceptionsTable.OWNER)
                        .execute(Tuple.of(command.tenant().value(), command.exception())))
                .compose(rows -> {
                    String before =
                            rows.size() == 0 ? null : rows.iterator().next().getString("owner");
                    return Objects.equals(before, command.owner())
                            ? Future.succeededFuture()
                            : write(sql, command, before);
                }));
    }

    /** Who calls is known, also where only a token names it. */
    private static Future<Void> known(SqlConnection sql, AssignException command) {
        if (command.owner() == null || command.owner().equals(command.actor().principal())) {
            return Future.succeededFuture();
        }
        return sql.preparedQuery(ExceptionsTable.KNOWN_PRINCIPAL)
                .execute(Tuple.of(command.tenant().value(), command.owner()))
                .compose(rows -> rows.size() > 0
                        ? Future.succeededFuture()
                        : Future.failedFuture(new RefusedException(Refusal.Invalid.at("/owner", "no such principal"))));
    }

    private Future<Void> write(SqlConnection sql, AssignException command, @Nullable String before) {
        String tenant = command.tenant().value();
        Future<?> written = command.owner() == null
                ? sql.preparedQuery(ExceptionsTable.UNASSIGN).execute(Tuple.of(tenant, command.exception()))
                : sql.preparedQuery(ExceptionsTable.ASSIGN)
                        .execute(Tuple.of(tenant, command.exception(), command.owner(), Instants.utc(clock.instant())));
        Audited act = Audited.of(
                command.tenant(),
                command.actor(),
                Act.EXCEPTION_ASSIGNED,
                command.exception(),
                before == null ? null : new Owner(before),
                command.owner() == null ? null : new Owner(command.owner()));
        return written.compose(
                        done -> sql.preparedQuery(ExceptionsTable.CHANGED).execute(Tuple.of(tenant)))
                .compose(done -> sql.preparedQuery(ExceptionsTable.AUDIT).execute(Tuple.tuple(act.parameters())))
                .mapEmpty();
    }
}
