package io.weir.loadtest.stream;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.loadtest.Console;
import io.weir.loadtest.DemoEnv;
import java.io.BufferedOutputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.util.Locale;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;

/**
 * Sends one stream of events of {@code LOAD_MIB} MiB (1,024) to the running Weir of {@code WEIR_DATA_DIR}, with {@code LOAD_CODING}
 * {@code gzip} compressed, and tells how fast it was taken and how much memory the node had meanwhile.
 */
public final class StreamProof {
    private static final int EVENTS_A_CHUNK = 500;
    private static final long TELL_NANOS = 2_000_000_000L;

    private final Console console;
    private final DemoEnv weir;
    private final NodeMemory memory;
    private final String run = UUID.randomUUID().toString().substring(0, 8);
    private volatile String lastLine = "";
    private long events;
    private long bytes;

    private StreamProof(Console console, DemoEnv weir) {
        this.console = console;
        this.weir = weir;
        this.memory = new NodeMemory(weir.get("WEIR_MANAGEMENT_URL"), weir.get("WEIR_NODE_PID"));
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        long mib = Long.parseLong(System.getenv().getOrDefault("LOAD_MIB", "1024"));
        boolean gzip = System.getenv().getOrDefault("LOAD_CODING", "").equals("gzip");
        StreamProof proof = new StreamProof(Console.standard(), DemoEnv.read(DemoEnv.dataDirectory(System.getenv())));
        System.exit(proof.run(mib << 20, gzip) ? 0 : 1);
    }

    private boolean run(long size, boolean gzip) throws IOException, InterruptedException {
        URI url = URI.create(weir.url());
        long begin = System.nanoTime();
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            Thread reading = Thread.ofVirtual().start(() -> read(socket));
            send(socket.getOutputStream(), size, gzip);
            reading.join();
        }
        double seconds = (System.nanoTime() - begin) / 1e9;
        console.line(String.format(
                Locale.ROOT,
                "%,d events, %,d MiB in %.1f s: %,.0f events/s, %.1f MiB/s",
                events,
                bytes >> 20,
                seconds,
                events / seconds,
                bytes / seconds / (1 << 20)));
        console.line("node: " + memory.most());
        console.line("last line: " + lastLine);
        return lastLine.contains("\"through\":" + events + ",") && lastLine.contains("\"complete\":true");
    }

    private void send(OutputStream socket, long size, boolean gzip) throws IOException {
        OutputStream out = new BufferedOutputStream(socket, 1 << 16);
        out.write(("POST /v1/events HTTP/1.1\r\nHost: weir\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n"
                        + "Content-Type: application/x-ndjson\r\nAccept: application/x-ndjson\r\nAuthorization: Bearer "
                        + weir.key("BACKEND") + (gzip ? "\r\nContent-Encoding: gzip" : "") + "\r\n\r\n")
                .getBytes(UTF_8));
        try (OutputStream body = gzip ? new GZIPOutputStream(new Chunks(out), 1 << 16) : new Chunks(out)) {
            long told = System.nanoTime();
            while (bytes < size) {
                byte[] lines = lines();
                body.write(lines);
                bytes += lines.length;
                if (System.nanoTime() - told > TELL_NANOS) {
                    told = System.nanoTime();
                    memory.look();
                    console.progress((bytes >> 20) + " MiB sent, " + memory.most());
                }
            }
        }
    }

    private byte[] lines() {
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < EVENTS_A_CHUNK; i++) {
            lines.append("{\"specversion\":\"1.0\",\"id\":\"")
                    .append(run)
                    .append('-')
                    .append(events);
            lines.append("\",\"source\":\"/stream-proof\",\"type\":\"llm.completion\",\"subject\":\"ws-");
            lines.append(String.valueOf(1_001 + events % 100).substring(1));
            lines.append("\",\"data\":{\"model\":\"m1\",\"region\":\"eu\",\"inputTokens\":")
                    .append(events % 4_000);
            lines.append(",\"outputTokens\":").append(events % 900).append("}}\n");
            events++;
        }
        return lines.toString().getBytes(UTF_8);
    }

    private void read(Socket socket) {
        try {
            BufferedReader in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("{") || line.startsWith("HTTP/")) {
                    lastLine = line;
                }
            }
        } catch (IOException e) {
            lastLine = "the connection broke: " + e + " after " + lastLine;
        }
    }

    /** Chunked transfer coding (RFC 9112 7.1). */
    private static final class Chunks extends OutputStream {
        private final OutputStream out;

        Chunks(OutputStream out) {
            this.out = out;
        }

        @Override
        public void write(int one) throws IOException {
            write(new byte[] {(byte) one}, 0, 1);
        }

        @Override
        public void write(byte[] from, int offset, int length) throws IOException {
            if (length > 0) {
                out.write((Integer.toHexString(length) + "\r\n").getBytes(UTF_8));
                out.write(from, offset, length);
                out.write("\r\n".getBytes(UTF_8));
            }
        }

        @Override
        public void close() throws IOException {
            out.write("0\r\n\r\n".getBytes(UTF_8));
            out.flush();
        }
    }
}
