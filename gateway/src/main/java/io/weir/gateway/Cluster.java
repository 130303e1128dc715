package io.weir.gateway;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import io.weir.settings.WeirSettings;
import java.util.List;

/** Membership, event bus and throttle tanks between nodes: Hazelcast, found by address only; no truth is kept in it. */
final class Cluster {
    private Cluster() {}

    static HazelcastClusterManager manager(WeirSettings.Cluster settings, DataDirectory directory, TankKeeper keeper) {
        int port = settings.port() == 0 ? DataDirectory.freePort(settings.host()) : settings.port();
        List<String> members =
                settings.members().isEmpty() ? directory.join(settings.host(), port) : settings.members();
        Config config = ConfigUtil.loadConfig();
        config.setClusterName(settings.name().isEmpty() ? "weir-" + directory.id() : settings.name());
        config.getNetworkConfig()
                .setPort(port)
                .setPortAutoIncrement(false)
                .setReuseAddress(true)
                .getInterfaces()
                .setEnabled(true)
                .addInterface(settings.host());
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).setMembers(members).setConnectionTimeoutSeconds(2);
        property(config, "hazelcast.phone.home.enabled", "false");
        property(config, "hazelcast.shutdownhook.enabled", "false");
        property(config, "hazelcast.logging.type", "slf4j");
        property(config, "hazelcast.socket.bind.any", "false");
        property(config, "hazelcast.wait.seconds.before.join", "0");
        property(config, "hazelcast.heartbeat.interval.seconds", Integer.toString(settings.heartbeatSeconds()));
        property(config, "hazelcast.max.no.heartbeat.seconds", Integer.toString(settings.deadSeconds()));
        // A member that refuses four connections, each so long after the last, is gone: a killed process is noticed in
        // 0.2 s.
        property(config, "hazelcast.connection.monitor.interval", "50");
        property(config, "hazelcast.operation.call.timeout.millis", "2000");
        property(config, "hazelcast.invocation.retry.pause.millis", "50");
        property(config, "hazelcast.operation.thread.count", "2");
        property(config, "hazelcast.operation.generic.thread.count", "2");
        property(config, "hazelcast.io.thread.count", "1");
        property(config, "hazelcast.event.thread.count", "1");
        config.addMapConfig(HazelcastTanks.config());
        keeper.settle(config);
        config.getSerializationConfig().addDataSerializableFactory(TankProcessors.FACTORY, TankProcessors.MADE);
        return new HazelcastClusterManager(config);
    }

    private static void property(Config config, String name, String value) {
        config.setProperty(name, value);
    }
}
