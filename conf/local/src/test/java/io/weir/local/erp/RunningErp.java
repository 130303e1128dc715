package io.weir.local.erp;

import com.fasterxml.jackson.databind.JsonNode;
import io.weir.local.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A simulator under test and a client that speaks to it. */
final class RunningErp implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    static final int CONCURRENCY_LIMIT = 3;
    private static final String TOKEN = "test-token";

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final ErpSimulator.Settings settings;
    private ErpSimulator simulator;

    RunningErp(Path file) throws IOException {
        List<Integer> ports = FreePorts.some(2);
        settings = new ErpSimulator.Settings(ports.getFirst(), ports.getLast(), file, TOKEN, CONCURRENCY_LIMIT);
        simulator = new ErpSimulator(settings, InstantSource.fixed(NOW));
        simulator.start();
    }

    void restart() throws IOException {
        simulator.stop();
        simulator = new ErpSimulator(settings, InstantSource.fixed(NOW));
        simulator.start();
    }

    HttpResponse<String> put(String externalId, String body) throws IOException, InterruptedException {
        return client.send(putRequest(externalId, body), HttpResponse.BodyHandlers.ofString());
    }

    CompletableFuture<HttpResponse<String>> putLater(String externalId, String body) {
        return client.sendAsync(putRequest(externalId, body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest putRequest(String externalId, String body) {
        return vendor("/services/rest/record/v1/invoice/eid:" + externalId)
                .header("Content-Type", "application/json")
                .PUT(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(vendor("/services/rest/record/v1/" + path).build());
    }

    HttpRequest.Builder vendor(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + settings.vendorPort() + path))
                .header("Authorization", "Bearer " + TOKEN);
    }

    HttpResponse<String> control(String method, String path, String body) throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + settings.controlPort() + "/control/" + path))
                        .method(method, HttpRequest.BodyPublishers.ofString(body))
                        .build());
    }

    void fault(String body) throws IOException, InterruptedException {
        HttpResponse<String> response = control("POST", "faults", body);
        if (response.statusCode() != 201) {
            throw new IllegalStateException(response.body());
        }
    }

    JsonNode items(String path) throws IOException, InterruptedException {
        return json(control("GET", path, "")).required("items");
    }

    HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    static JsonNode json(HttpResponse<String> response) {
        try {
            return Json.read(response.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String errorCode(HttpResponse<String> response) {
        return json(response).path("o:errorDetails").path(0).path("o:errorCode").asText();
    }

    static String errorPath(HttpResponse<String> response) {
        return json(response).path("o:errorDetails").path(0).path("o:errorPath").asText();
    }

    static String errorText(HttpResponse<String> response) {
        return json(response).path("o:errorDetails").path(0).path("detail").asText();
    }

    @Override
    public void close() throws IOException {
        simulator.stop();
        client.close();
    }
}
