package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import io.weir.entitlement.GrantQueries;
import io.weir.masterdata.MasterDataQueries;
import io.weir.masterdata.Revised;
import io.weir.policies.Call;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Json;
import io.weir.schemas.MeterKey;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.SubscriptionId;
import io.weir.schemas.TenantId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiConsumer;

/** Customers, subscriptions, grants and the catalog: reads from the stages' queries, writes over their addresses. */
final class MasterDataAction {
    private static final long ANSWER_MILLIS = 8_000;

    private final EventBus bus;
    private final MasterDataQueries queries;
    private final GrantQueries grants;
    private final BiConsumer<TenantId, CustomerId> changed;

    /**
     * Reads and writes.
     *
     * @param changed told of a customer whose master data changed, before the caller is, so that what it asks next sees it
     */
    MasterDataAction(
            EventBus bus, MasterDataQueries queries, GrantQueries grants, BiConsumer<TenantId, CustomerId> changed) {
        this.bus = bus;
        this.changed = changed;
        this.queries = queries;
        this.grants = grants;
    }

    Future<Answer> putCustomer(Call call) {
        CustomerId customer = Requests.id(call, "customer", CustomerId::new);
        Commands.Customer content = content(call, Commands.Customer.class);
        if (content.parent() != null && !call.caller().narrowing().maySee(content.parent())) {
            throw new RefusedException(Refusal.Invalid.at("/parent", "no such customer"));
        }
        Commands.PutCustomer command = new Commands.PutCustomer(
                call.caller().tenant(),
                call.actor().from(Requests.originId(call)),
                customer,
                content,
                Requests.ifMatch(call));
        return Addresses.PUT_CUSTOMER
                .ask(bus, command, ANSWER_MILLIS)
                .onSuccess(stored -> changed.accept(call.caller().tenant(), customer))
                .compose(stored ->
                        queries.customer(call.caller().tenant(), customer).map(now -> stored(stored, now)));
    }

    Future<Answer> customer(Call call) {
        CustomerId customer = Requests.id(call, "customer", CustomerId::new);
        return queries.customer(call.caller().tenant(), customer).compose(found -> one(call, found, "customer"));
    }

