package io.weir.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.weir.schemas.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import tools.jackson.databind.JsonNode;

/** A stream that is written and read by hand. */
final class Sending implements AutoCloseable {
    private final Socket socket;
    private final OutputStream out;
    final BufferedReader in;
    volatile JsonNode drained = Json.object();

    Sending(RunningNode node, String headers) throws IOException {
        this(node, "backend", headers);
    }

    Sending(RunningNode node, String role, String headers) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), node.port());
        socket.setSoTimeout(20_000);
        out = socket.getOutputStream();
        in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
        out.write(("POST /v1/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: "
                        + "application/x-ndjson" + "\r\nAuthorization: Bearer " + node.key(role) + "\r\n" + headers
                        + "\r\n")
                .getBytes(UTF_8));
        out.flush();
    }

    void send(String lines) throws IOException {
        byte[] bytes = lines.getBytes(UTF_8);
        out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(UTF_8));
        out.write(bytes);
        out.write("\r\n".getBytes(UTF_8));
        out.flush();
    }

    void end() throws IOException {
        out.write("0\r\n\r\n".getBytes(UTF_8));
        out.flush();
    }

    /** The next line of the answer. */
    JsonNode next() throws IOException {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            if (line.startsWith("{")) {
                return Json.tree(line);
            }
        }
        throw new IOException("closed");
    }

    JsonNode last() throws IOException {
        for (JsonNode line = next(); ; line = next()) {
            if (line.has("complete")) {
                return line;
            }
        }
    }

    void drain() {
        try {
            drained = last();
        } catch (IOException e) {
            drained = Json.object().put("failed", e.toString());
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
