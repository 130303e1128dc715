package io.weir.policies;

/** Is told whether an issuer answers; what it says of it stands in readiness and metrics. */
public interface IssuerSignals {
    /** Its keys were fetched. */
    void answered();

    /** Its keys could not be fetched. */
    void lost();

    /** Whether the last fetch failed. */
    boolean failing();
}
