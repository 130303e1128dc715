package io.weir.gateway;

import io.weir.settings.WeirSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Kafka: the topic of usage events, and the clients' configurations. At the start it is checked that the topic keeps what
 * 202 promises: replicated, and kept for as long as the ledger may lag.
 */
final class KafkaLog {
    private static final int WAIT_SECONDS = 10;

    private final WeirSettings.Kafka kafka;
    private final WeirSettings.Ledger ledger;
    private final boolean singleBroker;

    KafkaLog(WeirSettings settings) {
        this.kafka = settings.kafka();
        this.ledger = settings.ledger();
        this.singleBroker = settings.node().localServices();
    }

    /** Makes the topic where it is missing, and checks it. Blocks. */
    void prepare() {
        try (Admin admin = Admin.create(Map.<String, Object>copyOf(admin()))) {
            Optional<TopicDescription> there = describe(admin);
            if (there.isEmpty()) {
                create(admin);
            } else if (there.get().partitions().size() != kafka.partitions()) {
                throw new StartFailure("the topic " + kafka.topic() + " has "
                        + there.get().partitions().size()
                        + " partitions: set kafka.partitions (WEIR_KAFKA_PARTITIONS) to that");
            }
            if (!singleBroker) {
                check(admin, describe(admin).orElseThrow());
            }
        } catch (ExecutionException | TimeoutException e) {
            throw new StartFailure(
                    "Kafka at " + kafka.bootstrapServers()
                            + " does not answer. Is it running, and is kafka.bootstrapServers (WEIR_KAFKA_BOOTSTRAP_SERVERS) right?",
                    e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StartFailure("interrupted", e);
        }
    }

    private Optional<TopicDescription> describe(Admin admin)
            throws ExecutionException, TimeoutException, InterruptedException {
        try {
            return Optional.ofNullable(admin.describeTopics(List.of(kafka.topic()))
                    .allTopicNames()
                    .get(WAIT_SECONDS, TimeUnit.SECONDS)
                    .get(kafka.topic()));
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownTopicOrPartitionException) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private void create(Admin admin) throws ExecutionException, TimeoutException, InterruptedException {
        short replication = (short) (singleBroker ? 1 : kafka.replication());
        NewTopic topic = new NewTopic(kafka.topic(), kafka.partitions(), replication)
                .configs(Map.of(
                        "min.insync.replicas", Integer.toString(singleBroker ? 1 : kafka.minInsyncReplicas()),
                        "retention.ms", Long.toString(kafka.retentionMillis()),
                        "unclean.leader.election.enable", "false",
                        "message.timestamp.type", "LogAppendTime",
                        "cleanup.policy", "delete"));
        try {
            admin.createTopics(List.of(topic)).all().get(WAIT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof InvalidReplicationFactorException) {
                throw new StartFailure(
                        "the topic " + kafka.topic() + " cannot be made with kafka.replication " + kafka.replication()
                                + ": the cluster has fewer brokers. Add brokers; fewer replicas would not keep what Weir"
                                + " acknowledges",
                        e);
            }
            if (!(e.getCause() instanceof TopicExistsException)) {
                throw e;
            }
        }
    }

    private void check(Admin admin, TopicDescription topic)
            throws ExecutionException, TimeoutException, InterruptedException {
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, kafka.topic());
        Config config = Objects.requireNonNull(admin.describeConfigs(List.of(resource))
                .all()
                .get(WAIT_SECONDS, TimeUnit.SECONDS)
                .get(resource));
        int replicas = topic.partitions().stream()
                .mapToInt(partition -> partition.replicas().size())
                .min()
                .orElse(0);
        TopicRules.check(
                        kafka,
                        replicas,
                        name -> config.get(name) == null ? "" : config.get(name).value())
                .ifPresent(problem -> {
                    throw new StartFailure(problem);
                });
    }

    /** The producer: idempotent, acks=all, everything bounded. */
    Map<String, String> producer() {
        Map<String, String> config = common();
        config.put("key.serializer", StringSerializer.class.getName());
        config.put("value.serializer", ByteArraySerializer.class.getName());
        config.put("acks", "all");
        config.put("enable.idempotence", "true");
        config.put("buffer.memory", Long.toString(kafka.bufferBytes()));
        config.put("batch.size", Integer.toString(kafka.batchBytes()));
        config.put("linger.ms", Integer.toString(kafka.lingerMillis()));
        config.put("max.block.ms", Integer.toString(kafka.maxBlockMillis()));
        config.put("request.timeout.ms", Integer.toString(kafka.deliveryTimeoutMillis() - kafka.lingerMillis() - 1));
        config.put("delivery.timeout.ms", Integer.toString(kafka.deliveryTimeoutMillis()));
        config.put("compression.type", kafka.compression());
        // An idle topic's metadata is kept: fetching it again would block the event loop that sends.
        config.put("metadata.max.idle.ms", Long.toString(TimeUnit.DAYS.toMillis(3_650)));
        return config;
    }

    /** A consumer of the ledger: static membership, so that a restart does not move partitions. */
    Map<String, String> consumer(String instance) {
        Map<String, String> config = common();
        config.put("key.deserializer", StringDeserializer.class.getName());
        config.put("value.deserializer", ByteArrayDeserializer.class.getName());
        config.put("group.id", ledger.group());
        config.put("group.protocol", "classic");
        config.put("group.instance.id", instance);
        config.put("client.id", instance);
        // Not the cooperative one, which moves partitions in two steps: should the broker and a static member both die
        // in between, the group
        // comes back as it was after the first, whole to its eyes, and what was to move has no reader until the group
        // changes again.
        config.put("partition.assignment.strategy", StickyAssignor.class.getName());
        config.put("enable.auto.commit", "false");
        config.put("auto.offset.reset", "earliest");
        config.put("session.timeout.ms", Integer.toString(ledger.sessionTimeoutMillis()));
        config.put("heartbeat.interval.ms", Integer.toString(ledger.heartbeatMillis()));
        config.put("max.poll.interval.ms", Integer.toString(ledger.maxPollIntervalMillis()));
        config.put("max.poll.records", Integer.toString(ledger.maxPollRecords()));
        config.put("fetch.max.bytes", Integer.toString(ledger.maxPollBytes()));
        config.put("max.partition.fetch.bytes", Integer.toString(ledger.maxPollBytes()));
        config.put("fetch.max.wait.ms", Integer.toString(ledger.pollMillis()));
        return config;
    }

    /** An admin client that does not wait long. */
    Map<String, String> admin() {
        Map<String, String> config = common();
        config.put("request.timeout.ms", "3000");
        config.put("default.api.timeout.ms", "6000");
        return config;
    }

    private Map<String, String> common() {
        Map<String, String> config = new HashMap<>();
        config.put("bootstrap.servers", kafka.bootstrapServers());
        config.put("reconnect.backoff.max.ms", "1000");
        config.put("enable.metrics.push", "false");
        return config;
    }
}
