package io.weir.posting;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import io.weir.posting.PostingViews.Attempt;
import io.weir.posting.PostingViews.ControlTotals;
import io.weir.posting.PostingViews.Counts;
import io.weir.posting.PostingViews.Detail;
import io.weir.posting.PostingViews.Document;
import io.weir.posting.PostingViews.Item;
import io.weir.posting.PostingViews.Line;
import io.weir.schemas.Cursor;
import io.weir.schemas.Instants;
import io.weir.schemas.Json;
import io.weir.schemas.Page;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.schemas.TenantId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads postings, for the front door. */
public final class PostingQueries {
    private final Pool report;

    public PostingQueries(Pool report) {
        this.report = report;
    }

    /**
     * A page of a tenant's postings, newest first.
     *
     * @param state only those in it; null for all
     * @param cursor where the page before ended; null for the first page
     */
    public Future<Page<Item>> postings(TenantId tenant, @Nullable String state, int limit, @Nullable String cursor) {
        Cursor below = Cursor.read(cursor, 2);
        Tuple given = Tuple.of(tenant.value(), state)
                .addOffsetDateTime(below == null ? null : Instants.utc(below.instant()))
                .addString(below == null ? null : below.last())
                .addLong(limit + 1L);
        return report.withConnection(in -> in.preparedQuery(QueryTable.LIST)
                .execute(given)
                .compose(found -> {
                    List<Row> rows = found.stream().toList();
                    return documents(in, rows)
                            .map(documents -> rows.stream()
                                    .map(row -> QueryTable.item(
                                            row, documents.getOrDefault(row.getString("posting"), List.of())))
                                    .toList());
                })
                .map(items -> Page.upTo(items, limit, item -> Cursor.of(item.createdAt(), item.id()))));
    }

    /** One posting; refused where the tenant has none of that id. */
    public Future<Detail> posting(TenantId tenant, String posting) {
        return report.withConnection(in -> in.preparedQuery(QueryTable.ONE)
                .execute(Tuple.of(tenant.value(), posting))
                .compose(found -> {
                    Row row = found.stream().findFirst().orElseThrow(() -> unknown(posting));
                    return documents(in, List.of(row))
                            .map(documents -> detail(row, documents.getOrDefault(posting, List.of())));
                }));
    }

    /** A page of the calls made, or about to be made, for a posting's documents, oldest first. */
    public Future<Page<Attempt>> attempts(TenantId tenant, String posting, int limit, @Nullable String cursor) {
        Cursor below = Cursor.read(cursor, 1);
        long after = below == null ? 0 : below.number();
        return report.withConnection(in -> in.preparedQuery(QueryTable.EXISTS)
                .execute(Tuple.of(tenant.value(), posting))
                .compose(found -> {
                    if (found.size() == 0) {
                        throw unknown(posting);
                    }
                    return in.preparedQuery(QueryTable.ATTEMPTS)
                            .execute(Tuple.of(tenant.value(), posting, after, limit + 1L));
                })
                .map(rows -> Page.upTo(
                        rows.stream().map(QueryTable::attempt).toList(),
                        limit,
                        attempt -> Cursor.of(Long.toString(attempt.attempt())))));
    }

    private static Future<Map<String, List<Document>>> documents(SqlConnection in, List<Row> postings) {
        String[] ids = postings.stream().map(row -> row.getString("posting")).toArray(String[]::new);
        return in.preparedQuery(QueryTable.DOCUMENTS)
                .execute(Tuple.of((Object) ids))
                .map(rows -> {
                    Map<String, List<Document>> documents = new HashMap<>();
                    rows.forEach(row -> documents
                            .computeIfAbsent(row.getString("posting"), key -> new ArrayList<>())
                            .add(QueryTable.document(row)));
                    return documents;
                });
    }

    private static Detail detail(Row row, List<Document> documents) {
        Item item = QueryTable.item(row, documents);
        JsonNode manifest = Json.tree(row.getString("manifest"));
        return new Detail(
                item.id(),
                item.kind(),
                item.connection(),
                item.state(),
                item.currency(),
                item.total(),
                item.sha256(),
                new Counts(
                        manifest.at("/counts/documents").asInt(),
                        manifest.at("/counts/lines").asInt()),
                new ControlTotals(
                        manifest.at("/controlTotals/amount").asString(),
                        quantities(manifest.at("/controlTotals/quantities"))),
                lines(manifest.at("/documents")),
                documents,
                item.run(),
                row.getString("correlation"),
                item.createdBy(),
                item.createdAt(),
                row.getString("decided_by"),
                QueryTable.instant(row, "decided_at"),
                row.getString("comment"),
                row.getString("manifest"));
    }

    private static SortedMap<String, String> quantities(JsonNode node) {
        SortedMap<String, String> quantities = new TreeMap<>();
        node.properties()
                .forEach(
                        meter -> quantities.put(meter.getKey(), meter.getValue().asString()));
        return quantities;
    }

    private static List<Line> lines(JsonNode documents) {
        List<Line> lines = new ArrayList<>();
        for (JsonNode document : documents) {
            for (JsonNode line : document.path("lines")) {
                lines.add(new Line(
                        document.path("externalId").asString(),
                        line.path("line").asInt(),
                        line.path("chargeKey").asString(),
                        line.path("item").asString(),
                        line.path("meter").asString(),
                        line.path("quantity").asString(),
                        line.path("unit").asString(),
                        line.path("unitPrice").asString(),
                        line.path("amount").asString(),
                        Instant.parse(line.path("from").asString()),
                        Instant.parse(line.path("to").asString())));
            }
        }
        return lines;
    }

    private static RefusedException unknown(String posting) {
        return new RefusedException(new Refusal.NotFound("posting " + posting));
    }
}
