package io.weir.policies;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Cuts bytes that come in pieces into lines. A line ends with LF, or with the bytes; a CR before the LF belongs to the end;
 * lines of nothing but blanks are no lines. Of a line that is too long nothing is kept, only that it was there.
 */
public final class Lines {
    /** Stands for a line that was too long. */
    static final byte[] TOO_LONG = {};

    private static final int FIRST_BYTES = 1_024;

    private final int longest;
    private final List<byte[]> complete = new ArrayList<>();
    private long completeBytes;
    /** The beginning of a line whose end is yet to come. */
    private byte[] begun = TOO_LONG;

    private int begunBytes;
    private boolean tooLong;

    /** Cuts lines of so many bytes at most. */
    public Lines(int longest) {
        this.longest = longest;
    }

    /** Cuts a piece; an unfinished line is kept for the next one. */
    public void add(byte[] piece) {
        int from = 0;
        for (int i = 0; i < piece.length; i++) {
            if (piece[i] == '\n') {
                keep(piece, from, i);
                finish();
                from = i + 1;
            }
        }
        keep(piece, from, piece.length);
    }

    /** Nothing follows: what was begun is a line. */
    public void end() {
        finish();
    }

    /** How many lines wait to be taken. */
    public int count() {
        return complete.size();
    }

    /** How many bytes the lines have that wait to be taken. */
    public long bytes() {
        return completeBytes;
    }

    /** So many of the lines at most, the first ones; they are forgotten here. */
    public List<byte[]> take(int most) {
        List<byte[]> first = complete.subList(0, Math.min(most, complete.size()));
        List<byte[]> taken = new ArrayList<>(first);
        first.clear();
        for (byte[] line : taken) {
            completeBytes -= line.length;
        }
        return taken;
    }

    private void keep(byte[] piece, int from, int to) {
        int bytes = to - from;
        if (tooLong || bytes == 0) {
            return;
        }
        // One more, for a CR that the next byte shows to be part of the end.
        if (begunBytes + bytes > longest + 1) {
            tooLong = true;
            begun = TOO_LONG;
            begunBytes = 0;
            return;
        }
        if (begunBytes + bytes > begun.length) {
            begun = Arrays.copyOf(
                    begun, Math.max(begunBytes + bytes, Math.min(longest + 1, 2 * begun.length + FIRST_BYTES)));
        }
        System.arraycopy(piece, from, begun, begunBytes, bytes);
        begunBytes += bytes;
    }

    private void finish() {
        int bytes = begunBytes > 0 && begun[begunBytes - 1] == '\r' ? begunBytes - 1 : begunBytes;
        if (tooLong || bytes > longest) {
            complete.add(TOO_LONG);
        } else if (!blank(bytes)) {
            complete.add(Arrays.copyOf(begun, bytes));
            completeBytes += bytes;
        }
        begunBytes = 0;
        tooLong = false;
    }

    private boolean blank(int bytes) {
        for (int i = 0; i < bytes; i++) {
            if (begun[i] != ' ' && begun[i] != '\t' && begun[i] != '\r') {
                return false;
            }
        }
        return true;
    }
}
