package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.weir.masterdata.Catalog;
import io.weir.masterdata.MasterDataQueries;
import io.weir.policies.Call;
import io.weir.policies.SchemaBody;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands;
import io.weir.schemas.Deprecation;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** Event types: the versions of their schemas, how these may differ, and when one ends. */
final class EventTypesAction {
    private static final long ANSWER_MILLIS = 8_000;

    private final EventBus bus;
    private final MasterDataQueries queries;
    private final Consumer<String> changed;

    /**
     * Reads and writes.
     *
     * @param changed told of an organisation whose event types changed, before the caller is, so that its next event sees it
     */
    EventTypesAction(EventBus bus, MasterDataQueries queries, Consumer<String> changed) {
        this.bus = bus;
        this.queries = queries;
        this.changed = changed;
    }

    Future<Answer> list(Call call) {
        return queries.eventTypes(call.caller().organisation())
                .map(found -> Answer.json(200, new Requests.Items<>(found)));
    }

    Future<Answer> type(Call call) {
        return queries.eventType(call.caller().organisation(), type(call, "type"))
                .compose(found -> Requests.found(found, "event type"))
                .map(found -> Requests.resource(call, 200, found.revision(), found));
    }

    Future<Answer> putType(Call call) {
        String type = type(call, "type");
        String organisation = call.caller().organisation();
        Commands.PutEventType command = new Commands.PutEventType(
                call.caller().tenant(),
                call.actor(),
                organisation,
                type,
                call.content().path("compatibility").asString("backward"),
                Requests.ifMatch(call));
        return Addresses.PUT_EVENT_TYPE
                .ask(bus, command, ANSWER_MILLIS)
                .compose(stored -> queries.eventType(organisation, type)
                        .map(now -> stored(stored, now.isPresent() ? now.get() : stored)));
    }

    Future<Answer> schemas(Call call) {
        String organisation = call.caller().organisation();
        String type = type(call, "type");
        return queries.eventType(organisation, type)
                .compose(found -> Requests.found(found, "event type"))
                .compose(found -> queries.schemas(organisation, type))
                .map(found -> Answer.json(200, new Requests.Items<>(found)));
    }

    Future<Answer> schema(Call call) {
        return version(call).map(found -> {
            Answer answer = Requests.known(call, found.revision())
                    ? Answer.empty(304)
                    : Answer.json(200, Buffer.buffer(Objects.requireNonNull(found.schema())));
            return Deprecations.told(answer.with("ETag", Requests.etag(found.revision())), deprecations(found));
        });
    }

    private Future<Catalog.SchemaVersion> version(Call call) {
        return queries.schema(call.caller().organisation(), type(call, "type"), Requests.version(call))
                .compose(found -> Requests.found(found, "schema"));
    }

    private static List<Deprecation> deprecations(Catalog.SchemaVersion version) {
        return Optional.ofNullable(version.deprecation()).map(List::of).orElse(List.of());
    }

    Future<Answer> putSchema(Call call) {
        SchemaBody body = SchemaBody.of(call.content());
        String organisation = call.caller().organisation();
        Commands.PutSchema command = new Commands.PutSchema(
                call.caller().tenant(),
                call.actor(),
                organisation,
                type(call, "type"),
                Requests.version(call),
                body.schema(),
                body.mappings(),
                Requests.ifMatch(call));
        return Addresses.PUT_SCHEMA
                .ask(bus, command, ANSWER_MILLIS)
                .onSuccess(stored -> changed.accept(organisation))
                .compose(stored -> version(call)
                        .map(now -> Answer.json(
                                        stored.created() ? 201 : 200,
                                        Buffer.buffer(Objects.requireNonNull(now.schema())))
                                .with("ETag", Requests.etag(stored.revision()))));
    }

    Future<Answer> putDeprecation(Call call) {
        String organisation = call.caller().organisation();
        Deprecation content = MasterDataAction.content(call, Deprecation.class);
        Commands.PutDeprecation command = new Commands.PutDeprecation(
                call.caller().tenant(),
                call.actor(),
                organisation,
                type(call, "type"),
                Requests.version(call),
                content,
                Requests.ifMatch(call));
        return Addresses.PUT_DEPRECATION
                .ask(bus, command, ANSWER_MILLIS)
                .onSuccess(stored -> changed.accept(organisation))
                .map(stored -> stored(stored, content));
    }

    private static Answer stored(Commands.Stored stored, Object content) {
        return Answer.json(stored.created() ? 201 : 200, content).with("ETag", Requests.etag(stored.revision()));
    }

    private static String type(Call call, String name) {
        return Requests.id(call, name, id -> id);
    }
}
