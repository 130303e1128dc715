package io.weir.loadtest.bench;

import io.weir.loadtest.Patience;
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
    private static final Duration AVAILABLE = Duration.ofSeconds(30);
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** Asks again while the answer is 503: a node that has just become ready may not know yet. */
    JsonNode getOnceAvailable(String url, String key) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url)).header("Authorization", "Bearer " + key);
        Patience patience = new Patience(AVAILABLE);
        HttpResponse<String> response = answer(request);
        while (response.statusCode() == 503 && patience.again(Duration.ZERO)) {
            response = answer(request);
        }
        return good(response);
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
        return good(answer(request));
    }

    private static JsonNode good(HttpResponse<String> response) {
        if (response.statusCode() >= 300) {
            throw new BenchFailure(response.request().method() + " " + response.uri() + ": " + response.statusCode()
                    + " " + response.body());
        }
        return JSON.readTree(response.body());
    }

    private HttpResponse<String> answer(HttpRequest.Builder request) {
        HttpRequest built = request.timeout(LIMIT).build();
        try {
            return client.send(built, BodyHandlers.ofString());
        } catch (IOException failed) {
            throw new UncheckedIOException(built.method() + " " + built.uri(), failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new BenchFailure("stopped");
        }
    }
}
