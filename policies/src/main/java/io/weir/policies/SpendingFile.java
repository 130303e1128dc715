package io.weir.policies;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How many events of a month this node has spent, by holder, where a killed process leaves it: a file that is mapped into
 * memory. Written before an event is admitted, so that the next life knows to the event what the last one had reserved in vain.
 *
 * <p>It survives the process, not the machine: what is lost with it counts as used.
 */
public final class SpendingFile {
    private static final VarHandle LONG = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final int KEY = 16;
    private static final int SLOT = KEY + Long.BYTES;
    private static final int ALIGNED = 8;

    private final ByteBuffer slots;
    private final int most;
    /** Where each is; in the order of the file. */
    private final Map<Key, Integer> places = new HashMap<>();

    private record Key(long high, long low) {}

    private SpendingFile(ByteBuffer slots, int most) {
        this.slots = slots;
        this.most = most;
        for (int at = 0; at < most * SLOT; at += SLOT) {
            Key key = new Key(slots.getLong(at), slots.getLong(at + ALIGNED));
            if (key.high != 0 || key.low != 0) {
                places.put(key, at + KEY);
            }
        }
    }

    /** Opens it, or makes it; for so many holders and months at most. */
    public static SpendingFile open(Path file, int most) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return new SpendingFile(channel.map(FileChannel.MapMode.READ_WRITE, 0, (long) most * SLOT), most);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was spent; empty where nothing is known. */
    synchronized OptionalLong spent(String tenant, String holder, LocalDate month) {
        Integer at = places.get(key(tenant, holder, month));
        return at == null ? OptionalLong.empty() : OptionalLong.of((long) LONG.getVolatile(slots, at));
    }

    /** Forgets everything. */
    synchronized void clear() {
        places.clear();
        for (int at = 0; at < most * SLOT; at += Long.BYTES) {
            slots.putLong(at, 0);
        }
    }

    /** Where a holder's spending of a month is counted; -1 where there is no room for it. */
    synchronized int place(String tenant, String holder, LocalDate month) {
        Key key = key(tenant, holder, month);
        Integer there = places.get(key);
        if (there != null) {
            return there;
        }
        if (places.size() == most) {
            return -1;
        }
        int at = places.size() * SLOT;
        slots.putLong(at, key.high);
        slots.putLong(at + ALIGNED, key.low);
        places.put(key, at + KEY);
        return at + KEY;
    }

    void add(int place, long events) {
        if (place >= 0) {
            LONG.getAndAdd(slots, place, events);
        }
    }

    private static Key key(String tenant, String holder, LocalDate month) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest((tenant + '\u001f' + holder + '\u001f' + month).getBytes(StandardCharsets.UTF_8));
            ByteBuffer read = ByteBuffer.wrap(digest);
            return new Key(read.getLong(), read.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
