package io.weir.posting;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.DecidePosting;
import io.weir.schemas.Commands.ResolveDocument;
import io.weir.schemas.Instants;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Decisions of people on {@code posting} and {@code posting_document}, and the posting's state that follows from its documents. */
final class DecisionTable {
    static final String POSTING = "select state, created_by from posting where tenant = $1 and posting = $2 for update";

    static final String DECIDE = """
            update posting set state = $2, decided_by = $3, decided_at = $4, comment = $5 where posting = $1
            """;

    static final String RELEASE = """
            update posting_document set state = $2, due_at = now() where posting = $1 and state = 'waiting'
            """;

    static final String DOCUMENT = """
            select d.state, d.reason, d.posting, d.legal_entity
            from posting_document d where d.tenant = $1 and d.external_id = $2
            """;

    static final String LOCK = "select tenant, state from posting where posting = $1 for update";

    static final String DUE = """
            update posting_document set state = 'due', due_at = now(), reason = null, detail = null
            where external_id = $1 and state = 'held'
            """;

    static final String ROUTE =
            "select connection from connection_route where tenant = $1 and legal_entity = $2 and kind = 'invoice'";

    static final String ROUTED =
            "update posting set connection = $2, state = 'awaiting_approval' where posting = $1 and state = 'held' and connection = ''";

    static final String GIVE_UP = """
            update posting_document set state = 'rejected', resolution = $2, comment = $3, resolved_by = $4, resolved_at = $5
            where external_id = $1 and state = 'held'
            """;

    static final String WAIT = """
            update posting_document set state = 'waiting', reason = null, detail = null
            where posting = $1 and state = 'held'
            """;

    /** An approved posting's state is what its documents say; its row is locked before, so that no other says otherwise. */
    static final String FOLLOW = """
            update posting p set state = s.state
            from (select case when count(*) filter (where d.state in ('due', 'claimed', 'sent')) > 0 then 'posting'
                              when count(*) filter (where d.state = 'held') > 0 then 'held'
                              when count(*) filter (where d.state = 'posted') > 0 then 'posted'
                              else 'rejected' end as state
                  from posting_document d where d.posting = $1) s
            where p.posting = $1 and p.state in ('approved', 'posting', 'held') and p.state <> s.state
            """;

    static final String AUDIT = "select audit_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private DecisionTable() {}

    /** A posting as a decision needs it. */
    record Undecided(String state, String createdBy) {}

    /** A document as a retry needs it. */
    record Held(String state, @Nullable String reason, String posting, String legalEntity) {}

    static Future<Optional<Undecided>> posting(SqlConnection in, TenantId tenant, String posting) {
        return in.preparedQuery(POSTING)
                .execute(Tuple.of(tenant.value(), posting))
                .map(rows ->
                        first(rows).map(row -> new Undecided(row.getString("state"), row.getString("created_by"))));
    }

    static Future<Void> decide(SqlConnection in, DecidePosting decision, Instant now) {
        boolean approve = decision.approve();
        Tuple given = Tuple.of(
                decision.posting(),
                approve ? "approved" : "rejected",
                decision.actor().principal(),
                Instants.utc(now),
                decision.comment());
        return in.preparedQuery(DECIDE)
                .execute(given)
                .compose(done ->
                        in.preparedQuery(RELEASE).execute(Tuple.of(decision.posting(), approve ? "due" : "rejected")))
                .compose(done -> AssemblyTable.changed(in, decision.tenant().value()));
    }

    static Future<Optional<Held>> document(SqlConnection in, TenantId tenant, String externalId) {
        return in.preparedQuery(DOCUMENT)
                .execute(Tuple.of(tenant.value(), externalId))
                .map(rows -> first(rows)
                        .map(row -> new Held(
                                row.getString("state"),
                                row.getString("reason"),
                                row.getString("posting"),
                                row.getString("legal_entity"))));
    }

    static Future<Optional<String>> route(SqlConnection in, TenantId tenant, String legalEntity) {
        return in.preparedQuery(ROUTE)
                .execute(Tuple.of(tenant.value(), legalEntity))
                .map(rows -> first(rows).map(row -> row.getString(0)));
    }

    /** A posting without a connection gets one, and waits for its approval. */
    static Future<Void> routed(SqlConnection in, TenantId tenant, String posting, String connection) {
        return in.preparedQuery(ROUTED)
                .execute(Tuple.of(posting, connection))
                .compose(done -> in.preparedQuery(WAIT).execute(Tuple.of(posting)))
                .compose(done -> AssemblyTable.changed(in, tenant.value()));
    }

    /** A held document is due again; false where it was not held any more. */
    static Future<Boolean> due(SqlConnection in, String externalId, String posting) {
        return lock(in, posting)
                .compose(held -> in.preparedQuery(DUE).execute(Tuple.of(externalId)))
                .compose(rows -> rows.rowCount() == 0
                        ? Future.succeededFuture(false)
                        : follow(in, posting).map(true));
    }

    /** A held document is given up; false where it was not held any more. */
    static Future<Boolean> giveUp(SqlConnection in, ResolveDocument command, String posting, Instant now) {
        return lock(in, posting)
                .compose(held -> in.preparedQuery(GIVE_UP)
                        .execute(Tuple.of(
                                command.externalId(),
                                command.how().resolution(),
                                command.how().comment(),
                                command.actor().principal(),
                                Instants.utc(now))))
                .compose(rows -> rows.rowCount() == 0
                        ? Future.succeededFuture(false)
                        : follow(in, posting).map(true));
    }

    /** Locks the posting's row to the end of the transaction. */
    static Future<Void> lock(SqlConnection in, String posting) {
        return in.preparedQuery(LOCK).execute(Tuple.of(posting)).mapEmpty();
    }

    /** Makes the locked posting's state what its documents say. */
    static Future<Void> follow(SqlConnection in, String posting) {
        return in.preparedQuery(FOLLOW).execute(Tuple.of(posting)).mapEmpty();
    }

    static Future<Void> audit(SqlConnection in, Audited act) {
        return in.preparedQuery(AUDIT).execute(Tuple.tuple(act.parameters())).mapEmpty();
    }

    private static Optional<Row> first(RowSet<Row> rows) {
        return rows.stream().findFirst();
    }
}
