package io.weir.bare;

import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Puts one event a request, or an array of them (plain or gzip), into Kafka and answers 202 when all are acknowledged by all replicas.
 *
 * <p>It sends through the producer that the Vert.x client wraps: the wrapper hands each record to a worker thread first,
 * which is slower, and the baseline must be the faster one.
 */
final class KafkaHandlers {
    private static final int INFLATER_BYTES = 8 * 1024;

    private final Producer<byte[], byte[]> producer;
    private final String topic;

    KafkaHandlers(Producer<byte[], byte[]> producer, String topic) {
        this.producer = producer;
        this.topic = topic;
    }

    void post(RoutingContext routing) {
        boolean batch = routing.request().getHeader("Content-Type").startsWith("application/cloudevents-batch+json");
        boolean gzip = "gzip".equals(routing.request().getHeader("Content-Encoding"));
        routing.request().body().onComplete(body -> {
            if (body.failed()) {
                routing.response().setStatusCode(400).end();
            } else if (batch) {
                postBatch(routing.response(), body.result().getBytes(), gzip);
            } else {
                postEvents(routing.response(), List.of(body.result().getBytes()));
            }
        });
    }

    private void postBatch(HttpServerResponse response, byte[] body, boolean gzip) {
        try {
            postEvents(response, EventSlices.of(gzip ? inflated(body) : body));
        } catch (IOException notAnArray) {
            response.setStatusCode(400).end();
        }
    }

    private static byte[] inflated(byte[] body) throws IOException {
        try (GZIPInputStream inflating = new GZIPInputStream(new ByteArrayInputStream(body), INFLATER_BYTES)) {
            return inflating.readAllBytes();
        }
    }

    private void postEvents(HttpServerResponse response, List<byte[]> events) {
        AtomicInteger waiting = new AtomicInteger(events.size());
        AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
        for (byte[] event : events) {
            producer.send(new ProducerRecord<>(topic, event), (metadata, failed) -> {
                if (failed != null) {
                    failure.set(failed);
                }
                if (waiting.decrementAndGet() == 0) {
                    answer(response, failure.get() == null, events.size());
                }
            });
        }
    }

    private static void answer(HttpServerResponse response, boolean durable, int events) {
        if (durable) {
            response.setStatusCode(202)
                    .putHeader("content-type", "application/json")
                    .end("{\"accepted\":" + events
                            + ",\"recorded\":0,\"duplicates\":0,\"conflicts\":0,\"rejected\":0,\"receipts\":[]}");
        } else {
            response.setStatusCode(503).end();
        }
    }
}
