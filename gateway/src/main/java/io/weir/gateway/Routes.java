package io.weir.gateway;

import static io.vertx.core.http.HttpMethod.DELETE;
import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;
import static io.weir.schemas.Scope.ADMIN;
import static io.weir.schemas.Scope.BILLING_APPROVE;
import static io.weir.schemas.Scope.BILLING_READ;
import static io.weir.schemas.Scope.BILLING_RUN;
import static io.weir.schemas.Scope.CATALOG_READ;
import static io.weir.schemas.Scope.CATALOG_WRITE;
import static io.weir.schemas.Scope.ENTITLEMENTS_READ;
import static io.weir.schemas.Scope.EXCEPTIONS_WRITE;
import static io.weir.schemas.Scope.USAGE_READ;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.weir.policies.Admission;
import io.weir.policies.Authenticate;
import io.weir.policies.Authorize;
import io.weir.policies.Call;
import io.weir.policies.Policy;
import io.weir.policies.ReadBody;
import io.weir.policies.Throttle;
import io.weir.policies.ValidateBody;
import io.weir.policies.ValidateEvents;
import io.weir.policies.Version;
import io.weir.schemas.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Everything that can be asked: one line an operation, its policies in their order. The hottest come first. */
final class Routes {
    /** The policies that routes are built of. */
    record Policies(
            Authenticate authenticate,
            Throttle throttle,
            Version version,
            ReadBody readBody,
            ValidateEvents validateEvents) {}

    /** What answers. */
    record Actions(
            IngestAction ingest,
            UsageAction usage,
            EntitlementAction entitlements,
            MasterDataAction masterData,
            MoneyAction money,
            IdentitiesAction identities,
            DocumentsAction documents) {}

    private final Policies policies;
    private final BodySchemas bodies = new BodySchemas();
    private final List<Route> routes = new ArrayList<>();

    private Routes(Policies policies) {
        this.policies = policies;
    }

    static List<Route> of(Policies policies, Actions actions) {
        Routes r = new Routes(policies);
        r.hot(actions.entitlements(), actions.ingest());
        r.usage(actions.usage());
        r.masterData(actions.masterData());
        r.money(actions.money());
        r.identities(actions.identities());
        r.open("getOpenApi", "/v1/openapi.json", actions.documents()::openApi);
        r.open("getProblem", "/problems/:kind", actions.documents()::problem);
        return List.copyOf(r.routes);
    }

    private void hot(EntitlementAction check, IngestAction ingest) {
        get("checkEntitlement", "/v1/customers/:customer/entitlements/:feature", check::ofCustomer, ENTITLEMENTS_READ);
        events("postEvents", "/v1/events", ingest::take);
        events("validateEvents", "/v1/events/validation", ingest::validate);
        get("checkEntitlementOfSubject", "/v1/entitlements/:feature", check::ofSubject, ENTITLEMENTS_READ);
    }

    private void usage(UsageAction usage) {
        get("getEvent", "/v1/events", usage::event, USAGE_READ);
        get("getUsage", "/v1/usage", usage::usage, USAGE_READ);
    }

    private void masterData(MasterDataAction data) {
        put("putGrant", "/v1/customers/:customer/grants/:grant", "grant", data::putGrant, CATALOG_WRITE);
        get("getGrant", "/v1/customers/:customer/grants/:grant", data::grant, CATALOG_READ);
        put("putCustomer", "/v1/customers/:customer", "customer", data::putCustomer, CATALOG_WRITE);
        get("getCustomer", "/v1/customers/:customer", data::customer, CATALOG_READ);
        get("listCustomers", "/v1/customers", data::customers, CATALOG_READ);
        put("putSubscription", "/v1/subscriptions/:subscription", "subscription", data::putSubscription, CATALOG_WRITE);
        get("getSubscription", "/v1/subscriptions/:subscription", data::subscription, CATALOG_READ);
        get("listSubscriptions", "/v1/subscriptions", data::subscriptions, CATALOG_READ);
        get("getPlan", "/v1/plans/:plan", data::plan, CATALOG_READ);
        get("getPrice", "/v1/prices/:price/versions/:version", data::price, CATALOG_READ);
        get("getFeature", "/v1/features/:feature", data::feature, CATALOG_READ);
        get("getMeter", "/v1/meters/:meter", data::meter, CATALOG_READ);
        get("listMeters", "/v1/meters", data::meters, CATALOG_READ);
        get("listEventTypes", "/v1/event-types", data::eventTypes, CATALOG_READ);
        get("getEventSchema", "/v1/event-types/:type/schemas/:version", data::schema, CATALOG_READ);
    }

