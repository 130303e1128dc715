package io.weir.loadtest.chaos;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One backfill set of the run: what was loaded into it, and what its commands were answered with. Safe for several threads. */
final class StagedSet {
    private final String name;
    private final boolean periodCorrection;
    private final List<Piece> pieces = new ArrayList<>();
    private final Set<End> sent = EnumSet.noneOf(End.class);
    private final Set<End> done = EnumSet.noneOf(End.class);
    private final List<String> history = new ArrayList<>();
    private String strange = "";
    private @Nullable String id;
    private ShownSet.@Nullable Outcomes outcomes;

    /** How it may end. */
    enum End {
        CLOSE,
        DROP
    }

    /** Why an event is in a set. */
    enum Kind {
        /** It is new. */
        FRESH,
        /** It was posted and taken: counted once, by whichever way. */
        REPEATED,
        /** The ledger, or an earlier line of the set, has its id with other content. */
        COLLIDING
    }

    /**
     * An event in a set.
     *
     * @param event as it is loaded; of one that collides, other content than its story's
     */
    record Line(Kind kind, Story story, Story.Event event) {}

    /**
     * Events that were loaded together.
     *
     * @param certain whether it was answered that they are in the set
     */
    record Piece(List<Line> lines, boolean certain) {
        Piece {
            lines = List.copyOf(lines);
        }
    }

    /** @param name tells it from all others of the run: the reason that it is opened for */
    StagedSet(String name, boolean periodCorrection) {
        this.name = name;
        this.periodCorrection = periodCorrection;
    }

    String name() {
        return name;
    }

    boolean periodCorrection() {
        return periodCorrection;
    }

    synchronized void opened(String as) {
        id = as;
    }

    /** Its id; null where its opening was never answered. */
    synchronized @Nullable String id() {
        return id;
    }

    /** Begins to load; noted before it is sent. */
    synchronized void loading(List<Line> lines) {
        pieces.add(new Piece(lines, false));
    }

    /** What was loaded last is in it. */
    synchronized void loaded() {
        pieces.add(new Piece(pieces.removeLast().lines(), true));
    }

    synchronized List<Piece> pieces() {
        return List.copyOf(pieces);
    }

    synchronized List<Line> lines() {
        return pieces.stream().flatMap(piece -> piece.lines().stream()).toList();
    }

    synchronized int count(Kind kind) {
        return (int) lines().stream().filter(line -> line.kind() == kind).count();
    }

    /** Whether everything that was loaded was answered. */
    synchronized boolean certain() {
        return pieces.stream().allMatch(Piece::certain);
    }

    /** An end is on its way; noted before it is sent. */
    synchronized void sent(End end) {
        sent.add(end);
    }

    synchronized boolean wasSent(End end) {
        return sent.contains(end);
    }

    /** It was answered that it has ended so. */
    synchronized void done(End end) {
        done.add(end);
    }

    synchronized boolean isDone(End end) {
        return done.contains(end);
    }

    /** What closing it was answered with. */
    synchronized void closed(ShownSet.Outcomes told) {
        done.add(End.CLOSE);
        outcomes = told;
    }

    synchronized ShownSet.@Nullable Outcomes outcomes() {
        return outcomes;
    }

    /** An answer that the contract does not know there. */
    synchronized void strange(String answer) {
        strange = answer;
    }

    /** Empty where every answer could be. */
    synchronized String strange() {
        return strange;
    }

    synchronized void say(String text) {
        history.add(text);
    }

    synchronized List<String> history() {
        return List.copyOf(history);
    }

    /** What its end says of an event that was loaded with that piece, and is not there by another way. */
    synchronized Outcome outcome(Piece piece) {
        if (isDone(End.DROP) || !wasSent(End.CLOSE)) {
            return Outcome.STAGED;
        }
        return isDone(End.CLOSE) && piece.certain() ? Outcome.BACKFILLED : Outcome.CUT;
    }
}
