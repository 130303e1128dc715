package io.weir.loadtest.bench;

import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.gatling.OverloadCounts;
import io.weir.loadtest.gatling.OverloadSimulation;
import io.weir.loadtest.gatling.OverloadStep;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How a node does beyond its capacity: Gatling offers it parts and multiples of it. Batches are large and compressed, as those of a client
 * library that collects: then it is the node's work that is too much, and not the bytes that a generator moves on the same machine.
 */
final class OverloadCurve {
    static final int BATCH = 1_000;
    /** The first is for the simulation to compile its paths with: it is not shown. */
    static final double[] TIMES = {0.25, 0.5, 1, 2, 5};

    /** Different ones of each step: events are sent again and again, which a node that admits does not know. */
    private static final int BODIES = 400;

    private static final String HEAD_END = "\r\n\r\n";

    private final DemoEnv env;
    private final Path directory;
    private final Turns turns;

    OverloadCurve(DemoEnv env, Path directory, InstantSource clock) {
        this.env = env;
        this.directory = directory;
        this.turns = new Turns(clock);
    }

    InetSocketAddress address() {
        URI url = URI.create(env.url());
        return new InetSocketAddress(url.getHost(), url.getPort());
    }

    Requests checks() {
        return Requests.checks(host(), env.key("SUPPORT"));
    }

    Requests.Pool batches() {
        return Requests.compressed(host(), env.key("BACKEND"), turns.next(), BATCH, BODIES);
    }

    private String host() {
        return address().getHostString() + ":" + address().getPort();
    }

    /** Notes what is to be offered, and prepares the bodies of it. */
    List<OverloadStep> prepare(double capacity, Duration each) throws IOException {
        List<OverloadStep> steps = new ArrayList<>();
        for (double times : TIMES) {
            Path bodies = Files.createDirectory(directory.resolve("bodies-" + steps.size()));
            int number = 0;
            for (String request : batches().requests()) {
                String body = request.substring(request.indexOf(HEAD_END) + HEAD_END.length());
                Files.write(bodies.resolve("%04d".formatted(number++)), body.getBytes(StandardCharsets.ISO_8859_1));
            }
            steps.add(new OverloadStep(times, times * capacity, each, bodies));
        }
        OverloadStep.writeAll(directory, steps);
        return steps;
    }

    /** What the simulation has left in the directory. */
    List<OverloadPoint> points(List<OverloadStep> steps) throws IOException {
        Map<String, OverloadCounts> outcomes = OverloadSimulation.outcomes(directory);
        return steps.stream()
                .skip(1)
                .map(step -> new OverloadPoint(
                        step,
                        BATCH,
                        Objects.requireNonNull(outcomes.get(step.checksName())),
                        Objects.requireNonNull(outcomes.get(step.batchesName()))))
                .toList();
    }
}
