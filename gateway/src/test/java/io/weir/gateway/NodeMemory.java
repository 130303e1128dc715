package io.weir.gateway;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;

/**
 * The memory of a node in a process of its own, as its metrics tell it.
 *
 * @param heap what lives on the heap, once the collector has been there
 * @param direct what is taken outside of it
 */
record NodeMemory(long heap, long direct) {
    static NodeMemory of(RunningNode node) throws IOException {
        Process collect = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        "-J-XX:TieredStopAtLevel=1",
                        Long.toString(node.pid()),
                        "GC.run")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            if (collect.waitFor() != 0) {
                throw new IOException("jcmd failed: " + collect.exitValue());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
        String metrics = node.management("/metrics").body();
        return new NodeMemory(
                sum(metrics, "jvm_memory_used_bytes{area=\"heap\""),
                sum(metrics, "jvm_buffer_memory_used_bytes{id=\"direct\""));
    }

    private static long sum(String metrics, String begins) {
        return metrics.lines()
                .filter(line -> line.startsWith(begins))
                .map(line -> new BigDecimal(line.substring(line.lastIndexOf(' ') + 1)))
                .reduce(BigDecimal.ZERO, BigDecimal::add)
                .longValue();
    }

    NodeMemory most(NodeMemory other) {
        return new NodeMemory(Math.max(heap, other.heap), Math.max(direct, other.direct));
    }

    boolean within(NodeMemory most) {
        return heap <= most.heap && direct <= most.direct;
    }

    NodeMemory less(NodeMemory other) {
        return new NodeMemory(heap - other.heap, direct - other.direct);
    }

    @Override
    public String toString() {
        return "heap " + (heap >> 10) + " KiB, direct " + (direct >> 10) + " KiB";
    }
}
