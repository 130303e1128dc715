package io.weir.loadtest.gatling;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.jsonPath;
import static io.gatling.javaapi.core.CoreDsl.rampUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Simulation;
import java.util.concurrent.atomic.AtomicLong;

/** Asks for entitlements of the three kinds, customer by customer, at a rate. Defaults: 500 requests/s for 30 s. */
public final class EntitlementSimulation extends Simulation {
    private static final String[] FEATURES = {"llm_tokens", "premium_support", "model_access"};

    private final LoadSettings settings = LoadSettings.present(500, 1, 100);
    private final AtomicLong number = new AtomicLong();

    public EntitlementSimulation() {
        ChainBuilder check = exec(session -> {
                    long next = number.getAndIncrement();
                    return session.set("customer", "cust-%03d".formatted(next % 100 + 1))
                            .set("feature", FEATURES[(int) (next % FEATURES.length)]);
                })
                .exec(http("GET entitlement #{feature}")
                        .get("/v1/customers/#{customer}/entitlements/#{feature}")
                        .check(status().is(200), jsonPath("$.reason").exists()));
        setUp(scenario("entitlement")
                        .exec(check)
                        .injectOpen(
                                rampUsersPerSec(1)
                                        .to(settings.requestsPerSecond())
                                        .during(settings.ramp()),
                                constantUsersPerSec(settings.requestsPerSecond())
                                        .during(settings.steady())))
                .protocols(http.baseUrl(settings.env().url())
                        .authorizationHeader("Bearer " + settings.env().key("SUPPORT"))
                        .shareConnections())
                .assertions(
                        global().failedRequests().count().is(0L),
                        global().responseTime().percentile(99).lte(settings.p99Millis()));
    }
}
