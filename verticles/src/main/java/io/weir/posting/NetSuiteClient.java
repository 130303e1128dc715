package io.weir.posting;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.weir.settings.Secret;
import io.weir.settings.WeirSettings;
import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Oracle NetSuite's REST record service: an invoice is upserted under its external id, so that even a repeated write
 * gives no second document. Amounts travel as JSON numbers with all their digits.
 */
final class NetSuiteClient implements ErpClient {
    static final String VENDOR = "netsuite";

    private static final String INVOICE = "/services/rest/record/v1/invoice/eid:";
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private final HttpClient http;
    private final WeirSettings.Posting settings;

    NetSuiteClient(HttpClient http, WeirSettings.Posting settings) {
        this.http = http;
        this.settings = settings;
    }

    @Override
    public Future<ErpOutcome> write(Connection to, ErpDocument document) {
        Buffer body = Buffer.buffer(JSON.writeValueAsBytes(Invoice.of(document)));
        // The lines given are all the lines: a repeated write must not add to those that are there.
        return call(to, HttpMethod.PUT, path(document.externalId()) + "?replace=item", body)
                .map(NetSuiteAnswers::written);
    }

    @Override
    public Future<ErpOutcome> find(Connection at, String externalId) {
        return call(at, HttpMethod.GET, path(externalId), null).map(NetSuiteAnswers::found);
    }

    private static String path(String externalId) {
        return INVOICE + URLEncoder.encode(externalId, StandardCharsets.UTF_8);
    }

    private Future<HttpAnswer> call(Connection to, HttpMethod method, String path, @Nullable Buffer body) {
        String token;
        try {
            token = new Secret(to.credential()).value();
        } catch (IllegalArgumentException e) {
            return Future.succeededFuture(new HttpAnswer.NoCredential(String.valueOf(e.getMessage())));
        }
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setAbsoluteURI(to.baseUrl() + path)
                .setConnectTimeout(settings.deadlineMillis())
                .putHeader("Authorization", "Bearer " + token)
                .putHeader("Accept", "application/json");
        if (body != null) {
            options.putHeader("Content-Type", "application/json");
        }
        return new HttpCall(settings.deadlineMillis(), settings.maxResponseBytes()).make(http, options, body);
    }

    private record Ref(String externalId) {}

    private record Named(String refName) {}

    private record Item(
            int line, Ref item, String description, BigDecimal quantity, BigDecimal rate, BigDecimal amount) {}

    private record Items(List<Item> items) {}

    private record Invoice(
            Ref entity, Ref subsidiary, Named currency, String tranDate, String memo, String otherRefNum, Items item) {
        static Invoice of(ErpDocument document) {
            List<Item> items = document.lines().stream()
                    .map(line -> new Item(
                            line.line(),
                            new Ref(line.item()),
                            line.description(),
                            line.quantity(),
                            line.unitPrice(),
                            line.amount()))
                    .toList();
            return new Invoice(
                    new Ref(document.entity()),
                    new Ref(document.legalEntity()),
                    new Named(document.currency()),
                    document.dated().toString(),
                    document.memo(),
                    document.reference(),
                    new Items(items));
        }
    }
}
