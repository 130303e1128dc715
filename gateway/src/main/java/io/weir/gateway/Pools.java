package io.weir.gateway;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.weir.settings.WeirSettings;

/**
 * Postgres connections by flow class: a flood of one never takes the connections of another.
 *
 * @param check answers about entitlements and keys
 * @param usage the ledger
 * @param money rating and posting
 * @param sync master data and the change feed
 * @param report everything that is asked for to be looked at
 * @param archive days of entries that leave
 */
record Pools(Pool check, Pool usage, Pool money, Pool sync, Pool report, Pool archive) {
    static Pools open(Vertx vertx, WeirSettings settings) {
        return new Pools(
                Database.pool(vertx, settings, "check"),
                Database.pool(vertx, settings, "usage"),
                Database.pool(vertx, settings, "money"),
                Database.pool(vertx, settings, "sync"),
                Database.pool(vertx, settings, "report"),
                Database.pool(vertx, settings, "archive"));
    }
}
