package io.weir.loadtest.chaos;

import io.weir.loadtest.Patience;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * One client: sends new events, sends again what it has no certain answer to, and what it has one to; in any order, sometimes
 * twice at once, sometimes gone before the answer. Everything is noted before it is sent and when it is answered.
 */
final class Poster implements Runnable {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final int REMEMBERED = 400;
    private static final int MOST_OPEN = 300;
    private static final int SETTLED = 200;
    private static final int CORRECTED_AT_LAST = 10;
    private static final Duration NOBODY = Duration.ofMillis(150);
    /** No answer, too much, and not now: a correction is sent again. */
    private static final Set<Integer> UNDONE = Set.of(0, 429, 503);

    private final int number;
    private final Traffic traffic;
    private final Random random;
    private final HttpClient http;
    private final List<Story> open = new ArrayList<>();
    private final List<Story> answered = new ArrayList<>();
    private final List<Story> uncertain = new ArrayList<>();
    private volatile boolean running = true;
    private int made;
    private int requests;

    Poster(int number, long seed, Traffic traffic, HttpClient http) {
        this.number = number;
        this.traffic = traffic;
        this.random = new Random(seed * 31 + number);
        this.http = http;
    }

    void stop() {
        running = false;
    }

    @Override
    public void run() {
        while (running) {
            List<Story> batch = batch();
            boolean twice = chance(4);
            CompletableFuture<Void> other = twice ? send(batch) : CompletableFuture.completedFuture(null);
            send(batch).join();
            other.join();
            batch.forEach(this::sort);
            Story backfilled = traffic.backfilled().poll();
            if (backfilled != null) {
                answered.add(backfilled);
            }
            correct();
            Patience.pause(
                    batch.stream().noneMatch(Story::taken)
                            ? NOBODY
                            : Duration.ofMillis(random.nextInt(traffic.pauseMillis() + 1)));
        }
    }

    /** Sends what is open until it has a certain answer; for those that are given up nothing is ever certain. Then corrects some. */
    void settle() {
        for (int round = 0; round < 50 && !open.isEmpty(); round++) {
            Collections.shuffle(open, random);
            List<Story> several = open.subList(0, Math.min(open.size(), SETTLED));
            List<Story> batch = List.copyOf(several);
            several.clear();
            send(batch).join();
            batch.forEach(this::sort);
        }
        for (int i = 0; i < CORRECTED_AT_LAST; i++) {
            correctOne();
        }
        for (int round = 0; round < 50 && !uncertain.isEmpty(); round++) {
            correct(uncertain.removeFirst());
        }
    }

    /** Now and then sends a correction again that was not acknowledged, or makes one. */
    private void correct() {
        if (!uncertain.isEmpty() && chance(50)) {
            correct(uncertain.removeFirst());
        }
        if (chance(50)) {
            correctOne();
        }
    }

    /** Voids or amends an event that is recorded for certain, if there is one. */
    private void correctOne() {
        List<Story> certain = answered.stream().filter(Story::correctable).toList();
        if (!certain.isEmpty()) {
            Story story = certain.get(random.nextInt(certain.size()));
            story.begin(Correction.begun(chance(40) ? null : amended(story.event())));
            correct(story);
        }
    }

    private Story.Event amended(Story.Event event) {
        int customer = chance(30) ? 1 + random.nextInt(Customers.COUNT) : event.customer();
        return new Story.Event(
                event.id(), customer, random.nextInt(1_000), 1 + random.nextInt(500), true, event.time());
    }

