package io.weir.ledger;

import io.weir.schemas.ReceiptStatus;
import io.weir.schemas.Text;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * What was polled, and what becomes of each record: pure bookkeeping, no I/O. Inside a batch the first of a key stands, and
 * later ones are compared with it.
 */
final class Batch {
    /** A record that is no event; why may quote it, so it is made storable and short. */
    record Unreadable(LogRecord record, String why) {
        private static final int LONGEST = 2_000;

        Unreadable {
            String plain = Text.storable(why) ? why : why.replaceAll("[\\x00\\p{Cs}]", "?");
            why = plain.length() > LONGEST ? plain.substring(0, LONGEST - 1) + "…" : plain;
        }
    }

    /** A record and what became of it. */
    record Outcome(LogRecord record, ReceiptStatus status) {}

    /** Content that an event has, or had: by its key and digest. */
    record Content(UUID key, UUID digest) {
        static Content of(LoggedEvent event) {
            return new Content(event.key(), event.digest());
        }
    }

    /** An event of a key that stands with other content. */
    record Conflict(LoggedEvent event) {}

    private final List<LogRecord> records;
    private final Map<UUID, LoggedEvent> first = new LinkedHashMap<>();
    private final List<LoggedEvent> repeated = new ArrayList<>();
    private final List<Unreadable> unreadable = new ArrayList<>();
    private final List<Outcome> outcomes = new ArrayList<>();
    private final List<Conflict> conflicts = new ArrayList<>();
    private final List<LoggedEvent> late = new ArrayList<>();
    private final Tally tally = new Tally();
    private Instant earliest = Instant.MAX;

    private Batch(List<LogRecord> records) {
        this.records = records;
    }

    static Batch of(List<LogRecord> records) {
        Batch batch = new Batch(records);
        for (LogRecord record : records) {
            try {
                batch.place(LoggedEvent.read(record));
            } catch (LoggedEvent.UnreadableException e) {
                batch.unreadable.add(new Unreadable(record, String.valueOf(e.getMessage())));
            } catch (RuntimeException e) {
                // A bug in the reading of one record must not hold up all others: it is kept, and seen.
                batch.unreadable.add(new Unreadable(record, "cannot be read: " + e));
            }
        }
        return batch;
    }

    private void place(LoggedEvent event) {
        if (first.putIfAbsent(event.key(), event) != null) {
            repeated.add(event);
        }
        if (event.time().isBefore(earliest)) {
            earliest = event.time();
        }
    }

    /** A batch of one record that could not be stored as an event. */
    static Batch poisoned(LogRecord record, String why) {
        Batch batch = new Batch(List.of(record));
        batch.unreadable.add(new Unreadable(record, why));
        return batch;
    }

    /** Everything that was polled. */
    List<LogRecord> records() {
        return records;
    }

    /** The first event of each key, by key: inserts in one order cannot deadlock. */
    Collection<LoggedEvent> candidates() {
        return new TreeMap<>(first).values();
    }

    List<Unreadable> unreadable() {
        return unreadable;
    }

    /** Whether an event is of a time before that. */
    boolean reachesBefore(Instant time) {
        return earliest.isBefore(time);
    }

    /** Those of its events; of each key in the order in which they came. */
    List<LoggedEvent> events(Predicate<LoggedEvent> which) {
        return Stream.concat(first.values().stream(), repeated.stream())
                .filter(which)
                .toList();
    }

    /**
     * Takes events out that must not be recorded: they stay accepted. What remains is decided as if they had not been there.
     *
     * @param kept contents that were set aside before: those are repetitions
     */
    void setAside(Predicate<LoggedEvent> which, Set<Content> kept) {
        List<LoggedEvent> all = events(event -> true);
        Set<Content> known = new HashSet<>(kept);
        first.clear();
        repeated.clear();
        for (LoggedEvent event : all) {
            if (!which.test(event)) {
                place(event);
            } else if (known.add(Content.of(event))) {
                late.add(event);
                add(event, ReceiptStatus.ACCEPTED);
            } else {
                add(event, ReceiptStatus.DUPLICATE);
            }
        }
    }

    /** Events that were set aside, each content once. */
    List<LoggedEvent> late() {
        return late;
    }

    /** Those whose key was there before, with another digest. */
    List<LoggedEvent> other(Map<UUID, UUID> stored) {
        return stored.isEmpty()
                ? List.of()
                : events(event -> !event.digest().equals(stored.getOrDefault(event.key(), event.digest())));
    }

    /**
     * Decides, once it is known which keys were there before and with which digest. Returns the new events.
     *
     * @param amended what the content of events is, or was, by amendments: that is no conflict either
     */
    List<LoggedEvent> decide(Map<UUID, UUID> stored, Set<Content> amended) {
        List<LoggedEvent> fresh = new ArrayList<>(first.size());
        for (LoggedEvent event : first.values()) {
            UUID digest = stored.get(event.key());
            if (digest == null) {
                fresh.add(event);
                add(event, ReceiptStatus.RECORDED);
            } else {
                repeat(event, digest, amended);
            }
        }
        unreadable.forEach(bad -> tally.unreadable(bad.record()));
        Map<UUID, UUID> standing = new HashMap<>(stored);
        for (LoggedEvent event : repeated) {
            LoggedEvent before = first.get(event.key());
            UUID digest =
                    standing.computeIfAbsent(event.key(), key -> before == null ? event.digest() : before.digest());
            repeat(event, digest, amended);
        }
        return fresh;
    }

    private void repeat(LoggedEvent event, UUID digest, Set<Content> amended) {
        boolean same = digest.equals(event.digest()) || amended.contains(Content.of(event));
        add(event, same ? ReceiptStatus.DUPLICATE : ReceiptStatus.CONFLICT);
        if (!same) {
            conflicts.add(new Conflict(event));
        }
    }

    private void add(LoggedEvent event, ReceiptStatus status) {
        outcomes.add(new Outcome(event.record(), status));
        tally.count(event, status);
    }

    /** What was read, once decided. */
    Tally tally() {
        return tally;
    }

    /** What became of each event, once decided. */
    List<Outcome> outcomes() {
        return outcomes;
    }

    List<Conflict> conflicts() {
        return conflicts;
    }
}
