package io.weir.gateway;

import io.vertx.core.Future;
import io.weir.policies.AccessTiers;
import io.weir.policies.Call;

/** Access tiers: who may pass, and how much. */
final class CredentialsAction {
    private final AccessTiers tiers;

    CredentialsAction(AccessTiers tiers) {
        this.tiers = tiers;
    }

    Future<Answer> putTier(Call call) {
        String tier = Requests.id(call, "tier", id -> id);
        AccessTiers.Limits limits = MasterDataAction.content(call, AccessTiers.Limits.class);
        return tiers.put(call.caller().tenant(), tier, limits)
                .compose(stored -> tiers.get(call.caller().tenant(), tier)
                        .compose(found -> Requests.found(found, "access tier"))
                        .map(now -> Answer.json(stored.created() ? 201 : 200, now)));
    }

    Future<Answer> tier(Call call) {
        return tiers.get(call.caller().tenant(), Requests.id(call, "tier", id -> id))
                .compose(found -> Requests.found(found, "access tier"))
                .map(found -> Answer.json(200, found));
    }

    Future<Answer> tiers(Call call) {
        return tiers.list(call.caller().tenant(), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }
}
