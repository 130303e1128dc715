package io.weir.gateway;

import io.vertx.core.Vertx;
import io.weir.policies.Policy;
import io.weir.policies.Throttle;
import io.weir.policies.ValidateEvents;
import io.weir.settings.WeirSettings;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What a stream of events works with.
 *
 * @param again asked again while the stream lasts: whether its credential is still good
 * @param nanos a monotonic clock
 */
record StreamTools(
        Vertx vertx,
        IngestAction ingest,
        UsageLogProducer log,
        ValidateEvents checks,
        Throttle throttle,
        Policy again,
        OpenStreams streams,
        WeirSettings.Streams settings,
        int maxEventBytes,
        InstantSource clock,
        LongSupplier nanos) {}