    private void money(MoneyAction money) {
        post("runBilling", "/v1/billing-runs", "billing-run", money::run, BILLING_RUN);
        get("listCharges", "/v1/charges", money::charges, BILLING_READ);
        get("listPostings", "/v1/postings", money::postings, BILLING_READ);
        get("getPosting", "/v1/postings/:posting", money::posting, BILLING_READ);
        get("listPostingAttempts", "/v1/postings/:posting/attempts", money::attempts, BILLING_READ);
        post("decidePosting", "/v1/postings/:posting/approval", "approval", money::decide, BILLING_APPROVE);
        get("listExceptions", "/v1/exceptions", money::exceptions, BILLING_READ, EXCEPTIONS_WRITE);
        get("getException", "/v1/exceptions/:exception", money::exception, BILLING_READ, EXCEPTIONS_WRITE);
        bare("retryException", POST, "/v1/exceptions/:exception/retry", money::retry, EXCEPTIONS_WRITE);
    }

    private void identities(IdentitiesAction who) {
        String certificate = "/v1/client-certificates/:certificate";
        put("putClientCertificate", certificate, "client-certificate", who::putCertificate, ADMIN);
        get("getClientCertificate", certificate, who::certificate, ADMIN);
        bare("revokeClientCertificate", DELETE, certificate, who::revokeCertificate, ADMIN);
        get("listClientCertificates", "/v1/client-certificates", who::certificates, ADMIN);
        String subject = "/v1/token-subjects/:subject";
        put("putTokenSubject", subject, "token-subject", who::putSubject, ADMIN);
        get("getTokenSubject", subject, who::subject, ADMIN);
        bare("deleteTokenSubject", DELETE, subject, who::deleteSubject, ADMIN);
        get("listTokenSubjects", "/v1/token-subjects", who::subjects, ADMIN);
    }

    private void get(String operation, String path, Function<Call, Future<Answer>> action, Scope... anyOf) {
        bare(operation, GET, path, action, anyOf);
    }

    private void bare(
            String operation, HttpMethod method, String path, Function<Call, Future<Answer>> action, Scope... anyOf) {
        add(
                operation,
                method,
                path,
                action,
                policies.authenticate,
                new Authorize(anyOf),
                policies.throttle.requests(),
                policies.version);
    }

    private void put(
            String operation, String path, String body, Function<Call, Future<Answer>> action, Scope... anyOf) {
        withBody(operation, PUT, path, body, action, anyOf);
    }

    private void post(
            String operation, String path, String body, Function<Call, Future<Answer>> action, Scope... anyOf) {
        withBody(operation, POST, path, body, action, anyOf);
    }

    private void withBody(
            String operation,
            HttpMethod method,
            String path,
            String body,
            Function<Call, Future<Answer>> action,
            Scope... anyOf) {
        add(
                operation,
                method,
                path,
                action,
                policies.authenticate,
                new Authorize(anyOf),
                policies.throttle.requests(),
                policies.version,
                policies.readBody,
                new ValidateBody(bodies.of(body)));
    }

    private void events(String operation, String path, Function<Call, Future<Answer>> action) {
        add(
                operation,
                POST,
                path,
                action,
                policies.authenticate,
                new Authorize(Scope.USAGE_WRITE),
                policies.throttle.requests(),
                policies.version,
                policies.readBody,
                policies.validateEvents,
                policies.throttle.events());
    }

    private void open(String operation, String path, Function<Call, Future<Answer>> action) {
        add(operation, GET, path, action);
    }

    private void add(
            String operation,
            HttpMethod method,
            String path,
            Function<Call, Future<Answer>> action,
            Policy... inOrder) {
        routes.add(new Route(operation, method, path, new Admission(List.of(inOrder)), action));
    }
}
