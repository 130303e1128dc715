package io.weir.policies;

import io.vertx.sqlclient.Row;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Caller;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/** The caller in a row that holds its tenant and access tier beside its credential. */
final class Who {
    private Who() {}

    static Caller caller(Row row, String principal, String credential, Set<Scope> scopes) {
        AccessTier tier = new AccessTier(
                row.getString("tier"),
                row.getLong("requests_per_second"),
                row.getLong("requests_burst"),
                row.getLong("events_per_second"),
                row.getLong("events_burst"));
        return new Caller(
                new TenantId(row.getString("tenant")),
                row.getString("organisation"),
                principal,
                credential,
                Scope.closure(scopes),
                tier,
                row.getString("region"),
                Duration.ofSeconds(row.getLong("past_seconds")),
                Duration.ofSeconds(row.getLong("future_seconds")));
    }

    static Set<Scope> scopes(Iterable<String> texts) {
        Set<Scope> scopes = EnumSet.noneOf(Scope.class);
        texts.forEach(text -> Scope.of(text).ifPresent(scopes::add));
        return scopes;
    }
}
