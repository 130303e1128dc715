package io.weir.gateway;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The routes of checks and events, found past the router: a way round it costs a check a tenth less. All others are the router's. */
final class FrequentRoutes {
    /** What becomes of a request that is one of them. */
    @FunctionalInterface
    interface Handler {
        void handle(HttpServerRequest request, Map<String, String> parameters);
    }

    private record Frequent(HttpMethod method, PathTemplate path, Handler handler) {}

    private final List<Frequent> routes = new ArrayList<>();

    /** Whether a route is asked that often. */
    static boolean has(Route route) {
        return route.flow() == FlowClass.CHECK || route.flow() == FlowClass.USAGE;
    }

    void add(HttpMethod method, String path, Handler handler) {
        routes.add(new Frequent(method, new PathTemplate(path), handler));
    }

    /** Hands the request to its route; false where that is not one of these. */
    boolean handle(HttpServerRequest request) {
        String path = request.path();
        if (path == null) {
            return false;
        }
        for (Frequent route : routes) {
            Map<String, String> parameters = route.method.equals(request.method()) ? route.path.match(path) : null;
            if (parameters != null) {
                route.handler.handle(request, parameters);
                return true;
            }
        }
        return false;
    }
}
