package io.weir.policies;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Caller;
import io.weir.schemas.Instants;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** SQL of client certificates. */
final class CertificateTable {
    /**
     * Who shows a certificate: the row of its fingerprint before that of its subject, a revoked one only where no other is. A
     * certificate whose fingerprint its tenant revoked is not let in again by its subject.
     */
    static final String FIND = """
            select c.name, c.principal, c.scopes, c.not_before, c.not_after, c.tenant,
                   c.revoked_at is not null or c.fingerprint is null and exists (
                       select 1 from client_certificate r
                       where r.tenant = c.tenant and r.fingerprint = $1 and r.revoked_at is not null) as revoked,
                   array(select distinct s from principal_role h
                         join role r on r.tenant = h.tenant and r.role = h.role, unnest(r.scopes) s
                         where h.tenant = c.tenant and h.principal = c.principal) as held,
                   t.organisation, t.region, t.past_seconds, t.future_seconds,
                   \
""" + Who.TIERS + """
            from client_certificate c
            join tenant t using (tenant)
            join access_tier a on a.tenant = c.tenant and a.tier = c.tier
            left join access_tier o on o.tenant = c.tenant and o.of_tenant
            where c.fingerprint = $1 or c.subject = $2 and c.issuer = $3
            order by c.revoked_at is null desc, c.fingerprint is not null desc
            limit 1
            """;

    static final String GET = """
            select * from client_certificate where tenant = $1 and name = $2
            """;

    static final String LOCK = """
            select * from client_certificate where tenant = $1 and name = $2 for update
            """;

    static final String LIST = """
            select * from client_certificate where tenant = $1 and name > $2 order by name limit $3
            """;

    static final String INSERT = """
            insert into client_certificate (
                tenant, name, fingerprint, subject, issuer, principal, tier, scopes, not_before, not_after)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            returning revision
            """;

    static final String UPDATE = """
            update client_certificate set fingerprint = $3, subject = $4, issuer = $5, principal = $6, tier = $7,
                scopes = $8, not_before = $9, not_after = $10,
                revision = revision + 1
            where tenant = $1 and name = $2
            returning revision
            """;

    static final String REVOKE = """
            update client_certificate set revoked_at = now(), revision = revision + 1
            where tenant = $1 and name = $2 and revoked_at is null
            """;

    /**
     * A certificate's holder as it is kept.
     *
     * @param revoked whether it passes no more
     */
    record Holder(
            Caller caller,
            boolean revoked,
            @Nullable Instant notBefore,
            @Nullable Instant notAfter) {
        boolean passes(Instant now) {
            return (notBefore == null || !now.isBefore(notBefore)) && (notAfter == null || now.isBefore(notAfter));
        }
    }

    private CertificateTable() {}

    static Future<Optional<Holder>> find(SqlClient sql, ShownCertificate shown) {
        Buffer fingerprint = Buffer.buffer(HexFormat.of().parseHex(shown.fingerprint()));
        return sql.preparedQuery(FIND)
                .execute(Tuple.of(fingerprint, shown.subject(), shown.issuer()))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(holder(rows.iterator().next())));
    }

    static Future<Optional<ClientCertificate>> get(SqlClient sql, String statement, TenantId tenant, String name) {
        return sql.preparedQuery(statement)
                .execute(Tuple.of(tenant.value(), name))
                .map(rows -> rows.size() == 0
                        ? Optional.empty()
                        : Optional.of(certificate(rows.iterator().next())));
    }

    static Future<List<ClientCertificate>> list(SqlClient sql, TenantId tenant, String after, int limit) {
        return sql.preparedQuery(LIST)
                .execute(Tuple.of(tenant.value(), after, limit))
                .map(rows -> {
                    List<ClientCertificate> found = new ArrayList<>();
                    rows.forEach(row -> found.add(certificate(row)));
                    return found;
                });
    }

    static Future<Long> write(SqlClient sql, String statement, TenantId tenant, ClientCertificate content) {
        String fingerprint = content.fingerprint();
        Tuple row = Tuple.of(
                        tenant.value(),
                        content.name(),
                        fingerprint == null
                                ? null
                                : Buffer.buffer(HexFormat.of().parseHex(fingerprint)),
                        content.subject(),
                        content.issuer())
                .addString(content.principal())
                .addString(content.tier())
                .addArrayOfString(content.scopes().toArray(String[]::new))
                .addValue(time(content.notBefore()))
                .addValue(time(content.notAfter()));
        return sql.preparedQuery(statement)
                .execute(row)
                .map(rows -> rows.iterator().next().getLong("revision"));
    }

    static Future<Void> revoke(SqlClient sql, TenantId tenant, String name) {
        return sql.preparedQuery(REVOKE).execute(Tuple.of(tenant.value(), name)).mapEmpty();
    }

    private static @Nullable OffsetDateTime time(@Nullable Instant at) {
        return at == null ? null : Instants.utc(at);
    }

    private static Holder holder(Row row) {
        return new Holder(
                Who.caller(
                        row,
                        row.getString("principal"),
                        "certificate:" + row.getString("tenant") + "/" + row.getString("name"),
                        CredentialTable.effective(
                                CredentialTable.scopes(row.getArrayOfStrings("scopes")),
                                CredentialTable.scopes(row.getArrayOfStrings("held")))),
                row.getBoolean("revoked"),
                time(row, "not_before"),
                time(row, "not_after"));
    }

    private static ClientCertificate certificate(Row row) {
        Buffer fingerprint = row.getBuffer("fingerprint");
        return new ClientCertificate(
                row.getString("name"),
                fingerprint == null ? null : HexFormat.of().formatHex(fingerprint.getBytes()),
                row.getString("subject"),
                row.getString("issuer"),
                row.getString("principal"),
                List.of(row.getArrayOfStrings("scopes")),
                row.getString("tier"),
                time(row, "not_before"),
                time(row, "not_after"),
                Instants.of(row.getOffsetDateTime("created_at")),
                time(row, "revoked_at"),
                row.getLong("revision"));
    }

    private static @Nullable Instant time(Row row, String column) {
        OffsetDateTime time = row.getOffsetDateTime(column);
        return time == null ? null : Instants.of(time);
    }
}
