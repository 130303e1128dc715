package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.settings.SettingsLoader;
import io.weir.settings.WeirSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor;
import org.apache.kafka.clients.consumer.ConsumerPartitionAssignor.RebalanceProtocol;
import org.junit.jupiter.api.Test;

/** Which loop reads which partitions of the log. */
class PartitionsTest {
    /**
     * The proof of durability once came to a group that stood still between two steps of a cooperative rebalance, with half of the
     * partitions unread: services and a node had been killed at that moment.
     */
    @Test
    void every_generation_of_the_group_gives_every_partition_a_reader() throws Exception {
        WeirSettings settings = SettingsLoader.load(
                WeirSettings.class,
                List.of(Path.of("../conf/weir.yaml")),
                Map.of(
                        "WEIR_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1",
                        "WEIR_POSTGRES_URI", "postgres://nobody:none@127.0.0.1:1/none"));
        String assignor = new KafkaLog(settings).consumer("loop").get("partition.assignment.strategy");
        ConsumerPartitionAssignor made = (ConsumerPartitionAssignor)
                Class.forName(assignor).getDeclaredConstructor().newInstance();
        assertEquals(List.of(RebalanceProtocol.EAGER), made.supportedProtocols());
    }
}
