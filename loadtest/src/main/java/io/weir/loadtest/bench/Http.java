package io.weir.loadtest.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The few questions that the benchmark asks between its turns; none of them is measured. */
final class Http implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(2);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    JsonNode get(String url, String key) {
        return send(HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer " + key));
    }

    JsonNode post(String url, String key, String type, String body) {
        return send(HttpRequest.newBuilder(URI.create(url))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", type)
                .POST(BodyPublishers.ofString(body)));
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    private JsonNode send(HttpRequest.Builder request) {
        HttpRequest built = request.timeout(LIMIT).build();
        try {
            HttpResponse<String> response = client.send(built, BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new BenchFailure(
                        built.method() + " " + built.uri() + ": " + response.statusCode() + " " + response.body());
            }
            return JSON.readTree(response.body());
        } catch (IOException failed) {
            throw new UncheckedIOException(built.method() + " " + built.uri(), failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("stopped");
        }
    }
}
