package io.weir.policies;

import io.vertx.core.Future;
import java.util.List;

/**
 * The policies of a route, in their order. Where a policy has to wait, the request is paused, so that no byte of its body
 * is lost, and goes on afterwards.
 */
public final class Admission implements Policy {
    private final List<Policy> policies;

    public Admission(List<Policy> policies) {
        this.policies = List.copyOf(policies);
    }

    @Override
    public Future<Call> admit(Call call) {
        return from(0, call);
    }

    private Future<Call> from(int first, Call call) {
        Call passed = call;
        for (int i = first; i < policies.size(); i++) {
            Future<Call> answer = policies.get(i).admit(passed);
            if (answer.succeeded()) {
                passed = answer.result();
            } else if (answer.isComplete()) {
                return answer;
            } else {
                int next = i + 1;
                if (passed.body() == null
                        && !policies.get(i).readsBody()
                        && !passed.request().isEnded()) {
                    passed.request().pause();
                }
                return answer.compose(waited -> from(next, waited));
            }
        }
        return Future.succeededFuture(passed);
    }
}
