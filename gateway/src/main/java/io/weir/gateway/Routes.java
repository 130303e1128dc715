package io.weir.gateway;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;
import static io.weir.policies.Customers.IN_ANSWER;
import static io.weir.policies.Customers.IN_PATH;
import static io.weir.policies.Customers.IN_QUERY;
import static io.weir.policies.Customers.NOWHERE;
import static io.weir.policies.Customers.RIGHTS_OF_OTHERS;
import static io.weir.policies.Customers.WHOLE_TENANT;
import static io.weir.schemas.Scope.ADMIN;
import static io.weir.schemas.Scope.BILLING_APPROVE;
import static io.weir.schemas.Scope.BILLING_READ;
import static io.weir.schemas.Scope.BILLING_RUN;
import static io.weir.schemas.Scope.CATALOG_READ;
import static io.weir.schemas.Scope.CATALOG_WRITE;
import static io.weir.schemas.Scope.ENTITLEMENTS_READ;
import static io.weir.schemas.Scope.EXCEPTIONS_WRITE;
import static io.weir.schemas.Scope.USAGE_CORRECT;
import static io.weir.schemas.Scope.USAGE_READ;

import io.weir.policies.Authenticate;
import io.weir.policies.Authorize;
import io.weir.policies.Narrow;
import io.weir.policies.Policy;
import io.weir.policies.ReadBody;
import io.weir.policies.ReadLines;
import io.weir.policies.Throttle;
import io.weir.policies.ValidateAmendment;
import io.weir.policies.ValidateEvents;
import io.weir.policies.ValidateSchema;
import io.weir.schemas.Scope;
import java.util.List;

/** Everything that can be asked: one line an operation, its policies in their order. The hottest come first. Paths are those of v1; {@link ApiVersions} says which versions serve them. */
final class Routes extends RouteForms {
    /** The policies that routes are built of. */
    record Policies(
            Authenticate authenticate,
            Throttle throttle,
            ReadBody readBody,
            ReadLines readLines,
            Policy turns,
            ValidateEvents validateEvents,
            ValidateAmendment validateAmendment,
            ValidateSchema validateSchema,
            OncePerKey once) {
        /** Asks of a stream's call, while it lasts, what was asked before it began; without touching its request. */
        Policy mayStillPost() {
            Authorize authorize = new Authorize(Scope.USAGE_WRITE);
            return call -> authenticate.admit(call).compose(authorize::admit);
        }
    }

    /** What answers. */
    record Actions(
            IngestAction ingest,
            StreamAction streams,
            UsageAction usage,
            CorrectionsAction corrections,
            EntitlementAction entitlements,
            MasterDataAction masterData,
            EventTypesAction eventTypes,
            MoneyAction money,
            LineageAction lineage,
            ExceptionsAction exceptions,
            ReplaysAction replays,
            BackfillSetsAction backfillSets,
            ReconciliationAction reconciliation,
            AuditAction audit,
            ArchiveAction archive,
            CredentialsAction credentials,
            IdentitiesAction identities,
            DocumentsAction documents) {}

    private Routes(Policies policies) {
        super(policies);
    }

    static List<Route> of(Policies policies, Actions actions) {
        Routes r = new Routes(policies);
        r.hot(actions.entitlements(), actions.ingest(), actions.streams());
        r.usage(actions.usage());
        r.corrections(actions.corrections());
        r.masterData(actions.masterData());
        r.eventTypes(actions.eventTypes());
        r.money(actions.money());
        r.get("getLineage", "/v1/lineage", IN_ANSWER, actions.lineage()::lineage, BILLING_READ);
        r.exceptions(actions.exceptions());
        r.replays(actions.replays());
        r.backfillSets(actions.backfillSets());
        r.reconciliation(actions.reconciliation());
        r.identities(actions.identities());
        r.get("listAudit", "/v1/audit", WHOLE_TENANT, actions.audit()::list, ADMIN);
        r.archive(actions.archive());
        r.credentials(actions.credentials());
        r.open("getOpenApi", "/v1/openapi.json", actions.documents()::openApi);
        r.open("getReference", "/docs", actions.documents()::reference);
        r.open("getReferenceFile", "/docs/:file", actions.documents()::referenceFile);
        r.open("getProblem", "/problems/:kind", actions.documents()::problem);
        return r.all();
    }

