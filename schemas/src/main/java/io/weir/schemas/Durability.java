package io.weir.schemas;

/** Where an accepted event is, so that it is not lost. */
public enum Durability {
    /** In the log, acknowledged by its in-sync replicas. */
    REPLICATED,
    /** On the disk of the node that took it, forced; it goes into the log as soon as that takes it. */
    LOCAL
}
