package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.settings.WeirSettings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which topics keep what 202 promises. */
class TopicRulesTest {
    private static final WeirSettings.Kafka KAFKA = new WeirSettings.Kafka(
            "kafka:9092", "weir.usage.v1", 8, 3, 2, 1_209_600_000L, 50_331_648L, 131_072, 1, 500, 8_000, "none");
    private static final Map<String, String> GOOD = Map.of(
            "min.insync.replicas", "2",
            "unclean.leader.election.enable", "false",
            "retention.ms", "1209600000",
            "message.timestamp.type", "LogAppendTime");

    @Test
    void a_replicated_topic_that_keeps_long_enough_is_good() {
        assertEquals(Optional.empty(), check(3, Map.of()));
        assertEquals(Optional.empty(), check(4, Map.of("retention.ms", "-1", "min.insync.replicas", "3")));
    }

    @Test
    void each_thing_wrong_is_told_with_the_command_that_mends_it() {
        assertTold(
                "min.insync.replicas is 1", "--add-config min.insync.replicas=2", Map.of("min.insync.replicas", "1"));
        assertTold(
                "unclean.leader.election.enable is true",
                "--add-config unclean.leader.election.enable=false",
                Map.of("unclean.leader.election.enable", "true"));
        assertTold(
                "retention.ms is 3600000", "--add-config retention.ms=1209600000", Map.of("retention.ms", "3600000"));
        assertTold(
                "message.timestamp.type is not LogAppendTime",
                "--add-config message.timestamp.type=LogAppendTime",
                Map.of("message.timestamp.type", "CreateTime"));
    }

    @Test
    void everything_wrong_is_told_at_once_with_one_command() {
        String told = check(3, Map.of("min.insync.replicas", "1", "retention.ms", "1"))
                .orElseThrow();
        assertTrue(told.contains("min.insync.replicas is 1; retention.ms is 1"), told);
        assertTrue(told.contains("--add-config min.insync.replicas=2,retention.ms=1209600000"), told);
    }

    @Test
    void too_few_replicas_are_mended_by_another_command() {
        String told = check(1, Map.of()).orElseThrow();
        assertTrue(told.contains("has 1 replicas, fewer than kafka.replication 3"), told);
        assertTrue(told.contains("kafka-reassign-partitions.sh --bootstrap-server kafka:9092"), told);
        assertFalse(told.contains("--add-config"), told);
    }

    @Test
    void what_the_broker_does_not_tell_is_not_trusted() {
        assertTrue(TopicRules.check(KAFKA, 3, name -> "").isPresent());
    }

    private static void assertTold(String wrong, String mend, Map<String, String> other) {
        String told = check(3, other).orElseThrow();
        assertTrue(told.contains(wrong), told);
        assertTrue(told.endsWith(mend), told);
    }

    private static Optional<String> check(int replicas, Map<String, String> other) {
        Map<String, String> config = new HashMap<>(GOOD);
        config.putAll(other);
        return TopicRules.check(KAFKA, replicas, name -> config.getOrDefault(name, ""));
    }
}
