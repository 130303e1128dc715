package io.weir.bare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class EventSlicesTest {
    private static List<String> slices(String body) throws IOException {
        return EventSlices.of(body.getBytes(StandardCharsets.UTF_8)).stream()
                .map(slice -> new String(slice, StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void each_event_keeps_its_own_bytes() throws IOException {
        assertEquals(
                List.of("{\"a\": {\"b\":[1]}}", "{\"ü\":\"]},\"}"),
                slices(" [ {\"a\": {\"b\":[1]}} ,\n{\"ü\":\"]},\"} ] "));
        assertEquals(List.of(), slices("[]"));
    }

    @Test
    void anything_but_an_array_of_objects_is_refused() {
        assertThrows(IOException.class, () -> slices("{}"));
        assertThrows(IOException.class, () -> slices("[1]"));
        assertThrows(IOException.class, () -> slices("[{\"a\":1}"));
    }
}
