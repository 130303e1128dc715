package io.weir.policies;

import java.util.List;
import java.util.Locale;

/** The content codings that a body may come in (RFC 9110 8.4.1, RFC 8878). */
public enum Coding {
    GZIP,
    ZSTD;

    static final List<String> NAMES = List.of("gzip", "zstd");

    /** As it is written in a tag of a metric. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    Decoder decoder() {
        return switch (this) {
            case GZIP -> new GzipDecoder();
            case ZSTD -> new ZstdDecoder();
        };
    }
}
