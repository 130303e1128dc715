package io.weir.posting;

/** The tables {@code connection} and {@code connection_route}. */
final class ConnectionTable {
    static final String REGISTER = """
            insert into connection (tenant, connection, system, vendor, region, base_url, credential, mode)
            values ($1, $2, 'erp', $3, $4, $5, $6, $7)
            on conflict (tenant, connection) do update
            set vendor = excluded.vendor, region = excluded.region, base_url = excluded.base_url,
                credential = excluded.credential, mode = excluded.mode
            """;

    static final String ROUTE = """
            insert into connection_route (tenant, legal_entity, kind, connection)
            values ($1, $2, $3, $4)
            on conflict (tenant, legal_entity, kind) do update set connection = excluded.connection
            """;

    private ConnectionTable() {}
}
