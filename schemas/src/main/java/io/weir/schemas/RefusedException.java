package io.weir.schemas;

/** Carries a {@link Refusal} through a failed future; it has no stack trace, since the caller is at fault and not the code. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Refusal refusal;

    public RefusedException(Refusal refusal) {
        super(refusal.toString(), null, false, false);
        this.refusal = refusal;
    }

    /** What was refused. */
    public Refusal refusal() {
        return refusal;
    }
}
