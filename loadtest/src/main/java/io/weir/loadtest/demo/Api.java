package io.weir.loadtest.demo;

import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.Patience;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Weir's HTTP interface as the demo needs it; safe for several threads.
 *
 * <p>Each call is repeated, identical, while the node is away, throttles, or cannot serve now, up to the limit of patience
 * (counted a call). {@code demo.env} is read again before each attempt, so a node that came back elsewhere is found.
 */
final class Api implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(3);
    private static final Duration ANSWER = Duration.ofSeconds(30);
    private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;[^,]*rel=\"?next\"?");

    private final Path dataDirectory;
    private final Duration patience;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    Api(Path dataDirectory, Duration patience) {
        this.dataDirectory = dataDirectory;
        this.patience = patience;
    }

    /** Where a call goes and as whom; the key is looked up anew for each attempt. */
    record Call(String method, String path, String role, String contentType, byte[] body) {
        static Call get(String path, String role) {
            return new Call("GET", path, role, "", new byte[0]);
        }

        static Call post(String path, String role, String contentType, byte[] body) {
            return new Call("POST", path, role, contentType, body);
        }
    }

    /** An answer and how many attempts before it got none, or a passing refusal. */
    record Answered(Answer answer, int failedAttempts) {}

    /** Whether the node answers at all, now; no patience. */
    boolean reachable() {
        try {
            attempt(Call.get("/v1/usage", "BACKEND"));
            return true;
        } catch (IOException away) {
            return false;
        }
    }

    Answered send(Call call) {
        Patience left = new Patience(patience);
        for (int failed = 0; ; failed++) {
            Duration wait = Duration.ZERO;
            String why;
            try {
                Answer answer = attempt(call);
                if (!answer.passing()) {
                    return new Answered(answer, failed);
                }
                wait = answer.retryAfterDelay();
                why = "it answered " + answer.shown();
            } catch (IOException | DemoEnv.Missing away) {
                why = away.getMessage() == null ? away.toString() : away.getMessage();
            }
            if (!left.again(wait)) {
                throw new DemoFailure("Weir could not be reached for " + patience.toSeconds() + " s (" + call.method()
                        + " " + call.path() + ": " + why + "). Look at the terminal of `make start`; then run the demo"
                        + " again: it sends the identical events and nothing is counted twice.");
            }
        }
    }

    /** The answer of a call that must succeed. */
    Answer need(Call call) {
        Answer answer = send(call).answer();
        if (!answer.ok()) {
            throw new DemoFailure(call.method() + " " + call.path() + " was refused: " + answer.shown());
        }
        return answer;
    }

    /** All items of a paged list. */
    List<JsonNode> items(String path, String role) {
        List<JsonNode> items = new ArrayList<>();
        @Nullable String next = path;
        while (next != null) {
            Answer page = need(Call.get(next, role));
            page.body().path("items").forEach(items::add);
            next = nextOf(page, next);
        }
        return items;
    }

    static String query(Map<String, String> parameters) {
        List<String> pairs = new ArrayList<>();
        parameters.forEach((name, value) -> pairs.add(name + "=" + URLEncoder.encode(value, StandardCharsets.UTF_8)));
        pairs.sort(null);
        return "?" + String.join("&", pairs);
    }

    /** The documents that the ERP simulator holds; its control plane needs no key. */
    List<JsonNode> erpDocuments() {
        return items("/control/documents", "");
    }

    @Override
    public void close() {
        http.close();
    }

    private static @Nullable String nextOf(Answer page, String present) {
        Optional<String> link = page.link();
        Matcher next = NEXT.matcher(link.orElse(""));
        if (!next.find()) {
            return null;
        }
        URI resolved = URI.create("http://weir" + present).resolve(next.group(1));
        return resolved.getRawPath() + "?" + resolved.getRawQuery();
    }

    private Answer attempt(Call call) throws IOException {
        DemoEnv env = DemoEnv.read(dataDirectory);
        String base = call.path().startsWith("/control/") ? env.erpUrl() : env.url();
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + call.path()))
                .timeout(ANSWER)
                .method(call.method(), BodyPublishers.ofByteArray(call.body()));
        if (!call.role().isEmpty()) {
            request.header("Authorization", "Bearer " + env.key(call.role()));
        }
        if (!call.contentType().isEmpty()) {
            request.header("Content-Type", call.contentType());
        }
        try {
            HttpResponse<byte[]> response = http.send(request.build(), BodyHandlers.ofByteArray());
            return Answer.of(
                    response.statusCode(),
                    response.body(),
                    response.headers().firstValue("Retry-After"),
                    response.headers().firstValue("Link"));
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new DemoFailure("The demo was stopped. Run it again: it sends the identical events.");
        }
    }
}
