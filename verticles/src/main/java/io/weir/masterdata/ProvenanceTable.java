package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.Actor;
import io.weir.schemas.Instants;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The SQL of fields: who owns each, and who wrote it last. */
final class ProvenanceTable {
    static final String OWNERS = """
            select d.field, coalesce(o.system, d.system) as system
            from tenant t
            cross join field_owner_default d
            left join field_owner o on o.organisation = t.organisation and o.object = d.object and o.field = d.field
            where t.tenant = $1 and d.object = $2
            """;

    static final String ALL_OWNERS = """
            select d.object, d.field, coalesce(o.system, d.system) as system
            from field_owner_default d
            left join field_owner o on o.organisation = $1 and o.object = d.object and o.field = d.field
            order by d.object, d.field
            """;

    static final String CLEAR_OWNERS = "delete from field_owner where organisation = $1";

    static final String SET_OWNERS = """
            insert into field_owner (organisation, object, field, system)
            select $1::text, u.object, u.field, u.system
            from unnest($2::text[], $3::text[], $4::text[]) u (object, field, system)
            """;

    static final String WRITE = """
            insert into field_provenance (tenant, object, id, field, system, at, origin_id, principal)
            select $1::text, $2::text, $3::text, f, $5::text, $6::timestamptz, $7::text, $8::text from unnest($4::text[]) f
            on conflict (tenant, object, id, field) do update
                set system = excluded.system, at = excluded.at, origin_id = excluded.origin_id, principal = excluded.principal
            """;

    private ProvenanceTable() {}

    /** The owner of each field of a kind of object. */
    static Future<Map<String, String>> owners(SqlClient client, TenantId tenant, String object) {
        return client.preparedQuery(OWNERS)
                .execute(Tuple.of(tenant.value(), object))
                .map(rows -> {
                    Map<String, String> owners = new HashMap<>();
                    rows.forEach(row -> owners.put(row.getString("field"), row.getString("system")));
                    return owners;
                });
    }

    /** The owner of each field, by kind of object, in an organisation. */
    static Future<Map<String, Map<String, String>>> owners(SqlClient client, String organisation) {
        return client.preparedQuery(ALL_OWNERS).execute(Tuple.of(organisation)).map(rows -> {
            Map<String, Map<String, String>> owners = new TreeMap<>();
            rows.forEach(row -> owners.computeIfAbsent(row.getString("object"), first -> new TreeMap<>())
                    .put(row.getString("field"), row.getString("system")));
            return owners;
        });
    }

    /** Makes those the owners that are not the default ones, and no others. */
    static Future<?> put(SqlClient client, String organisation, Map<String, Map<String, String>> owners) {
        List<String> objects = new ArrayList<>();
        List<String> fields = new ArrayList<>();
        List<String> systems = new ArrayList<>();
        owners.forEach((object, of) -> of.forEach((field, system) -> {
            objects.add(object);
            fields.add(field);
            systems.add(system);
        }));
        Tuple given = Tuple.of(organisation)
                .addArrayOfString(objects.toArray(String[]::new))
                .addArrayOfString(fields.toArray(String[]::new))
                .addArrayOfString(systems.toArray(String[]::new));
        return client.preparedQuery(CLEAR_OWNERS)
                .execute(Tuple.of(organisation))
                .compose(cleared -> client.preparedQuery(SET_OWNERS).execute(given));
    }

    /** Keeps who changed the fields. */
    static Future<?> write(
            SqlClient client, TenantId tenant, String object, String id, List<String> fields, Actor actor, Instant at) {
        Tuple given = Tuple.of(tenant.value(), object, id)
                .addArrayOfString(fields.toArray(String[]::new))
                .addString(actor.system())
                .addValue(Instants.utc(at))
                .addString(actor.originId())
                .addString(actor.principal());
        return client.preparedQuery(WRITE).execute(given);
    }
}
