package io.weir.schemas;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** What stages are asked to do: each is checked for its form at the front door, and for its truth by the stage. */
public final class Commands {
    private Commands() {}

    /** An identity of a customer in a system: product, crm, erp, billing or support. */
    public record Identity(String system, String key) {}

    /** A customer as the API takes and gives it. */
    public record Customer(
            String name,
            List<Identity> identities,
            @Nullable CustomerId parent) {}

    /**
     * Stores a customer: a new revision unless nothing differs.
     *
     * @param actor who stores it, for the audit trail
     * @param ifMatch revision that must be current; null for any
     */
    public record PutCustomer(
            TenantId tenant,
            Actor actor,
            CustomerId customer,
            Customer content,
            @Nullable Long ifMatch) {}

    /** A line of a subscription: an item (SKU) for a meter, by a legal entity, to a customer. */
    public record SubscriptionLine(
            String item,
            MeterKey meter,
            @Nullable String legalEntity,
            @Nullable CustomerId billTo) {}

    /**
     * A subscription as the API takes and gives it.
     *
     * @param contract its contract; null gives the subscription one of its own with its key
     * @param from start of its term, inclusive
     * @param to end of its term, exclusive; null for open
     * @param lines what it bills; null or empty: one line for each meter that its plan prices
     */
    public record Subscription(
            CustomerId customer,
            @Nullable String contract,
            String plan,
            Instant from,
            @Nullable Instant to,
            String currency,
            @Nullable List<SubscriptionLine> lines) {}

    /** Stores a subscription: a new revision unless nothing differs. */
    public record PutSubscription(
            TenantId tenant,
            Actor actor,
            String organisation,
            SubscriptionId subscription,
            Subscription content,
            @Nullable Long ifMatch) {}

    /**
     * A grant as the API takes and gives it.
     *
     * @param amount quantity granted; null if unlimited
     * @param unlimited whether it has no limit
     * @param priority burn-down order, lower first
     */
    public record Grant(
            FeatureKey feature,
            @Nullable BigDecimal amount,
            boolean unlimited,
            int priority,
            @Nullable Instant effectiveAt,
            @Nullable Instant expiresAt) {}

    /** Stores a grant, in place of the one with that key. */
    public record PutGrant(
            TenantId tenant,
            Actor actor,
            String organisation,
            CustomerId customer,
            String grant,
            Grant content,
            @Nullable Long ifMatch) {}

    /**
     * Registers a version of an event type's schema.
     *
     * @param schema JSON Schema whose form was checked
     * @param mappings from the JSON Pointer that meters read to the one in events of this version
     */
    public record PutSchema(
            TenantId tenant,
            Actor actor,
            String organisation,
            String type,
            int version,
            JsonNode schema,
            Map<String, String> mappings,
            @Nullable Long ifMatch) {}

    /** Says how versions of an event type's schema may differ: backward, forward, full or none. */
    public record PutEventType(
            TenantId tenant,
            Actor actor,
            String organisation,
            String type,
            String compatibility,
            @Nullable Long ifMatch) {}

    /** Says that a version of a schema ends. */
    public record PutDeprecation(
            TenantId tenant,
            Actor actor,
            String organisation,
            String type,
            int version,
            Deprecation content,
            @Nullable Long ifMatch) {}

    /** Says which system owns each field, by kind of object and pointer; what is not named is owned as by default. */
    public record PutFieldOwners(
            TenantId tenant, Actor actor, String organisation, Map<String, Map<String, String>> owners) {}

    /**
     * A meter as the API takes it.
     *
     * @param aggregation one of {@link Aggregation}, as its text
     * @param value JSON Pointer into the event
     * @param percentile for the aggregation of that name alone
     * @param dimensions members of data that usage can be grouped by
     * @param filter which events count, as {@link MeterFilter} reads it; null for all
     * @param owner who answers for it
     * @param purpose what it is for
     */
    public record Meter(
            String eventType,
            String aggregation,
            @Nullable String value,
            @Nullable BigDecimal percentile,
            @Nullable List<String> dimensions,
            @Nullable JsonNode filter,
            String unit,
            @Nullable String owner,
            @Nullable String purpose) {}

    /** Stores a meter: a new version where its definition differs. */
    public record PutMeter(
            TenantId tenant,
            Actor actor,
            String organisation,
            MeterKey meter,
            Meter content,
            @Nullable Long ifMatch) {}

    /**
     * The answer to a stored object.
     *
     * @param revision the current revision, which is the object's strong ETag
     * @param created whether it did not exist before
     */
    public record Stored(long revision, boolean created) {}

