package io.weir.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A question to a node, built up and then asked; immutable. */
record Asking(
        String method,
        String url,
        Map<String, String> headers,
        @Nullable String body) {
    private static final HttpClient CLIENT =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    static Asking of(String method, String url) {
        return new Asking(method, url, Map.of(), null);
    }

    Asking by(String key) {
        return with("Authorization", "Bearer " + key);
    }

    Asking with(String name, String value) {
        Map<String, String> more = new TreeMap<>(headers);
        more.put(name, value);
        return new Asking(method, url, more, body);
    }

    Asking body(String mediaType, String content) {
        return new Asking(method, url, with("Content-Type", mediaType).headers(), content);
    }

    HttpResponse<String> ask() {
        return ask(false);
    }

    /** Asks with the body held back until the server wants it. */
    HttpResponse<String> askFirst() {
        return ask(true);
    }

    private HttpResponse<String> ask(boolean expectContinue) {
        String content = body;
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url))
                .timeout(PATIENCE)
                .expectContinue(expectContinue)
                .method(
                        method,
                        content == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(content));
        headers.forEach(request::header);
        try {
            return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
