package io.weir.house;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** No file over 400 lines, no method over 40: where one is larger, the reason stands here. */
class SizeTest {
    private static final int FILE = 400;
    private static final int METHOD = 40;

    /** File or Class.method, and why it may be larger. */
    private static final Map<String, String> LARGER = Map.of(
            "Deployment.deploy", "the object graph of a node, on one screen",
            "Problems.of", "one exhaustive switch: which refusal is which answer");

    @Test
    void no_file_has_more_than_400_lines() {
        List<String> larger = new ArrayList<>();
        for (String of : List.of("main", "test")) {
            for (Sources.Source source : Sources.java(of)) {
                if (source.lines().size() > FILE && !LARGER.containsKey(type(source))) {
                    larger.add(source + " has " + source.lines().size() + " lines");
                }
            }
        }
        assertEquals(List.of(), larger, "one idea a place: move one of them out");
    }

    @Test
    void no_method_has_more_than_40_lines() {
        List<String> larger = new ArrayList<>();
        for (Sources.Source source : Sources.java("main")) {
            for (Methods.Method method : Methods.of(source.text())) {
                if (method.lines() > METHOD && !LARGER.containsKey(type(source) + "." + method.name())) {
                    larger.add(
                            source + ":" + method.line() + " " + method.name() + " has " + method.lines() + " lines");
                }
            }
        }
        assertEquals(List.of(), larger, "name the steps of it");
    }

    @Test
    void methods_are_found_by_their_braces() {
        String source = """
                package x;
                @interface A { int value() default 1; }
                /** class Not { void one() {} } */
                public final class B<T extends Comparable<T>> implements C {
                    private static final int[] N = {1, 2};
                    private final Runnable r = () -> {
                        go();
                    };
                    static { init(); }
                    @Override(x = {1})
                    public <U> void two(U u, String... s) throws E {
                        if (u == null) { s("} {"); }
                        new Object() { @Override public String toString() {
                            return "x";
                        } };
                    }
                    record R(int a) {
                        R {
                            check(a);
                        }
                        void record(Object record) { }
                    }
                }
                """;
        assertEquals(
                List.of("static 1", "two 6", "R 3", "record 1"),
                Methods.of(source).stream()
                        .map(method -> method.name() + " " + method.lines())
                        .toList());
    }

    private static String type(Sources.Source source) {
        return source.path().getFileName().toString().replace(".java", "");
    }
}
