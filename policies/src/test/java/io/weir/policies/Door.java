package io.weir.policies;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.weir.schemas.RefusedException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** A small HTTP server that answers 200 with what an admitted call says, or 400 with the refusal. */
final class Door implements AutoCloseable {
    static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
    private static final long PATIENCE_SECONDS = 30;

    private final HttpServer server;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    Door(Vertx vertx, Policy policy, Function<Call, String> answer) {
        server = await(vertx.createHttpServer()
                .requestHandler(request -> {
                    Context context = vertx.getOrCreateContext();
                    policy.admit(Call.of(request, java.util.Map.of(), NOW).by(EnvelopeTest.caller()))
                            .onComplete(admitted -> context.runOnContext(go -> answer(
                                    request,
                                    admitted.succeeded()
                                            ? Future.succeededFuture(answer.apply(admitted.result()))
                                            : Future.failedFuture(admitted.cause()))));
                })
                .listen(0, "127.0.0.1"));
    }

    private static void answer(HttpServerRequest request, Future<String> answer) {
        if (answer.succeeded()) {
            request.response().end(answer.result());
        } else if (answer.cause() instanceof RefusedException refused) {
            request.response().setStatusCode(400).end(refused.refusal().toString());
        } else {
            request.response().setStatusCode(500).end(String.valueOf(answer.cause()));
        }
    }

    int port() {
        return server.actualPort();
    }

    HttpRequest.Builder request() {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + "/v1/x"));
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    static <T> T await(Future<T> future) {
        try {
            return future.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("no result within " + PATIENCE_SECONDS + " s", e);
        }
    }

    @Override
    public void close() {
        client.close();
        await(server.close());
    }
}