    private void correct(Story story) {
        Correction correction = story.corrections().getLast();
        Story.Event event = correction.to();
        String url = traffic.urls().get(random.nextInt(traffic.urls().size())) + "/v1/events/"
                + (event == null ? "void" : "amendment");
        String body = event == null
                ? "{\"source\":\"%s\",\"id\":\"%s\",\"reason\":\"chaos\"}"
                        .formatted(traffic.source(), story.event().id())
                : traffic.json(event).replaceFirst("\\{", "{\"reason\":\"chaos\",");
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + traffic.corrector())
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body))
                .build();
        long from = traffic.notes().now();
        int status = http.sendAsync(request, BodyHandlers.discarding())
                .handle((answer, failure) -> answer == null ? 0 : answer.statusCode())
                .join();
        traffic.notes().corrected(story, correction, status);
        if (status == 200) {
            story.last(Correction::answered);
        } else if (UNDONE.contains(status)) {
            story.last(Correction::cut);
            uncertain.add(story);
        } else {
            String detail = correction.text() + ": " + status;
            long to = traffic.notes().now();
            Story.Attempt strange = new Story.Attempt(from, to, "poster " + number, Outcome.STRANGE, detail);
            traffic.notes().add(List.of(story), List.of(strange));
        }
    }

    /** So many new events, then all of them once more: what a canary is tried with. */
    void plainly(int batches) {
        for (int i = 0; i < batches; i++) {
            List<Story> batch = new ArrayList<>();
            for (int event = 0; event < 50; event++) {
                batch.add(fresh());
            }
            send(batch).join();
            send(batch).join();
        }
    }

    private List<Story> batch() {
        List<Story> batch = new ArrayList<>();
        int size = 1 + random.nextInt(20);
        for (int i = 0; i < size; i++) {
            boolean retry = !open.isEmpty() && (chance(40) || open.size() > MOST_OPEN);
            boolean again = !answered.isEmpty() && chance(12);
            Story story = retry
                    ? open.remove(random.nextInt(open.size()))
                    : again ? answered.get(random.nextInt(answered.size())) : fresh();
            if (!batch.contains(story)) {
                batch.add(story);
            }
        }
        Collections.shuffle(batch, random);
        return batch;
    }

    /** What is not certain is mostly sent again, or given up; of what is certain some is kept to come again, also by a backfill set. */
    private void sort(Story story) {
        if (story.taken()) {
            if (chance(10)) {
                traffic.posted().offer(story);
            }
            answered.add(story);
            if (answered.size() > REMEMBERED) {
                answered.remove(random.nextInt(answered.size()));
            }
        } else if (story.event().valid() && !chance(10)) {
            open.add(story);
        }
    }

    private Story fresh() {
        String id = number + "-" + ++made;
        boolean valid = !chance(2);
        return traffic.notes()
                .begin(new Story.Event(
                        id,
                        1 + random.nextInt(Customers.COUNT),
                        random.nextInt(1_000),
                        valid ? 1 + random.nextInt(500) : -1,
                        valid,
                        traffic.hour()));
    }

    private CompletableFuture<Void> send(List<Story> batch) {
        String url = traffic.urls().get(random.nextInt(traffic.urls().size()));
        String key = traffic.keys().get(random.nextInt(traffic.keys().size()));
        boolean recorded = chance(30);
        boolean leaves = chance(4);
        String by = "poster %d, request %d to %s%s%s"
                .formatted(number, ++requests, url, recorded ? ", until recorded" : "", leaves ? ", gone early" : "");
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(url + "/v1/events?until=" + (recorded ? "recorded" : "accepted")))
                .timeout(leaves ? Duration.ofMillis(1 + random.nextInt(30)) : PATIENCE)
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/cloudevents-batch+json")
                .POST(BodyPublishers.ofString(
                        traffic.json(batch.stream().map(Story::event).toList())));
        if (recorded || chance(50)) {
            request.header("Prefer", "return=representation");
        }
        long from = traffic.notes().now();
        return http.sendAsync(request.build(), BodyHandlers.ofString()).handle((answer, failure) -> {
            note(batch, from, by, answer, failure);
            return null;
        });
    }

    private void note(
            List<Story> batch,
            long from,
            String by,
            @org.jspecify.annotations.Nullable HttpResponse<String> answer,
            @org.jspecify.annotations.Nullable Throwable failure) {
        List<Outcome> outcomes;
        String detail;
        if (answer == null) {
            Throwable cause =
                    failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
            outcomes = Answers.all(batch.size(), cause instanceof IOException ? Outcome.CUT : Outcome.STRANGE);
            detail = String.valueOf(cause);
        } else {
            outcomes = Answers.of(answer.statusCode(), answer.body(), batch.size());
            boolean strange = outcomes.contains(Outcome.STRANGE) || outcomes.contains(Outcome.CONFLICT);
            detail = strange ? answer.statusCode() + " " + answer.body() : Integer.toString(answer.statusCode());
        }
        long to = traffic.notes().now();
        List<Story.Attempt> attempts = outcomes.stream()
                .map(outcome -> new Story.Attempt(from, to, by, outcome, detail))
                .toList();
        traffic.notes().add(batch, attempts);
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }
}
