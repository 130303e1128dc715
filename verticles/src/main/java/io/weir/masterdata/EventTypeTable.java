package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Commands;
import io.weir.schemas.Deprecation;
import io.weir.schemas.FieldMapping;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** SQL of event types: the versions of their schemas, their settings and their deprecations. */
final class EventTypeTable {
    /** Types with a schema or a setting; parameter 2 names one, or is null for all. */
    static final String TYPES = """
            select event_type, coalesce(s.versions, '{}') as versions,
                   coalesce(t.compatibility, 'backward') as compatibility, coalesce(t.revision, 0) as revision
            from (select event_type, array_agg(version order by version) as versions from event_type_schema
                  where organisation = $1 and ($2::text is null or event_type = $2::text)
                  group by event_type) s
            full join (select distinct on (event_type) event_type, compatibility, revision from event_type
                       where organisation = $1 and ($2::text is null or event_type = $2::text)
                       order by event_type, revision desc) t using (event_type)
            order by event_type
            """;

    /** Versions of a type; parameter 3 names one, or is null for all. */
    static final String SCHEMAS = """
            select s.version, s.revision, s.mappings::text as mappings, d.deprecated_at, d.sunset_at, d.link,
                   s.version = (select max(n.version) from event_type_schema n
                                where n.organisation = s.organisation and n.event_type = s.event_type) as current,
                   case when $3::int is not null then s.schema::text end as schema
            from event_type_schema s
            left join lateral (
                select e.deprecated_at, e.sunset_at, e.link from event_type_deprecation e
                where e.organisation = s.organisation and e.event_type = s.event_type and e.version = s.version
                order by e.revision desc limit 1) d on true
            where s.organisation = $1 and s.event_type = $2 and ($3::int is null or s.version = $3::int)
            order by s.version
            """;

    static final String LAST = """
            select version, schema::text as schema, mappings::text as mappings from event_type_schema
            where organisation = $1 and event_type = $2
            order by version desc limit 1
            """;

    static final String SAME = """
            select revision, schema = $4::text::jsonb and mappings = $5::text::jsonb as same from event_type_schema
            where organisation = $1 and event_type = $2 and version = $3
            """;

    static final String INSERT_SCHEMA = """
            insert into event_type_schema (organisation, event_type, version, revision, schema, mappings)
            values ($1, $2, $3, $4, $5::text::jsonb, $6::text::jsonb)
            """;

    static final String INSERT_KEY = """
            insert into classification_key (organisation, hash_key) values ($1, $2)
            on conflict (organisation) do nothing
            """;

    static final String INSERT_TYPE = """
            insert into event_type (organisation, event_type, revision, compatibility) values ($1, $2, $3, $4)
            """;

    static final String DEPRECATION = """
            select revision, deprecated_at, sunset_at, link from event_type_deprecation
            where organisation = $1 and event_type = $2 and version = $3
            order by revision desc limit 1
            """;

    static final String INSERT_DEPRECATION = """
            insert into event_type_deprecation (organisation, event_type, version, revision, deprecated_at, sunset_at, link)
            values ($1, $2, $3, $4, $5, $6, $7)
            """;

    /** Every tenant of the organisation has another catalog now. */
    static final String INSERT_CHANGES = """
            insert into change (tenant, customer, kind) select tenant, null, 'CATALOG' from tenant where organisation = $1
            """;

    /** The newest version of a schema. */
    record Last(int version, JsonNode schema, FieldMapping mappings) {}

    /** A version that is there, and whether it is what is put. */
    record Standing(long revision, boolean same) {}

    private EventTypeTable() {}

    static Future<List<Catalog.EventType>> types(SqlClient sql, String organisation, @Nullable String type) {
        return all(sql, TYPES, Tuple.of(organisation, type))
                .map(rows -> rows.stream()
                        .map(row -> new Catalog.EventType(
                                row.getString("event_type"),
                                List.of(row.getArrayOfIntegers("versions")),
                                row.getString("compatibility"),
                                row.getLong("revision")))
                        .toList());
    }

    static Future<List<Catalog.SchemaVersion>> schemas(
            SqlClient sql, String organisation, String type, @Nullable Integer version) {
        return all(sql, SCHEMAS, Tuple.of(organisation, type, version))
                .map(rows -> rows.stream().map(EventTypeTable::schema).toList());
    }

