package io.weir.bare;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;

/** One event loop's share of the bare HTTP server. */
final class BareServer extends VerticleBase {
    /** As long as an entitlement answer of Weir's. */
    private static final Buffer CHECK =
            Buffer.buffer("{\"customer\":\"cust-001\",\"feature\":\"llm_tokens\",\"kind\":\"metered\","
                    + "\"granted\":true,\"reason\":\"within_limit\",\"limit\":\"1000000\",\"used\":\"250113\",\"held\":\"0\","
                    + "\"remaining\":\"749887\",\"overage\":\"block\",\"resetsAt\":\"2026-12-01T00:00:00Z\","
                    + "\"asOf\":\"2026-11-20T10:00:00.120Z\",\"source\":\"cache\",\"stale\":false,\"version\":42}");

    private final int port;
    private final KafkaHandlers kafka;
    private final LedgerInsert insert;

    BareServer(int port, KafkaHandlers kafka, LedgerInsert insert) {
        this.port = port;
        this.kafka = kafka;
        this.insert = insert;
    }

    @Override
    public Future<HttpServer> start() {
        Router router = Router.router(vertx);
        router.get("/v1/customers/:customer/entitlements/:feature").handler(BareServer::check);
        router.post("/v1/events").handler(kafka::post);
        router.post("/insert").handler(this::insert);
        return vertx.createHttpServer().requestHandler(router).listen(port, "127.0.0.1");
    }

    private static void check(RoutingContext routing) {
        routing.response().putHeader("content-type", "application/json").end(CHECK);
    }

    private void insert(RoutingContext routing) {
        int events = Integer.parseInt(routing.request().getParam("events", "100000"));
        insert.run(events)
                .onSuccess(nanos -> routing.response()
                        .putHeader("content-type", "application/json")
                        .end("{\"events\":" + events + ",\"nanos\":" + nanos + "}"))
                .onFailure(failure -> routing.response().setStatusCode(500).end(String.valueOf(failure)));
    }
}
