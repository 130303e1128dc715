package io.weir.loadtest.chaos;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;

/**
 * What all clients of a run share. Safe for several threads.
 *
 * @param keys of those who post
 * @param corrector a key that may correct
 * @param run tells this run's ids from another's
 * @param hour when events are of; those of period corrections apart
 * @param posted events that posters were acknowledged, for backfill sets to repeat; what finds no room is not handed on
 * @param backfilled events of sets that are closed for certain, for posters to send again and to correct; likewise
 */
record Traffic(
        Notes notes,
        List<String> urls,
        List<String> keys,
        String corrector,
        String run,
        Instant hour,
        int pauseMillis,
        Queue<Story> posted,
        Queue<Story> backfilled) {
    /** Longer than a tenant's events may be past: what only a period correction takes. */
    private static final Duration LONG_PAST = Duration.ofDays(40);

    private static final int HANDED_ON = 200;

    Traffic {
        urls = List.copyOf(urls);
        keys = List.copyOf(keys);
    }

    Traffic(
            Notes notes,
            List<String> urls,
            List<String> keys,
            String corrector,
            String run,
            Instant hour,
            int pauseMillis) {
        this(
                notes,
                urls,
                keys,
                corrector,
                run,
                hour,
                pauseMillis,
                new ArrayBlockingQueue<>(HANDED_ON),
                new ArrayBlockingQueue<>(HANDED_ON));
    }

    String source() {
        return "/chaos/" + run;
    }

    /** The hour of period corrections. */
    Instant oldHour() {
        return hour.minus(LONG_PAST);
    }

    /** Every hour that has events. */
    List<Instant> hours() {
        return List.of(hour, oldHour());
    }

    String json(List<Story.Event> events) {
        return "[" + String.join(",", events.stream().map(this::json).toList()) + "]";
    }

    String json(Story.Event event) {
        return """
                {"specversion":"1.0","source":"%s","id":"%s","type":"llm.completion","subject":"%s","time":"%s",\
                "data":{"model":"m1","region":"chaos","inputTokens":%d,"outputTokens":%d}}""".formatted(
                        source(),
                        event.id(),
                        Customers.subject(event.customer()),
                        event.time(),
                        event.inputTokens(),
                        event.outputTokens());
    }
}