    static Future<Optional<Last>> last(SqlClient sql, String organisation, String type) {
        return all(sql, LAST, Tuple.of(organisation, type))
                .map(rows -> rows.stream()
                        .findFirst()
                        .map(row -> new Last(
                                row.getInteger("version"),
                                Json.tree(row.getString("schema")),
                                FieldMapping.of(row.getString("mappings")))));
    }

    static Future<Optional<Standing>> standing(SqlClient sql, Commands.PutSchema put) {
        return all(
                        sql,
                        SAME,
                        Tuple.of(
                                put.organisation(),
                                put.type(),
                                put.version(),
                                put.schema().toString(),
                                Json.text(put.mappings())))
                .map(rows -> rows.stream()
                        .findFirst()
                        .map(row -> new Standing(row.getLong("revision"), row.getBoolean("same"))));
    }

    static Future<List<Revised<Catalog.Meter>>> meters(SqlClient sql, String organisation, String type) {
        return MeterTable.meters(sql, organisation, null)
                .map(meters -> meters.stream()
                        .filter(meter -> meter.content().eventType().equals(type))
                        .toList());
    }

    static Future<?> insert(SqlClient sql, Commands.PutSchema put, long revision, Optional<byte[]> key) {
        Future<?> written = sql.preparedQuery(INSERT_SCHEMA)
                .execute(Tuple.of(
                        put.organisation(),
                        put.type(),
                        put.version(),
                        revision,
                        put.schema().toString(),
                        Json.text(put.mappings())));
        return key.isEmpty()
                ? written
                : written.compose(done ->
                        sql.preparedQuery(INSERT_KEY).execute(Tuple.of(put.organisation(), Buffer.buffer(key.get()))));
    }

    static Future<?> insert(SqlClient sql, Commands.PutEventType put, long revision) {
        return sql.preparedQuery(INSERT_TYPE)
                .execute(Tuple.of(put.organisation(), put.type(), revision, put.compatibility()));
    }

    static Future<Optional<Revised<Deprecation>>> deprecation(SqlClient sql, Commands.PutDeprecation put) {
        return all(sql, DEPRECATION, Tuple.of(put.organisation(), put.type(), put.version()))
                .map(rows -> rows.stream()
                        .findFirst()
                        .map(row -> new Revised<>(
                                Integer.toString(put.version()),
                                deprecation(row).orElseThrow(),
                                row.getLong("revision"),
                                null)));
    }

    static Future<?> insert(SqlClient sql, Commands.PutDeprecation put, long revision) {
        Deprecation content = put.content();
        return sql.preparedQuery(INSERT_DEPRECATION)
                .execute(Tuple.of(put.organisation(), put.type(), put.version(), revision)
                        .addValue(Instants.utc(content.deprecatedAt()))
                        .addValue(MasterDataTable.utc(content.sunsetAt()))
                        .addValue(content.link()));
    }

    static Future<?> changed(SqlClient sql, String organisation) {
        return sql.preparedQuery(INSERT_CHANGES).execute(Tuple.of(organisation));
    }

    private static Future<List<Row>> all(SqlClient sql, String statement, Tuple parameters) {
        return sql.preparedQuery(statement).execute(parameters).map(MasterDataTable::rowsOf);
    }

    private static Catalog.SchemaVersion schema(Row row) {
        Map<String, String> mappings = new HashMap<>();
        Json.tree(row.getString("mappings"))
                .properties()
                .forEach(mapping ->
                        mappings.put(mapping.getKey(), mapping.getValue().asString()));
        return new Catalog.SchemaVersion(
                row.getInteger("version"),
                row.getBoolean("current"),
                mappings,
                deprecation(row).orElse(null),
                row.getLong("revision"),
                row.getString("schema"));
    }

    private static Optional<Deprecation> deprecation(Row row) {
        OffsetDateTime at = row.getOffsetDateTime("deprecated_at");
        return at == null
                ? Optional.empty()
                : Optional.of(new Deprecation(
                        Instants.of(at), MasterDataTable.instant(row, "sunset_at"), row.getString("link")));
    }
}
