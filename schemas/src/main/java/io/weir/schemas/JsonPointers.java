package io.weir.schemas;

import java.util.ArrayList;
import java.util.List;

/** Steps of JSON Pointers (RFC 6901). */
public final class JsonPointers {
    private JsonPointers() {}

    /** A name as a step of a JSON Pointer. */
    public static String escaped(String name) {
        return name.replace("~", "~0").replace("/", "~1");
    }

    /** The steps of a JSON Pointer that begins with a slash. */
    public static List<String> steps(String pointer) {
        List<String> steps = new ArrayList<>();
        for (String step : pointer.substring(1).split("/", -1)) {
            steps.add(step.replace("~1", "/").replace("~0", "~"));
        }
        return steps;
    }
}
