package io.weir.gateway;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/**
 * This node's one producer to the log, which can be cut off and made anew.
 *
 * <p>Cutting off matters for order. A producer that gives one record up may still send a later one of the same key; one that is
 * cut off as soon as it gives one up has sent, of each partition, what came first and nothing of what came after (idempotence:
 * the broker takes no record whose predecessor it has not). So what is then sent again from the first one on keeps its order.
 */
final class LogConnection {
    private final Map<String, Object> config;
    private final String topic;
    private final AtomicReference<@Nullable Producer<String, byte[]>> producer = new AtomicReference<>();

    LogConnection(Map<String, String> config, String topic) {
        this.config = Map.copyOf(config);
        this.topic = topic;
    }

    /** The producer to send with; null while it is cut off. */
    @Nullable
    Producer<String, byte[]> now() {
        return producer.get();
    }

    /** Makes a producer, and fetches the topic's metadata, so that no send has to. Blocks; fails where the log is away. */
    void connect() {
        KafkaProducer<String, byte[]> made = new KafkaProducer<>(config);
        try {
            made.partitionsFor(topic);
            producer.set(made);
        } catch (RuntimeException e) {
            made.close(Duration.ZERO);
            throw e;
        }
    }

    /** Ends this producer where it is in use still: nothing that it has not sent yet is sent any more. */
    void cut(Producer<String, byte[]> failing) {
        if (producer.compareAndSet(failing, null)) {
            failing.close(Duration.ZERO);
        }
    }

    /** Sends what is under way, and ends it. Blocks. */
    void close(Duration most) {
        Producer<String, byte[]> last = producer.getAndSet(null);
        if (last != null) {
            last.close(most);
        }
    }
}
