package io.weir.posting;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.SqlConnection;
import io.weir.schemas.Act;
import io.weir.schemas.Audited;
import io.weir.schemas.Commands.AssemblePostings;
import io.weir.schemas.Commands.DecidePosting;
import io.weir.schemas.Commands.ResolveDocument;
import io.weir.schemas.Commands.RetryDocument;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What people, and billing runs, do to postings: each command is one transaction. */
final class Decisions {
    private static final String AWAITING = "awaiting_approval";
    private static final String HELD = "held";
    /** A run that is younger may still have its own assembly under way. */
    private static final Duration STRAY_AFTER = Duration.ofSeconds(5);

    /** What a decision changes, as the audit trail keeps it. */
    private record State(
            String state, @Nullable String reason, @Nullable String comment) {}

    private final Pool money;
    private final InstantSource clock;

    Decisions(Pool money, InstantSource clock) {
        this.money = money;
        this.clock = clock;
    }

    /** Makes the postings of a run that has none; answers those that it has. */
    Future<List<String>> assemble(AssemblePostings command) {
        TenantId tenant = command.tenant();
        return money.withTransaction(in -> AssemblyTable.lock(in, tenant)
                .compose(held -> AssemblyTable.take(in, tenant, command.run(), now()))
                .compose(taken -> taken ? make(in, tenant, command.run()) : Future.succeededFuture())
                .compose(done -> AssemblyTable.made(in, tenant, command.run())));
    }

    private Future<Void> make(SqlConnection in, TenantId tenant, String run) {
        return AssemblyTable.charges(in, tenant, run)
                .compose(charges -> AssemblyTable.sequences(in, tenant, charges)
                        .map(sequences -> new Assembly(tenant.value(), run, sequences).drafts(charges)))
                .compose(drafts -> {
                    Future<Void> written = Future.succeededFuture();
                    for (PostingDraft draft : drafts) {
                        written = written.compose(done -> AssemblyTable.insert(in, tenant, run, draft, now()));
                    }
                    return written;
                })
                .compose(done -> AssemblyTable.changed(in, tenant.value()));
    }

    /** Runs that lost their node before their postings were made. */
    Future<List<AssemblyTable.Stray>> strays() {
        return money.withConnection(in -> AssemblyTable.strays(in, now().minus(STRAY_AFTER)));
    }

    /** Approves or rejects; never by the one who ran it. */
    Future<Void> decide(DecidePosting command) {
        return money.withTransaction(in -> DecisionTable.posting(in, command.tenant(), command.posting())
                .compose(found -> {
                    DecisionTable.Undecided posting =
                            found.orElseThrow(() -> refused(new Refusal.NotFound("posting " + command.posting())));
                    if (!posting.state().equals(AWAITING)) {
                        throw refused(new Refusal.Conflict(
                                "posting-state", "the posting is " + posting.state() + ", not " + AWAITING));
                    }
                    if (posting.createdBy().equals(command.actor().principal())) {
                        throw refused(
                                new Refusal.SeparationOfDuties("who ran the billing cannot decide on its posting"));
                    }
                    return DecisionTable.decide(in, command, now());
                })
                .compose(done -> DecisionTable.audit(in, act(command))));
    }

    private static Audited act(DecidePosting command) {
        State after = new State(command.approve() ? "approved" : "rejected", null, command.comment());
        return Audited.of(
                command.tenant(),
                command.actor(),
                command.approve() ? Act.POSTING_APPROVED : Act.POSTING_REJECTED,
                command.posting(),
                new State(AWAITING, null, null),
                after);
    }

    /** Sends a held document again, or routes a posting that had no connection. */
    Future<Void> retry(RetryDocument command) {
        return money.withTransaction(in -> DecisionTable.document(in, command.tenant(), command.externalId())
                .compose(found -> {
                    DecisionTable.Held document =
                            found.orElseThrow(() -> refused(new Refusal.NotFound("document " + command.externalId())));
                    if (!document.state().equals(HELD)) {
                        throw notHeld(document.state());
                    }
                    Future<Void> retried = PostingDraft.NO_ROUTE.equals(document.reason())
                            ? route(in, command, document)
                            : again(in, command, document);
                    return retried.compose(done -> DecisionTable.audit(in, act(command, document)));
                }));
    }

    private static Audited act(RetryDocument command, DecisionTable.Held document) {
        boolean routed = PostingDraft.NO_ROUTE.equals(document.reason());
        return Audited.of(
                command.tenant(),
                command.actor(),
                Act.EXCEPTION_RETRIED,
                "P-" + command.externalId(),
                new State(HELD, document.reason(), null),
                new State(routed ? "waiting" : "due", null, null));
    }

    /** Gives a held document up. */
    Future<Void> resolve(ResolveDocument command) {
        return money.withTransaction(in -> DecisionTable.document(in, command.tenant(), command.externalId())
                .compose(found -> {
                    DecisionTable.Held document =
                            found.orElseThrow(() -> refused(new Refusal.NotFound("document " + command.externalId())));
                    if (!document.state().equals(HELD)) {
                        throw notHeld(document.state());
                    }
                    return DecisionTable.giveUp(in, command, document.posting(), now())
                            .compose(done -> {
                                if (!done) {
                                    throw notHeld("decided on by somebody else");
                                }
                                return AssemblyTable.changed(
                                        in, command.tenant().value());
                            })
                            .compose(done -> DecisionTable.audit(
                                    in,
                                    Audited.of(
                                            command.tenant(),
                                            command.actor(),
                                            Act.EXCEPTION_RESOLVED,
                                            "P-" + command.externalId(),
                                            new State(HELD, document.reason(), null),
                                            new State(
                                                    "rejected",
                                                    command.how().resolution(),
                                                    command.how().comment()))));
                }));
    }

    private static Future<Void> again(SqlConnection in, RetryDocument command, DecisionTable.Held document) {
        return DecisionTable.due(in, command.externalId(), document.posting()).compose(done -> {
            if (!done) {
                throw notHeld("decided on by somebody else");
            }
            return AssemblyTable.changed(in, command.tenant().value());
        });
    }

    private static Future<Void> route(SqlConnection in, RetryDocument command, DecisionTable.Held document) {
        return DecisionTable.route(in, command.tenant(), document.legalEntity())
                .compose(route -> DecisionTable.routed(
                        in,
                        command.tenant(),
                        document.posting(),
                        route.orElseThrow(() -> refused(new Refusal.Conflict(
                                "no-route",
                                "no connection takes invoices of the legal entity " + document.legalEntity())))));
    }

    private static RefusedException notHeld(String state) {
        return refused(new Refusal.Conflict("document-state", "the document is " + state + ", not " + HELD));
    }

    private static RefusedException refused(Refusal refusal) {
        return new RefusedException(refusal);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MICROS);
    }
}
