package io.weir.loadtest.gatling;

import static io.gatling.javaapi.core.CoreDsl.StringBody;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Simulation;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;

/** Posts batches of unique events at a rate; each must be accepted whole. Defaults: 100 requests/s of 10 events, 30 s. */
public final class IngestSimulation extends Simulation {
    private final LoadSettings settings = LoadSettings.present(100, 10, 500);
    private final InstantSource clock = InstantSource.system();
    private final String run = Long.toString(clock.millis(), 36);
    private final AtomicLong number = new AtomicLong();

    public IngestSimulation() {
        var post = scenario("ingest")
                .exec(http("POST /v1/events")
                        .post("/v1/events")
                        .header("Content-Type", "application/cloudevents-batch+json")
                        .body(StringBody(session -> batch()))
                        .check(status().is(202), jsonPath("$.accepted").ofInt().is(settings.batch())));
        setUp(post.injectOpen(
                        rampUsersPerSec(1).to(settings.requestsPerSecond()).during(settings.ramp()),
                        constantUsersPerSec(settings.requestsPerSecond()).during(settings.steady())))
                .protocols(http.baseUrl(settings.env().url())
                        .authorizationHeader("Bearer " + settings.env().key("BACKEND"))
                        .shareConnections())
                .assertions(
                        global().failedRequests().count().is(0L),
                        global().responseTime().percentile(99).lte(settings.p99Millis()));
    }

    private String batch() {
        StringBuilder body = new StringBuilder(settings.batch() * 280).append('[');
        for (int event = 0; event < settings.batch(); event++) {
            long next = number.getAndIncrement();
            body.append(event == 0 ? "" : ",")
                    .append("{\"specversion\":\"1.0\",\"id\":\"")
                    .append(run)
                    .append('-')
                    .append(next)
                    .append("\",\"source\":\"/load\",\"type\":\"llm.completion\",\"subject\":\"ws-")
                    .append("%03d".formatted(next % 100 + 1))
                    .append("\",\"time\":\"")
                    .append(clock.instant())
                    .append(
                            "\",\"data\":{\"model\":\"m1\",\"region\":\"load\",\"inputTokens\":10,\"outputTokens\":5}}");
        }
        return body.append(']').toString();
    }
}
