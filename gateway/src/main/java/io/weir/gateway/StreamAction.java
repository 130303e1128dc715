package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.policies.Call;
import io.weir.policies.OpenBody;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;

/** Takes posts of events: those that are whole as a batch, the others as streams. */
final class StreamAction {
    private final StreamTools tools;

    StreamAction(StreamTools tools) {
        this.tools = tools;
    }

    /** POST /v1/events. */
    Future<Answer> take(Call call) {
        OpenBody rest = call.rest();
        if (rest == null) {
            return tools.ingest().take(call);
        }
        try {
            EventStream stream = new EventStream(tools, call, rest, IngestAction.recorded(call));
            if (tools.streams().enter(stream)) {
                return stream.run();
            }
        } catch (RefusedException e) {
            rest.close().run();
            return Future.failedFuture(e);
        }
        rest.close().run();
        return Future.failedFuture(new RefusedException(new Refusal.Unavailable("too many streams are open", 2)));
    }
}
