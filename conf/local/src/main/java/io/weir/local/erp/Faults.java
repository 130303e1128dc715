package io.weir.local.erp;

import java.util.ArrayList;
import java.util.List;
import java.util.ListIterator;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** The faults that are set, oldest first; a request meets at most one of them. Used on one event loop only. */
final class Faults {
    private final List<Fault> set = new ArrayList<>();
    private final RandomGenerator random;

    Faults(RandomGenerator random) {
        this.random = random;
    }

    void add(Fault fault) {
        set.add(fault);
    }

    void clear() {
        set.clear();
    }

    List<Fault> all() {
        return List.copyOf(set);
    }

    /** Whether the whole ERP is down for this request. */
    boolean takeDown() {
        return take(true).isPresent();
    }

    /** The fault that this write meets. */
    Optional<Fault> takeForWrite() {
        return take(false);
    }

    private Optional<Fault> take(boolean down) {
        for (ListIterator<Fault> faults = set.listIterator(); faults.hasNext(); ) {
            Fault fault = faults.next();
            boolean applies = (fault.kind() == FaultKind.DOWN) == down;
            if (applies && random.nextDouble() < fault.probability()) {
                Fault left = fault.takenOnce();
                if (left.isSpent()) {
                    faults.remove();
                } else {
                    faults.set(left);
                }
                return Optional.of(fault);
            }
        }
        return Optional.empty();
    }
}
