package io.weir.loadtest.chaos;

import org.jspecify.annotations.Nullable;

/**
 * A void or an amendment of an event. It is sent until it is acknowledged; another one of the same event follows only where every
 * attempt of this one was answered, since what was not answered may still be under way, and be done later.
 *
 * @param to what the event is then; null: it is void
 * @param acknowledged whether it was answered that it is so
 * @param unanswered whether an attempt had no answer
 */
record Correction(Story.@Nullable Event to, boolean acknowledged, boolean unanswered) {
    static Correction begun(Story.@Nullable Event to) {
        return new Correction(to, false, false);
    }

    Correction answered() {
        return new Correction(to, true, unanswered);
    }

    Correction cut() {
        return new Correction(to, acknowledged, true);
    }

    String text() {
        return to == null ? "void" : "amended to " + to;
    }
}
