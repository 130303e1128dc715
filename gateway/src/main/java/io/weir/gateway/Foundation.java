package io.weir.gateway;

import com.hazelcast.core.HazelcastInstance;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.micrometer.MetricsDomain;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import io.weir.policies.SpendingFile;
import io.weir.schemas.Address;
import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** What a node stands on: its data directory, the migrated database, the checked log, and its place in the cluster. */
final class Foundation implements AutoCloseable {
    private static final Set<MetricsDomain> MEASURED = EnumSet.of(MetricsDomain.NAMED_POOLS, MetricsDomain.HTTP_CLIENT);

    private final WeirSettings settings;
    private final DataDirectory directory;
    private final KafkaLog kafka;
    private final TankKeeper tanks = new TankKeeper(System::nanoTime);
    private final HazelcastClusterManager cluster;
    private final DoorTransport transport = new DoorTransport();

    private Foundation(WeirSettings settings, DataDirectory directory) {
        this.settings = settings;
        this.directory = directory;
        this.kafka = new KafkaLog(settings);
        this.cluster = Cluster.manager(settings.cluster(), directory, tanks);
    }

    /** Lays it: Postgres and Kafka at once, since each is slow to answer. Blocks. */
    static Foundation lay(WeirSettings settings) {
        WeirSettings.Http http = settings.http();
        WeirSettings.Management management = settings.management();
        DataDirectory.checkFree(http.host(), http.port(), "http.port", "WEIR_HTTP_PORT");
        DataDirectory.checkFree(management.host(), management.port(), "management.port", "WEIR_MANAGEMENT_PORT");
        DataDirectory directory = DataDirectory.open(settings.data().dir());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Foundation foundation = new Foundation(settings, directory);
            CompletableFuture<Void> log = CompletableFuture.runAsync(foundation.kafka::prepare, threads);
            Database.migrate(settings.postgres());
            log.join();
            return foundation;
        } catch (CompletionException e) {
            directory.close();
            throw e.getCause() instanceof StartFailure failure ? failure : e;
        } catch (RuntimeException | Error e) {
            directory.close();
            throw e;
        }
    }

    KafkaLog kafka() {
        return kafka;
    }

    /** This node's lasting name: the directory's id and its slot in it. */
    String node() {
        return directory.id() + "-" + directory.slot();
    }

    /** Has the connections of the front door watched; before it is opened. */
    void guard(Door door) {
        transport.guard(door, settings.http().port());
    }

    /** Joins the cluster. */
    Vertx vertx(MeterRegistry meters) {
        new JvmMemoryMetrics().bindTo(meters);
        new JvmGcMetrics().bindTo(meters);
        new JvmThreadMetrics().bindTo(meters);
        VertxOptions options = new VertxOptions()
                .setEventLoopPoolSize(settings.node().eventLoops() + 1)
                .setPreferNativeTransport(true)
                .setEventBusOptions(
                        new EventBusOptions().setHost(settings.cluster().host()))
                .setMetricsOptions(new MicrometerMetricsOptions()
                        .setEnabled(true)
                        .setDisabledMetricsCategories(EnumSet.complementOf(EnumSet.copyOf(MEASURED)).stream()
                                .map(MetricsDomain::toCategory)
                                .collect(Collectors.toSet())));
        Vertx vertx = Wait.on(Vertx.builder()
                .with(options)
                .withMetrics(new MicrometerMetricsFactory(meters))
                .withTransport(transport)
                .withClusterManager(cluster)
                .buildClustered());
        Address.prepare(vertx);
        return vertx;
    }

    /** Where this node counts what it spends of months: in its slot of the data directory, from life to life. */
    SpendingFile spending() {
        return SpendingFile.open(
                settings.data().dir().resolve("spending-" + directory.slot() + ".bin"),
                settings.throttle().maxQuotas());
    }

    /** The journal of this node's slot, with what an earlier life left in it. */
    SpillJournal journal() {
        Path place = settings.data().dir().resolve("spill-" + directory.slot());
        try {
            return SpillJournal.open(place, settings.spill().segmentBytes());
        } catch (IOException e) {
            throw new StartFailure("the journal " + place + " cannot be opened (" + e.getMessage() + ")", e);
        }
    }

    /** What this node knows of the tanks that it keeps. */
    TankKeeper tanks() {
        return tanks;
    }

    /** This node as a member of the cluster; once it has joined. */
    HazelcastInstance member() {
        return cluster.getHazelcastInstance();
    }

    @Override
    public void close() {
        directory.close();
    }
}
