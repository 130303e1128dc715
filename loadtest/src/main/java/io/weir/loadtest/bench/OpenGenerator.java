package io.weir.loadtest.bench;

import io.weir.loadtest.Latencies;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * A load generator in an open model, in one thread: requests are due at a rate, whatever the answers take, and are measured
 * from the instant they were due. One that finds no free connection waits for one, up to {@link #PATIENCE}; then its caller
 * has given up, and it is late, as is one whose answer comes after that. Waiting for sockets adds up to a millisecond.
 */
final class OpenGenerator {
    /** How long a caller waits. */
    static final Duration PATIENCE = Duration.ofSeconds(1);

    private static final int UNAVAILABLE = 503;
    private static final int TOO_MANY = 429;
    private static final double NANOS_A_SECOND = 1e9;

    private final InetSocketAddress address;
    private final Map<GeneratorConnection, Running> owners = new IdentityHashMap<>();

    OpenGenerator(InetSocketAddress address) {
        this.address = address;
    }

    /** Requests that are due so often a second, over so many connections, of which 999 are the most. */
    record Stream(Requests requests, double perSecond, int connections) {}

    /** What became of the requests of a stream; each is counted once. */
    static final class Outcome {
        private final Latencies good = new Latencies();
        private long refused;
        private long failed;
        private long late;
        private long unsent;

        /** Answered as they should be, in time. */
        Latencies good() {
            return good;
        }

        /** Answered 503 or 429, in time. */
        long refused() {
            return refused;
        }

        /** Answered otherwise, or not at all since the connection broke. */
        long failed() {
            return failed;
        }

        /** Answered too late, or not at all. */
        long late() {
            return late;
        }

        /** Not sent, since no connection was free in time. */
        long unsent() {
            return unsent;
        }

        long due() {
            return good.total() + refused + failed + late + unsent;
        }
    }

    /** Sends each stream's requests for so long, and waits for what is under way then. */
    List<Outcome> run(List<Stream> streams, Duration time) throws IOException {
        List<Running> all = new ArrayList<>();
        try (Selector selector = Selector.open()) {
            for (Stream stream : streams) {
                all.add(new Running(stream, selector));
            }
            long start = System.nanoTime();
            all.forEach(running -> running.begin(start, start + time.toNanos()));
            long end = start + time.toNanos() + PATIENCE.toNanos();
            for (long now = start; now < end; now = System.nanoTime()) {
                for (Running running : all) {
                    running.sendDue(now);
                }
                selector.select(1);
                for (SelectionKey key : selector.selectedKeys()) {
                    GeneratorConnection connection = (GeneratorConnection) key.attachment();
                    Running owner = owners.get(connection);
                    if (owner != null) {
                        owner.ready(connection, key);
                    }
                }
                selector.selectedKeys().clear();
            }
            return all.stream().map(Running::ended).toList();
        } finally {
            owners.keySet().forEach(GeneratorConnection::close);
            owners.clear();
        }
    }

    /** A stream under way. */
    private final class Running {
        private final Stream stream;
        private final Selector selector;
        private final double nanosBetween;
        private final ArrayDeque<GeneratorConnection> idle = new ArrayDeque<>();
        private final Outcome outcome = new Outcome();
        private long start;
        private long end;
        private long next;
        private long underWay;

        private Running(Stream stream, Selector selector) throws IOException {
            this.stream = stream;
            this.selector = selector;
            this.nanosBetween = NANOS_A_SECOND / stream.perSecond();
            for (RequestBuffers buffers : RequestBuffers.of(stream.requests(), stream.connections())) {
                open(buffers);
            }
        }

        private void begin(long from, long until) {
            start = from;
            end = until;
        }

        private void open(RequestBuffers buffers) throws IOException {
            GeneratorConnection made =
                    new GeneratorConnection(address, buffers, stream.requests().expectedStatus(), selector);
            owners.put(made, this);
            idle.add(made);
        }

        private long due(long number) {
            return start + (long) (number * nanosBetween);
        }

        private void sendDue(long now) throws IOException {
            for (long at = due(next); at <= now && at < end; at = due(next)) {
                if (now - at > PATIENCE.toNanos()) {
                    next++;
                    outcome.unsent++;
                    continue;
                }
                GeneratorConnection connection = idle.poll();
                if (connection == null) {
                    return;
                }
                next++;
                underWay++;
                try {
                    connection.send(at);
                } catch (IOException closed) {
                    broken(connection);
                }
            }
        }

        private void ready(GeneratorConnection connection, SelectionKey key) throws IOException {
            try {
                if (!connection.ready(key)) {
                    return;
                }
            } catch (IOException closed) {
                broken(connection);
                return;
            }
            underWay--;
            idle.add(connection);
            long took = System.nanoTime() - connection.sentNanos();
            if (took > PATIENCE.toNanos()) {
                outcome.late++;
            } else if (connection.answeredAsExpected()) {
                outcome.good.record(took);
            } else if (connection.status() == UNAVAILABLE || connection.status() == TOO_MANY) {
                outcome.refused++;
            } else {
                outcome.failed++;
            }
        }

        private void broken(GeneratorConnection connection) throws IOException {
            owners.remove(connection);
            idle.remove(connection);
            connection.close();
            if (connection.waiting()) {
                underWay--;
                outcome.failed++;
            }
            open(connection.requests());
        }

        private Outcome ended() {
            outcome.late += underWay;
            while (due(next) < end) {
                next++;
                outcome.unsent++;
            }
            return outcome;
        }
    }
}
