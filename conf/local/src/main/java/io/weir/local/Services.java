package io.weir.local;

import io.weir.local.erp.ErpSimulator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * Postgres, Kafka and the ERP simulator on one data directory, started and stopped together.
 *
 * <p>Holding an object of this class means holding the directory: a file lock that the system frees with the process.
 */
final class Services {
    private static final String ENVIRONMENT = "services.env";
    /** Environment: the port of a proxy that stands before the broker; clients are told to connect there. */
    private static final String KAFKA_PROXY = "WEIR_LOCAL_KAFKA_PROXY_PORT";

    private final Path directory;
    private final FileChannel lockFile;
    private final FileLock lock;
    private final Ports ports;
    private final Path portsFile;
    private final Path tokenFile;
    private final String token;
    private final Postgres postgres;
    private final KafkaBroker kafka;
    private final ErpSimulator erp;

    private Services(Path directory, FileChannel lockFile, FileLock lock, String kafkaProxy) throws IOException {
        this.directory = directory;
        this.lockFile = lockFile;
        this.lock = lock;
        portsFile = directory.resolve("ports.properties");
        ports = Ports.keptIn(portsFile);
        tokenFile = directory.resolve("erp.token");
        token = PrivateFiles.secret(tokenFile);
        postgres = new Postgres(
                PostgresPrograms.unpacked(),
                directory.resolve("postgres"),
                directory.resolve("postgres.log"),
                ports.postgres(),
                PrivateFiles.secret(directory.resolve("postgres.password")));
        kafka = new KafkaBroker(
                directory.resolve("kafka"),
                ports.kafkaBroker(),
                ports.kafkaController(),
                kafkaProxy.isEmpty() ? ports.kafkaBroker() : Integer.parseInt(kafkaProxy));
        erp = new ErpSimulator(
                ErpSimulator.Settings.of(
                        ports.erpVendor(),
                        ports.erpControl(),
                        directory.resolve("erp").resolve("documents.jsonl"),
                        token),
                InstantSource.system());
    }

    /** Takes the data directory; refused when another process holds it. The environment may name a proxy before Kafka. */
    static Services on(Path dataDirectory) throws IOException {
        return on(dataDirectory, System.getenv().getOrDefault(KAFKA_PROXY, ""));
    }

    /** The same, with the port of a proxy before Kafka; empty: none. */
    static Services on(Path dataDirectory, String kafkaProxy) throws IOException {
        Path directory = dataDirectory.toAbsolutePath().normalize().resolve("services");
        PrivateFiles.createDirectories(directory);
        Path file = directory.resolve("lock");
        FileChannel lockFile =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = lockOf(lockFile);
        if (lock == null) {
            lockFile.close();
            throw new StartRefused(
                    StartRefused.ALREADY_RUNNING,
                    "%s is already served by process %s. Use that one, or end it first."
                            .formatted(directory, Files.readString(file).strip()));
        }
        lockFile.truncate(0);
        lockFile.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
        // Before the parts start side by side: whoever logs first would make the others wait and warn.
        LoggerFactory.getILoggerFactory();
        // What an earlier process published is void until this one serves.
        Files.deleteIfExists(directory.resolve(ENVIRONMENT));
        return new Services(directory, lockFile, lock, kafkaProxy);
    }

    private static @Nullable FileLock lockOf(FileChannel file) throws IOException {
        try {
            return file.tryLock();
        } catch (OverlappingFileLockException heldInThisProcess) {
            return null;
        }
    }

    /** Starts the three side by side; when one cannot, the others are stopped again. */
    void start() throws IOException, InterruptedException {
        postgres.stopLeftOver();
        ports.requireFree(portsFile);
        var parts = List.of(part(postgres::start), part(kafka::start), part(erp::start));
        try {
            CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException e) {
            stop();
            switch (e.getCause()) {
                case StartRefused refused -> throw refused;
                case IOException io -> throw io;
                case null, default -> throw e;
            }
        }
    }

    /** Writes the file by which others find the services. */
    void publish() throws IOException {
        StringBuilder text = new StringBuilder();
        environment()
                .forEach((name, value) ->
                        text.append(name).append('=').append(value).append('\n'));
        PrivateFiles.replace(directory.resolve(ENVIRONMENT), text.toString());
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put(
                "WEIR_SERVICES_PID", Long.toString(ProcessHandle.current().pid()));
        environment.put("WEIR_KAFKA", kafka.bootstrap());
        environment.put("WEIR_POSTGRES", postgres.uri(Postgres.DATABASE));
        environment.put("WEIR_ERP_URL", "http://127.0.0.1:" + ports.erpControl());
        environment.put("WEIR_ERP_VENDOR_URL", "http://127.0.0.1:" + ports.erpVendor());
        environment.put("WEIR_ERP_TOKEN_FILE", tokenFile.toString());
        return environment;
    }

    /** Stops what runs, in the order of who uses whom least; each part has its time, then it is left behind. */
    void stop() {
        try {
            Files.deleteIfExists(directory.resolve(ENVIRONMENT));
        } catch (IOException e) {
            Console.fail("%s could not be removed: %s".formatted(directory.resolve(ENVIRONMENT), e.getMessage()));
        }
        stop("the ERP simulator", erp::stop, 1);
        var stoppingKafka = part(kafka::stop);
        stop("Postgres", postgres::stop, 4);
        stop("Kafka", stoppingKafka::join, 4);
        try {
            lock.release();
            lockFile.close();
        } catch (IOException e) {
            Console.fail("The lock of %s could not be released: %s".formatted(directory, e.getMessage()));
        }
    }

    private static void stop(String name, Step step, long patienceSeconds) {
        try {
            part(step).get(patienceSeconds, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException e) {
            Console.fail("%s did not stop in order: %s".formatted(name, e));
        }
    }

    Postgres postgres() {
        return postgres;
    }

    KafkaBroker kafka() {
        return kafka;
    }

    ErpSimulator erp() {
        return erp;
    }

    Ports ports() {
        return ports;
    }

    String erpToken() {
        return token;
    }

    private static CompletableFuture<@Nullable Void> part(Step step) {
        CompletableFuture<@Nullable Void> done = new CompletableFuture<>();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                step.run();
                done.complete(null);
            } catch (Throwable e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    /** A part's start or stop. */
    @FunctionalInterface
    interface Step {
        void run() throws IOException, InterruptedException;
    }
}
