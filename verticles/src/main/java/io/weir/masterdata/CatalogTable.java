package io.weir.masterdata;

import io.vertx.sqlclient.Row;
import io.weir.schemas.Json;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The SQL that reads the catalog, and how its rows are read. */
final class CatalogTable {
    static final String PLAN = """
            select plan, revision, name
            from plan
            where organisation = $1 and plan = $2
            order by revision desc
            limit 1
            """;

    static final String PLAN_FEATURES = """
            select feature, enabled, unlimited, allowance, overage, config::text as config
            from plan_feature
            where organisation = $1 and plan = $2 and revision = $3
            order by feature
            """;

    static final String PRICE_VERSIONS = """
            select price, version, revision, plan, meter, model, unit_price, currency,
                   nullif(effective_from, '-infinity') as effective_from
            from price
            where organisation = $1 and price = $2 and ($3::int is null or version = $3)
            order by version
            """;

    static final String FEATURE = """
            select feature, revision, kind, meter
            from feature
            where organisation = $1 and feature = $2
            order by revision desc
            limit 1
            """;

    private CatalogTable() {}

    static Revised<Catalog.Plan> plan(Row row, List<Catalog.PlanFeature> features) {
        return new Revised<>(
                row.getString("plan"),
                new Catalog.Plan(row.getString("name"), features),
                row.getLong("revision"),
                null);
    }

    static Catalog.PlanFeature planFeature(Row row) {
        String config = row.getString("config");
        @Nullable JsonNode tree = config == null ? null : Json.tree(config);
        BigDecimal allowance = row.getBigDecimal("allowance");
        return new Catalog.PlanFeature(
                row.getString("feature"),
                row.getBoolean("enabled"),
                row.getBoolean("unlimited"),
                allowance,
                row.getString("overage"),
                tree);
    }

    static Revised<Catalog.Price> price(Row row) {
        OffsetDateTime from = row.getOffsetDateTime("effective_from");
        return new Revised<>(
                row.getString("price"),
                new Catalog.Price(
                        row.getInteger("version"),
                        row.getString("plan"),
                        row.getString("meter"),
                        row.getString("model"),
                        row.getBigDecimal("unit_price"),
                        row.getString("currency"),
                        from == null ? null : from.toInstant()),
                row.getLong("revision"),
                null);
    }

    static Revised<Catalog.Feature> feature(Row row) {
        return new Revised<>(
                row.getString("feature"),
                new Catalog.Feature(row.getString("kind"), row.getString("meter")),
                row.getLong("revision"),
                null);
    }
}
