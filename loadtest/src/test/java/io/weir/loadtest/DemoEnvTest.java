package io.weir.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DemoEnvTest {
    @Test
    void comments_are_skipped_and_values_keep_their_equals_signs() {
        assertEquals(Map.of("A", "b=c"), DemoEnv.parse("# x=y\nA=b=c\n\n"));
    }

    @Test
    void a_missing_name_says_what_to_do() {
        DemoEnv env = new DemoEnv(Path.of("demo.env"), Map.of());
        assertThrows(DemoEnv.Missing.class, env::url);
    }

    @Test
    void data_directory_defaults_to_dot_weir() {
        assertEquals(Path.of(".weir").toAbsolutePath(), DemoEnv.dataDirectory(Map.of()));
        assertEquals(Path.of("/d"), DemoEnv.dataDirectory(Map.of("WEIR_DATA_DIR", "/d")));
    }
}
