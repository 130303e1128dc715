package io.weir.gateway;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** What runs here: for /info, and for the first line of the log. */
final class BuildInfo {
    private BuildInfo() {}

    static Map<String, Object> read() {
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("name", "weir");
        info.put(
                "version",
                Optional.ofNullable(BuildInfo.class.getPackage().getImplementationVersion())
                        .orElse("development"));
        info.put("java", Runtime.version().toString());
        return info;
    }
}
