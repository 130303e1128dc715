package io.weir.posting;

import io.weir.local.LocalStack;
import io.weir.schemas.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** The ERP simulator's control plane. */
final class Erp {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private final LocalStack.Erp stack;
    private final int requestsBefore;

    /** The shared one, without documents and faults. */
    Erp() {
        stack = LocalStack.shared().erp();
        heal();
        call("DELETE", "/control/documents", "");
        requestsBefore = items("/control/requests").size();
    }

    String vendorUrl() {
        return stack.vendorUrl();
    }

    String token() {
        return stack.token();
    }

    void fault(String json) {
        call("POST", "/control/faults", json.replace('\'', '"'));
    }

    void heal() {
        call("DELETE", "/control/faults", "");
    }

    List<JsonNode> documents() {
        return items("/control/documents");
    }

    /** How many requests of that method named the document, since this was made. */
    long requests(String method, String externalId) {
        return items("/control/requests").stream()
                .skip(requestsBefore)
                .filter(request -> request.path("method").asString("").equals(method))
                .filter(request -> request.path("externalId").asString("").equals(externalId))
                .count();
    }

    private List<JsonNode> items(String path) {
        List<JsonNode> items = new ArrayList<>();
        Json.tree(call("GET", path, "")).path("items").forEach(items::add);
        return items;
    }

    private String call(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(stack.controlUrl() + path))
                .method(method, BodyPublishers.ofString(body))
                .header("Content-Type", "application/json")
                .build();
        try {
            HttpResponse<String> response = HTTP.send(request, BodyHandlers.ofString());
            if (response.statusCode() >= 300) {
                throw new AssertionError(method + " " + path + ": " + response.statusCode() + " " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
