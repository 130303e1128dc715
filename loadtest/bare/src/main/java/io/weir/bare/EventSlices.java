package io.weir.bare;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Parses a JSON array of events token by token and gives each event's own bytes: no tree is built, nothing is rewritten. */
final class EventSlices {
    private static final JsonFactory JSON = new JsonFactory();

    private EventSlices() {}

    static List<byte[]> of(byte[] body) throws IOException {
        List<byte[]> events = new ArrayList<>(128);
        try (JsonParser parser = JSON.createParser(body)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new IOException("not an array");
            }
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                int from = (int) parser.currentTokenLocation().getByteOffset();
                parser.skipChildren();
                int to = (int) parser.currentLocation().getByteOffset();
                events.add(Arrays.copyOfRange(body, from, to));
            }
            if (parser.currentToken() != JsonToken.END_ARRAY) {
                throw new IOException("not an array of objects");
            }
        }
        return events;
    }
}
