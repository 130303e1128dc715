package io.weir.loadtest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;

/** Ports for the nodes that a run starts, below those that Linux hands out to clients. */
public final class FreePort {
    private static final int LOWEST = 20_000;
    private static final int HIGHEST = 32_000;
    private static final int TRIED = 100;

    private FreePort() {}

    /** A port that is free now, as a setting. */
    public static String next() {
        SecureRandom random = new SecureRandom();
        for (int i = 0; i < TRIED; i++) {
            try (ServerSocket free =
                    new ServerSocket(random.nextInt(LOWEST, HIGHEST), 1, InetAddress.getLoopbackAddress())) {
                return Integer.toString(free.getLocalPort());
            } catch (BindException taken) {
                continue;
            } catch (IOException none) {
                throw new UncheckedIOException("no free port", none);
            }
        }
        throw new IllegalStateException("no free port in " + TRIED + " tries");
    }
}
