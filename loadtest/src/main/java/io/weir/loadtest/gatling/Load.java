package io.weir.loadtest.gatling;

import io.gatling.app.Gatling;
import io.weir.loadtest.Console;
import io.weir.loadtest.DemoEnv;
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
            DemoEnv.read(DemoEnv.dataDirectory(System.getenv())).url();
        } catch (DemoEnv.Missing missing) {
            console.line(String.valueOf(missing.getMessage()));
            System.exit(1);
        }
        String reports = arguments.length > 1 ? arguments[1] : "loadtest/target/gatling";
        Gatling.main(new String[] {"-s", scenario.getName(), "-rf", reports, "-rd", arguments[0]});
    }
}
