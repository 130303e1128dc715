package io.weir.loadtest.chaos;

import java.time.Duration;
import java.util.Map;

/**
 * How long, and by which seed.
 *
 * @param faults for how long faults begin
 * @param posters how many clients
 * @param pauseMillis the most that one waits between requests
 * @param canaries whether the checker is tried too
 */
record ChaosSettings(long seed, Duration faults, int posters, int pauseMillis, boolean canaries) {
    /** From the environment: SEED (default: of the clock), MINUTES (2), CANARIES. */
    static ChaosSettings of(Map<String, String> environment) {
        long seed = Long.parseLong(given(environment, "SEED", Long.toString(System.nanoTime() % 1_000_000)));
        Duration minutes =
                Duration.ofMillis(Math.round(60_000 * Double.parseDouble(given(environment, "MINUTES", "2"))));
        return new ChaosSettings(
                seed, minutes, 6, 40, !given(environment, "CANARIES", "1").equals("0"));
    }

    private static String given(Map<String, String> environment, String name, String otherwise) {
        String value = environment.getOrDefault(name, "");
        return value.isBlank() ? otherwise : value;
    }
}
