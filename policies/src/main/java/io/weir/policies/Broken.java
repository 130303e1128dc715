package io.weir.policies;

import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.io.IOException;

/** What the end of a body before its time means: the client went away, or what it sent is no body of HTTP. */
final class Broken {
    private Broken() {}

    /** The failure to go on with: as it is where the client went away, a refusal where it sent something malformed. */
    static Throwable body(Throwable failure) {
        if (failure instanceof HttpClosedException || failure instanceof StreamResetException) {
            return failure;
        }
        return failure instanceof IOException
                ? new HttpClosedException("the connection broke")
                : new RefusedException(new Refusal.Unreadable("the body is malformed: no chunks as HTTP writes them"));
    }
}
