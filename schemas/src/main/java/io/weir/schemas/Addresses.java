package io.weir.schemas;

import java.time.Instant;

/** Every address that stages meet at on one node, and its owner, who answers or tells. */
public final class Addresses {
    /** io.weir.changes tells what changed; always told in order, also when nothing changed, for the sake of its asOf. */
    public static final Address<ChangeBatch, Void> CHANGES = new Address<>("weir.changes");

    /** io.weir.ledger tells up to which instant every accepted event is counted. */
    public static final Address<Instant, Void> COUNTED_UP_TO = new Address<>("weir.ledger.counted");

    /** io.weir.ledger notes that a node holds accepted events that are not in the log yet, or that it holds none any more. */
    public static final Address<Commands.NoteSpilled, Void> NOTE_SPILLED = new Address<>("weir.ledger.spilled");

    /** io.weir.masterdata stores a customer. */
    public static final Address<Commands.PutCustomer, Commands.Stored> PUT_CUSTOMER =
            new Address<>("weir.masterdata.customer");

    /** io.weir.masterdata stores a subscription. */
    public static final Address<Commands.PutSubscription, Commands.Stored> PUT_SUBSCRIPTION =
            new Address<>("weir.masterdata.subscription");

    /** io.weir.masterdata registers a version of an event type's schema. */
    public static final Address<Commands.PutSchema, Commands.Stored> PUT_SCHEMA =
            new Address<>("weir.masterdata.schema");

    /** io.weir.masterdata stores how versions of an event type may differ. */
    public static final Address<Commands.PutEventType, Commands.Stored> PUT_EVENT_TYPE =
            new Address<>("weir.masterdata.event-type");

    /** io.weir.masterdata stores that a version of a schema ends. */
    public static final Address<Commands.PutDeprecation, Commands.Stored> PUT_DEPRECATION =
            new Address<>("weir.masterdata.deprecation");

    /** io.weir.masterdata stores a meter. */
    public static final Address<Commands.PutMeter, Commands.Stored> PUT_METER = new Address<>("weir.masterdata.meter");

    /** io.weir.masterdata stores which system owns each field. */
    public static final Address<Commands.PutFieldOwners, Commands.Stored> PUT_FIELD_OWNERS =
            new Address<>("weir.masterdata.field-owners");

    /** io.weir.entitlement stores a grant. */
    public static final Address<Commands.PutGrant, Commands.Stored> PUT_GRANT = new Address<>("weir.entitlement.grant");

    /** io.weir.rating rates closed hours and, through ASSEMBLE_POSTINGS, has them posted. */
    public static final Address<Commands.RunBilling, Commands.BillingRun> RUN_BILLING =
            new Address<>("weir.rating.run");

    /** io.weir.rating resolves usage that cannot be rated. */
    public static final Address<Commands.ResolveRating, Void> RESOLVE_RATING = new Address<>("weir.rating.resolve");

    /** io.weir.posting makes postings of a run's charges that are in none; answers their ids. */
    public static final Address<Commands.AssemblePostings, java.util.List<String>> ASSEMBLE_POSTINGS =
            new Address<>("weir.posting.assemble");

    /** io.weir.posting approves or rejects a posting. */
    public static final Address<Commands.DecidePosting, Void> DECIDE_POSTING = new Address<>("weir.posting.decide");

    /** io.weir.posting sends a held document again. */
    public static final Address<Commands.RetryDocument, Void> RETRY_DOCUMENT = new Address<>("weir.posting.retry");

    /** io.weir.ledger keeps a replay and what it would change; answers its id. */
    public static final Address<Commands.RequestReplay, String> REQUEST_REPLAY = new Address<>("weir.ledger.replay");

    /** io.weir.ledger approves or rejects a replay. */
    public static final Address<Commands.DecideReplay, Void> DECIDE_REPLAY = new Address<>("weir.ledger.replay.decide");

    /** io.weir.ledger opens a backfill set; answers its id. */
    public static final Address<BackfillSets.Open, String> OPEN_BACKFILL_SET = new Address<>("weir.ledger.set.open");

    /** io.weir.ledger keeps events in a backfill set; answers what became of each. */
    public static final Address<BackfillSets.Load, BackfillSets.Loaded> LOAD_BACKFILL_SET =
            new Address<>("weir.ledger.set.load");

    /** io.weir.ledger keeps events of an archived day in a backfill set. */
    public static final Address<BackfillSets.LoadDay, BackfillSets.DayLoaded> LOAD_ARCHIVED_DAY =
            new Address<>("weir.ledger.set.day");

    /** io.weir.ledger says what closing a backfill set would change. */
    public static final Address<BackfillSets.Preview, BackfillSets.Effect> PREVIEW_BACKFILL_SET =
            new Address<>("weir.ledger.set.preview");

    /** io.weir.ledger records all of a backfill set; answers whose usage changed. */
    public static final Address<BackfillSets.Close, java.util.List<CustomerId>> CLOSE_BACKFILL_SET =
            new Address<>("weir.ledger.set.close");

    /** io.weir.ledger drops a backfill set. */
    public static final Address<BackfillSets.Drop, Void> DROP_BACKFILL_SET = new Address<>("weir.ledger.set.drop");

    /** io.weir.posting gives a held document up. */
    public static final Address<Commands.ResolveDocument, Void> RESOLVE_DOCUMENT =
            new Address<>("weir.posting.resolve");

    /** io.weir.ledger tries a held or unreadable event again; answers whether that resolved it. */
    public static final Address<Commands.RetryEvent, Boolean> RETRY_EVENT = new Address<>("weir.ledger.retry");

    /** io.weir.ledger resolves an exception of an event. */
    public static final Address<Commands.ResolveEvent, Void> RESOLVE_EVENT = new Address<>("weir.ledger.resolve");

    /** io.weir.ledger notes that a tenant's own export has a day of the archive. */
    public static final Address<Commands.ConfirmDay, Void> CONFIRM_DAY = new Address<>("weir.ledger.archive.confirm");

    /** io.weir.ledger voids or amends a recorded event. */
    public static final Address<Commands.CorrectEvent, Commands.Corrected> CORRECT_EVENT =
            new Address<>("weir.ledger.correct");

    /** io.weir.exceptions stores who looks after an exception. */
    public static final Address<Commands.AssignException, Void> ASSIGN_EXCEPTION =
            new Address<>("weir.exceptions.assign");

    /** io.weir.reconciliation stores what a source says it sent. */
    public static final Address<Commands.DeclareTotal, Commands.Stored> DECLARE_TOTAL =
            new Address<>("weir.reconciliation.declare");

    /** io.weir.reconciliation checks a source's total again; answers whether nothing is missing. */
    public static final Address<Commands.RetryTotal, Boolean> RETRY_TOTAL = new Address<>("weir.reconciliation.retry");

    /** io.weir.reconciliation resolves the gap of a source's total. */
    public static final Address<Commands.ResolveTotal, Void> RESOLVE_TOTAL =
            new Address<>("weir.reconciliation.resolve");

    private Addresses() {}
}
