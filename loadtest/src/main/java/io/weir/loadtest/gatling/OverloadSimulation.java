package io.weir.loadtest.gatling;

import static io.gatling.javaapi.core.CoreDsl.ByteArrayBody;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.responseTimeInMillis;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import io.gatling.javaapi.http.HttpRequestActionBuilder;
import io.weir.loadtest.DemoEnv;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Offers a running node parts and multiples of its capacity, one step after another: checks and compressed batches in an open model,
 * in which a caller waits a second. {@code make load SCENARIO=overload} seeks the capacity, prepares the bodies and starts it.
 */
public final class OverloadSimulation extends Simulation {
    private static final String DIRECTORY = "overload.directory";
    private static final String OUTCOMES = "outcomes.json";
    private static final JsonMapper JSON = JsonMapper.shared();

    private static final Duration PATIENCE = Duration.ofSeconds(1);
    /** For what is under way at the end of a step. */
    private static final Duration PAUSE = Duration.ofSeconds(3);

    private static final String STATUS = "status";
    private static final String MILLIS = "millis";
    private static final String NUMBER = "number";

    private final Path directory = Path.of(System.getProperty(DIRECTORY, ""));
    private final DemoEnv env = DemoEnv.read(DemoEnv.dataDirectory(System.getenv()));
    private final Map<String, OverloadOutcome> outcomes = new LinkedHashMap<>();

    public OverloadSimulation() {
        List<PopulationBuilder> populations = new ArrayList<>();
        Duration start = Duration.ZERO;
        for (OverloadStep step : OverloadStep.readAll(directory)) {
            populations.add(population(step, start, step.checks(), checks(step.checksName()), 200));
            populations.add(population(step, start, step.batches(), batches(step.batchesName(), step), 202));
            start = start.plus(step.time()).plus(PAUSE);
        }
        setUp(populations).protocols(http.baseUrl(env.url()).shareConnections());
    }

    /** The virtual machine's argument that tells a simulation where its steps lie, and where its outcomes go. */
    public static String argument(Path directory) {
        return "-D" + DIRECTORY + "=" + directory;
    }

    /** What became of the requests of each step and kind, by the names that the steps give them. */
    public static Map<String, OverloadCounts> outcomes(Path directory) throws IOException {
        return JSON.readValue(Files.readString(directory.resolve(OUTCOMES)), new TypeReference<>() {});
    }

    private PopulationBuilder population(
            OverloadStep step, Duration start, double perSecond, Request request, int expected) {
        OverloadOutcome outcome = new OverloadOutcome(expected);
        outcomes.put(request.name(), outcome);
        return scenario(request.name())
                .exec(session -> session.set(NUMBER, outcome.due()))
                .exec(request.action()
                        .requestTimeout(PATIENCE)
                        .check(status().saveAs(STATUS), responseTimeInMillis().saveAs(MILLIS), status().is(expected)))
                .exec(session -> answered(session, outcome))
                .injectOpen(nothingFor(start), constantUsersPerSec(perSecond).during(step.time()));
    }

    private static Session answered(Session session, OverloadOutcome outcome) {
        if (session.contains(STATUS)) {
            outcome.answered(session.getInt(STATUS), session.getInt(MILLIS), session.getInt(NUMBER));
        }
        return session;
    }

    private record Request(String name, HttpRequestActionBuilder action) {}

    private Request checks(String name) {
        return new Request(
                name,
                http(name)
                        .get(session -> "/v1/customers/cust-%03d/entitlements/llm_tokens"
                                .formatted(session.getInt(NUMBER) % 100 + 1))
                        .header("Authorization", "Bearer " + env.key("SUPPORT")));
    }

    private Request batches(String name, OverloadStep step) {
        List<byte[]> bodies = step.bodies();
        return new Request(
                name,
                http(name)
                        .post("/v1/events")
                        .header("Authorization", "Bearer " + env.key("BACKEND"))
                        .header("Content-Type", "application/cloudevents-batch+json")
                        .header("Content-Encoding", "gzip")
                        .body(ByteArrayBody(session -> bodies.get(session.getInt(NUMBER) % bodies.size()))));
    }

    @Override
    public void after() {
        Map<String, OverloadCounts> counts = new LinkedHashMap<>();
        outcomes.forEach((name, outcome) -> counts.put(name, outcome.counts()));
        try {
            Files.writeString(directory.resolve(OUTCOMES), JSON.writeValueAsString(counts));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
