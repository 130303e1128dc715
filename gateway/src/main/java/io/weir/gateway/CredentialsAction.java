package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.weir.policies.AccessTiers;
import io.weir.policies.Call;
import io.weir.policies.IssuedKeys;
import io.weir.policies.Principals;
import io.weir.schemas.Commands;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.util.Optional;

/** Keys, who stands behind them, what they may do, and how much. */
final class CredentialsAction {
    private final IssuedKeys keys;
    private final Principals principals;
    private final AccessTiers tiers;

    CredentialsAction(IssuedKeys keys, Principals principals, AccessTiers tiers) {
        this.keys = keys;
        this.principals = principals;
        this.tiers = tiers;
    }

    Future<Answer> createKey(Call call) {
        return keys.create(call.caller(), call.actor(), MasterDataAction.content(call, IssuedKeys.Wanted.class))
                .map(CredentialsAction::made);
    }

    Future<Answer> rotateKey(Call call) {
        IssuedKeys.Rotation rotation = MasterDataAction.content(call, IssuedKeys.Rotation.class);
        return keys.rotate(call.caller(), call.actor(), id(call, "key"), rotation)
                .map(CredentialsAction::made);
    }

    private static Answer made(IssuedKeys.Made made) {
        return Answer.json(201, made)
                .with(HttpHeaders.LOCATION, "/v1/api-keys/" + made.stored().id())
                .with(HttpHeaders.CACHE_CONTROL, "no-store");
    }

    Future<Answer> revokeKey(Call call) {
        return keys.revoke(call.caller(), call.actor(), id(call, "key")).map(done -> Answer.empty(204));
    }

    Future<Answer> key(Call call) {
        return one(keys.get(tenant(call), id(call, "key")), "API key");
    }

    Future<Answer> keys(Call call) {
        return keys.list(
                        tenant(call),
                        Requests.optional(call, "principal", id -> id),
                        Requests.limit(call),
                        call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> putRole(Call call) {
        String role = id(call, "role");
        return principals
                .put(call.caller(), call.actor(), role, MasterDataAction.content(call, Principals.Role.class))
                .compose(stored -> stored(stored, principals.role(tenant(call), role), "role"));
    }

    Future<Answer> role(Call call) {
        return one(principals.role(tenant(call), id(call, "role")), "role");
    }

    Future<Answer> roles(Call call) {
        return principals
                .roles(tenant(call), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> putPrincipal(Call call) {
        String principal = id(call, "principal");
        return principals
                .put(call.caller(), call.actor(), principal, MasterDataAction.content(call, Principals.Principal.class))
                .compose(stored -> stored(stored, principals.principal(tenant(call), principal), "principal"));
    }

    Future<Answer> principal(Call call) {
        return one(principals.principal(tenant(call), id(call, "principal")), "principal");
    }

    Future<Answer> principals(Call call) {
        return principals
                .principals(tenant(call), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> putTier(Call call) {
        String tier = id(call, "tier");
        return tiers.put(tenant(call), call.actor(), tier, MasterDataAction.content(call, AccessTiers.Limits.class))
                .compose(stored -> stored(stored, tiers.get(tenant(call), tier), "access tier"));
    }

    Future<Answer> tier(Call call) {
        return one(tiers.get(tenant(call), id(call, "tier")), "access tier");
    }

    Future<Answer> tiers(Call call) {
        return tiers.list(tenant(call), Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    private static TenantId tenant(Call call) {
        return call.caller().tenant();
    }

    private static String id(Call call, String name) {
        return Requests.id(call, name, id -> id);
    }

    private static <T> Future<Answer> one(Future<Optional<T>> found, String what) {
        return found.map(it -> Answer.json(200, there(it, what)));
    }

    private static <T> Future<Answer> stored(Commands.Stored stored, Future<Optional<T>> now, String what) {
        return now.map(it -> Answer.json(stored.created() ? 201 : 200, there(it, what)));
    }

    private static Object there(Optional<?> found, String what) {
        return found.<Object>map(it -> it).orElseThrow(() -> new RefusedException(new Refusal.NotFound(what)));
    }
}