    private void hot(EntitlementAction check, IngestAction ingest, StreamAction streams) {
        check(
                "checkEntitlement",
                "/v1/customers/:customer/entitlements/:feature",
                IN_PATH,
                check::ofCustomer,
                ENTITLEMENTS_READ);
        events("postEvents", "/v1/events", policies.readLines, streams::take, policies.throttle.events());
        events(
                "validateEvents",
                "/v1/events/validation",
                policies.readBody,
                ingest::validate,
                policies.throttle.eventRate());
        check("checkEntitlementOfSubject", "/v1/entitlements/:feature", IN_ANSWER, check::ofSubject, ENTITLEMENTS_READ);
    }

    private void usage(UsageAction usage) {
        get("getEvent", "/v1/events", IN_ANSWER, usage::events, USAGE_READ);
        get("getUsage", "/v1/usage", IN_QUERY, usage::usage, USAGE_READ);
    }

    private void corrections(CorrectionsAction corrections) {
        post("voidEvent", "/v1/events/void", WHOLE_TENANT, "event-void", corrections::voidEvent, USAGE_CORRECT);
        withBody(
                "amendEvent",
                POST,
                "/v1/events/amendment",
                WHOLE_TENANT,
                policies.validateAmendment,
                policies.once.of(corrections::amend),
                USAGE_CORRECT);
    }

    private void masterData(MasterDataAction data) {
        put("putGrant", "/v1/customers/:customer/grants/:grant", IN_PATH, "grant", data::putGrant, CATALOG_WRITE);
        get("getGrant", "/v1/customers/:customer/grants/:grant", IN_PATH, data::grant, CATALOG_READ);
        put("putCustomer", "/v1/customers/:customer", IN_PATH, "customer", data::putCustomer, CATALOG_WRITE);
        get("getCustomer", "/v1/customers/:customer", IN_PATH, data::customer, CATALOG_READ);
        get("listCustomers", "/v1/customers", IN_ANSWER, data::customers, CATALOG_READ);
        String subscription = "/v1/subscriptions/:subscription";
        put("putSubscription", subscription, WHOLE_TENANT, "subscription", data::putSubscription, CATALOG_WRITE);
        get("getSubscription", subscription, IN_ANSWER, data::subscription, CATALOG_READ);
        get("listSubscriptions", "/v1/subscriptions", IN_QUERY, data::subscriptions, CATALOG_READ);
        get("getPlan", "/v1/plans/:plan", NOWHERE, data::plan, CATALOG_READ);
        get("getPrice", "/v1/prices/:price/versions/:version", NOWHERE, data::price, CATALOG_READ);
        get("getFeature", "/v1/features/:feature", NOWHERE, data::feature, CATALOG_READ);
        put("putMeter", "/v1/meters/:meter", WHOLE_TENANT, "meter-definition", data::putMeter, CATALOG_WRITE);
        get("getMeter", "/v1/meters/:meter", NOWHERE, data::meter, CATALOG_READ);
        get("getFieldOwners", "/v1/field-owners", NOWHERE, data::fieldOwners, CATALOG_READ);
        put("putFieldOwners", "/v1/field-owners", RIGHTS_OF_OTHERS, "field-owners", data::putFieldOwners, ADMIN);
        get("listMeters", "/v1/meters", NOWHERE, data::meters, CATALOG_READ);
    }

    private void eventTypes(EventTypesAction types) {
        String type = "/v1/event-types/:type";
        String version = type + "/schemas/:version";
        get("listEventTypes", "/v1/event-types", NOWHERE, types::list, CATALOG_READ);
        get("getEventType", type, NOWHERE, types::type, CATALOG_READ);
        put("putEventType", type, WHOLE_TENANT, "event-type-settings", types::putType, CATALOG_WRITE);
        get("listEventSchemas", type + "/schemas", NOWHERE, types::schemas, CATALOG_READ);
        get("getEventSchema", version, NOWHERE, types::schema, CATALOG_READ);
        withBody(
                "putEventSchema", PUT, version, WHOLE_TENANT, policies.validateSchema, types::putSchema, CATALOG_WRITE);
        put(
                "putSchemaDeprecation",
                version + "/deprecation",
                WHOLE_TENANT,
                "deprecation",
                types::putDeprecation,
                CATALOG_WRITE);
    }

