package io.weir.loadtest.bench;

import io.weir.loadtest.Latencies;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A load generator in one thread: non-blocking sockets on one selector, finished requests, or one whose digits are overwritten in place.
 *
 * <p>It is for machines without {@code wrk}: light, because it takes its processor time from what it measures.
 */
final class BuiltInGenerator implements LoadGenerator {
    private static final long GRACE_NANOS = Duration.ofSeconds(20).toNanos();

    private final int connections;

    BuiltInGenerator(int connections) {
        this.connections = connections;
    }

    @Override
    public String name() {
        return "the built-in generator, " + connections + " connections";
    }

    @Override
    public int connections() {
        return connections;
    }

    @Override
    public Measured run(int port, Requests requests, Duration time) {
        Latencies latencies = new Latencies();
        List<GeneratorConnection> all = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            for (RequestBuffers buffers : RequestBuffers.of(requests, connections)) {
                all.add(new GeneratorConnection(address, buffers, requests.expectedStatus(), selector));
            }
            long start = System.nanoTime();
            long end = start + time.toNanos();
            for (GeneratorConnection connection : all) {
                connection.send(System.nanoTime());
            }
            long bad = sendUntil(selector, end, latencies);
            long good = latencies.total();
            Measured measured =
                    new Measured(good, bad, time, latencies.percentileMillis(50), latencies.percentileMillis(99));
            awaitAnswers(selector, all);
            return measured;
        } catch (IOException broken) {
            throw new UncheckedIOException("the server closed a connection under load", broken);
        } finally {
            all.forEach(GeneratorConnection::close);
        }
    }

    private static long sendUntil(Selector selector, long end, Latencies latencies) throws IOException {
        long bad = 0;
        for (long now = System.nanoTime(); now < end; now = System.nanoTime()) {
            selector.select(Math.max(1, (end - now) / 1_000_000));
            for (SelectionKey key : selector.selectedKeys()) {
                GeneratorConnection connection = (GeneratorConnection) key.attachment();
                if (connection.ready(key)) {
                    now = System.nanoTime();
                    if (now < end) {
                        if (connection.answeredAsExpected()) {
                            latencies.record(now - connection.sentNanos());
                        } else {
                            bad++;
                        }
                        connection.send(now);
                    }
                }
            }
            selector.selectedKeys().clear();
        }
        return bad;
    }

    /** Reads what is still under way, uncounted, so that no event is in doubt when the turn ends. */
    private static void awaitAnswers(Selector selector, List<GeneratorConnection> all) throws IOException {
        long giveUp = System.nanoTime() + GRACE_NANOS;
        while (all.stream().anyMatch(GeneratorConnection::waiting) && System.nanoTime() < giveUp) {
            selector.select(100);
            for (SelectionKey key : selector.selectedKeys()) {
                ((GeneratorConnection) key.attachment()).ready(key);
            }
            selector.selectedKeys().clear();
        }
    }
}
