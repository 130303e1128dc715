package io.weir.posting;

/**
 * A way to a tenant's foreign system.
 *
 * @param credential reference to the secret, such as {@code file:/path}
 */
record Connection(String tenant, String connection, String vendor, String baseUrl, String credential, boolean shadow) {
    /** What identifies it. */
    Key key() {
        return new Key(tenant, connection);
    }

    /** Names of connections are a tenant's own. */
    record Key(String tenant, String connection) {}
}
