package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.weir.policies.Call;
import io.weir.schemas.Refusal;
import io.weir.settings.ApiVersion;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The HTTP server of one event loop; all instances share the port. */
final class FrontDoorVerticle extends VerticleBase {
    private final List<Route> routes;
    private final ApiVersions versions;
    private final WeirSettings.Http settings;
    private final InstantSource clock;
    private final Door door;
    private final CallMeters meters;
    private final Overload overload;
    private final @Nullable FrontDoorTls tls;
    private @Nullable HttpServer server;

    FrontDoorVerticle(
            List<Route> routes,
            ApiVersions versions,
            WeirSettings.Http settings,
            InstantSource clock,
            Door door,
            CallMeters meters,
            Overload overload,
            @Nullable FrontDoorTls tls) {
        this.routes = routes;
        this.versions = versions;
        this.settings = settings;
        this.clock = clock;
        this.door = door;
        this.meters = meters;
        this.overload = overload;
        this.tls = tls;
    }

    @Override
    public Future<?> start() {
        Exchange exchange = new Exchange(vertx, door, overload);
        overload.watch(vertx);
        Router router = router(exchange);
        FrequentRoutes frequent = new FrequentRoutes();
        routes.forEach(route -> serve(route, router, frequent, exchange));
        HttpServer made = vertx.createHttpServer(options())
                .invalidRequestHandler(request -> exchange.malformed(call(request, Map.of()), meters.unrouted()))
                .requestHandler(request -> {
                    if (!frequent.handle(request)) {
                        router.handle(request);
                    }
                });
        server = made;
        return made.listen().onSuccess(listening -> {
            if (tls != null) {
                tls.serving(listening);
            }
        });
    }

    /** What is said of a version, and of what is no operation. */
    private Router router(Exchange exchange) {
        Router router = Router.router(vertx);
        versions.all().stream()
                .filter(ApiVersions::tells)
                .forEach(version -> router.route("/" + version.version() + "/*")
                        .handler(context -> told(exchange, context, version)));
        router.errorHandler(
                404,
                context -> refuse(
                        exchange,
                        context,
                        new Refusal.UnknownRoute(context.request().path(), versions.names())));
        router.errorHandler(405, context -> refuse(exchange, context, new Refusal.MethodNotAllowed(allowed(context))));
        router.errorHandler(400, context -> refuse(exchange, context, new Refusal.Unreadable("malformed request")));
        router.errorHandler(500, context -> exchange.failed(call(context), context.failure(), meters.unrouted()));
        return router;
    }

    private void serve(Route route, Router router, FrequentRoutes frequent, Exchange exchange) {
        CallMeters.Operation timed = meters.operation(route.operation());
        for (String path : versions.paths(route.path())) {
            router.route(route.method(), path)
                    .handler(context -> exchange.handle(call(context.request(), context.pathParams()), route, timed));
        }
        if (FrequentRoutes.has(route)) {
            versions.all().stream()
                    .filter(version -> !ApiVersions.tells(version))
                    .forEach(version -> frequent.add(
                            route.method(),
                            ApiVersions.path(version, route.path()),
                            (request, parameters) -> exchange.handle(call(request, parameters), route, timed)));
        }
    }

    @Override
    public Future<?> stop() {
        return server == null
                ? Future.succeededFuture()
                : server.shutdown(settings.drainMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
    }

    private HttpServerOptions options() {
        HttpServerOptions options = door.options();
        return tls == null ? options : tls.on(options);
    }

    /** Every answer of a version that is not the current one tells of it, and one that is sunset only does that. */
    private void told(Exchange exchange, RoutingContext context, ApiVersion version) {
        String path = context.request().path();
        context.addHeadersEndHandler(head -> versions.tell(version, context.response(), path));
        if (versions.state(version) == ApiVersion.State.SUNSET) {
            refuse(exchange, context, new Refusal.VersionGone(version.version(), versions.names()));
        } else {
            context.next();
        }
    }

    private void refuse(Exchange exchange, RoutingContext context, Refusal refusal) {
        exchange.refused(call(context), refusal, meters.unrouted());
    }

    private Call call(RoutingContext context) {
        return call(context.request(), Map.of());
    }

    private Call call(HttpServerRequest request, Map<String, String> parameters) {
        return Call.of(request, parameters, clock.instant());
    }

    private List<String> allowed(RoutingContext context) {
        HttpServerRequest request = context.request();
        return routes.stream()
                .filter(route -> versions.paths(route.path()).stream()
                        .anyMatch(path -> request.path().matches(path.replaceAll(":[a-zA-Z]+", "[^/]+"))))
                .map(route -> route.method().name())
                .distinct()
                .toList();
    }
}
