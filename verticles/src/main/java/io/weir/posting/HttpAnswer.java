package io.weir.posting;

import org.jspecify.annotations.Nullable;

/** What came of one HTTP request, before a vendor's rules say what it means. */
sealed interface HttpAnswer {
    /**
     * A whole answer.
     *
     * @param body its beginning, as text; the rest of a body that is too long is not kept
     */
    record Complete(int status, @Nullable String location, String body) implements HttpAnswer {}

    /** No connection came about in time: nothing was sent. */
    record Unreached(String detail) implements HttpAnswer {}

    /** The request was sent, and the answer did not come, or not wholly, in time. */
    record Lost(String detail) implements HttpAnswer {}

    /** There was no credential to send it with. */
    record NoCredential(String detail) implements HttpAnswer {}
}
