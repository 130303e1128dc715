package io.weir.entitlement;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.weir.entitlement.GrantTable.Stored;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands;
import io.weir.schemas.Commands.Grant;
import io.weir.schemas.Commands.PutGrant;
import io.weir.schemas.FieldError;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Stores grants: one transaction each, a new revision unless nothing differs. */
final class GrantWrites {
    private final Pool pool;
    private final InstantSource time;

    GrantWrites(Pool pool, InstantSource time) {
        this.pool = pool;
        this.time = time;
    }

    Future<Commands.Stored> put(PutGrant put) {
        return pool.withTransaction(connection -> store(connection, put))
                .recover(failure -> Future.failedFuture(Postgres.refusal(failure)));
    }

    private Future<Commands.Stored> store(SqlConnection connection, PutGrant put) {
        GrantTable table = new GrantTable(connection);
        return table.lock(put)
                .compose(locked -> table.customerExists(put.tenant(), put.customer()))
                .compose(exists -> exists
                        ? table.featureKind(put.organisation(), put.content().feature())
                        : refuse(new Refusal.NotFound("customer")))
                .compose(kind -> check(put.content(), kind))
                .compose(checked -> table.current(put.tenant(), put.customer(), put.grant()))
                .compose(current -> replace(table, put, current));
    }

    private Future<Commands.Stored> replace(GrantTable table, PutGrant put, Optional<Stored> current) {
        long revision = current.map(Stored::revision).orElse(0L);
        if (put.ifMatch() != null && put.ifMatch() != revision) {
            return refuse(new Refusal.PreconditionFailed(Long.toString(revision)));
        }
        Instant now = time.instant().truncatedTo(ChronoUnit.MICROS);
        Grant content = complete(put.content(), current.map(Stored::content), now);
        if (current.isPresent() && same(current.get().content(), content)) {
            return Future.succeededFuture(new Commands.Stored(revision, false));
        }
        return table.close(put, now)
                .compose(closed -> table.insert(put, content, revision + 1, now))
                .compose(inserted -> table.changed(put))
                .compose(changed -> table.audit(act(put, current, content)))
                .map(audited -> new Commands.Stored(revision + 1, current.isEmpty()));
    }

    private static Audited act(PutGrant put, Optional<Stored> current, Grant content) {
        return Audited.of(
                put.tenant(),
                put.actor(),
                current.isEmpty() ? Act.GRANT_CREATED : Act.GRANT_CHANGED,
                put.customer() + "/" + put.grant(),
                current.map(Stored::content).orElse(null),
                content);
    }

    private static Future<Void> check(Grant grant, Optional<String> kind) {
        List<FieldError> errors = new ArrayList<>();
        if (kind.isEmpty()) {
            errors.add(new FieldError("/feature", "is not in the catalog"));
        } else if (!kind.get().equals("metered") && !grant.unlimited()) {
            errors.add(new FieldError("/feature", "is not metered, so no amount of it can be granted"));
        }
        if (grant.unlimited() && grant.amount() != null) {
            errors.add(new FieldError("/amount", "must be absent where unlimited is true"));
        }
        if (!grant.unlimited() && grant.amount() == null) {
            errors.add(new FieldError("/amount", "is required unless unlimited is true"));
        }
        if (grant.amount() != null && grant.amount().signum() < 0) {
            errors.add(new FieldError("/amount", "must be >= 0"));
        }
        if (grant.expiresAt() != null
                && grant.effectiveAt() != null
                && !grant.expiresAt().isAfter(grant.effectiveAt())) {
            errors.add(new FieldError("/expiresAt", "must be after effectiveAt"));
        }
        return errors.isEmpty() ? Future.succeededFuture() : refuse(new Refusal.Invalid(List.copyOf(errors)));
    }

    /** As stored: in microseconds; a beginning that is not said is the one it had, or now. */
    private static Grant complete(Grant grant, Optional<Grant> current, Instant now) {
        Instant effective = micros(grant.effectiveAt());
        if (effective == null) {
            effective = current.map(Grant::effectiveAt).orElse(now);
        }
        return new Grant(
                grant.feature(),
                grant.amount(),
                grant.unlimited(),
                grant.priority(),
                effective,
                micros(grant.expiresAt()));
    }

    private static boolean same(Grant one, Grant other) {
        return one.feature().equals(other.feature())
                && one.unlimited() == other.unlimited()
                && one.priority() == other.priority()
                && equal(one.amount(), other.amount())
                && Objects.equals(one.effectiveAt(), other.effectiveAt())
                && Objects.equals(one.expiresAt(), other.expiresAt());
    }

    private static boolean equal(@Nullable BigDecimal one, @Nullable BigDecimal other) {
        return one == null || other == null ? one == other : one.compareTo(other) == 0;
    }

    private static @Nullable Instant micros(@Nullable Instant instant) {
        return instant == null ? null : instant.truncatedTo(ChronoUnit.MICROS);
    }

    private static <T> Future<T> refuse(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
