package io.weir.gateway;

import static java.util.Map.entry;

import java.util.Map;
import java.util.Objects;

/**
 * What each operation answers to two strangers who hold every scope that it asks for, when they ask for what is another's: a key
 * that is narrowed to another customer, and a key of another tenant. A new operation needs a line here.
 */
final class Strangers {
    private Strangers() {}

    /** What a stranger gets. */
    enum Gets {
        /** 404, as if it did not exist. */
        NOT_FOUND,
        /** 403: it is about more than the stranger may see. */
        FORBIDDEN,
        /** 200 and an empty list. */
        NOTHING,
        /** Its own: the same key, or list, names another object in its tenant. */
        ITS_OWN,
        /** 422: what the body refers to does not exist for the stranger. */
        INVALID,
        /** 409: what the body names can be one tenant's only, and is another's. */
        TAKEN,
        /** What everybody gets: it is nobody's. */
        THE_SAME
    }

    /** An operation's answers. */
    record Row(Gets narrowed, Gets otherTenant) {}

    static final Map<String, Row> TABLE = Map.ofEntries(
            row("postEvents", Gets.THE_SAME, Gets.INVALID),
            row("validateEvents", Gets.THE_SAME, Gets.INVALID),
            row("getEvent", Gets.NOT_FOUND, Gets.NOT_FOUND),
            row("voidEvent", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("amendEvent", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("getUsage", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("checkEntitlement", Gets.NOT_FOUND, Gets.NOT_FOUND),
            row("checkEntitlementOfSubject", Gets.NOT_FOUND, Gets.NOT_FOUND),
            row("putGrant", Gets.NOT_FOUND, Gets.NOT_FOUND),
            row("getGrant", Gets.NOT_FOUND, Gets.NOT_FOUND),
            row("putCustomer", Gets.NOT_FOUND, Gets.INVALID),
            row("getCustomer", Gets.NOT_FOUND, Gets.NOT_FOUND),
            row("listCustomers", Gets.ITS_OWN, Gets.NOTHING),
            row("putSubscription", Gets.FORBIDDEN, Gets.INVALID),
            row("getSubscription", Gets.NOT_FOUND, Gets.NOT_FOUND),
            row("listSubscriptions", Gets.FORBIDDEN, Gets.NOTHING),
            row("getPlan", Gets.THE_SAME, Gets.NOT_FOUND),
            row("getPrice", Gets.THE_SAME, Gets.NOT_FOUND),
            row("getFeature", Gets.THE_SAME, Gets.NOT_FOUND),
            row("getMeter", Gets.THE_SAME, Gets.NOT_FOUND),
            row("putMeter", Gets.FORBIDDEN, Gets.INVALID),
            row("getFieldOwners", Gets.THE_SAME, Gets.ITS_OWN),
            row("putFieldOwners", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("listMeters", Gets.THE_SAME, Gets.NOTHING),
            row("listEventTypes", Gets.THE_SAME, Gets.NOTHING),
            row("getEventSchema", Gets.THE_SAME, Gets.NOT_FOUND),
            row("runBilling", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("listCharges", Gets.FORBIDDEN, Gets.NOTHING),
            row("listPostings", Gets.FORBIDDEN, Gets.NOTHING),
            row("getPosting", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("listPostingAttempts", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("decidePosting", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("listExceptions", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("getException", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("retryException", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("resolveException", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("assignException", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("actOnExceptions", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("requestReplay", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("listReplays", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("getReplay", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("decideReplay", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("openBackfillSet", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("listBackfillSets", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("getBackfillSet", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("dropBackfillSet", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("loadBackfillSet", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("loadArchivedDay", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("listBackfillEvents", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("previewBackfillSet", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("closeBackfillSet", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("putSourceTotal", Gets.THE_SAME, Gets.ITS_OWN),
            row("getReconciliation", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("listBehindVariance", Gets.FORBIDDEN, Gets.NOTHING),
            row("getLineage", Gets.NOT_FOUND, Gets.NOT_FOUND),
            row("listAudit", Gets.FORBIDDEN, Gets.NOTHING),
            row("listArchiveDays", Gets.FORBIDDEN, Gets.NOTHING),
            row("getArchiveDay", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("confirmArchiveDay", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("createApiKey", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("getApiKey", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("listApiKeys", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("rotateApiKey", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("revokeApiKey", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("putRole", Gets.FORBIDDEN, Gets.INVALID),
            row("getRole", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("listRoles", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("putPrincipal", Gets.FORBIDDEN, Gets.INVALID),
            row("getPrincipal", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("listPrincipals", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("putAccessTier", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("getAccessTier", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("listAccessTiers", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("putClientCertificate", Gets.FORBIDDEN, Gets.TAKEN),
            row("getClientCertificate", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("listClientCertificates", Gets.FORBIDDEN, Gets.NOTHING),
            row("revokeClientCertificate", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("putTokenSubject", Gets.FORBIDDEN, Gets.INVALID),
            row("getTokenSubject", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("listTokenSubjects", Gets.FORBIDDEN, Gets.NOTHING),
            row("deleteTokenSubject", Gets.FORBIDDEN, Gets.NOT_FOUND),
            row("getEventType", Gets.THE_SAME, Gets.NOT_FOUND),
            row("putEventType", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("listEventSchemas", Gets.THE_SAME, Gets.NOT_FOUND),
            row("putEventSchema", Gets.FORBIDDEN, Gets.ITS_OWN),
            row("putSchemaDeprecation", Gets.FORBIDDEN, Gets.ITS_OWN));

    static Row of(String operation) {
        return Objects.requireNonNull(TABLE.get(operation), operation);
    }

    private static Map.Entry<String, Row> row(String operation, Gets narrowed, Gets otherTenant) {
        return entry(operation, new Row(narrowed, otherTenant));
    }
}
