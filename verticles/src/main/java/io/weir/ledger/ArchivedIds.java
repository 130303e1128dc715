package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.archive.Archive;
import io.weir.archive.ArchivedDay;
import io.weir.ledger.BackfillSetTable.SetRow;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.io.IOException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

/**
 * Which of a set's events were recorded so long ago that Postgres has forgotten their ids: the days that forgot some are asked in the
 * archive. Blocking, and outside of any transaction; safe to be asked from several threads.
 *
 * <p>Ids are forgotten while one looks. So who counts on the answer asks, behind its own look at the ids in Postgres and in the same
 * transaction, whether meanwhile another day began to forget: then it has to look again.
 */
final class ArchivedIds {
    /** A look-up costs about as much as to pass over so many keys. */
    private static final long KEYS_A_LOOKUP = 1_000;

    private static final int PAGE = 10_000;
    private static final int AGAIN_SECONDS = 60;

    private final Archive archive;

    ArchivedIds(Archive archive) {
        this.archive = archive;
    }

    /**
     * What was found.
     *
     * @param revision of the set whose events were looked for
     * @param days that were asked
     * @param digests of the events that one of them holds, by key
     */
    record Looked(long revision, Set<LocalDate> days, Map<UUID, UUID> digests) {
        static final Looked NOT = new Looked(-1, Set.of(), Map.of());
    }

    /** Another day began to forget, or more events were loaded: what was looked up is not all. */
    static final class MovedOnException extends RuntimeException {
        private static final long serialVersionUID = 1;

        MovedOnException() {
            super("the archive has to be asked again", null, false, false);
        }
    }

    /** Looks for the events of a set. */
    Looked lookUp(Pool pool, SetRow set) {
        Set<LocalDate> days = days(pool, set.tenant());
        Map<UUID, UUID> digests = new HashMap<>();
        if (!days.isEmpty()) {
            List<UUID> keys = new ArrayList<>();
            Future.await(pool.preparedQuery(BackfillSetTable.KEYS).execute(Tuple.of(set.id())))
                    .forEach(row -> keys.add(row.getUUID("event_key")));
            for (LocalDate day : days) {
                try (ArchivedDay open = archive.open(day)) {
                    look(open, keys, digests);
                } catch (IOException e) {
                    throw new RefusedException(new Refusal.Unavailable(
                            "the archive of " + day + " cannot be read, so repetitions would not be recognised",
                            AGAIN_SECONDS));
                }
            }
        }
        return new Looked(set.revision(), days, digests);
    }

    /** Makes sure that nothing was loaded, and no further day began to forget, since it was looked. */
    static void stillAll(SqlClient sql, SetRow set, Looked looked) {
        if (looked.revision != set.revision() || !looked.days.containsAll(days(sql, set.tenant()))) {
            throw new MovedOnException();
        }
    }

    private static Set<LocalDate> days(SqlClient sql, TenantId tenant) {
        Set<LocalDate> days = new TreeSet<>();
        for (Row row :
                Future.await(sql.preparedQuery(BackfillSetTable.FORGETFUL_DAYS).execute(Tuple.of(tenant.value())))) {
            days.add(row.getLocalDate("day"));
        }
        return days;
    }

    /** Few keys are looked up one by one; for many, all of the day's are passed over. */
    private static void look(ArchivedDay day, List<UUID> keys, Map<UUID, UUID> digests) throws IOException {
        if (keys.size() * KEYS_A_LOOKUP < day.entries()) {
            for (UUID key : keys) {
                OptionalLong found = day.find(key);
                if (found.isPresent()) {
                    digests.put(key, day.digest(found.getAsLong()));
                }
            }
            return;
        }
        Set<UUID> wanted = Set.copyOf(keys);
        for (long from = 0; from < day.entries(); from += PAGE) {
            List<UUID> page = day.keys(from, PAGE);
            for (int i = 0; i < page.size(); i++) {
                if (wanted.contains(page.get(i))) {
                    digests.put(page.get(i), day.digest(from + i));
                }
            }
        }
    }
}
