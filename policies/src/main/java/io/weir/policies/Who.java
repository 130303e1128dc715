package io.weir.policies;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Caller;
import io.weir.schemas.Narrowing;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** The caller in a row that holds its tenant and access tier beside its credential. */
final class Who {
    /** Columns of the credential's tier (table {@code a}) and of its tenant's own (table {@code o}). */
    static final String TIERS = """
            a.tier, a.requests_per_second, a.requests_burst, a.events_per_second, a.events_burst,
            a.bytes_per_second, a.bytes_burst, a.concurrent_requests, a.events_per_month, a.fail_mode, a.kafka_away,
            o.tier as t_tier, o.requests_per_second as t_requests_per_second,
            o.requests_burst as t_requests_burst, o.events_per_second as t_events_per_second,
            o.events_burst as t_events_burst, o.bytes_per_second as t_bytes_per_second,
            o.bytes_burst as t_bytes_burst, o.concurrent_requests as t_concurrent_requests,
            o.events_per_month as t_events_per_month, o.fail_mode as t_fail_mode,
            o.kafka_away as t_kafka_away
            """;

    private Who() {}

    static Caller caller(Row row, String principal, String credential, Set<Scope> scopes) {
        return new Caller(
                new TenantId(row.getString("tenant")),
                row.getString("organisation"),
                principal,
                credential,
                scopes,
                AccessTierTable.tier(row, ""),
                row.getString("t_tier") == null ? Optional.empty() : Optional.of(AccessTierTable.tier(row, "t_")),
                row.getString("region"),
                Duration.ofSeconds(row.getLong("past_seconds")),
                Duration.ofSeconds(row.getLong("future_seconds")),
                Narrowing.NONE);
    }
}
