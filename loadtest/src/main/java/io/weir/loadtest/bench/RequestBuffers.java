package io.weir.loadtest.bench;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The bytes of what one connection of the built-in generator sends next. */
interface RequestBuffers {
    /** The whole request, from its first byte on; the connection writes it before it asks for another. */
    ByteBuffer next();

    /** One for each connection; all of them are used by one thread. */
    static List<RequestBuffers> of(Requests requests, int connections) {
        List<RequestBuffers> all = new ArrayList<>();
        switch (requests) {
            case Requests.Fixed fixed -> {
                List<ByteBuffer> buffers = buffers(fixed.requests());
                // Connections start at different places, so that they do not all ask for the same thing at once.
                for (int sender = 0; sender < connections; sender++) {
                    all.add(new Round(buffers, sender * 7));
                }
            }
            case Requests.Pool pool -> {
                // One place for all of them: nothing is sent again before everything was sent.
                Round round = new Round(buffers(pool.requests()), 0);
                for (int sender = 0; sender < connections; sender++) {
                    all.add(round);
                }
            }
            case Requests.Unique unique -> {
                for (int sender = 0; sender < connections; sender++) {
                    all.add(new Slots(sender, unique.fragments()));
                }
            }
        }
        return all;
    }

    private static List<ByteBuffer> buffers(List<String> requests) {
        return requests.stream().map(RequestBuffers::buffer).toList();
    }

    private static ByteBuffer buffer(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** Finished requests, one after another, round and round. */
    final class Round implements RequestBuffers {
        private final List<ByteBuffer> requests;
        private int at;

        Round(List<ByteBuffer> requests, int from) {
            this.requests = requests;
            this.at = from;
        }

        @Override
        public ByteBuffer next() {
            at %= requests.size();
            return requests.get(at++).duplicate();
        }
    }

    /** One request whose digits are overwritten in place. */
    final class Slots implements RequestBuffers {
        private static final int SENDER_DIGITS = 3;

        private final int sender;
        private final ByteBuffer request;
        private final int[] slots;
        private long counter;

        Slots(int sender, List<String> fragments) {
            this.sender = sender;
            this.request = buffer(String.join("0".repeat(Requests.SLOT_DIGITS), fragments));
            this.slots = new int[fragments.size() - 1];
            int at = 0;
            for (int slot = 0; slot < slots.length; slot++) {
                at += fragments.get(slot).length();
                slots[slot] = at;
                at += Requests.SLOT_DIGITS;
            }
        }

        @Override
        public ByteBuffer next() {
            counter++;
            for (int slot : slots) {
                writeDigits(slot, sender, SENDER_DIGITS);
                writeDigits(slot + SENDER_DIGITS, counter, Requests.SLOT_DIGITS - SENDER_DIGITS);
            }
            return request.rewind();
        }

        private void writeDigits(int at, long number, int digits) {
            long rest = number;
            for (int digit = at + digits - 1; digit >= at; digit--) {
                request.put(digit, (byte) ('0' + rest % 10));
                rest /= 10;
            }
        }
    }
}