    Future<Answer> customers(Call call) {
        return queries.customers(
                        call.caller().tenant(),
                        call.caller().narrowing().customers(),
                        Requests.limit(call),
                        call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> putSubscription(Call call) {
        SubscriptionId subscription = Requests.id(call, "subscription", SubscriptionId::new);
        Commands.Subscription content = content(call, Commands.Subscription.class);
        Commands.PutSubscription command = new Commands.PutSubscription(
                call.caller().tenant(),
                call.actor().from(Requests.originId(call)),
                call.caller().organisation(),
                subscription,
                content,
                Requests.ifMatch(call));
        return Addresses.PUT_SUBSCRIPTION
                .ask(bus, command, ANSWER_MILLIS)
                .onSuccess(stored -> changed.accept(call.caller().tenant(), content.customer()))
                .compose(stored -> queries.subscription(call.caller().tenant(), subscription)
                        .map(now -> stored(stored, now)));
    }

    Future<Answer> subscription(Call call) {
        SubscriptionId subscription = Requests.id(call, "subscription", SubscriptionId::new);
        return queries.subscription(call.caller().tenant(), subscription)
                .map(found -> found.filter(
                        one -> call.caller().narrowing().maySee(one.content().customer())))
                .compose(found -> one(call, found, "subscription"));
    }

    Future<Answer> subscriptions(Call call) {
        CustomerId customer = Requests.optional(call, "customer", CustomerId::new);
        return queries.subscriptions(call.caller().tenant(), customer, Requests.limit(call), call.query("cursor"))
                .map(page -> Requests.page(call, page));
    }

    Future<Answer> putGrant(Call call) {
        CustomerId customer = Requests.id(call, "customer", CustomerId::new);
        String grant = Requests.id(call, "grant", id -> id);
        Commands.PutGrant command = new Commands.PutGrant(
                call.caller().tenant(),
                call.actor(),
                call.caller().organisation(),
                customer,
                grant,
                content(call, Commands.Grant.class),
                Requests.ifMatch(call));
        return Addresses.PUT_GRANT
                .ask(bus, command, ANSWER_MILLIS)
                .compose(stored -> grants.grant(call.caller().tenant(), customer, grant)
                        .map(now -> Answer.json(stored.created() ? 201 : 200, now.content())
                                .with("ETag", Requests.etag(stored.revision()))));
    }

    Future<Answer> grant(Call call) {
        CustomerId customer = Requests.id(call, "customer", CustomerId::new);
        return grants.grant(call.caller().tenant(), customer, Requests.id(call, "grant", id -> id))
                .map(found -> Requests.resource(call, 200, found.revision(), found.content()));
    }

    Future<Answer> fieldOwners(Call call) {
        return queries.fieldOwners(call.caller().organisation()).map(owners -> Answer.json(200, owners));
    }

    Future<Answer> putFieldOwners(Call call) {
        Map<String, Map<String, String>> owners = new TreeMap<>();
        call.content().properties().forEach(object -> {
            Map<String, String> of = new TreeMap<>();
            object.getValue()
                    .properties()
                    .forEach(field -> of.put(field.getKey(), field.getValue().asString()));
            owners.put(object.getKey(), of);
        });
        Commands.PutFieldOwners command = new Commands.PutFieldOwners(
                call.caller().tenant(), call.actor(), call.caller().organisation(), owners);
        return Addresses.PUT_FIELD_OWNERS.ask(bus, command, ANSWER_MILLIS).compose(stored -> fieldOwners(call));
    }

    Future<Answer> plan(Call call) {
        return queries.plan(call.caller().organisation(), call.path("plan")).compose(found -> one(call, found, "plan"));
    }

    Future<Answer> price(Call call) {
        return queries.price(call.caller().organisation(), call.path("price"), Requests.version(call))
                .compose(found -> one(call, found, "price"));
    }

    Future<Answer> feature(Call call) {
        return queries.feature(call.caller().organisation(), call.path("feature"))
                .compose(found -> one(call, found, "feature"));
    }

    Future<Answer> meter(Call call) {
        // Always told whole: its backfill goes on under the same revision.
        return queries.meter(call.caller().organisation(), call.path("meter"))
                .compose(found -> Requests.found(found, "meter"))
                .map(found -> Answer.json(200, found).with("ETag", Requests.etag(found.revision())));
    }

    Future<Answer> putMeter(Call call) {
        MeterKey meter = Requests.id(call, "meter", MeterKey::new);
        String organisation = call.caller().organisation();
        Commands.PutMeter command = new Commands.PutMeter(
                call.caller().tenant(),
                call.actor(),
                organisation,
                meter,
                content(call, Commands.Meter.class),
                Requests.ifMatch(call));
        return Addresses.PUT_METER
                .ask(bus, command, ANSWER_MILLIS)
                .compose(stored -> queries.meter(organisation, meter.value()).map(now -> stored(stored, now)));
    }

    Future<Answer> meters(Call call) {
        return queries.meters(call.caller().organisation()).map(found -> Answer.json(200, new Requests.Items<>(found)));
    }

    /** The body as the type; what its schema cannot say (such as a date that does not exist) is told here. */
    static <T> T content(Call call, Class<T> type) {
        try {
            return Json.value(call.content(), type);
        } catch (tools.jackson.databind.DatabindException e) {
            List<FieldError> errors = new ArrayList<>();
            StringBuilder pointer = new StringBuilder();
            e.getPath()
                    .forEach(step -> pointer.append('/')
                            .append(step.getPropertyName() == null ? step.getIndex() : step.getPropertyName()));
            errors.add(new FieldError(pointer.toString(), "is not a value of the form that stands here"));
            throw new RefusedException(new Refusal.Invalid(errors));
        }
    }

    private static <T> Future<Answer> one(Call call, Optional<Revised<T>> found, String what) {
        return Requests.found(found, what).map(now -> Requests.resource(call, 200, now.revision(), now));
    }

    private static <T> Answer stored(Commands.Stored stored, Optional<Revised<T>> now) {
        Object body = now.isPresent() ? now.get() : stored;
        return Answer.json(stored.created() ? 201 : 200, body).with("ETag", Requests.etag(stored.revision()));
    }
}
