package io.weir.schemas;

/** Keys of Postgres advisory locks, so that no two meanings share one. */
public final class Locks {
    /**
     * Held shared by each ledger batch and exclusively by each write of master data or catalog, both to the end of their
     * transaction: so a batch sees a write wholly or not at all, and a write sees every batch that did not see it.
     */
    public static final long MASTER_DATA = 7_214_470_003L;

    /** Held by the node that migrates the schema or seeds a tenant. */
    public static final long START = 7_214_470_004L;

    /** Held by the connection of the node that has days of entries leave, for a pass. */
    public static final long RETENTION = 7_214_470_005L;

    /** First key of the pair (this, hash of the tenant) that a billing run holds: one run a tenant at a time. */
    public static final int BILLING_RUN = 721_447;

    /** First key of the pair (this, hash of the tenant) that the making of postings holds. */
    public static final int POSTING_ASSEMBLY = 721_449;

    /** First key of the pair (this, hash of the grant) that a write of a grant holds. */
    public static final int GRANT = 721_448;

    /** First key of the pair (this, hash of the tenant) that a write of roles, principals or keys holds. */
    public static final int CREDENTIALS = 721_450;

    /** First key of the pair (this, hash of the organisation) that the pass of a meter's backfill holds. */
    public static final int BACKFILL = 721_451;

    /** First key of the pair (this, hash of tenant and customer) that who makes their quarters anew holds: one at a time. */
    public static final int QUARTERS = 721_452;

    /** First key of the pair (this, hash of the tenant) that the opening of a backfill set holds. */
    public static final int BACKFILL_SETS = 721_453;

    private Locks() {}
}
