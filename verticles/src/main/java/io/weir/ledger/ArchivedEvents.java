package io.weir.ledger;

import io.weir.archive.Archive;
import io.weir.archive.ArchivedDay;
import io.weir.archive.ArchivedEvent;
import io.weir.ledger.BackfillSetTable.SetRow;
import io.weir.schemas.BackfillSets;
import io.weir.schemas.BackfillSets.Staging;
import io.weir.schemas.Json;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Events of archived days, to be recorded by a set as if they were sent again. They are read from the files alone, whatever the tables
 * say of the day: a database that was restored may not know of it any more. Blocking.
 */
final class ArchivedEvents {
    /** Most events of a part; and how many are looked through for them. */
    private static final int MOST = 1_000;

    private static final int LOOKED_THROUGH = 50_000;
    private static final int AGAIN_SECONDS = 60;

    private final Archive archive;
    private final BackfillSetWriter sets;

    ArchivedEvents(Archive archive, BackfillSetWriter sets) {
        this.archive = archive;
        this.sets = sets;
    }

    /**
     * A part of a day.
     *
     * @param passed how many were left out
     * @param next where the next part begins; null where the day has ended
     */
    private record Part(
            List<BackfillSets.Event> events,
            int passed,
            @Nullable Long next) {}

    /** Keeps a part of a day in a period correction, as if its events were sent again. */
    BackfillSets.DayLoaded load(BackfillSets.LoadDay command) {
        SetRow set = sets.look(command.tenant(), command.set());
        if (!set.periodCorrection()) {
            throw new RefusedException(Refusal.Invalid.at("/day", "only a period correction takes what is archived"));
        }
        Part part = read(set, command.day(), command.from());
        List<Staging> outcomes = sets.load(
                        new BackfillSets.Load(command.tenant(), command.actor(), set.id(), false, part.events))
                .outcomes();
        return new BackfillSets.DayLoaded(
                Collections.frequency(outcomes, Staging.STAGED),
                Collections.frequency(outcomes, Staging.DUPLICATE),
                Collections.frequency(outcomes, Staging.FOREIGN),
                part.passed,
                part.next);
    }

    /** The next events of the set's tenant and span, behind so many of the day's. */
    private Part read(SetRow set, LocalDate day, long from) {
        try {
            if (archive.manifest(day).isEmpty()) {
                throw new RefusedException(new Refusal.NotFound("archived day"));
            }
            try (ArchivedDay open = archive.open(day)) {
                return read(set, open, Math.min(from, open.entries()));
            }
        } catch (IOException e) {
            throw new RefusedException(
                    new Refusal.Unavailable("the archive of " + day + " cannot be read", AGAIN_SECONDS));
        }
    }

    private static Part read(SetRow set, ArchivedDay day, long from) throws IOException {
        List<BackfillSets.Event> events = new ArrayList<>();
        int looked = 0;
        try (ArchivedDay.Events read = day.events(from)) {
            while (read.hasNext() && events.size() < MOST && looked < LOOKED_THROUGH) {
                ArchivedEvent event = read.next();
                looked++;
                if (event.tenant().equals(set.tenant().value())
                        && !event.time().isBefore(set.from())
                        && event.time().isBefore(set.to())) {
                    events.add(again(set, event));
                }
            }
            return new Part(events, looked - events.size(), read.hasNext() ? from + looked : null);
        }
    }

    /** The event as it was sent, by its digest: without a time, where it had none. */
    private static BackfillSets.Event again(SetRow set, ArchivedEvent event) {
        BackfillSets.Event timed = sent(event, true);
        return event.digest().equals(digest(set, timed)) ? timed : sent(event, false);
    }

    private static BackfillSets.Event sent(ArchivedEvent event, boolean timed) {
        ObjectNode json = Json.object();
        json.put("specversion", "1.0")
                .put("id", event.id())
                .put("source", event.source())
                .put("type", event.type());
        if (!event.subject().isEmpty()) {
            json.put("subject", event.subject());
        }
        if (timed) {
            json.put("time", event.time().toString());
        }
        String envelope = Json.text(json);
        return new BackfillSets.Event(
                event.correlation(),
                event.schemaVersion(),
                event.receivedAt(),
                (envelope.substring(0, envelope.length() - 1) + ",\"data\":" + event.data() + "}")
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable UUID digest(SetRow set, BackfillSets.Event event) {
        try {
            return LoggedEvent.read(BackfillSetTable.event(
                            set.tenant(),
                            0,
                            event.received(),
                            event.correlation(),
                            event.schemaVersion(),
                            event.json()))
                    .digest();
        } catch (LoggedEvent.UnreadableException e) {
            return null;
        }
    }
}
