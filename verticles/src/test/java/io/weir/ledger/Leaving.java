package io.weir.ledger;

import static io.weir.fixtures.TestDatabase.await;
import static io.weir.ledger.Events.at;
import static io.weir.ledger.Events.json;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.weir.archive.Archive;
import io.weir.schemas.Actor;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands.ConfirmDay;
import io.weir.settings.RetentionSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;

/** A ledger whose meters have counted everything, events of one day, and the archive that they leave for 401 days later. */
final class Leaving implements AutoCloseable {
    static final LocalDate DAY = LocalDate.of(2026, 11, 20);
    private static final Duration TRANSIT = Duration.ofDays(14).plusHours(4);

    final Scene scene = new Scene();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    boolean failing;
    private final Scene.Loop loop = scene.loop();
    private final RetentionMeters counted = new RetentionMeters(meters);
    private final Path directory;
    private long offset;

    Leaving(Path directory) {
        this.directory = directory;
        scene.database.run("""
                insert into meter_backfill (organisation, meter, version, revision, event_type, began_at, ended_at, day, last_day,
                    after_at, after_key)
                select organisation, meter, version, revision, event_type, now(), now(), '2026-11-21', '2026-11-20',
                    '2026-11-21T00:00:00Z', gen_random_uuid()
                from meter
                """);
    }

    @Override
    public void close() {
        scene.close();
    }

    static RetentionSettings settings(int entryDays, int idDays, boolean confirm) {
        return new RetentionSettings(entryDays, idDays, "", confirm, 1_000, 0, 2, 1, 50, 10_000);
    }

    Archive archive() {
        return new Archive(directory);
    }

    void pass(RetentionSettings settings) {
        Retention retention = new Retention(
                scene.database.pool(), archive(), settings, scene.clock, counted, told -> failing = told, () -> {});
        await(loop.on(() -> {
            retention.pass(51, () -> true);
            return true;
        }));
    }

    void pass() {
        pass(settings(400, 400, false));
    }

    /** Records events on a day that has a partition, and has 401 days go by. */
    void recorded(String... ids) {
        scene.database.run("select entry_partitions('2026-11-20T00:00:00Z', 0)");
        for (String id : ids) {
            record(id);
        }
        later();
    }

    Recorded record(String id) {
        return loop.record(at(0, offset++, json(id, id.startsWith("held") ? "unknown" : "ws-001", 7)));
    }

    void later() {
        scene.clock.advance(Duration.ofDays(401));
    }

    /** The days' states, each with why it is kept. */
    List<String> states() {
        return scene.column(
                "select concat_ws('|', state, nullif(array_to_string(why, ','), '')) from archive_day order by day");
    }

    boolean kept() {
        return scene.count("from pg_class where relname = 'entry_20261120'") == 1 && scene.count("from entry") > 0;
    }

    double waiting(String why) {
        return meters.get("weir.archive.waiting").tag("why", why).gauge().value();
    }

    double days(String outcome) {
        return meters.counter("weir.archive.days", "outcome", outcome).count();
    }

    String sha256() throws IOException {
        return archive().manifest(DAY).orElseThrow().files().stream()
                .filter(Archive::holdsEvents)
                .findFirst()
                .orElseThrow()
                .sha256();
    }

    void confirm(String sha256) {
        await(confirming(sha256, DAY));
    }

    Future<Void> confirming(String sha256, LocalDate day) {
        String deployed = scene.deploy(verticle(0));
        ConfirmDay command = new ConfirmDay(Events.DEMO, new Actor("exporter", "key", "trace"), day, sha256);
        return Addresses.CONFIRM_DAY
                .ask(scene.vertx.eventBus(), command, 5_000)
                .eventually(() -> scene.vertx.undeploy(deployed));
    }

    RetentionVerticle verticle(int entryDays) {
        return new RetentionVerticle(
                scene.database.pool(),
                archive(),
                settings(entryDays, entryDays, false),
                TRANSIT,
                scene.clock,
                new SimpleMeterRegistry(),
                told -> {});
    }
}
