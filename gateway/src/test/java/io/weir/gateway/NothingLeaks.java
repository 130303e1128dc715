package io.weir.gateway;

import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the class in which Netty reports a buffer that was lost, whichever class lost it: Netty tells when it next makes one after the
 * collector has found it. After the last class the collector is asked. Found by the services of JUnit for every test of the module.
 */
public final class NothingLeaks implements BeforeAllCallback, AfterAllCallback {
    static final String DETECTOR = "io.netty.util.ResourceLeakDetector";
    private static final LogWatch REPORTS = new LogWatch(DETECTOR);
    private static final List<String> SETTLED = new ArrayList<>();

    @Override
    public void beforeAll(ExtensionContext context) {
        context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .getOrComputeIfAbsent(NothingLeaks.class, first -> (AutoCloseable) () -> {
                    look();
                    check();
                });
    }

    @Override
    public void afterAll(ExtensionContext context) {
        check();
    }

    /** Lets Netty tell what it has not told yet. */
    static void look() {
        System.gc();
        for (int i = 0; i < 100; i++) {
            PooledByteBufAllocator.DEFAULT.buffer(16).release();
        }
    }

    /** Fails where a lost buffer was told of that nobody has answered for; each once. */
    static void check() {
        List<String> lost = take(report -> true);
        if (!lost.isEmpty()) {
            throw new AssertionError("buffers were lost: " + lost);
        }
    }

    /** Answers for reports: they fail nothing any more. */
    static synchronized List<String> take(Predicate<String> which) {
        List<String> open = new ArrayList<>(REPORTS.errors());
        SETTLED.forEach(open::remove);
        List<String> taken = open.stream().filter(which).toList();
        SETTLED.addAll(taken);
        return taken;
    }
}