    private void money(MoneyAction money) {
        String one = "/v1/postings/:posting";
        post("runBilling", "/v1/billing-runs", WHOLE_TENANT, "billing-run", money::run, BILLING_RUN);
        get("listCharges", "/v1/charges", IN_QUERY, money::charges, BILLING_READ);
        get("listPostings", "/v1/postings", WHOLE_TENANT, money::postings, BILLING_READ);
        get("getPosting", one, WHOLE_TENANT, money::posting, BILLING_READ);
        get("listPostingAttempts", one + "/attempts", WHOLE_TENANT, money::attempts, BILLING_READ);
        post("decidePosting", one + "/approval", WHOLE_TENANT, "approval", money::decide, BILLING_APPROVE);
    }

    private void exceptions(ExceptionsAction desk) {
        String one = "/v1/exceptions/:exception";
        get("listExceptions", "/v1/exceptions", WHOLE_TENANT, desk::list, BILLING_READ, EXCEPTIONS_WRITE);
        get("getException", one, WHOLE_TENANT, desk::one, BILLING_READ, EXCEPTIONS_WRITE);
        command("retryException", one + "/retry", WHOLE_TENANT, desk::retry, EXCEPTIONS_WRITE);
        post("resolveException", one + "/resolution", WHOLE_TENANT, "resolution", desk::resolve, EXCEPTIONS_WRITE);
        post("assignException", one + "/assignment", WHOLE_TENANT, "assignment", desk::assign, EXCEPTIONS_WRITE);
        post("actOnExceptions", "/v1/exceptions/bulk", WHOLE_TENANT, "bulk", desk::bulk, EXCEPTIONS_WRITE);
    }

    private void replays(ReplaysAction replays) {
        String one = "/v1/replays/:replay";
        post("requestReplay", "/v1/replays", WHOLE_TENANT, "replay", replays::request, EXCEPTIONS_WRITE);
        get("listReplays", "/v1/replays", WHOLE_TENANT, replays::list, BILLING_READ, EXCEPTIONS_WRITE);
        get("getReplay", one, WHOLE_TENANT, replays::one, BILLING_READ, EXCEPTIONS_WRITE);
        post("decideReplay", one + "/approval", WHOLE_TENANT, "approval", replays::decide, BILLING_APPROVE);
    }

    private void backfillSets(BackfillSetsAction sets) {
        String all = "/v1/backfill-sets";
        String one = all + "/:set";
        Scope[] loads = {USAGE_CORRECT, BILLING_RUN};
        Scope[] reads = {USAGE_READ, BILLING_READ};
        post("openBackfillSet", all, WHOLE_TENANT, "backfill-set", sets::open, loads);
        get("listBackfillSets", all, WHOLE_TENANT, sets::list, reads);
        get("getBackfillSet", one, WHOLE_TENANT, sets::one, reads);
        bare("dropBackfillSet", DELETE, one, WHOLE_TENANT, sets::drop, USAGE_CORRECT, BILLING_RUN, BILLING_APPROVE);
        add(
                "loadBackfillSet",
                POST,
                one + "/events",
                FlowClass.USAGE,
                List.of(loads),
                sets::load,
                policies.authenticate,
                new Authorize(loads),
                policies.throttle.requests(),
                new Narrow(WHOLE_TENANT),
                policies.readBody,
                policies.turns,
                sets.checked(policies.validateEvents),
                policies.throttle.events());
        post(
                "loadArchivedDay",
                one + "/archive-days",
                WHOLE_TENANT,
                "backfill-archive-day",
                sets::loadDay,
                BILLING_RUN);
        get("listBackfillEvents", one + "/events", WHOLE_TENANT, sets::events, reads);
        get("previewBackfillSet", one + "/preview", WHOLE_TENANT, sets::preview, reads);
        command("closeBackfillSet", one + "/closing", WHOLE_TENANT, sets::close, USAGE_CORRECT, BILLING_APPROVE);
    }

