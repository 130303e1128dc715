package io.weir.gateway;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.kafka.admin.KafkaAdminClient;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Json;
import io.weir.settings.WeirSettings;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The management port: health, metrics, info; and the probes of Kafka and Postgres that health rests on. */
final class ManagementVerticle extends VerticleBase {
    private static final String SCRAPE = "text/plain; version=0.0.4; charset=utf-8";

    private final WeirSettings.Management settings;
    private final Health health;
    private final PrometheusMeterRegistry meters;
    private final Pool postgres;
    private final Map<String, String> kafkaConfig;
    private final ApiVersions versions;
    private @Nullable HttpServer server;
    private @Nullable KafkaAdminClient kafka;
    private boolean running = true;

    ManagementVerticle(
            WeirSettings.Management settings,
            Health health,
            PrometheusMeterRegistry meters,
            Pool postgres,
            Map<String, String> kafkaConfig,
            ApiVersions versions) {
        this.settings = settings;
        this.health = health;
        this.meters = meters;
        this.postgres = postgres;
        this.kafkaConfig = kafkaConfig;
        this.versions = versions;
    }

    @Override
    public Future<?> start() {
        KafkaAdminClient admin = KafkaAdminClient.create(vertx, kafkaConfig);
        kafka = admin;
        Health.Dependency kafkaPart = health.dependency("kafka");
        Health.Dependency postgresPart = health.dependency("postgres");
        probe(kafkaPart, () -> admin.describeCluster().mapEmpty());
        probe(postgresPart, () -> postgres.query("select 1").execute().mapEmpty());
        HttpServer made = vertx.createHttpServer(new HttpServerOptions()
                        .setHost(settings.host())
                        .setPort(settings.port())
                        .setIdleTimeout(60))
                .requestHandler(router());
        server = made;
        return made.listen();
    }

    @Override
    public Future<?> stop() {
        running = false;
        Future<?> closed = server == null ? Future.succeededFuture() : server.shutdown(1, TimeUnit.SECONDS);
        KafkaAdminClient admin = kafka;
        return admin == null ? closed : closed.eventually(admin::close);
    }

    private Router router() {
        Router router = Router.router(vertx);
        router.get("/health/live").handler(context -> live(context));
        router.get("/health/ready").handler(this::ready);
        router.get("/health/started").handler(context -> {
            boolean started = health.phase() != Health.Phase.STARTING;
            json(context, started ? 200 : 503, Map.of("started", started));
        });
        router.get("/info").handler(context -> json(context, 200, info()));
        router.get("/metrics")
                .handler(context -> vertx.executeBlocking(meters::scrape, false)
                        .onSuccess(text -> context.response()
                                .putHeader("content-type", SCRAPE)
                                .end(text))
                        .onFailure(context::fail));
        return router;
    }

    private Map<String, Object> info() {
        Map<String, Object> info = BuildInfo.read();
        info.put("apiVersions", versions.names());
        return info;
    }

    private void live(RoutingContext context) {
        boolean live = health.live();
        json(context, live ? 200 : 503, Map.of("live", live));
    }

    private void ready(RoutingContext context) {
        Health.Readiness readiness = health.readiness();
        json(context, readiness.ready() ? 200 : 503, readiness);
    }

    private static void json(RoutingContext context, int status, Object value) {
        HttpServerResponse response = context.response().setStatusCode(status);
        response.putHeader("content-type", "application/json").end(Buffer.buffer(Json.bytes(value)));
    }

    /** Asks again and again, never twice at once; a question that is not answered in time counts as lost. */
    private void probe(Health.Dependency part, java.util.function.Supplier<Future<Void>> question) {
        question.get()
                .timeout(settings.probeTimeoutMillis(), TimeUnit.MILLISECONDS)
                .onSuccess(answered -> health.answered(part))
                .onFailure(failure -> health.lost(part))
                .onComplete(done -> {
                    if (running) {
                        vertx.setTimer(settings.probeMillis(), again -> probe(part, question));
                    }
                });
    }
}
