package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.settings.SettingsException;
import io.weir.settings.SettingsLoader;
import io.weir.settings.WeirSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a node: {@code Main conf/weir.yaml [overlay.yaml ...]}; or runs {@link AuditCommand}: {@code Main audit-verify ...}. Exit codes: 0 stopped in order, 1 could not start, 2 wrong
 * settings or arguments.
 */
public final class Main {
    private static final Logger LOG = LoggerFactory.getLogger(Main.class);
    private static final int STEP_SECONDS = 4;

    private Main() {}

    public static void main(String[] arguments) {
        if (arguments.length == 0) {
            Console.fail("usage: weir <settings.yaml> [overlay.yaml ...]");
            System.exit(2);
        }
        if (arguments[0].equals(AuditCommand.NAME)) {
            List<String> rest = List.of(arguments).subList(1, arguments.length);
            System.exit(AuditCommand.run(rest, System.getenv(), Console::say));
        }
        List<Path> files = new ArrayList<>();
        for (String argument : arguments) {
            files.add(Path.of(argument));
        }
        try {
            start(SettingsLoader.load(WeirSettings.class, files, System.getenv()));
        } catch (SettingsException e) {
            Console.fail("the settings cannot be used:\n" + e.getMessage());
            System.exit(2);
        } catch (StartFailure e) {
            LOG.warn("start.failed", e);
            Console.fail(String.valueOf(e.getMessage()));
            System.exit(1);
        } catch (RuntimeException e) {
            LOG.warn("start.failed", e);
            Console.fail("could not start: " + e);
            System.exit(1);
        }
    }

    private static void start(WeirSettings settings) {
        long begin = System.nanoTime();
        LOG.info("start {}", BuildInfo.read());
        DemoStart demo = DemoStart.of(settings);
        Foundation foundation = Foundation.lay(settings);
        Node node = Deployment.on(settings, foundation, demo);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(node, foundation), "stop"));
        demo.tell(settings);
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin);
        LOG.info("ready millis={}", millis);
        Console.say("weir ready on " + settings.http().url() + " (management "
                + settings.management().port() + "), node started in " + Math.round(millis / 100d) / 10d + " s");
    }

    private static void stop(Node node, Foundation foundation) {
        LOG.info("stop.begin");
        step("drain", node.drain());
        step("stop", node.stop());
        foundation.close();
        LOG.info("stop.done");
    }

    /** Each step is waited for, but not for ever: the next one is done all the same. */
    private static void step(String name, Future<Void> step) {
        try {
            step.toCompletionStage().toCompletableFuture().get(STEP_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("stop.{} failure={}", name, e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
