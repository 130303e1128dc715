package io.weir.ledger;

import io.vertx.core.Future;
import io.vertx.pgclient.PgException;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.archive.Archive;
import io.weir.archive.Manifest;
import io.weir.ledger.RetentionMeters.Outcome;
import io.weir.ledger.RetentionMeters.Why;
import io.weir.schemas.Act;
import io.weir.schemas.Actor;
import io.weir.schemas.Audited;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Locks;
import io.weir.schemas.TenantId;
import io.weir.settings.RetentionSettings;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has days of entries leave Postgres: exported, checked, dropped, and later their ids forgotten. On a virtual thread.
 *
 * <p>Which crash is each step for? One connection holds the lock and asks everything, so who lost the lock can ask nothing more.
 * While a day is written: its files are hidden, and deleted by the next writer. After its files got their name and before the row
 * says {@code exported}: the next pass finds them and takes them, if they are what Postgres still holds. After that: only what
 * nothing needs is dropped, and an entry that nothing needs does not change any more; all the same the files are read once more
 * and the entries compared with what was exported, right before. The drop, the row's {@code dropped} and the entries of the audit
 * trail are one transaction. Ids are forgotten after it, each batch with its place in the row.
 *
 * <p>Whatever fails leaves the entries where they are.
 */
final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);
    private static final Actor WEIR = new Actor("weir", "retention", "retention");
    private static final int DAYS_A_PASS = 100;
    private static final String LOCK_NOT_AVAILABLE = "55P03";

    private final Pool pool;
    private final Archive archive;
    private final RetentionSettings settings;
    private final InstantSource clock;
    private final RetentionMeters meters;
    private final Consumer<Boolean> failing;
    private final Runnable pause;
    private final DayExport export;
    private final Forgetting forgetting;

    /**
     * Looks after days.
     *
     * @param failing is told after each pass whether the archive could not be written or read, or is not what was written
     * @param pause between two pages
     */
    Retention(
            Pool pool,
            Archive archive,
            RetentionSettings settings,
            InstantSource clock,
            RetentionMeters meters,
            Consumer<Boolean> failing,
            Runnable pause) {
        this.pool = pool;
        this.archive = archive;
        this.settings = settings;
        this.clock = clock;
        this.meters = meters;
        this.failing = failing;
        this.pause = pause;
        this.export = new DayExport(archive, settings.pageEntries(), clock, pause);
        this.forgetting = new Forgetting(archive, settings.pageEntries(), clock, meters, pause);
    }

    /** A day that is due. */
    private record Due(
            LocalDate day,
            String state,
            @Nullable OffsetDateTime first,
            @Nullable OffsetDateTime last) {
        static Due of(Row row) {
            return new Due(
                    row.getLocalDate("day"),
                    row.getString("state"),
                    row.getOffsetDateTime("first_time"),
                    row.getOffsetDateTime("last_time"));
        }
    }

    /** A day's entries as they lie in Postgres. */
    private record Survey(
            long entries,
            @Nullable OffsetDateTime first,
            @Nullable OffsetDateTime last,
            String fingerprint) {
        boolean is(Manifest manifest) {
            return manifest.entries() == entries && manifest.fingerprint().equals(fingerprint);
        }
    }

    /** What the audit trail says of a day that left. */
    private record Left(String file, String sha256, long entries) {}

    /** The fewest days that entries are kept, by the tenants as they are. */
    static int leastDays(SqlConnection sql, Duration transit) {
        long seconds = row(sql, RetentionTable.ACCEPTANCE, Tuple.tuple()).getLong("seconds");
        return RetentionSettings.leastDays(Duration.ofSeconds(seconds), transit);
    }

    /**
     * One pass over all days that are due, where no other node makes one.
     *
     * @param leastDays that entries are kept at least, whatever the settings say
     */
    void pass(int leastDays, BooleanSupplier running) {
        SqlConnection sql = Future.await(pool.getConnection());
        try {
            if (!row(sql, RetentionTable.TRY_LOCK, Tuple.of(Locks.RETENTION)).getBoolean("locked")) {
                // Another node looks after days, and tells what stands.
                failing.accept(false);
                meters.waiting(Map.of());
                return;
            }
            try {
                pass(sql, leastDays, running);
            } finally {
                Future.await(sql.preparedQuery(RetentionTable.UNLOCK)
                        .execute(Tuple.of(Locks.RETENTION))
                        .otherwiseEmpty());
            }
        } finally {
            Future.await(sql.close().otherwiseEmpty());
        }
    }

    private void pass(SqlConnection sql, int leastDays, BooleanSupplier running) {
        boolean failed = false;
        Instant now = clock.instant();
        Tuple due = Tuple.of(before(now, Math.max(settings.entryDays(), leastDays)))
                .addValue(Instants.utc(now.minusMillis(settings.recheckMillis())))
                .addValue(DAYS_A_PASS);
        for (Due day : rows(sql, RetentionTable.DUE, due).map(Due::of).toList()) {
            failed |= running.getAsBoolean() && !attempt(day.day, () -> step(sql, day, running));
        }
        int idDays = Math.max(settings.idDays(), leastDays);
        Tuple forgettable = Tuple.of(before(now, idDays), idDays, DAYS_A_PASS);
        for (Row row : rows(sql, RetentionTable.FORGETTABLE, forgettable).toList()) {
            failed |= running.getAsBoolean()
                    && !attempt(row.getLocalDate("day"), () -> forgetting.run(sql, row, running));
        }
        failing.accept(stands(sql) || failed);
    }

    private static LocalDate before(Instant now, int days) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC).minusDays(days);
    }

    /** What is done with a day, which a disk can fail. */
    private interface Step {
        void run() throws IOException;
    }

    /** Whether it could be done; a failure is this day's alone. */
    private boolean attempt(LocalDate day, Step step) {
        try {
            step.run();
            return true;
        } catch (CancellationException e) {
            return true;
        } catch (IOException | RuntimeException e) {
            boolean locked = e instanceof PgException pg && LOCK_NOT_AVAILABLE.equals(pg.getSqlState());
            meters.day(locked ? Outcome.LOCKED : Outcome.FAILED);
            LOG.warn("archive.failed day={} failure={}", day, e.toString());
            return locked;
        }
    }

    private void step(SqlConnection sql, Due due, BooleanSupplier running) throws IOException {
        LocalDate day = due.day;
        switch (due.state) {
            case "new", "waiting" -> {
                if (exported(sql, due, running)) {
                    settle(sql, day, running);
                }
            }
            case "leaving" -> rest(sql, day, running);
            default -> settle(sql, day, running);
        }
    }

    /** Exports a day that nothing needs; false where something does. */
    private boolean exported(SqlConnection sql, Due due, BooleanSupplier running) throws IOException {
        LocalDate day = due.day;
        Survey survey = due.state.equals("new") ? survey(sql, day) : new Survey(0, due.first, due.last, "");
        String[] why = needed(sql, day, survey.first, survey.last);
        if (why.length > 0) {
            Future.await(sql.preparedQuery(RetentionTable.WAIT)
                    .execute(Tuple.of(day)
                            .addValue(why)
                            .addValue(now())
                            .addValue(survey.entries)
                            .addValue(survey.first)
                            .addValue(survey.last)));
            return false;
        }
        Manifest manifest = there(sql, day).orElse(null);
        if (manifest == null) {
            byKey(sql, day);
            manifest = export.write(sql, day, running);
            meters.day(Outcome.EXPORTED);
            meters.exported(manifest.entries());
            LOG.info("archive.exported day={} entries={}", day, manifest.entries());
        }
        export.keep(sql, manifest);
        return true;
    }

    /** Makes the index that pages of the day are read by; nobody who writes waits for it longer than that. */
    private void byKey(SqlConnection sql, LocalDate day) {
        InTransaction.run(sql, tx -> {
            tx.preparedQuery(RetentionTable.LOCK_TIMEOUT).execute(Tuple.of(settings.lockTimeoutMillis() + "ms"));
            return Future.await(tx.preparedQuery(RetentionTable.BY_KEY).execute(Tuple.of(day)));
        });
    }

    /** Files that an earlier pass finished and did not come to note; what is not as Postgres has it is set aside. */
    private Optional<Manifest> there(SqlConnection sql, LocalDate day) throws IOException {
        Optional<Manifest> there = archive.manifest(day);
        if (there.isPresent()
                && (archive.damaged(there.get()).isPresent()
                        || !survey(sql, day).is(there.get()))) {
            LOG.warn("archive.set-aside day={}", day);
            archive.setAside(day);
            return Optional.empty();
        }
        return there;
    }

    /** Drops an exported day, if everybody who must has confirmed it, nothing needs it and its files are what they were. */
    private void settle(SqlConnection sql, LocalDate day, BooleanSupplier running) throws IOException {
        String files = row(sql, RetentionTable.FILES, Tuple.of(day)).getString("files");
        Manifest.Content events = ArchiveDays.events(files);
        if (settings.confirm()
                && row(sql, RetentionTable.UNCONFIRMED, Tuple.of(day, events.sha256()))
                                .getLong("tenants")
                        > 0) {
            looked(sql, day, "exported", Why.UNCONFIRMED.text());
            return;
        }
        Optional<Manifest> found = archive.manifest(day);
        if (found.isEmpty() || !archive.complete(found.get())) {
            LOG.warn("archive.missing day={}", day);
            archive.setAside(day);
            again(sql, day);
            return;
        }
        Manifest manifest = found.get();
        Optional<String> damage = Json.tree(Json.text(manifest.files())).equals(Json.tree(files))
                ? archive.damaged(manifest)
                : Optional.of("the manifest names other files than were written");
        if (damage.isPresent()) {
            LOG.error("archive.damaged day={} what={}", day, damage.get());
            looked(sql, day, "damaged", damage.get());
            return;
        }
        if (!survey(sql, day).is(manifest)) {
            LOG.warn("archive.changed day={}", day);
            archive.setAside(day);
            again(sql, day);
            return;
        }
        if (!leave(sql, manifest, events)) {
            rest(sql, day, running);
        }
    }

    /** One transaction: false where a part of the day is left, since it lies in the default partition. */
    private boolean leave(SqlConnection sql, Manifest manifest, Manifest.Content events) {
        LocalDate day = manifest.day();
        return InTransaction.run(sql, tx -> {
            tx.preparedQuery(RetentionTable.LOCK_TIMEOUT).execute(Tuple.of(settings.lockTimeoutMillis() + "ms"));
            // No meter begins to go through the entries meanwhile, and nobody attributes any.
            Future.await(tx.preparedQuery(LedgerTable.LOCK_SHARED).execute(Tuple.of(Locks.MASTER_DATA)));
            String[] why = needed(tx, day, utc(manifest.firstTime()), utc(manifest.lastTime()));
            if (why.length > 0) {
                looked(tx, day, "exported", why);
                return true;
            }
            boolean whole = row(tx, RetentionTable.LEAVE, Tuple.of(day)).getBoolean("whole");
            tx.preparedQuery(RetentionTable.LEFT).execute(Tuple.of(day, whole, now()));
            for (Row tenant : rows(tx, RetentionTable.OF_TENANTS, Tuple.of(day)).toList()) {
                Audited act = Audited.of(
                        new TenantId(tenant.getString("tenant")),
                        WEIR,
                        Act.ARCHIVE_DAY_DROPPED,
                        day.toString(),
                        null,
                        new Left(Archive.file(day), events.sha256(), tenant.getLong("entries")));
                Statements.audit(tx, act);
            }
            meters.day(Outcome.DROPPED);
            LOG.info("archive.dropped day={} entries={} whole={}", day, manifest.entries(), whole);
            return whole;
        });
    }

    /** Deletes what is left of a day in the default partition, which cannot be dropped. */
    private void rest(SqlConnection sql, LocalDate day, BooleanSupplier running) {
        while (running.getAsBoolean()) {
            int deleted = Future.await(sql.preparedQuery(RetentionTable.DELETE_DEFAULT)
                            .execute(Tuple.of(day, settings.pageEntries())))
                    .rowCount();
            if (deleted == 0) {
                Future.await(sql.preparedQuery(RetentionTable.LEFT).execute(Tuple.of(day, true, now())));
                return;
            }
            pause.run();
        }
    }

    /** Tells what stands; answers whether a day is not what was written. */
    private boolean stands(SqlConnection sql) {
        Map<Why, Long> waiting = new EnumMap<>(Why.class);
        for (Row row : rows(sql, RetentionTable.STANDING, Tuple.tuple()).toList()) {
            String text = row.getString("state").equals("damaged") ? Why.DAMAGED.text() : row.getString("why");
            Arrays.stream(Why.values())
                    .filter(why -> why.text().equals(text))
                    .forEach(why -> waiting.merge(why, row.getLong("days"), Long::sum));
        }
        meters.waiting(waiting);
        return waiting.containsKey(Why.DAMAGED);
    }

    private Survey survey(SqlConnection sql, LocalDate day) {
        Row row = row(sql, RetentionTable.SURVEY, Tuple.of(day));
        return new Survey(
                row.getLong("entries"),
                row.getOffsetDateTime("first_time"),
                row.getOffsetDateTime("last_time"),
                row.getString("fingerprint"));
    }

    private static String[] needed(
            SqlConnection sql, LocalDate day, @Nullable OffsetDateTime first, @Nullable OffsetDateTime last) {
        return row(sql, RetentionTable.NEEDED, Tuple.of(day).addValue(first).addValue(last))
                .getArrayOfStrings("why");
    }

    private void looked(SqlConnection sql, LocalDate day, String state, String... why) {
        Future.await(sql.preparedQuery(RetentionTable.LOOKED)
                .execute(Tuple.of(day, state).addValue(why).addValue(now())));
    }

    private static void again(SqlConnection sql, LocalDate day) {
        Future.await(sql.preparedQuery(RetentionTable.AGAIN).execute(Tuple.of(day)));
    }

    private OffsetDateTime now() {
        return Instants.utc(clock.instant());
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : Instants.utc(instant);
    }

    private static Row row(SqlConnection sql, String statement, Tuple parameters) {
        return Future.await(sql.preparedQuery(statement).execute(parameters))
                .iterator()
                .next();
    }

    private static Stream<Row> rows(SqlConnection sql, String statement, Tuple parameters) {
        return Future.await(sql.preparedQuery(statement).execute(parameters)).stream();
    }
}
