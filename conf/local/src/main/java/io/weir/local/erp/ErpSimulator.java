package io.weir.local.erp;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.ext.web.Router;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.CompletionException;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The simulator's two servers, the vendor's and the control plane, over one file of documents. */
public final class ErpSimulator {
    private final Settings settings;
    private final InstantSource clock;
    private @Nullable Vertx vertx;
    private @Nullable Documents documents;

    /**
     * How the simulator runs.
     *
     * @param vendorPort where the vendor's paths are served
     * @param controlPort where the control plane is served
     * @param file the append-only file of documents
     * @param token the bearer token that the vendor's paths ask for
     * @param concurrencyLimit the account's limit of concurrent requests; those above are throttled
     */
    public record Settings(int vendorPort, int controlPort, Path file, String token, int concurrencyLimit) {
        /** The limit of an account of tier 1. V */
        private static final int TIER_1_CONCURRENCY = 15;

        /** Settings with the concurrency of a usual account. */
        public static Settings of(int vendorPort, int controlPort, Path file, String token) {
            return new Settings(vendorPort, controlPort, file, token, TIER_1_CONCURRENCY);
        }

        @Override
        public String toString() {
            return "Settings[vendorPort=%d, controlPort=%d, file=%s, token=***, concurrencyLimit=%d]"
                    .formatted(vendorPort, controlPort, file, concurrencyLimit);
        }
    }

    /** A simulator that is not started yet. */
    public ErpSimulator(Settings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /** Replays the documents and serves; returns when both ports are open. */
    public synchronized void start() throws IOException {
        Documents opened = Documents.keptIn(settings.file());
        documents = opened;
        // One event loop: faults, request log and counters need no locks. One worker: writes to the file in order.
        Vertx started = Vertx.vertx(new VertxOptions()
                .setEventLoopPoolSize(1)
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setFileSystemOptions(new FileSystemOptions()
                        .setClassPathResolvingEnabled(false)
                        .setFileCachingEnabled(false)));
        vertx = started;
        Faults faults = new Faults(RandomGenerator.getDefault());
        RequestLog log = new RequestLog();
        try {
            serve(
                    started,
                    settings.vendorPort(),
                    new VendorPaths(started, settings, clock, opened, faults, log).router());
            serve(started, settings.controlPort(), new ControlPlane(started, opened, faults, log).router());
        } catch (CompletionException e) {
            stop();
            throw new IOException("The ERP simulator could not serve: " + e.getCause(), e);
        }
    }

    private static void serve(Vertx vertx, int port, Router router) {
        HttpServer server = vertx.createHttpServer(new HttpServerOptions()
                .setHost("127.0.0.1")
                .setPort(port)
                // One request a connection at a time, so that closing one for a fault hits no other.
                .setHttp2ClearTextEnabled(false));
        server.requestHandler(router)
                .listen()
                .toCompletionStage()
                .toCompletableFuture()
                .join();
    }

    /** Closes every connection and the file. */
    public synchronized void stop() throws IOException {
        if (vertx != null) {
            vertx.close().toCompletionStage().toCompletableFuture().join();
            vertx = null;
        }
        if (documents != null) {
            documents.close();
            documents = null;
        }
    }
}
