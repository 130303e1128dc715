package io.weir.loadtest.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Finds where an HTTP/1.1 answer ends. It knows Content-Length only, which is all that is answered here. */
final class AnswerReader {
    private static final byte[] LENGTH = "content-length:".getBytes(StandardCharsets.ISO_8859_1);
    private static final int STATUS_AT = 9;

    private int searched;
    private int end = -1;
    private int status;

    void reset() {
        searched = 0;
        end = -1;
        status = 0;
    }

    int status() {
        return status;
    }

    /** Whether the buffer, filled up to its position, holds the whole answer. */
    boolean complete(ByteBuffer answer) throws IOException {
        int filled = answer.position();
        if (end < 0) {
            for (int at = Math.max(3, searched); at < filled && end < 0; at++) {
                if (answer.get(at) == '\n' && answer.get(at - 2) == '\n') {
                    readHead(answer, at + 1);
                }
            }
            searched = filled;
        }
        if (end < 0 && filled == answer.capacity()) {
            throw new IOException("an answer's head is larger than " + filled + " bytes");
        }
        if (end > answer.capacity()) {
            throw new IOException("an answer is larger than " + answer.capacity() + " bytes");
        }
        return end >= 0 && filled >= end;
    }

    private void readHead(ByteBuffer answer, int bodyAt) throws IOException {
        status = (answer.get(STATUS_AT) - '0') * 100
                + (answer.get(STATUS_AT + 1) - '0') * 10
                + (answer.get(STATUS_AT + 2) - '0');
        for (int at = STATUS_AT + 3; at < bodyAt - 1; at++) {
            if (answer.get(at) == '\n' && named(answer, at + 1, bodyAt)) {
                end = bodyAt + number(answer, at + 1 + LENGTH.length);
                return;
            }
        }
        throw new IOException("an answer has no Content-Length");
    }

    private static boolean named(ByteBuffer answer, int at, int limit) {
        if (at + LENGTH.length >= limit) {
            return false;
        }
        for (int letter = 0; letter < LENGTH.length; letter++) {
            byte present = answer.get(at + letter);
            if ((present >= 'A' && present <= 'Z' ? present + 32 : present) != LENGTH[letter]) {
                return false;
            }
        }
        return true;
    }

    private static int number(ByteBuffer answer, int from) {
        int number = 0;
        for (int at = from; answer.get(at) != '\r'; at++) {
            if (answer.get(at) != ' ') {
                number = number * 10 + answer.get(at) - '0';
            }
        }
        return number;
    }
}
