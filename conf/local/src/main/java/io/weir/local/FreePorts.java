package io.weir.local;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Ports of this machine that nobody listens on.
 *
 * <p>They are taken below 32768, where Linux does not hand out ports for outgoing connections: a port from that range
 * could be some client's by the time it is bound.
 */
public final class FreePorts {
    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;

    private FreePorts() {}

    /** So many, each another one. */
    public static List<Integer> some(int count) {
        Set<Integer> chosen = new LinkedHashSet<>();
        SecureRandom random = new SecureRandom();
        while (chosen.size() < count) {
            int candidate = random.nextInt(LOWEST, HIGHEST);
            if (isFree(candidate)) {
                chosen.add(candidate);
            }
        }
        return List.copyOf(chosen);
    }

    static boolean isFree(int port) {
        try (ServerSocket probe = new ServerSocket()) {
            probe.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
