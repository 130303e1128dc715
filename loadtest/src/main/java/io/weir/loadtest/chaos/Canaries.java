package io.weir.loadtest.chaos;

import io.weir.loadtest.Console;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Map;

/** Tries the checkers: breaks the ledger of a run that is good on purpose, a canary at a time, and says what they find of it. */
final class Canaries {
    private static final int BATCHES_TO_FORGET_ONE = 25;

    private final Judgement judgement;
    private final Postgres postgres;
    private final Poster poster;
    private final Backfiller backfiller;
    private final InstantSource clock;

    Canaries(Judgement judgement, Postgres postgres, Poster poster, Backfiller backfiller, InstantSource clock) {
        this.judgement = judgement;
        this.postgres = postgres;
        this.poster = poster;
        this.backfiller = backfiller;
        this.clock = clock;
    }

    /** What was found of each; empty: nothing. */
    Map<Canary, String> seen(Console console) {
        Map<Canary, String> seen = new EnumMap<>(Canary.class);
        // Differences of sums are counted before anything is forgotten, and so differs.
        for (Canary canary : new Canary[] {Canary.COUNTS_TWICE, Canary.FORGETS, Canary.CLOSES_WITHOUT_ONE}) {
            console.line("Canary: " + canary.meaning() + " ...");
            postgres.execute(canary.install());
            act(canary);
            postgres.execute(canary.remove());
            seen.put(canary, found(canary, judgement.find()));
        }
        return seen;
    }

    private void act(Canary canary) {
        switch (canary) {
            case COUNTS_TWICE -> poster.plainly(2);
            case FORGETS -> poster.plainly(BATCHES_TO_FORGET_ONE);
            case CLOSES_WITHOUT_ONE -> backfiller.plainly();
        }
        judgement.awaitWhole(clock.instant());
    }

    private static String found(Canary canary, Judgement.Found found) {
        return switch (canary) {
            case COUNTS_TWICE -> found.differences().stream().findFirst().orElse("");
            case FORGETS ->
                found.ids().failures().stream()
                        .filter(failure -> failure.verdict() == Verdict.LOST)
                        .findFirst()
                        .map(failure -> failure.story().event().id() + " is lost")
                        .orElse("");
            case CLOSES_WITHOUT_ONE ->
                found.sets().failures().stream()
                        .filter(failure -> failure.startsWith(SetVerdict.TORN.name()))
                        .findFirst()
                        .map(failure -> failure.lines().findFirst().orElse(""))
                        .orElse("");
        };
    }
}
