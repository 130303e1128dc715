package io.weir.loadtest.gatling;

import io.gatling.app.Gatling;
import io.weir.loadtest.Console;
import io.weir.loadtest.DemoEnv;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Map;

/** {@code make load SCENARIO=ingest}: runs one scenario against the running node and leaves an HTML report. */
public final class Load {
    private static final Map<String, Class<?>> SCENARIOS =
            Map.of("ingest", IngestSimulation.class, "entitlement", EntitlementSimulation.class);

    private Load() {}

    public static void main(String[] arguments) {
        Console console = Console.standard();
        Class<?> scenario = arguments.length == 0 ? null : SCENARIOS.get(arguments[0]);
        if (scenario == null) {
            console.line(
                    "Usage: make load SCENARIO=ingest (or entitlement). LOAD_RATE, LOAD_SECONDS, LOAD_BATCH say how much.");
            System.exit(1);
            return;
        }
        try {
            LoadSettings settings = LoadSettings.present(1, 1, 1);
            requireAnswering(settings.env());
        } catch (DemoEnv.Missing | IllegalArgumentException wrong) {
            console.line(String.valueOf(wrong.getMessage()));
            System.exit(1);
        } catch (IOException away) {
            console.line("No Weir answers as its demo.env says. Run `make start` in another terminal first.");
            System.exit(1);
        }
        String reports = arguments.length > 1 ? arguments[1] : "loadtest/target/gatling";
        Gatling.main(new String[] {"-s", scenario.getName(), "-rf", reports, "-rd", arguments[0]});
    }

    private static void requireAnswering(DemoEnv env) throws IOException {
        URI url = URI.create(env.url());
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(url.getHost(), url.getPort()), 3_000);
        }
    }
}
