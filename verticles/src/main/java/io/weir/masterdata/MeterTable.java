package io.weir.masterdata;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;
import io.weir.schemas.BackfillState;
import io.weir.schemas.Commands;
import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** SQL of meters: their versions, who answers for them, and what stands in the way of another version. */
final class MeterTable {
    /** Meters in their latest version; parameter 2 names one, or is null for all. */
    static final String METERS = """
            select m.meter, m.version, greatest(m.revision, d.revision) as revision, m.event_type, m.aggregation, m.value,
                   m.percentile, m.dimensions, m.filter::text as filter, m.unit, d.owner, d.purpose, b.day, b.ended_at, b.since
            from (select distinct on (meter) meter, version, revision, event_type, aggregation, value, percentile, dimensions,
                         filter, unit
                  from meter where organisation = $1 and ($2::text is null or meter = $2::text)
                  order by meter, version desc) m
            left join lateral (
                select l.revision, l.owner, l.purpose from meter_description l
                where l.organisation = $1 and l.meter = m.meter
                order by l.revision desc limit 1) d on true
            left join meter_backfill b on b.organisation = $1 and b.meter = m.meter and b.version = m.version
            order by m.meter
            """;

    /** What uses the meter, and how many others count events of the type. */
    static final String STANDING = """
            select array(select distinct 'price ' || p.price from price p where p.organisation = $1 and p.meter = $2
                         union
                         select f.feature_name from (
                             select distinct on (feature) 'feature ' || feature as feature_name, meter
                             from feature where organisation = $1 order by feature, revision desc) f
                         where f.meter = $2
                         order by 1) as users,
                   (select count(*) from (
                        select distinct on (meter) meter, event_type from meter
                        where organisation = $1 and meter <> $2 order by meter, version desc) m
                    where m.event_type = $3) as others
            """;

    static final String INSERT_METER = """
            insert into meter (organisation, meter, version, revision, event_type, aggregation, value, percentile, dimensions,
                               filter, unit)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::text::jsonb, $11)
            """;

    static final String INSERT_DESCRIPTION = """
            insert into meter_description (organisation, meter, revision, owner, purpose) values ($1, $2, $3, $4, $5)
            """;

    /** What stands in the way of a meter: who uses it, and how many others its type has. */
    record Standing(List<String> users, long others) {}

    private MeterTable() {}

    static Future<List<Revised<Catalog.Meter>>> meters(SqlClient sql, String organisation, @Nullable String meter) {
        return sql.preparedQuery(METERS)
                .execute(Tuple.of(organisation, meter))
                .map(rows -> MasterDataTable.rowsOf(rows).stream()
                        .map(MeterTable::meter)
                        .toList());
    }

    static Future<Standing> standing(SqlClient sql, Commands.PutMeter put) {
        return sql.preparedQuery(STANDING)
                .execute(Tuple.of(
                        put.organisation(), put.meter().value(), put.content().eventType()))
                .map(rows -> {
                    Row row = rows.iterator().next();
                    return new Standing(List.of(row.getArrayOfStrings("users")), row.getLong("others"));
                });
    }

    static Future<?> insert(SqlClient sql, Commands.PutMeter put, int version, long revision) {
        Commands.Meter content = put.content();
        JsonNode filter = content.filter();
        return sql.preparedQuery(INSERT_METER)
                .execute(Tuple.of(
                                put.organisation(),
                                put.meter().value(),
                                version,
                                revision,
                                content.eventType(),
                                content.aggregation())
                        .addValue(content.value())
                        .addValue(content.percentile())
                        .addValue(Objects.requireNonNullElse(content.dimensions(), List.<String>of())
                                .toArray(String[]::new))
                        .addValue(filter == null ? null : filter.toString())
                        .addValue(content.unit()));
    }

    static Future<?> describe(SqlClient sql, Commands.PutMeter put, long revision) {
        return sql.preparedQuery(INSERT_DESCRIPTION)
                .execute(Tuple.of(
                        put.organisation(),
                        put.meter().value(),
                        revision,
                        put.content().owner(),
                        put.content().purpose()));
    }

    private static Revised<Catalog.Meter> meter(Row row) {
        BigDecimal percentile = row.getBigDecimal("percentile");
        String filter = row.getString("filter");
        return new Revised<>(
                row.getString("meter"),
                new Catalog.Meter(
                        row.getInteger("version"),
                        row.getString("event_type"),
                        row.getString("aggregation"),
                        row.getString("value"),
                        percentile == null ? null : Json.object().numberNode(percentile.stripTrailingZeros()),
                        Stream.of(row.getArrayOfStrings("dimensions")).toList(),
                        filter == null ? null : Json.tree(filter),
                        row.getString("unit"),
                        row.getString("owner"),
                        row.getString("purpose"),
                        BackfillState.of(
                                row.getLocalDate("day"),
                                row.getOffsetDateTime("ended_at"),
                                row.getOffsetDateTime("since"))),
                row.getLong("revision"),
                null);
    }
}
