package io.weir.loadtest.gatling;

import io.weir.loadtest.DemoEnv;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;

/**
 * How much load, for how long: {@code LOAD_RATE} (requests a second), {@code LOAD_SECONDS}, {@code LOAD_RAMP_SECONDS},
 * {@code LOAD_BATCH} (events a request; ingest only) and {@code LOAD_P99_MILLIS}, each also as a system property such as
 * {@code load.rate}, which wins.
 */
record LoadSettings(DemoEnv env, double requestsPerSecond, Duration ramp, Duration steady, int batch, int p99Millis) {
    static LoadSettings present(double defaultRate, int defaultBatch, int defaultP99Millis) {
        return of(System.getenv(), System.getProperties(), defaultRate, defaultBatch, defaultP99Millis);
    }

    static LoadSettings of(
            Map<String, String> environment, Properties properties, double rate, int batch, int p99Millis) {
        Source source = new Source(environment, properties);
        return new LoadSettings(
                DemoEnv.read(DemoEnv.dataDirectory(environment)),
                source.number("LOAD_RATE", rate),
                Duration.ofMillis((long) (1000 * source.number("LOAD_RAMP_SECONDS", 5))),
                Duration.ofMillis((long) (1000 * source.number("LOAD_SECONDS", 30))),
                (int) source.number("LOAD_BATCH", batch),
                (int) source.number("LOAD_P99_MILLIS", p99Millis));
    }

    private record Source(Map<String, String> environment, Properties properties) {
        double number(String name, double otherwise) {
            String property = name.toLowerCase(java.util.Locale.ROOT).replace('_', '.');
            String text = properties.getProperty(property, environment.getOrDefault(name, ""));
            if (text.isBlank()) {
                return otherwise;
            }
            try {
                double number = Double.parseDouble(text);
                if (number > 0) {
                    return number;
                }
            } catch (NumberFormatException notANumber) {
                // the one message below serves both
            }
            throw new IllegalArgumentException(name + " must be a number above zero, not " + text);
        }
    }
}
