package io.weir.schemas;

import java.util.ArrayList;
import java.util.List;

/** Errors up to a cap: those beyond it are counted and not kept, so that a large wrong input costs no more than a small one. */
public final class CappedErrors extends ArrayList<FieldError> {
    private static final long serialVersionUID = 1;

    private final int cap;
    private boolean more;

    /** @param cap most errors kept; at least one is, so that what is wrong never looks right */
    public CappedErrors(int cap) {
        super(0);
        this.cap = Math.max(1, cap);
    }

    @Override
    public boolean add(FieldError error) {
        if (size() >= cap) {
            more = true;
            return false;
        }
        return super.add(error);
    }

    /** How many more are kept. */
    public int room() {
        return cap - size();
    }

    /** Says that there are more than were added. */
    public void andMore() {
        more = true;
    }

    /** What is told: the errors kept, and a last one that says so where there are more. */
    public List<FieldError> told() {
        if (!more) {
            return List.copyOf(this);
        }
        List<FieldError> told = new ArrayList<>(this);
        told.add(new FieldError("", "and more that is not listed: only the first " + size() + " are"));
        return List.copyOf(told);
    }
}
