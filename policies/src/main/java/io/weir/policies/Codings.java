package io.weir.policies;

import com.github.luben.zstd.util.Native;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import io.weir.settings.WeirSettings;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Bodies as they were before their content coding. A decoder holds memory outside the heap for as long as its body lasts, up to
 * 64 KiB for gzip and 8.5 MiB for zstd, so there are at most so many of each on a node; one more is refused for now.
 */
public final class Codings {
    private final WeirSettings.Http settings;
    private final Map<Coding, AtomicInteger> open = new EnumMap<>(Coding.class);

    public Codings(WeirSettings.Http settings) {
        this.settings = settings;
        for (Coding coding : Coding.values()) {
            open.put(coding, new AtomicInteger());
        }
    }

    /** Unpacks and loads zstd's library, which takes a while; so not on an event loop, at the first body. */
    public static boolean load() {
        Native.load();
        return Native.isLoaded();
    }

    /** How many bodies of that coding are being read; followed by a metric. */
    public AtomicInteger open(Coding coding) {
        AtomicInteger count = open.get(coding);
        if (count == null) {
            throw new IllegalStateException("every coding is counted");
        }
        return count;
    }

    /** The body without that coding. Nothing is read yet. */
    DecodedBody decoded(HttpServerRequest request, Coding coding, Context context) {
        AtomicInteger count = open(coding);
        int most = switch (coding) {
            case GZIP -> settings.maxGzipBodies();
            case ZSTD -> settings.maxZstdBodies();
        };
        if (count.incrementAndGet() > most) {
            count.decrementAndGet();
            throw new RefusedException(
                    new Refusal.Unavailable("too many " + coding.text() + " bodies are being read", 1));
        }
        return new DecodedBody(request, coding.decoder(), count::decrementAndGet, settings.maxRatio(), context);
    }

    /** The coding that the request names; null where its body is sent as it is, refused where it is none of ours. */
    static @Nullable Coding of(HttpServerRequest request) {
        String first = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (first == null) {
            return null;
        }
        List<String> all = request.headers().getAll(HttpHeaders.CONTENT_ENCODING);
        return switch (all.size() > 1 ? "several" : first.strip().toLowerCase(Locale.ROOT)) {
            case "", "identity" -> null;
            case "gzip", "x-gzip" -> Coding.GZIP;
            case "zstd" -> Coding.ZSTD;
            default ->
                throw new RefusedException(new Refusal.UnsupportedMediaType(
                        "Content-Encoding " + String.join(", ", all), Coding.NAMES, true));
        };
    }
}
