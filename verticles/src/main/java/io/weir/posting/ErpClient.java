package io.weir.posting;

import io.vertx.core.Future;

/**
 * A vendor's way to take documents. One call is one request; deadlines are its own, retries and limits are not.
 *
 * <p>The futures fail for bugs only: whatever the network or the vendor does is an {@link ErpOutcome}.
 */
interface ErpClient {
    /** Writes a document under its external id. */
    Future<ErpOutcome> write(Connection to, ErpDocument document);

    /** Looks for the document of that external id. */
    Future<ErpOutcome> find(Connection at, String externalId);
}
