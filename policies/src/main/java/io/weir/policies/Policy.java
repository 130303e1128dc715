package io.weir.policies;

import io.vertx.core.Future;

/** One question asked of a call before it is acted on. Called on the request's event loop; must not block. */
public interface Policy {
    /**
     * Lets the call pass, with what the policy learned, or refuses it.
     *
     * @return the call to go on with, on the request's own context however long it takes; failed with {@link io.weir.schemas.RefusedException} to refuse
     */
    Future<Call> admit(Call call);

    /** Whether it takes the body off the request: a request is not paused under it. */
    default boolean readsBody() {
        return false;
    }
}
