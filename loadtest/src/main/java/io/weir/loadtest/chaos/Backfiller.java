package io.weir.loadtest.chaos;

import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.Patience;
import io.weir.loadtest.chaos.SetCommands.Temper;
import io.weir.loadtest.chaos.StagedSet.End;
import io.weir.loadtest.chaos.StagedSet.Kind;
import io.weir.loadtest.chaos.StagedSet.Line;
import io.weir.loadtest.chaos.StagedSet.Piece;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One client that corrects the past: opens backfill sets, loads events into them piece by piece, looks at some, and closes some, drops
 * others, now and then both at once. Beside new events a set has some that were posted, and some that have another's id.
 */
final class Backfiller implements Runnable {
    private static final int MOST_PAUSE_MILLIS = 1_000;
    private static final int MOST_PIECES = 5;
    private static final int PIECE = 30;
    private static final int LARGE_PIECE = 300;
    /** More than any event has otherwise: content that its id never had. */
    private static final int OTHER_TOKENS = 10_000;
    /** How many of a set that is closed are handed to posters. */
    private static final int HANDED_ON = 5;

    private final int number;
    private final Traffic traffic;
    private final Random random;
    private final SetCommands commands;
    private volatile boolean running = true;
    private int sets;
    private int events;

    Backfiller(int number, long seed, Traffic traffic, HttpClient http, DemoEnv env) {
        this.number = number;
        this.traffic = traffic;
        this.random = new Random(seed * 37 + number);
        this.commands = new SetCommands(http, env, traffic, random);
    }

    void stop() {
        running = false;
    }

    @Override
    public void run() {
        while (running) {
            one(chance(15), ends(), chance(50), Temper.ANY);
            Patience.pause(Duration.ofMillis(random.nextInt(MOST_PAUSE_MILLIS)));
        }
    }

    /** A set of each kind, loaded and closed when everything runs again. */
    void settle() {
        one(false, EnumSet.of(End.CLOSE), true, Temper.PATIENT);
        one(true, EnumSet.of(End.CLOSE), true, Temper.PATIENT);
    }

    /** A set that is loaded and closed: what a canary is tried with. */
    void plainly() {
        one(false, EnumSet.of(End.CLOSE), false, Temper.PATIENT);
    }

    /** How a set ends; none: it is left open. */
    private Set<End> ends() {
        int dice = random.nextInt(100);
        return dice < 57
                ? EnumSet.of(End.CLOSE)
                : dice < 90 ? EnumSet.of(End.DROP) : dice < 96 ? EnumSet.allOf(End.class) : EnumSet.noneOf(End.class);
    }

    /** @param looks whether it is previewed */
    private void one(boolean periodCorrection, Set<End> ends, boolean looks, Temper temper) {
        String name = number + "-" + ++sets;
        StagedSet set = traffic.notes().begin(new StagedSet(name, periodCorrection));
        if (!commands.open(set, temper)) {
            return;
        }
        Set<String> used = new HashSet<>();
        int pieces = 1 + random.nextInt(MOST_PIECES);
        for (int i = 0; i < pieces && set.strange().isEmpty(); i++) {
            commands.load(set, piece(periodCorrection, used), temper);
        }
        String etag = looks && set.strange().isEmpty() ? commands.preview(set) : "";
        if (set.strange().isEmpty()) {
            end(set, ends, set.certain() ? etag : "", temper);
        }
        note(set);
    }

    private List<Line> piece(boolean periodCorrection, Set<String> used) {
        List<Line> lines = new ArrayList<>();
        int size = 1 + random.nextInt(chance(20) ? LARGE_PIECE : PIECE);
        while (lines.size() < size) {
            Story posted = !periodCorrection && chance(10) ? traffic.posted().poll() : null;
            if (posted == null) {
                Line line = fresh(periodCorrection);
                lines.add(line);
                if (chance(3)) {
                    lines.add(colliding(line.story()));
                }
            } else if (used.add(posted.event().id())) {
                // Only what is recorded for certain: else the set could be first, and the other one the conflict.
                lines.add(
                        posted.recorded() && chance(40)
                                ? colliding(posted)
                                : new Line(Kind.REPEATED, posted, posted.event()));
            }
        }
        return lines;
    }

    private Line fresh(boolean periodCorrection) {
        Story.Event event = new Story.Event(
                "s" + number + "-" + ++events,
                1 + random.nextInt(Customers.COUNT),
                random.nextInt(1_000),
                1 + random.nextInt(500),
                true,
                periodCorrection ? traffic.oldHour() : traffic.hour());
        return new Line(Kind.FRESH, traffic.notes().begin(event), event);
    }

    private static Line colliding(Story story) {
        Story.Event event = story.event();
        Story.Event other = new Story.Event(
                event.id(),
                event.customer(),
                event.inputTokens() + OTHER_TOKENS,
                event.outputTokens(),
                event.valid(),
                event.time());
        return new Line(Kind.COLLIDING, story, other);
    }

    /** @param etag of what may be closed; empty: anything */
    private void end(StagedSet set, Set<End> ends, String etag, Temper temper) {
        ends.forEach(set::sent);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> under = new ArrayList<>();
            for (End end : ends) {
                Runnable command = switch (end) {
                    case CLOSE -> () -> commands.close(set, etag, temper);
                    case DROP -> () -> commands.drop(set, temper);
                };
                under.add(CompletableFuture.runAsync(command, threads));
            }
            under.forEach(CompletableFuture::join);
        }
    }

    /** Notes what the set's end says of its events, and hands some of those that are recorded to the posters. */
    private void note(StagedSet set) {
        List<Story> stories = new ArrayList<>();
        List<Story.Attempt> attempts = new ArrayList<>();
        long now = traffic.notes().now();
        for (Piece piece : set.pieces()) {
            Outcome outcome = set.outcome(piece);
            for (Line line : piece.lines()) {
                if (line.kind() != Kind.COLLIDING) {
                    stories.add(line.story());
                    attempts.add(new Story.Attempt(
                            now, now, "backfill set " + set.name(), outcome, String.valueOf(set.id())));
                }
            }
        }
        traffic.notes().add(stories, attempts);
        if (!set.periodCorrection()) {
            stories.stream().filter(Story::recorded).limit(HANDED_ON).forEach(traffic.backfilled()::offer);
        }
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }
}
