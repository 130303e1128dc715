package io.weir.posting;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.TenantId;

/** Registers connections to ERPs, and which legal entity's documents go where. Repeating either changes nothing. */
public final class Connections {
    private final Pool money;

    public Connections(Pool money) {
        this.money = money;
    }

    /** What is sent over a connection: nothing, only look-ups, or documents. */
    public enum Mode {
        OFF("off"),
        SHADOW("shadow"),
        LIVE("live");

        private final String text;

        Mode(String text) {
            this.text = text;
        }
    }

    /**
     * Registers or changes a connection.
     *
     * @param vendor {@code netsuite}
     * @param baseUrl beginning of the vendor's URLs, without a slash at its end
     * @param credential reference to the secret, {@code file:/path}; read at each call, so it can be exchanged
     */
    public Future<Void> register(
            TenantId tenant,
            String connection,
            String vendor,
            String region,
            String baseUrl,
            String credential,
            Mode mode) {
        if (!vendor.equals(NetSuiteClient.VENDOR)) {
            return Future.failedFuture(new IllegalArgumentException("no such vendor: " + vendor));
        }
        if (connection.isEmpty()) {
            return Future.failedFuture(new IllegalArgumentException("a connection needs a name"));
        }
        if (!credential.startsWith("file:")) {
            return Future.failedFuture(new IllegalArgumentException("a credential is a reference: file:/path"));
        }
        Tuple given = Tuple.of(tenant.value(), connection, vendor, region, baseUrl, credential);
        return money.preparedQuery(ConnectionTable.REGISTER)
                .execute(given.addString(mode.text))
                .mapEmpty();
    }

    /**
     * Sends a legal entity's documents of a kind to a connection.
     *
     * @param kind invoice, credit, journal or usage
     */
    public Future<Void> route(TenantId tenant, String legalEntity, String kind, String connection) {
        return money.preparedQuery(ConnectionTable.ROUTE)
                .execute(Tuple.of(tenant.value(), legalEntity, kind, connection))
                .mapEmpty();
    }
}
