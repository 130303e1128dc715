package io.weir.reconciliation;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.sqlclient.Cursor;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.function.Predicate;

/** Goes through what a statement answers, within a transaction, and never holds more of it than a page of rows. */
final class Passing {
    private final Cursor cursor;
    private final int pageRows;
    private final Predicate<Row> reader;
    private final Promise<Void> done = Promise.promise();

    private Passing(Cursor cursor, int pageRows, Predicate<Row> reader) {
        this.cursor = cursor;
        this.pageRows = pageRows;
        this.reader = reader;
    }

    /** @param reader takes a row, and says whether it wants more */
    static Future<Void> through(
            SqlConnection sql, String statement, Tuple parameters, int pageRows, Predicate<Row> reader) {
        return sql.prepare(statement).compose(prepared -> {
            Passing passing = new Passing(prepared.cursor(parameters), pageRows, reader);
            passing.next();
            return passing.done.future().eventually(passing.cursor::close).eventually(prepared::close);
        });
    }

    private void next() {
        cursor.read(pageRows).onSuccess(this::page).onFailure(done::fail);
    }

    private void page(RowSet<Row> rows) {
        try {
            for (Row row : rows) {
                if (!reader.test(row)) {
                    done.complete();
                    return;
                }
            }
        } catch (RuntimeException e) {
            done.fail(e);
            return;
        }
        if (cursor.hasMore()) {
            next();
        } else {
            done.complete();
        }
    }
}
