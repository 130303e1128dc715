package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Transaction;
import java.util.function.Function;

/** Work in one transaction, on a virtual thread: committed when it returns, rolled back when it throws. */
final class InTransaction {
    private InTransaction() {}

    static <T> T run(Pool pool, Function<SqlConnection, T> work) {
        return run(pool, work, Transaction::commit);
    }

    /** The same, on a connection that is there already. */
    static <T> T run(SqlConnection sql, Function<SqlConnection, T> work) {
        return run(sql, work, Transaction::commit);
    }

    /** The same, and whatever it did is undone: what it answers is what would be. */
    static <T> T undone(Pool pool, Function<SqlConnection, T> work) {
        return run(pool, work, Transaction::rollback);
    }

    private static <T> T run(Pool pool, Function<SqlConnection, T> work, Function<Transaction, Future<Void>> end) {
        SqlConnection sql = Future.await(pool.getConnection());
        try {
            return run(sql, work, end);
        } finally {
            Future.await(sql.close().otherwiseEmpty());
        }
    }

    private static <T> T run(
            SqlConnection sql, Function<SqlConnection, T> work, Function<Transaction, Future<Void>> end) {
        // Not awaited: the connection keeps the order of what is sent on it, and saves a round trip.
        Future<Transaction> begun = sql.begin();
        try {
            T result = work.apply(sql);
            Future.await(begun.compose(end));
            return result;
        } catch (Throwable e) {
            Future.await(begun.compose(Transaction::rollback).otherwiseEmpty());
            throw e;
        }
    }
}