    /**
     * Rates the closed hours of a span.
     *
     * @param actor who runs, and may not approve
     * @param subscriptions only these; empty for all
     */
    public record RunBilling(
            TenantId tenant,
            String organisation,
            Actor actor,
            Instant from,
            Instant to,
            List<SubscriptionId> subscriptions) {}

    /** What a billing run made. */
    public record BillingRun(String id, int charges, List<String> postings) {}

    /** Makes postings of a run's charges. */
    public record AssemblePostings(TenantId tenant, String run) {}

    /** Approves or rejects a posting. */
    public record DecidePosting(
            TenantId tenant,
            Actor actor,
            String posting,
            boolean approve,
            @Nullable String comment) {}

    /** Sends a held document again. */
    public record RetryDocument(TenantId tenant, Actor actor, String externalId) {}

    /**
     * A node holds accepted events outside of the log.
     *
     * @param node its lasting name
     * @param oldest since when; empty: it holds none any more
     */
    public record NoteSpilled(String node, Optional<Instant> oldest) {}

    /** How a person resolves an exception: in none of these ways is anything counted or sent. */
    public record Resolution(String resolution, String comment) {
        /** It will not be counted, or sent. */
        public static final String WRITTEN_OFF = "written_off";

        /** All ways: given up; dealt with elsewhere; right as it stands. */
        public static final List<String> ALL = List.of(WRITTEN_OFF, "fixed", "accepted");
    }

    /** Gives a held document up: it is never sent. */
    public record ResolveDocument(TenantId tenant, Actor actor, String externalId, Resolution how) {}

    /** Tries an exception of the ledger again. */
    public record RetryEvent(TenantId tenant, Actor actor, long exception) {}

    /** Says that the tenant's own export has a day of the archive, by the SHA-256 of its events. */
    public record ConfirmDay(TenantId tenant, Actor actor, LocalDate day, String sha256) {}

    /** Resolves an exception of the ledger. */
    public record ResolveEvent(TenantId tenant, Actor actor, long exception, Resolution how) {}

    /**
     * What is to stand in place of a recorded event.
     *
     * @param event JSON of the event, checked, without what must not be stored
     * @param schemaVersion that its data was checked against
     * @param receivedAt when the front door had it
     * @param oldest how old it may be, unless what it replaces is older
     * @param correlation the id that it is followed by
     */
    public record Amendment(byte[] event, int schemaVersion, Instant receivedAt, Instant oldest, String correlation) {}

    /**
     * Takes a recorded event back.
     *
     * @param narrowing of the credential: to which event types
     * @param amendment what stands instead; null: nothing, it is void
     */
    public record CorrectEvent(
            TenantId tenant,
            Actor actor,
            Narrowing narrowing,
            String source,
            String id,
            String reason,
            @Nullable Amendment amendment) {}

    /**
     * What a correction did.
     *
     * @param changed false where the event was so already, and nothing was appended
     * @param customers whose usage changed
     */
    public record Corrected(boolean changed, Set<CustomerId> customers) {}

    /**
     * Asks for a replay: exceptions of the ledger that are tried again together, once it is approved.
     *
     * @param exceptions these; null where the others say which
     * @param from opened then or later; null for all
     * @param to opened before; null for all
     * @param reason only these; null for all
     * @param perSecond how many a second
     */
    public record RequestReplay(
            TenantId tenant,
            Actor actor,
            @Nullable List<Long> exceptions,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String reason,
            int perSecond,
            @Nullable String comment) {}

    /** Approves or rejects a replay. */
    public record DecideReplay(TenantId tenant, Actor actor, String replay, boolean approve) {}

    /**
     * Says what a source sent in an hour of its events' time.
     *
     * @param sums of values, by JSON Pointer into the event
     */
    public record DeclareTotal(
            TenantId tenant,
            Actor actor,
            String source,
            String eventType,
            Instant hour,
            long count,
            Map<String, BigDecimal> sums) {}

    /** Checks a source's total again. */
    public record RetryTotal(TenantId tenant, Actor actor, long total) {}

    /** Resolves the gap of a source's total. */
    public record ResolveTotal(TenantId tenant, Actor actor, long total, Resolution how) {}

    /** Resolves usage that cannot be rated. */
    public record ResolveRating(TenantId tenant, Actor actor, long failure, Resolution how) {}

    /** Says who looks after an exception, by its id in the API; null for nobody. */
    public record AssignException(
            TenantId tenant,
            Actor actor,
            String exception,
            @Nullable String owner) {}
}
