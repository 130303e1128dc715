package io.weir.policies;

import io.vertx.core.Future;
import io.weir.schemas.CustomerId;
import io.weir.schemas.Ids;
import io.weir.schemas.Narrowing;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;

/** Whether a narrowed credential may ask this, by how a customer is found in it; any other passes at once. */
public final class Narrow implements Policy {
    private static final String CUSTOMER = "customer";

    private final Customers found;

    public Narrow(Customers found) {
        this.found = found;
    }

    @Override
    public Future<Call> admit(Call call) {
        Narrowing to = call.caller().narrowing();
        return to == Narrowing.NONE ? Future.succeededFuture(call) : narrowed(call, to);
    }

    private Future<Call> narrowed(Call call, Narrowing to) {
        if (found == Customers.RIGHTS_OF_OTHERS) {
            return refused(new Refusal.Narrowed("the credential is narrowed: it gives and changes no rights"));
        }
        if (to.customers() == null) {
            return Future.succeededFuture(call);
        }
        return switch (found) {
            case IN_PATH ->
                other(to, call.path(CUSTOMER)) ? refused(new Refusal.NotFound(CUSTOMER)) : Future.succeededFuture(call);
            case IN_QUERY -> {
                String asked = call.query(CUSTOMER);
                yield asked == null || other(to, asked)
                        ? refused(new Refusal.Narrowed(
                                "the credential is narrowed to customers: name one of them as ?customer="))
                        : Future.succeededFuture(call);
            }
            case WHOLE_TENANT, RIGHTS_OF_OTHERS ->
                refused(new Refusal.Narrowed(
                        "the credential is narrowed to customers; this is about the whole tenant"));
            case IN_ANSWER, NOWHERE -> Future.succeededFuture(call);
        };
    }

    /** Whether it is a customer, and none that may be seen; what is no id at all is the action's to refuse. */
    private static boolean other(Narrowing to, String customer) {
        return Ids.valid(customer) && !to.maySee(new CustomerId(customer));
    }

    private static Future<Call> refused(Refusal refusal) {
        return Future.failedFuture(new RefusedException(refusal));
    }
}
