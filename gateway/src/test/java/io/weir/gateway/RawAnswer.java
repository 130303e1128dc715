package io.weir.gateway;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.Arrays;
import java.util.stream.Collectors;

/** The answer to bytes that no HTTP client would send, such as a malformed escape or a body that does not come. */
record RawAnswer(int status, HttpHeaders headers, String body) {
    private static final int PATIENCE_MILLIS = 20_000;

    /** Sends the text, and reads until the node closes; so the text has to ask for that, or be wrong. */
    static RawAnswer to(URI node, String request) {
        return to(node, request.getBytes(UTF_8));
    }

    /** The same of bytes. */
    static RawAnswer to(URI node, byte[] request) {
        try (Socket socket = new Socket(node.getHost(), node.getPort())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(request);
            String[] parts = new String(socket.getInputStream().readAllBytes(), UTF_8).split("\r\n\r\n", 2);
            String[] head = parts[0].split("\r\n");
            HttpHeaders headers = HttpHeaders.of(
                    Arrays.stream(head)
                            .skip(1)
                            .map(line -> line.split(": ", 2))
                            .collect(Collectors.groupingBy(
                                    line -> line[0], Collectors.mapping(line -> line[1], Collectors.toList()))),
                    (name, value) -> true);
            return new RawAnswer(Integer.parseInt(head[0].split(" ")[1]), headers, parts.length < 2 ? "" : parts[1]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
