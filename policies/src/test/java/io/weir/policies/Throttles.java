package io.weir.policies;

import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.SqlClient;
import io.weir.settings.AdmissionSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/** Throttles of tests. */
final class Throttles {
    static final AdmissionSettings.Throttle SETTINGS =
            new AdmissionSettings.Throttle(1_000, 100, 300, 2_000, 500, 10, 1_000, 500, 1_000, 100);

    /** Months of tiers that have none. */
    static final Months NO_MONTHS = months(
            new Leases(SETTINGS, System::nanoTime), System::nanoTime, InstantSource.fixed(Door.NOW), nowhere(), "none");

    private Throttles() {}

    /** The throttle of a node that stands alone, and has no Postgres. */
    static Throttle alone(LongSupplier nanos) {
        return of(new Leases(SETTINGS, nanos), nanos);
    }

    /** A throttle that has no Postgres. */
    static Throttle of(Leases leases, LongSupplier nanos) {
        return new Throttle(
                SETTINGS, leases, months(leases, nanos, InstantSource.fixed(Door.NOW), nowhere(), "none"), nanos);
    }

    static Months months(Leases leases, LongSupplier nanos, InstantSource clock, SqlClient sql, String node) {
        return months(leases, nanos, clock, sql, node, file());
    }

    static Months months(
            Leases leases, LongSupplier nanos, InstantSource clock, SqlClient sql, String node, SpendingFile file) {
        return new Months(sql, file, node, SETTINGS, clock, nanos, leases);
    }

    private static SqlClient nowhere() {
        return PgBuilder.client()
                .connectingTo(new PgConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(1)
                        .setUser("nobody")
                        .setPassword(""))
                .build();
    }

    private static SpendingFile file() {
        try {
            Path file = Files.createTempFile("weir-spending", ".bin");
            file.toFile().deleteOnExit();
            return SpendingFile.open(file, 100);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
