package io.weir.schemas;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.NullNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads foreign JSON into a tree and reports, with pointers and without stopping, what could never be stored or compared:
 * U+0000 and unpaired surrogates, duplicate keys, nesting beyond 32, numbers beyond 38 digits or an exponent beyond +-38.
 *
 * <p>Text that is no JSON at all ends the reading with Jackson's exception. A violation leaves a null in the tree, so that
 * the rest can be checked as well.
 */
public final class StrictJson {
    /** Deepest nesting of objects and arrays. */
    public static final int MAX_DEPTH = 32;
    /** Most digits of a number. */
    public static final int MAX_DIGITS = 38;
    /** Greatest exponent of a number, either sign. */
    public static final int MAX_EXPONENT = 38;

    /** Length of an escape such as {@code \\u0041}. */
    private static final int ESCAPE = 6;

    private static final int LONG_DIGITS = 18;
    private static final int PARSER_DEPTH = 1_000;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    /** JSON between systems is UTF-8 (RFC 8259 8.1); another encoding is no JSON, and has no places to cut events out at. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(PARSER_DEPTH)
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build();

    private final JsonParser parser;
    private final List<FieldError> errors;
    /** Where the reading stands: at each level a key, or null and the index in an array. */
    private final @Nullable String[] names = new String[MAX_DEPTH];

    private final int[] indexes = new int[MAX_DEPTH];

    private StrictJson(JsonParser parser, List<FieldError> errors) {
        this.parser = parser;
        this.errors = errors;
    }

    /** A parser of the bytes, to be given to {@link #read(JsonParser, List)} value by value. */
    public static JsonParser parser(byte[] bytes) {
        return parser(bytes, 0);
    }

    /** A parser of the bytes from there on; its places are counted from there as well. */
    public static JsonParser parser(byte[] bytes, int from) {
        return FACTORY.createParser(ObjectReadContext.empty(), bytes, from, bytes.length - from);
    }

    /**
     * Reads the one value that the bytes are.
     *
     * @param errors gains every violation
     * @throws tools.jackson.core.JacksonException where the bytes are no JSON, or more than one value
     */
    public static JsonNode read(byte[] bytes, List<FieldError> errors) {
        int before = errors.size();
        try {
            return readOnce(bytes, errors);
        } catch (JacksonException e) {
            byte[] readable = readable(bytes);
            if (readable == bytes) {
                throw e;
            }
            errors.subList(before, errors.size()).clear();
            return readOnce(readable, errors);
        }
    }

