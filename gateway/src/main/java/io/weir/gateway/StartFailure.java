package io.weir.gateway;

import org.jspecify.annotations.Nullable;

/** The node cannot start; the message says why and what mends it. */
final class StartFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    StartFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    StartFailure(String message) {
        this(message, null);
    }
}
