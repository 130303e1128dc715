package io.weir.gateway;

import static io.vertx.core.http.HttpMethod.GET;
import static io.vertx.core.http.HttpMethod.POST;
import static io.vertx.core.http.HttpMethod.PUT;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.weir.policies.Admission;
import io.weir.policies.Authorize;
import io.weir.policies.Call;
import io.weir.policies.Customers;
import io.weir.policies.Narrow;
import io.weir.policies.Policy;
import io.weir.policies.ValidateBody;
import io.weir.schemas.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The forms that routes have: which policies, in which order, each of them is asked by. */
class RouteForms {
    final Routes.Policies policies;
    private final BodySchemas bodies = new BodySchemas();
    private final List<Route> routes = new ArrayList<>();

    RouteForms(Routes.Policies policies) {
        this.policies = policies;
    }

    /** All that were added, in their order. */
    List<Route> all() {
        return List.copyOf(routes);
    }

    /** Asked by products while their users wait: refused last. */
    void check(
            String operation, String path, Customers customers, Function<Call, Future<Answer>> action, Scope... anyOf) {
        bare(operation, GET, path, FlowClass.CHECK, customers, action, anyOf);
    }

    /** Read to be looked at: refused first. */
    void get(
            String operation, String path, Customers customers, Function<Call, Future<Answer>> action, Scope... anyOf) {
        bare(operation, GET, path, FlowClass.REPORT, customers, action, anyOf);
    }

    /** A command without a body. */
    void command(
            String operation, String path, Customers customers, Function<Call, Future<Answer>> action, Scope... anyOf) {
        bare(operation, POST, path, customers, policies.once().of(action), anyOf);
    }

    void bare(
            String operation,
            HttpMethod method,
            String path,
            Customers customers,
            Function<Call, Future<Answer>> action,
            Scope... anyOf) {
        bare(operation, method, path, FlowClass.MONEY, customers, action, anyOf);
    }

    void bare(
            String operation,
            HttpMethod method,
            String path,
            FlowClass flow,
            Customers customers,
            Function<Call, Future<Answer>> action,
            Scope... anyOf) {
        add(
                operation,
                method,
                path,
                flow,
                List.of(anyOf),
                action,
                policies.authenticate(),
                new Authorize(anyOf),
                policies.throttle().requests(),
                new Narrow(customers));
    }

    void put(
            String operation,
            String path,
            Customers customers,
            String body,
            Function<Call, Future<Answer>> action,
            Scope... anyOf) {
        withBody(operation, PUT, path, customers, new ValidateBody(bodies.of(body)), action, anyOf);
    }

    void post(
            String operation,
            String path,
            Customers customers,
            String body,
            Function<Call, Future<Answer>> action,
            Scope... anyOf) {
        withBody(
                operation,
                POST,
                path,
                customers,
                new ValidateBody(bodies.of(body)),
                policies.once().of(action),
                anyOf);
    }

    void withBody(
            String operation,
            HttpMethod method,
            String path,
            Customers customers,
            Policy body,
            Function<Call, Future<Answer>> action,
            Scope... anyOf) {
        add(
                operation,
                method,
                path,
                method == PUT ? FlowClass.SYNC : FlowClass.MONEY,
                List.of(anyOf),
                action,
                policies.authenticate(),
                new Authorize(anyOf),
                policies.throttle().requests(),
                new Narrow(customers),
                policies.readBody(),
                body);
    }

    void events(String operation, String path, Policy read, Function<Call, Future<Answer>> action, Policy limit) {
        add(
                operation,
                POST,
                path,
                FlowClass.USAGE,
                List.of(Scope.USAGE_WRITE),
                action,
                policies.authenticate(),
                new Authorize(Scope.USAGE_WRITE),
                policies.throttle().requests(),
                read,
                policies.turns(),
                ofWhole(policies.validateEvents()),
                ofWhole(limit));
    }

    /** A policy of bodies that are whole; a stream asks the same of each of its pieces. */
    private static Policy ofWhole(Policy policy) {
        return call -> call.rest() == null ? policy.admit(call) : Future.succeededFuture(call);
    }

    void open(String operation, String path, Function<Call, Future<Answer>> action) {
        add(operation, GET, path, FlowClass.REPORT, List.of(), action);
    }

    void add(
            String operation,
            HttpMethod method,
            String path,
            FlowClass flow,
            List<Scope> anyOf,
            Function<Call, Future<Answer>> action,
            Policy... inOrder) {
        routes.add(new Route(operation, method, path, flow, anyOf, new Admission(List.of(inOrder)), action));
    }
}
