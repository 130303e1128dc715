package io.weir.policies;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Addresses;
import io.weir.schemas.ChangeKind;
import io.weir.schemas.Deprecation;
import io.weir.schemas.InlinedSchema;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * The event types of each organisation; a bounded cache that the change feed empties when a catalog changes. Compiled
 * schemas outlive that, since a version's text never changes; one that cannot be compiled makes only its own type unusable.
 */
public final class EventTypes {
    private static final Logger LOG = LoggerFactory.getLogger(EventTypes.class);

    static final String VERSIONS = """
            select s.event_type, s.version, s.schema::text as schema, d.deprecated_at, d.sunset_at, d.link, k.hash_key
            from event_type_schema s
            left join classification_key k on k.organisation = s.organisation
            left join lateral (
                select e.deprecated_at, e.sunset_at, e.link from event_type_deprecation e
                where e.organisation = s.organisation and e.event_type = s.event_type and e.version = s.version
                order by e.revision desc limit 1) d on true
            where s.organisation = $1
            order by s.event_type, s.version
            """;

    private final Pool pool;
    private final SchemaRules rules;
    private final AsyncCache<String, Map<String, EventType>> cache;
    private final Cache<Key, CompiledSchema> compiled;
    /** What was read last: it goes on to count while Postgres is away. */
    private final Cache<String, Map<String, EventType>> last;

    /** A version's schema: text that never changes under this name. */
    private record Key(String organisation, String type, int version, int hash) {}

    /**
     * Reads types from these connections.
     *
     * @param types organisations kept, and compiled schemas
     */
    public EventTypes(Pool pool, int types, SchemaRules rules) {
        this.pool = pool;
        this.rules = rules;
        this.cache = Caffeine.newBuilder().maximumSize(types).buildAsync();
        this.last = Caffeine.newBuilder().maximumSize(types).build();
        this.compiled = Caffeine.newBuilder().maximumSize(types).build();
    }

    /** Begins to follow the change feed. */
    public void follow(EventBus bus) {
        Addresses.CHANGES.listen(bus, batch -> {
            if (batch.everything() || batch.changes().stream().anyMatch(c -> c.kind() == ChangeKind.CATALOG)) {
                cache.synchronous().invalidateAll();
            }
        });
    }

    /** Forgets an organisation's types, so that the next event on this node sees what was stored just now. */
    public void forget(String organisation) {
        cache.synchronous().invalidate(organisation);
    }

    /** The organisation's types by name. */
    Future<Map<String, EventType>> of(String organisation) {
        CompletableFuture<Map<String, EventType>> known = cache.getIfPresent(organisation);
        if (known != null && known.isDone() && !known.isCompletedExceptionally()) {
            return Future.succeededFuture(known.join());
        }
        CompletableFuture<Map<String, EventType>> loading = cache.get(
                organisation, (name, executor) -> load(name).toCompletionStage().toCompletableFuture());
        return Future.fromCompletionStage(loading, Vertx.currentContext()).recover(failure -> {
            Map<String, EventType> before = last.getIfPresent(organisation);
            return before == null ? Future.failedFuture(failure) : Future.succeededFuture(before);
        });
    }

    private Future<Map<String, EventType>> load(String organisation) {
        return pool.preparedQuery(VERSIONS).execute(Tuple.of(organisation)).map(rows -> {
            Map<String, Map<Integer, SchemaVersion>> versions = new HashMap<>();
            Map<String, EventType> types = new HashMap<>();
            for (Row row : rows) {
                String name = row.getString("event_type");
                SchemaVersion version = version(organisation, name, row);
                Map<Integer, SchemaVersion> all = versions.computeIfAbsent(name, absent -> new HashMap<>());
                all.put(version.number(), version);
                types.put(name, new EventType(name, version, all));
            }
            Map<String, EventType> loaded = Map.copyOf(types);
            last.put(organisation, loaded);
            return loaded;
        });
    }

    private SchemaVersion version(String organisation, String type, Row row) {
        int number = row.getInteger("version");
        String text = row.getString("schema");
        Buffer key = row.getBuffer("hash_key");
        Key name = new Key(organisation, type, number, text.hashCode());
        return new SchemaVersion(
                number, deprecation(row), () -> compiled.get(name, absent -> compile(name, text, key)));
    }

    private CompiledSchema compile(Key name, String text, @Nullable Buffer key) {
        try {
            JsonNode schema = Json.tree(text);
            return CompiledSchema.Usable.of(
                    schema,
                    text.contains(Redaction.KEYWORD)
                            ? Redaction.of(rules.written(schema), key == null ? null : key.getBytes())
                            : null);
        } catch (RuntimeException | InlinedSchema.Unusable | StackOverflowError e) {
            LOG.warn(
                    "event.type.broken organisation={} type={} version={} failure={}",
                    name.organisation,
                    name.type,
                    name.version,
                    e.toString());
            return new CompiledSchema.Broken("it cannot be compiled");
        }
    }

    private static @Nullable Deprecation deprecation(Row row) {
        OffsetDateTime at = row.getOffsetDateTime("deprecated_at");
        OffsetDateTime sunset = row.getOffsetDateTime("sunset_at");
        return at == null
                ? null
                : new Deprecation(Instants.of(at), sunset == null ? null : Instants.of(sunset), row.getString("link"));
    }
}
