package io.weir.gateway;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializableFactory;
import com.hazelcast.nio.serialization.IdentifiedDataSerializable;
import io.weir.policies.Tank;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What is done to a tank on the member that keeps it; the answer is what was given, and then what is left, of each rate. */
final class TankProcessors {
    static final int FACTORY = 7_214;
    static final DataSerializableFactory MADE = type -> type == Take.TYPE ? new Take() : new Set();
    private static final long[] NOTHING = new long[2 * Tank.RATES];

    private TankProcessors() {}

    /**
     * Pays debts and takes tokens. Hazelcast writes it anew, or runs it here, each time that it sends it: so it can tell for how long
     * it has waited, and takes nothing once nobody waits for it.
     */
    static final class Take
            implements EntryProcessor<String, long[], long[]>, IdentifiedDataSerializable, HazelcastInstanceAware {
        private static final int TYPE = 1;
        private static final Tank.Ask NONE =
                new Tank.Ask(new long[Tank.RATES], new long[Tank.RATES], new long[Tank.RATES], new long[Tank.RATES], 0);

        private volatile Tank.Ask ask = NONE;
        private transient @Nullable TankKeeper asker;
        private transient long madeAt;
        private transient @Nullable TankKeeper keeper;
        private transient long @Nullable [] after;

        Take() {}

        Take(Tank.Ask ask, TankKeeper asker) {
            this.ask = ask;
            this.asker = asker;
            this.madeAt = asker.nanos();
        }

        /** Nobody waits for the answer any more. */
        void giveUp() {
            ask = ask.givenUp();
        }

        private Tank.Ask asNow() {
            return asker == null ? ask : ask.after(asker.nanos() - madeAt);
        }

        @Override
        public void setHazelcastInstance(HazelcastInstance member) {
            keeper = TankKeeper.of(member);
        }

        @Override
        public long[] process(Map.Entry<String, long[]> tank) {
            Tank.Taken taken = Tank.take(
                    tank.getValue(), asNow(), Objects.requireNonNull(keeper).now());
            tank.setValue(taken.state());
            after = taken.state();
            long[] answer = new long[2 * Tank.RATES];
            System.arraycopy(taken.grant().given(), 0, answer, 0, Tank.RATES);
            System.arraycopy(taken.grant().left(), 0, answer, Tank.RATES, Tank.RATES);
            return answer;
        }

        /** Sets the state that came out here: run again, it would read another clock. */
        @Override
        public @Nullable EntryProcessor<String, long[], long[]> getBackupProcessor() {
            return after == null ? null : new Set(after);
        }

        @Override
        public int getFactoryId() {
            return FACTORY;
        }

        @Override
        public int getClassId() {
            return TYPE;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            Tank.Ask now = asNow();
            out.writeLongArray(now.perSecond());
            out.writeLongArray(now.cap());
            out.writeLongArray(now.debt());
            out.writeLongArray(now.wanted());
            out.writeLong(now.waitedNanos());
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            ask = new Tank.Ask(
                    in.readLongArray(), in.readLongArray(), in.readLongArray(), in.readLongArray(), in.readLong());
        }
    }

    /** Sets a tank's state on a backup, by the backup's clock. */
    static final class Set
            implements EntryProcessor<String, long[], long[]>, IdentifiedDataSerializable, HazelcastInstanceAware {
        private static final int TYPE = 2;

        private long[] state = {};
        private transient @Nullable TankKeeper backup;

        Set() {}

        Set(long[] state) {
            this.state = state;
        }

        @Override
        public void setHazelcastInstance(HazelcastInstance member) {
            backup = TankKeeper.of(member);
        }

        @Override
        public long[] process(Map.Entry<String, long[]> tank) {
            tank.setValue(Tank.backedUp(state, Objects.requireNonNull(backup).now()));
            return NOTHING;
        }

        @Override
        public int getFactoryId() {
            return FACTORY;
        }

        @Override
        public int getClassId() {
            return TYPE;
        }

        @Override
        public void writeData(ObjectDataOutput out) throws IOException {
            out.writeLongArray(state);
        }

        @Override
        public void readData(ObjectDataInput in) throws IOException {
            state = in.readLongArray();
        }
    }
}
