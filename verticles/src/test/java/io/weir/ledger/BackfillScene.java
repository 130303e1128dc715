package io.weir.ledger;

import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weir.archive.Archive;
import io.weir.fixtures.TestDatabase;
import io.weir.schemas.Actor;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.BackfillSets.Staging;
import io.weir.schemas.CustomerId;
import io.weir.schemas.RefusedException;
import io.weir.settings.BackfillSetSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Backfill sets of the demo tenant, on a ledger of their own. */
final class BackfillScene implements AutoCloseable {
    static final Actor JANE = new Actor("jane", "k", "c");
    static final Actor JOE = new Actor("joe", "k", "c");
    static final Instant FROM = Instant.parse("2026-10-01T00:00:00Z");
    static final Instant TO = Instant.parse("2026-11-20T10:00:00Z");

    final Scene scene = new Scene();
    final Scene.Loop loop = scene.loop();
    final BackfillSetWriter sets;
    private final Path archive;

    BackfillScene(Path archive) {
        this.archive = archive;
        this.sets = writer(40, 1_000);
    }

    BackfillSetWriter writer(int maxEvents, int pieceEvents) {
        return new BackfillSetWriter(
                scene.database.pool(),
                new ArchivedIds(new Archive(archive)),
                new BackfillSetSettings(maxEvents, 3, 24, pieceEvents, 100, 1_000),
                1_000,
                1_000,
                scene.clock);
    }

    String openIt(boolean periodCorrection, @Nullable CustomerId customer) {
        return sets.open(new BackfillSets.Open(Events.DEMO, JANE, FROM, TO, periodCorrection, customer, "a test"));
    }

    String open(boolean periodCorrection) {
        return run(() -> openIt(periodCorrection, null));
    }

    List<Staging> load(String set, String... events) {
        return run(() -> sets.load(command(set, JANE, events))).outcomes();
    }

    static BackfillSets.Load command(String set, Actor actor, String... events) {
        return new BackfillSets.Load(
                Events.DEMO,
                actor,
                set,
                false,
                List.of(events).stream()
                        .map(event -> new BackfillSets.Event("trace", 1, TO, event.getBytes(StandardCharsets.UTF_8)))
                        .toList());
    }

    List<CustomerId> close(String set, Actor actor) {
        return run(() -> sets.close(new BackfillSets.Close(Events.DEMO, actor, set, null)));
    }

    RefusedException refused(Supplier<?> command) {
        return assertThrows(RefusedException.class, () -> run(command::get));
    }

    /** What fails for a lost connection fails as it is, checked or not. */
    <T> T run(Supplier<T> work) {
        return TestDatabase.await(loop.on(() -> {
            try {
                return work.get();
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }));
    }

    @Override
    public void close() {
        scene.close();
    }
}
