package io.weir.gateway;

import io.weir.settings.WeirSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** What the log's topic must be for 202 to mean what it says; what is not so is told with the command that mends it. */
final class TopicRules {
    private TopicRules() {}

    /** The one message of all that is wrong; empty where nothing is. */
    static Optional<String> check(WeirSettings.Kafka kafka, int replicas, Function<String, String> config) {
        List<String> wrong = new ArrayList<>();
        List<String> mend = new ArrayList<>();
        if (replicas < kafka.replication()) {
            wrong.add("has " + replicas + " replicas, fewer than kafka.replication " + kafka.replication());
        }
        if (number(config.apply("min.insync.replicas")) < kafka.minInsyncReplicas()) {
            wrong.add("min.insync.replicas is " + config.apply("min.insync.replicas"));
            mend.add("min.insync.replicas=" + kafka.minInsyncReplicas());
        }
        if (Boolean.parseBoolean(config.apply("unclean.leader.election.enable"))) {
            wrong.add("unclean.leader.election.enable is true");
            mend.add("unclean.leader.election.enable=false");
        }
        long retention = number(config.apply("retention.ms"));
        if (retention >= 0 && retention < kafka.retentionMillis()) {
            wrong.add("retention.ms is " + retention + ", less than kafka.retentionMillis");
            mend.add("retention.ms=" + kafka.retentionMillis());
        }
        if (!config.apply("message.timestamp.type").equals("LogAppendTime")) {
            wrong.add("message.timestamp.type is not LogAppendTime");
            mend.add("message.timestamp.type=LogAppendTime");
        }
        return wrong.isEmpty() ? Optional.empty() : Optional.of(message(kafka, wrong, mend, replicas));
    }

    private static String message(WeirSettings.Kafka kafka, List<String> wrong, List<String> mend, int replicas) {
        String message = "the topic " + kafka.topic() + " would not keep what Weir acknowledges: "
                + String.join("; ", wrong) + ".";
        if (!mend.isEmpty()) {
            message += " Mend it with: kafka-configs.sh --bootstrap-server " + kafka.bootstrapServers()
                    + " --alter --entity-type topics --entity-name " + kafka.topic() + " --add-config "
                    + String.join(",", mend) + ".";
        }
        if (replicas < kafka.replication()) {
            message += " Add replicas with: kafka-reassign-partitions.sh --bootstrap-server " + kafka.bootstrapServers()
                    + " --reassignment-json-file <plan> --execute";
        }
        return message;
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
