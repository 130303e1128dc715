package io.weir.loadtest.chaos;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Every id that was sent and every backfill set, with every attempt; also as lines of a file, so that a failed run can be read afterwards. */
final class Notes implements AutoCloseable {
    private final Map<String, Story> stories = new ConcurrentHashMap<>();
    private final Map<String, StagedSet> sets = new ConcurrentHashMap<>();
    private final BufferedWriter file;
    private final long begin = System.nanoTime();

    Notes(Path file) {
        try {
            this.file = Files.newBufferedWriter(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Milliseconds of the run. */
    long now() {
        return (System.nanoTime() - begin) / 1_000_000;
    }

    /** An event that will be sent; noted before it is. */
    Story begin(Story.Event event) {
        Story story = new Story(event);
        stories.put(event.id(), story);
        return story;
    }

    /** A backfill set that will be opened; noted before it is. */
    StagedSet begin(StagedSet set) {
        sets.put(set.name(), set);
        return set;
    }

    /** What a command to a backfill set was answered with. */
    synchronized void said(StagedSet set, String text) {
        try {
            set.say(text);
            file.write("set %s %s: %s%n".formatted(set.name(), set.id(), text));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** What an attempt said of these events, in their order. */
    synchronized void add(List<Story> sent, List<Story.Attempt> attempts) {
        try {
            for (int i = 0; i < sent.size(); i++) {
                sent.get(i).add(attempts.get(i));
                file.write(sent.get(i).event().id() + " " + attempts.get(i) + "\n");
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** What an attempt to correct an event was answered with; 0: nothing. */
    synchronized void corrected(Story story, Correction correction, int status) {
        try {
            file.write("%s %s: %d%n".formatted(story.event().id(), correction.text(), status));
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    Collection<Story> stories() {
        return stories.values();
    }

    Collection<StagedSet> sets() {
        return sets.values();
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
