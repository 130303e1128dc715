package io.weir.loadtest.demo;

import io.weir.loadtest.Console;
import io.weir.loadtest.Patience;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import tools.jackson.databind.JsonNode;

/**
 * Posts a trace's events in batches, a bounded number in flight, until each is recorded.
 *
 * <p>Which crash it is for: an answer that never came. The identical batch is sent again; Weir's unique ids absorb what had
 * been taken. An answer that still says {@code accepted} (recording took longer than the node waits) is asked again by
 * sending the batch once more, as a duplicate. The first failure that is no passing one stops all workers.
 */
final class Delivery {
    static final int BATCH = 250;
    static final int IN_FLIGHT = 4;
    private static final Duration RECORDING = Duration.ofSeconds(120);
    private static final String MEDIA_TYPE = "application/cloudevents-batch+json";

    private final Api api;
    private final TraceEvents events;
    private final Console console;
    private final AtomicInteger nextBatch = new AtomicInteger();
    private final AtomicBoolean failed = new AtomicBoolean();

    Delivery(Api api, TraceEvents events, Console console) {
        this.api = api;
        this.events = events;
        this.console = console;
    }

    Tally deliver(List<TraceRow> rows) {
        Progress progress = new Progress(console, rows.size());
        List<Future<Tally>> workers = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int worker = 0; worker < IN_FLIGHT; worker++) {
                workers.add(threads.submit(() -> work(rows, progress)));
            }
        }
        Tally total = Tally.NONE;
        for (Future<Tally> worker : workers) {
            total = total.plus(resultOf(worker));
        }
        return total;
    }

    private Tally work(List<TraceRow> rows, Progress progress) {
        Tally mine = Tally.NONE;
        try {
            while (!failed.get()) {
                int from = nextBatch.getAndIncrement() * BATCH;
                if (from >= rows.size()) {
                    return mine;
                }
                Tally batch = deliverBatch(rows.subList(from, Math.min(rows.size(), from + BATCH)));
                mine = mine.plus(batch);
                progress.add(batch.sent());
            }
            return mine;
        } catch (RuntimeException failure) {
            failed.set(true);
            throw failure;
        }
    }

    private Tally deliverBatch(List<TraceRow> rows) {
        Api.Call call = Api.Call.post("/v1/events?until=recorded", "BACKEND", MEDIA_TYPE, events.batch(rows));
        Api.Answered first = api.send(call);
        Answer answer = receipts(first.answer(), rows.size());
        long repeated = first.failedAttempts();
        Answer last = answer;
        Patience recording = new Patience(RECORDING);
        while (last.count("accepted") > 0) {
            if (!recording.again(Duration.ZERO)) {
                throw new DemoFailure("Weir accepted events but has not recorded them for " + RECORDING.toSeconds()
                        + " s: look at /health/ready and /metrics of the management port, then run the demo again.");
            }
            last = receipts(api.send(call).answer(), rows.size());
            repeated++;
        }
        return new Tally(
                rows.size(),
                answer.count("accepted") + answer.count("recorded"),
                answer.count("duplicates"),
                answer.count("conflicts"),
                answer.count("rejected"),
                last.count("recorded") + last.count("duplicates"),
                repeated,
                problems(answer));
    }

    /** The answer when it holds receipts for all events of the batch; anything else ends the demo. */
    private static Answer receipts(Answer answer, int events) {
        long counted = answer.count("accepted")
                + answer.count("recorded")
                + answer.count("duplicates")
                + answer.count("conflicts")
                + answer.count("rejected");
        if (counted != events) {
            throw new DemoFailure(
                    "POST /v1/events of " + events + " events got no receipts for them: " + answer.shown());
        }
        return answer;
    }

    private static List<String> problems(Answer answer) {
        List<String> problems = new ArrayList<>();
        for (JsonNode receipt : answer.body().path("receipts")) {
            String status = receipt.path("status").asString("");
            if (status.equals("rejected") || status.equals("conflict")) {
                problems.add(receipt.path("id").asString("?") + " " + status + " " + receipt.path("problem"));
            }
        }
        return problems.subList(0, Math.min(3, problems.size()));
    }

    private static Tally resultOf(Future<Tally> worker) {
        try {
            return worker.get();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new DemoFailure("The demo was stopped. Run it again: it sends the identical events.");
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        }
    }

    /** The line that shows how far it is; at most twice a second on a terminal, every tenth of the way elsewhere. */
    private static final class Progress {
        private final Console console;
        private final int total;
        private final long startNanos = System.nanoTime();
        private long done;
        private long lastShownNanos;
        private long lastShownTenth;

        Progress(Console console, int total) {
            this.console = console;
            this.total = total;
        }

        synchronized void add(long events) {
            done += events;
            long now = System.nanoTime();
            long tenth = done * 10 / total;
            boolean due = console.interactive() ? now - lastShownNanos > 500_000_000L : tenth > lastShownTenth;
            if (due || done == total) {
                lastShownNanos = now;
                lastShownTenth = tenth;
                long perSecond = done * 1_000_000_000L / Math.max(1, now - startNanos);
                console.progress("  %,d of %,d events answered (%,d/s)".formatted(done, total, perSecond));
            }
        }
    }
}
