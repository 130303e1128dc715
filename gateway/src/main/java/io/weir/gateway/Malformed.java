package io.weir.gateway;

/** Why a request's head is not taken: what a decoder reports in place of the request. A value; it carries no stack trace. */
final class Malformed extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    Malformed(int status, String detail) {
        super(detail, null, false, false);
        this.status = status;
    }

    /** The status that it is answered with. */
    int status() {
        return status;
    }

    String detail() {
        return String.valueOf(getMessage());
    }
}
