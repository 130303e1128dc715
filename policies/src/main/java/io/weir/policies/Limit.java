package io.weir.policies;

/** What a tier can limit; the name is the policy's in headers and problems, with {@code tenant-} before it for a tenant's. */
public enum Limit {
    REQUESTS("requests", ";w=1"),
    EVENTS("events", ";qu=\"events\";w=1"),
    BYTES("bytes", ";qu=\"content-bytes\";w=1"),
    CONCURRENT("concurrent", ";qu=\"concurrent-requests\""),
    MONTH("events-month", ";qu=\"events\"");

    private final String text;
    private final String parameters;

    Limit(String text, String parameters) {
        this.text = text;
        this.parameters = parameters;
    }

    /** The policy's name. */
    public String text() {
        return text;
    }

    /** An item of RateLimit-Policy. */
    String policy(String name, long quota) {
        return "\"" + name + "\";q=" + quota + parameters;
    }
}
