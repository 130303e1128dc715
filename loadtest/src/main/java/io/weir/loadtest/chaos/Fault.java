package io.weir.loadtest.chaos;

/** What is done to a running Weir. Two faults of one {@link Part} never overlap; others may. */
enum Fault {
    NODE_KILLED(Part.NODE, "kill -9 of a node, which is started again", 200, 2_000),
    NODE_STOPPED(Part.NODE, "SIGSTOP of a node for longer than its consumers' session (6 s)", 7_500, 10_000),
    SERVICES_KILLED(
            Part.SERVICES, "kill -9 of Kafka, Postgres and the ERP at once, which are started again", 200, 2_000),
    POSTGRES_CUT(Part.SERVICES, "pg_terminate_backend of every connection, again and again", 500, 3_000),
    KAFKA_REFUSED(Part.KAFKA, "connections to Kafka reset", 500, 6_000),
    KAFKA_SILENT(Part.KAFKA, "bytes to and from Kafka held, then their connections reset", 1_000, 12_000),
    KAFKA_SLOW(Part.KAFKA, "each piece to and from Kafka 50 ms late", 1_000, 5_000),
    KAFKA_FLAPPING(Part.KAFKA, "Kafka reset and back every half second", 2_000, 6_000),
    DISK_GONE(Part.DISK, "a node's journal directory moved away, a file in its place", 500, 5_000);

    /** What a fault takes hold of. */
    enum Part {
        NODE,
        SERVICES,
        KAFKA,
        DISK
    }

    private final Part part;
    private final String meaning;
    private final int leastMillis;
    private final int mostMillis;

    Fault(Part part, String meaning, int leastMillis, int mostMillis) {
        this.part = part;
        this.meaning = meaning;
        this.leastMillis = leastMillis;
        this.mostMillis = mostMillis;
    }

    Part part() {
        return part;
    }

    String meaning() {
        return meaning;
    }

    int leastMillis() {
        return leastMillis;
    }

    int mostMillis() {
        return mostMillis;
    }
}
