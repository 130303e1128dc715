package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.weir.policies.Admission;
import io.weir.policies.Call;
import io.weir.schemas.Scope;
import java.util.List;
import java.util.function.Function;

/**
 * One operation: what is asked, who may ask it, and what answers.
 *
 * @param operation its id in the OpenAPI document, and its name in metrics
 * @param path with parameters as {@code :name}
 * @param flow what kind of work it is: who is refused first when the node cannot keep up
 * @param anyOf scopes of which one is needed; none where it is open to all
 */
record Route(
        String operation,
        HttpMethod method,
        String path,
        FlowClass flow,
        List<Scope> anyOf,
        Admission admission,
        Function<Call, Future<Answer>> action) {}
