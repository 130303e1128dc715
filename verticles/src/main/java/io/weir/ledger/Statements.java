package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Audited;
import java.util.Optional;

/** What several commands send within their transaction, and wait for; on a virtual thread. */
final class Statements {
    private Statements() {}

    /** The first row that a statement answers, if any. */
    static Optional<Row> first(SqlConnection sql, String statement, Tuple parameters) {
        return Future.await(sql.preparedQuery(statement).execute(parameters)).stream()
                .findFirst();
    }

    /** Appends an act to the audit trail. */
    static void audit(SqlConnection sql, Audited act) {
        Future.await(sql.preparedQuery(RetryTable.AUDIT).execute(Tuple.tuple(act.parameters())));
    }
}
