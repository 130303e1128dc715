package io.weir.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Postgres, Kafka and the ERP simulator for tests: real servers, in a directory of their own that is deleted at the end.
 *
 * <p>{@link #shared()} starts one stack a JVM, the first time it is asked for. Tests keep apart by a fresh database
 * and topics of their own names. What a JVM left behind that was killed is ended and deleted by the next one.
 */
public final class LocalStack implements AutoCloseable {
    private static final String PREFIX = "weir-stack-";
    private static final Pattern DATABASE_NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
    private static final AtomicInteger DATABASES = new AtomicInteger();
    /** This JVM's own: to open and close the lock file of one would free its lock. */
    private static final Set<Path> OWN = ConcurrentHashMap.newKeySet();

    private static @Nullable LocalStack shared;

    private final Path directory;
    private final Services services;
    private boolean closed;

    private LocalStack(Path directory, Services services) {
        this.directory = directory;
        this.services = services;
    }

    /** The stack that all tests of this JVM share; it stops with the JVM. */
    public static synchronized LocalStack shared() {
        if (shared == null) {
            LocalStack stack = start();
            Runtime.getRuntime().addShutdownHook(new Thread(stack::close));
            shared = stack;
        }
        return shared;
    }

    /** A stack of the caller's own, who closes it. */
    public static LocalStack start() {
        return start("");
    }

    /** A stack of the caller's own whose Kafka tells clients to connect to a proxy's port, which has them go on to {@link #kafkaPort()}. */
    public static LocalStack startBehind(int kafkaProxy) {
        return start(Integer.toString(kafkaProxy));
    }

    private static LocalStack start(String kafkaProxy) {
        try {
            deleteLeftOvers();
            Path directory = Files.createTempDirectory(PREFIX);
            OWN.add(directory);
            Services services = Services.on(directory, kafkaProxy);
            services.start();
            return new LocalStack(directory, services);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while starting", e);
        }
    }

    /** Makes this database, which must not be there, and returns its uri (user and password included). */
    public String postgresUri(String database) {
        if (!DATABASE_NAME.matcher(database).matches()) {
            throw new IllegalArgumentException("No database name: " + database);
        }
        try (var connection = DriverManager.getConnection(
                        jdbcUrl(Postgres.DATABASE),
                        Postgres.ROLE,
                        services.postgres().password());
                var statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + database);
        } catch (SQLException e) {
            throw new IllegalStateException("Database " + database + " could not be made", e);
        }
        return services.postgres().uri(database);
    }

    /** Makes a new, empty database and returns its uri. */
    public String freshDatabase() {
        return postgresUri("test_" + DATABASES.incrementAndGet());
    }

    /** The JDBC url of a database; the user is in {@link #postgresUser()}, the password in {@link #postgresPassword()}. */
    public String jdbcUrl(String database) {
        return "jdbc:postgresql://127.0.0.1:%d/%s".formatted(services.ports().postgres(), database);
    }

    /** The role that owns the databases. */
    public String postgresUser() {
        return Postgres.ROLE;
    }

    /** The password of {@link #postgresUser()}. */
    public String postgresPassword() {
        return services.postgres().password();
    }

    /** Where Kafka itself listens. */
    public int kafkaPort() {
        return services.ports().kafkaBroker();
    }

    /** Kafka's bootstrap address. */
    public String kafka() {
        return services.kafka().bootstrap();
    }

    /** Where the ERP simulator is, and the token it asks for. */
    public Erp erp() {
        return new Erp(
                "http://127.0.0.1:" + services.ports().erpVendor(),
                "http://127.0.0.1:" + services.ports().erpControl(),
                services.erpToken());
    }

    Path directory() {
        return directory;
    }

    /** Ends Postgres at once, as a crash would. */
    public void stopPostgres() {
        run(services.postgres()::kill);
    }

    /** Starts Postgres again on the same port and data. */
    public void startPostgres() {
        run(services.postgres()::start);
    }

    /** Stops the ERP simulator: its ports refuse connections. */
    public void stopErp() {
        run(services.erp()::stop);
    }

    /** Starts the ERP simulator again on the same ports and documents. */
    public void startErp() {
        run(services.erp()::start);
    }

    /** Stops everything and deletes it. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        services.stop();
        try {
            PrivateFiles.deleteTree(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteLeftOvers() throws IOException, InterruptedException {
        try (Stream<Path> entries = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            List<Path> stacks = entries.filter(
                            entry -> entry.getFileName().toString().startsWith(PREFIX))
                    .toList();
            for (Path stack : stacks) {
                deleteIfLeftOver(stack);
            }
        }
    }

    private static void deleteIfLeftOver(Path stack) throws IOException, InterruptedException {
        Path lockFile = stack.resolve("services").resolve("lock");
        if (OWN.contains(stack) || !Files.isWritable(lockFile)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.WRITE)) {
            if (channel.tryLock() == null) {
                return;
            }
            new Postgres(
                            PostgresPrograms.unpacked(),
                            stack.resolve("services").resolve("postgres"),
                            stack.resolve("services").resolve("postgres.log"),
                            0,
                            "")
                    .stopLeftOver();
            PrivateFiles.deleteTree(stack);
        } catch (OverlappingFileLockException ownStack) {
            // Another stack of this very JVM.
            return;
        } catch (NoSuchFileException deletedMeanwhile) {
            return;
        }
    }

    private static void run(Services.Step step) {
        try {
            step.run();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted", e);
        }
    }

    /**
     * The ERP simulator as seen from outside.
     *
     * @param vendorUrl where the vendor's paths are
     * @param controlUrl where the control plane is
     * @param token the bearer token of the vendor's paths
     */
    public record Erp(String vendorUrl, String controlUrl, String token) {}
}
