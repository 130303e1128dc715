package io.weir.local;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.common.utils.Exit;

/**
 * The local services process.
 *
 * <p>Whoever wants it to end sends SIGTERM or SIGINT: the parts stop in order and the exit code is 0; a further signal
 * changes nothing, since the JVM's shutdown is already under way. When a part dies by itself the rest is stopped and
 * the exit code is 1. Other exit codes: {@link StartRefused}.
 */
public final class Main {
    private Main() {}

    /** Serves on the data directory given as the one argument until a signal arrives. */
    public static void main(String[] arguments) {
        if (arguments.length != 1) {
            Console.fail("usage: java -cp 'conf/local/target/dist/lib/*' io.weir.local.Main <data directory>");
            System.exit(2);
        }
        Path dataDirectory = Path.of(arguments[0]);
        logTo(dataDirectory.toAbsolutePath().resolve("services").resolve("services.log"));
        // Whoever decides the end of the process first puts its exit code here; main acts on it.
        BlockingQueue<Integer> end = new LinkedBlockingQueue<>();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            end.add(0);
            awaitForever();
        }));
        Runtime.getRuntime().halt(serve(dataDirectory, end));
    }

    private static int serve(Path dataDirectory, BlockingQueue<Integer> end) {
        try {
            Services services = Services.on(dataDirectory);
            watchKafka(end);
            services.start();
            AtomicBoolean stopping = new AtomicBoolean();
            services.postgres().whenEnded(() -> {
                if (!stopping.get()) {
                    Console.fail("Postgres died. Its reasons are at the end of %s."
                            .formatted(dataDirectory.resolve("services").resolve("postgres.log")));
                    end.add(StartRefused.FAILED);
                }
            });
            services.publish();
            Console.say("services ready");
            int exitCode = end.take();
            stopping.set(true);
            services.stop();
            return exitCode;
        } catch (StartRefused e) {
            Console.fail(e.reason());
            return e.exitCode();
        } catch (IOException | InterruptedException | RuntimeException e) {
            Console.fail("The start failed: " + e);
            return StartRefused.FAILED;
        }
    }

    /** Kafka ends the process by itself after a fatal fault; here it only says so, and the rest stops in order. */
    private static void watchKafka(BlockingQueue<Integer> end) {
        Exit.Procedure dying = (code, message) -> {
            Console.fail(
                    "Kafka died%s. Its reasons are in services.log.".formatted(message == null ? "" : ": " + message));
            end.add(StartRefused.FAILED);
            awaitForever();
        };
        Exit.setExitProcedure(dying);
        Exit.setHaltProcedure(dying);
    }

    private static void logTo(Path file) {
        System.setProperty("weir.services.log", file.toString());
        System.setProperty("logback.configurationFile", "io/weir/local/logback-services.xml");
    }

    private static void awaitForever() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
