package io.weir.gateway;

import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

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
            DocumentsAction documents) {}

    private final Policies policies;
    private final BodySchemas bodies = new BodySchemas();
    private final List<Route> routes = new ArrayList<>();

    private Routes(Policies policies) {
        this.policies = policies;
    }

    static List<Route> of(Policies policies, Actions a) {
        Routes r = new Routes(policies);
        r.get(
                "checkEntitlement",
                "/v1/customers/:customer/entitlements/:feature",
                a.entitlements()::ofCustomer,
                Scope.ENTITLEMENTS_READ);
        r.events("postEvents", "/v1/events", a.ingest()::take);
        r.events("validateEvents", "/v1/events/validation", a.ingest()::validate);
        r.get("getEvent", "/v1/events", a.usage()::event, Scope.USAGE_READ);
        r.get("getUsage", "/v1/usage", a.usage()::usage, Scope.USAGE_READ);
        r.get(
                "checkEntitlementOfSubject",
                "/v1/entitlements/:feature",
                a.entitlements()::ofSubject,
                Scope.ENTITLEMENTS_READ);
        r.put(
                "putGrant",
                "/v1/customers/:customer/grants/:grant",
                "grant",
                a.masterData()::putGrant,
                Scope.CATALOG_WRITE);
        r.get("getGrant", "/v1/customers/:customer/grants/:grant", a.masterData()::grant, Scope.CATALOG_READ);
        r.put("putCustomer", "/v1/customers/:customer", "customer", a.masterData()::putCustomer, Scope.CATALOG_WRITE);
        r.get("getCustomer", "/v1/customers/:customer", a.masterData()::customer, Scope.CATALOG_READ);
        r.get("listCustomers", "/v1/customers", a.masterData()::customers, Scope.CATALOG_READ);
        r.put(
                "putSubscription",
                "/v1/subscriptions/:subscription",
                "subscription",
                a.masterData()::putSubscription,
                Scope.CATALOG_WRITE);
        r.get("getSubscription", "/v1/subscriptions/:subscription", a.masterData()::subscription, Scope.CATALOG_READ);
        r.get("listSubscriptions", "/v1/subscriptions", a.masterData()::subscriptions, Scope.CATALOG_READ);
        r.get("getPlan", "/v1/plans/:plan", a.masterData()::plan, Scope.CATALOG_READ);
        r.get("getPrice", "/v1/prices/:price/versions/:version", a.masterData()::price, Scope.CATALOG_READ);
        r.get("getFeature", "/v1/features/:feature", a.masterData()::feature, Scope.CATALOG_READ);
        r.get("getMeter", "/v1/meters/:meter", a.masterData()::meter, Scope.CATALOG_READ);
        r.get("listMeters", "/v1/meters", a.masterData()::meters, Scope.CATALOG_READ);
        r.get("listEventTypes", "/v1/event-types", a.masterData()::eventTypes, Scope.CATALOG_READ);
        r.get("getEventSchema", "/v1/event-types/:type/schemas/:version", a.masterData()::schema, Scope.CATALOG_READ);
        r.post("runBilling", "/v1/billing-runs", "billing-run", a.money()::run, Scope.BILLING_RUN);
        r.get("listCharges", "/v1/charges", a.money()::charges, Scope.BILLING_READ);
        r.get("listPostings", "/v1/postings", a.money()::postings, Scope.BILLING_READ);
        r.get("getPosting", "/v1/postings/:posting", a.money()::posting, Scope.BILLING_READ);
        r.get("listPostingAttempts", "/v1/postings/:posting/attempts", a.money()::attempts, Scope.BILLING_READ);
        r.post("decidePosting", "/v1/postings/:posting/approval", "approval", a.money()::decide, Scope.BILLING_APPROVE);
        r.get("listExceptions", "/v1/exceptions", a.money()::exceptions, Scope.BILLING_READ, Scope.EXCEPTIONS_WRITE);
        r.get(
                "getException",
                "/v1/exceptions/:exception",
                a.money()::exception,
                Scope.BILLING_READ,
                Scope.EXCEPTIONS_WRITE);
        r.bare("retryException", POST, "/v1/exceptions/:exception/retry", a.money()::retry, Scope.EXCEPTIONS_WRITE);
        r.open("getOpenApi", "/v1/openapi.json", a.documents()::openApi);
        r.open("getProblem", "/problems/:kind", a.documents()::problem);
        return List.copyOf(r.routes);
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