    private void reconciliation(ReconciliationAction stages) {
        put("putSourceTotal", "/v1/source-totals", NOWHERE, "source-total", stages::putTotal, Scope.USAGE_WRITE);
        get("getReconciliation", "/v1/reconciliations", WHOLE_TENANT, stages::reconcile, BILLING_READ);
        get("listBehindVariance", "/v1/reconciliations/items", WHOLE_TENANT, stages::behind, BILLING_READ);
    }

    private void archive(ArchiveAction archive) {
        String days = "/v1/archive/days";
        String confirmed = days + "/:day/confirmation";
        get("listArchiveDays", days, WHOLE_TENANT, archive::list, ADMIN);
        get("getArchiveDay", days + "/:day", WHOLE_TENANT, archive::day, ADMIN);
        post("confirmArchiveDay", confirmed, WHOLE_TENANT, "archive-confirmation", archive::confirm, ADMIN);
    }

    private void credentials(CredentialsAction credentials) {
        get("listApiKeys", "/v1/api-keys", RIGHTS_OF_OTHERS, credentials::keys, ADMIN);
        post("createApiKey", "/v1/api-keys", RIGHTS_OF_OTHERS, "api-key", credentials::createKey, ADMIN);
        get("getApiKey", "/v1/api-keys/:key", RIGHTS_OF_OTHERS, credentials::key, ADMIN);
        bare("revokeApiKey", DELETE, "/v1/api-keys/:key", RIGHTS_OF_OTHERS, credentials::revokeKey, ADMIN);
        post("rotateApiKey", "/v1/api-keys/:key/rotation", RIGHTS_OF_OTHERS, "rotation", credentials::rotateKey, ADMIN);
        put("putRole", "/v1/roles/:role", RIGHTS_OF_OTHERS, "role", credentials::putRole, ADMIN);
        get("getRole", "/v1/roles/:role", RIGHTS_OF_OTHERS, credentials::role, ADMIN);
        get("listRoles", "/v1/roles", RIGHTS_OF_OTHERS, credentials::roles, ADMIN);
        String principal = "/v1/principals/:principal";
        put("putPrincipal", principal, RIGHTS_OF_OTHERS, "principal", credentials::putPrincipal, ADMIN);
        get("getPrincipal", principal, RIGHTS_OF_OTHERS, credentials::principal, ADMIN);
        get("listPrincipals", "/v1/principals", RIGHTS_OF_OTHERS, credentials::principals, ADMIN);
        put("putAccessTier", "/v1/access-tiers/:tier", RIGHTS_OF_OTHERS, "access-tier", credentials::putTier, ADMIN);
        get("getAccessTier", "/v1/access-tiers/:tier", RIGHTS_OF_OTHERS, credentials::tier, ADMIN);
        get("listAccessTiers", "/v1/access-tiers", RIGHTS_OF_OTHERS, credentials::tiers, ADMIN);
    }

    private void identities(IdentitiesAction who) {
        String certificate = "/v1/client-certificates/:certificate";
        put("putClientCertificate", certificate, RIGHTS_OF_OTHERS, "client-certificate", who::putCertificate, ADMIN);
        get("getClientCertificate", certificate, RIGHTS_OF_OTHERS, who::certificate, ADMIN);
        bare("revokeClientCertificate", DELETE, certificate, RIGHTS_OF_OTHERS, who::revokeCertificate, ADMIN);
        get("listClientCertificates", "/v1/client-certificates", RIGHTS_OF_OTHERS, who::certificates, ADMIN);
        String subject = "/v1/token-subjects/:subject";
        put("putTokenSubject", subject, RIGHTS_OF_OTHERS, "token-subject", who::putSubject, ADMIN);
        get("getTokenSubject", subject, RIGHTS_OF_OTHERS, who::subject, ADMIN);
        bare("deleteTokenSubject", DELETE, subject, RIGHTS_OF_OTHERS, who::deleteSubject, ADMIN);
        get("listTokenSubjects", "/v1/token-subjects", RIGHTS_OF_OTHERS, who::subjects, ADMIN);
    }
}