    /**
     * JSON that Jackson can step over: an escaped unpaired surrogate, at which it ends the reading when it stands in a key,
     * becomes an escaped U+0000, which is a violation as well and as long.
     *
     * @return the same array where there is none
     */
    public static byte[] readable(byte[] bytes) {
        byte[] readable = bytes;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] != '\\') {
                continue;
            }
            int unit = escaped(bytes, i);
            if (unit < 0) {
                i++;
            } else if (Character.isHighSurrogate((char) unit) && lowFollows(bytes, i + ESCAPE)) {
                i += 2 * ESCAPE - 1;
            } else {
                if (Character.isSurrogate((char) unit)) {
                    readable = readable == bytes ? bytes.clone() : readable;
                    java.util.Arrays.fill(readable, i + 2, i + ESCAPE, (byte) '0');
                }
                i += ESCAPE - 1;
            }
        }
        return readable;
    }

    private static boolean lowFollows(byte[] bytes, int at) {
        int unit = escaped(bytes, at);
        return unit >= 0 && Character.isLowSurrogate((char) unit);
    }

    /** The UTF-16 unit that is escaped there; -1 where none is. */
    private static int escaped(byte[] bytes, int at) {
        if (at + ESCAPE > bytes.length || bytes[at] != '\\' || bytes[at + 1] != 'u') {
            return -1;
        }
        int unit = 0;
        for (int i = at + 2; i < at + ESCAPE; i++) {
            int digit = Character.digit(bytes[i], 16);
            if (digit < 0) {
                return -1;
            }
            unit = unit << 4 | digit;
        }
        return unit;
    }

    private static JsonNode readOnce(byte[] bytes, List<FieldError> errors) {
        try (JsonParser parser = parser(bytes)) {
            if (!Utf8.valid(bytes)) {
                throw new tools.jackson.core.exc.StreamReadException(parser, "not UTF-8");
            }
            parser.nextToken();
            JsonNode node = read(parser, errors);
            if (parser.nextToken() != null) {
                throw new tools.jackson.core.exc.StreamReadException(parser, "more than one JSON value");
            }
            return node;
        }
    }

    /** Reads the value that the parser stands at, and leaves the parser at its last token. */
    public static JsonNode read(JsonParser parser, List<FieldError> errors) {
        return new StrictJson(parser, errors).value(0);
    }

    /** The place of the value at that depth; its text is made only when something is wrong there. */
    private String pointer(int depth) {
        StringBuilder pointer = new StringBuilder();
        for (int level = 0; level < depth; level++) {
            String name = names[level];
            pointer.append('/');
            pointer.append(name == null ? Integer.toString(indexes[level]) : JsonPointers.escaped(name));
        }
        return pointer.toString();
    }

    /** Reads a value that lies within so many objects and arrays. */
    private JsonNode value(int depth) {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new tools.jackson.core.exc.StreamReadException(parser, "no JSON value");
        }
        return switch (token) {
            case START_OBJECT -> depth == MAX_DEPTH ? tooDeep(depth) : object(depth);
            case START_ARRAY -> depth == MAX_DEPTH ? tooDeep(depth) : array(depth);
            case VALUE_STRING -> string(depth);
            case VALUE_NUMBER_INT -> integer(depth);
            case VALUE_NUMBER_FLOAT -> decimal(depth);
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NullNode.getInstance();
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                throw new tools.jackson.core.exc.StreamReadException(parser, "no JSON value");
        };
    }

    private JsonNode object(int depth) {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            if (!Text.storable(name)) {
                wrong(depth, "a key holds U+0000 or an unpaired surrogate");
            }
            names[depth] = name;
            parser.nextToken();
            if (object.replace(name, value(depth + 1)) != null) {
                wrong(depth + 1, "key stands twice");
            }
        }
        return object;
    }

    private JsonNode array(int depth) {
        ArrayNode array = NODES.arrayNode();
        names[depth] = null;
        for (int i = 0; parser.nextToken() != JsonToken.END_ARRAY; i++) {
            indexes[depth] = i;
            array.add(value(depth + 1));
        }
        return array;
    }

    private JsonNode tooDeep(int depth) {
        parser.skipChildren();
        return wrong(depth, "nesting beyond " + MAX_DEPTH);
    }

    private JsonNode string(int depth) {
        String text = parser.getString();
        return Text.storable(text) ? NODES.stringNode(text) : wrong(depth, "holds U+0000 or an unpaired surrogate");
    }

    private JsonNode integer(int depth) {
        if (parser.getStringLength() <= LONG_DIGITS) {
            return NODES.numberNode(parser.getLongValue());
        }
        String text = parser.getString();
        return numberAllowed(text) ? NODES.numberNode(new BigInteger(text)) : tooLong(depth);
    }

    private JsonNode decimal(int depth) {
        String text = parser.getString();
        return numberAllowed(text) ? NODES.numberNode(new BigDecimal(text)) : tooLong(depth);
    }

    private JsonNode tooLong(int depth) {
        return wrong(depth, "number beyond " + MAX_DIGITS + " digits or an exponent beyond +-" + MAX_EXPONENT);
    }

    private static boolean numberAllowed(String text) {
        int digits = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                digits++;
            } else if (c == 'e' || c == 'E') {
                return digits <= MAX_DIGITS && exponentAllowed(text.substring(i + 1));
            }
        }
        return digits <= MAX_DIGITS;
    }

    private static boolean exponentAllowed(String exponent) {
        return exponent.length() <= 6 && Math.abs(Integer.parseInt(exponent)) <= MAX_EXPONENT;
    }

    private JsonNode wrong(int depth, String detail) {
        errors.add(new FieldError(pointer(depth), detail));
        return NullNode.getInstance();
    }
}
