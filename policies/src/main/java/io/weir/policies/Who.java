package io.weir.policies;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Caller;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.util.Set;

/** The caller in a row that holds its tenant and access tier beside its credential. */
final class Who {
    private Who() {}

    static Caller caller(Row row, String principal, String credential, Set<Scope> scopes) {
        return new Caller(
                new TenantId(row.getString("tenant")),
                row.getString("organisation"),
                principal,
                credential,
                scopes,
                CredentialTable.tier(row),
                row.getString("region"),
                Duration.ofSeconds(row.getLong("past_seconds")),
                Duration.ofSeconds(row.getLong("future_seconds")));
    }
}
