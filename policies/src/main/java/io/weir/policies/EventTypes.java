package io.weir.policies;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Addresses;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.Json;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** The event types of each organisation, compiled; a bounded cache that the change feed empties when a catalog changes. */
public final class EventTypes {
    static final String CURRENT = """
            select distinct on (event_type) event_type, version, schema::text as schema
            from event_type_schema where organisation = $1
            order by event_type, version desc
            """;

    private final Pool pool;
    private final AsyncCache<String, Map<String, EventType>> cache;

    public EventTypes(Pool pool, int organisations) {
        this.pool = pool;
        this.cache = Caffeine.newBuilder().maximumSize(organisations).buildAsync();
    }

    /** Begins to follow the change feed. */
    public void follow(EventBus bus) {
        Addresses.CHANGES.listen(bus, batch -> {
            if (batch.everything() || batch.changes().stream().anyMatch(c -> c.kind() == ChangeKind.CATALOG)) {
                cache.synchronous().invalidateAll();
            }
        });
    }

    /** The organisation's types by name. */
    Future<Map<String, EventType>> of(String organisation) {
        CompletableFuture<Map<String, EventType>> known = cache.getIfPresent(organisation);
        if (known != null && known.isDone() && !known.isCompletedExceptionally()) {
            return Future.succeededFuture(known.join());
        }
        CompletableFuture<Map<String, EventType>> loading = cache.get(
                organisation, (name, executor) -> load(name).toCompletionStage().toCompletableFuture());
        return Future.fromCompletionStage(loading, Vertx.currentContext());
    }

    private Future<Map<String, EventType>> load(String organisation) {
        return pool.preparedQuery(CURRENT).execute(Tuple.of(organisation)).map(rows -> {
            Map<String, EventType> types = new HashMap<>();
            for (Row row : rows) {
                String name = row.getString("event_type");
                types.put(name, EventType.of(name, row.getInteger("version"), Json.tree(row.getString("schema"))));
            }
            return Map.copyOf(types);
        });
    }
}
