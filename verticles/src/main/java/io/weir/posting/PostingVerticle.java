package io.weir.posting;

import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.http.HttpClient;
import io.vertx.sqlclient.Pool;
import io.weir.schemas.Addresses;
import io.weir.schemas.Heartbeat;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers {@link Addresses#ASSEMBLE_POSTINGS}, {@link Addresses#DECIDE_POSTING}, {@link Addresses#RETRY_DOCUMENT} and
 * {@link Addresses#RESOLVE_DOCUMENT}, and delivers approved documents. To be deployed on virtual threads; any number of nodes may run it.
 */
public final class PostingVerticle extends VerticleBase {
    private final Pool money;
    private final HttpClient http;
    private final WeirSettings.Posting settings;
    private final InstantSource clock;
    private final MeterRegistry registry;
    private final Heartbeat heartbeat;
    private final List<MessageConsumer<?>> consumers = new ArrayList<>();
    private @Nullable Deliveries deliveries;

    /** With a heartbeat that nobody listens to. */
    public PostingVerticle(
            Pool money, HttpClient http, WeirSettings.Posting settings, InstantSource clock, MeterRegistry registry) {
        this(money, http, settings, clock, registry, new Heartbeat("posting", clock));
    }

    /**
     * The posting stage of a node.
     *
     * @param http keeps more connections to a host than {@code posting.bulkhead}
     * @param heartbeat beats with each pass of the delivery loop that found its way to Postgres
     */
    public PostingVerticle(
            Pool money,
            HttpClient http,
            WeirSettings.Posting settings,
            InstantSource clock,
            MeterRegistry registry,
            Heartbeat heartbeat) {
        this.money = money;
        this.http = http;
        this.settings = settings;
        this.clock = clock;
        this.registry = registry;
        this.heartbeat = heartbeat;
    }

    @Override
    public Future<?> start() {
        if (context.threadingModel() != ThreadingModel.VIRTUAL_THREAD) {
            return Future.failedFuture(
                    new IllegalStateException("PostingVerticle waits: deploy it on virtual threads"));
        }
        Decisions decisions = new Decisions(money, clock);
        Map<String, ErpClient> clients = Map.of(NetSuiteClient.VENDOR, new NetSuiteClient(http, settings));
        Deliveries loop =
                new Deliveries(vertx, money, settings, clock, clients, decisions, new ErpMeters(registry), heartbeat);
        deliveries = loop;
        var bus = vertx.eventBus();
        consumers.add(Addresses.ASSEMBLE_POSTINGS.answer(bus, decisions::assemble));
        consumers.add(Addresses.DECIDE_POSTING.answer(
                bus, command -> decisions.decide(command).onSuccess(done -> loop.wake())));
        consumers.add(Addresses.RETRY_DOCUMENT.answer(
                bus, command -> decisions.retry(command).onSuccess(done -> loop.wake())));
        consumers.add(Addresses.RESOLVE_DOCUMENT.answer(bus, decisions::resolve));
        loop.start();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        Future<?> silent = Future.join(
                consumers.reversed().stream().map(MessageConsumer::unregister).toList());
        Deliveries loop = deliveries;
        return loop == null ? silent : silent.eventually(loop::stop);
    }
}
