package io.weir.policies;

import com.google.re2j.Pattern;
import com.networknt.schema.regex.RegularExpression;

/**
 * A regular expression that is matched in time linear in the text (RE2): no pattern of a schema can make an event loop
 * search for hours. The price: no look-around and no back reference, which RE2 refuses at compilation.
 */
final class LinearExpression implements RegularExpression {
    private final Pattern pattern;

    private LinearExpression(Pattern pattern) {
        this.pattern = pattern;
    }

    /**
     * Compiles a pattern of ECMA-262, as JSON Schema writes them.
     *
     * @throws com.google.re2j.PatternSyntaxException where it is none, or none that RE2 can match
     */
    static LinearExpression of(String regex) {
        return new LinearExpression(Pattern.compile(translated(regex)));
    }

    @Override
    public boolean matches(String value) {
        return pattern.matcher(value).find();
    }

    /** An escape such as {@code \\u0041} is {@code \\x{0041}} to RE2; all else is written alike. */
    private static String translated(String regex) {
        StringBuilder out = new StringBuilder(regex.length() + 8);
        for (int i = 0; i < regex.length(); i++) {
            char c = regex.charAt(i);
            if (c != '\\' || i + 1 == regex.length()) {
                out.append(c);
            } else if (regex.charAt(i + 1) == 'u' && hex(regex, i + 2)) {
                out.append("\\x{").append(regex, i + 2, i + 6).append('}');
                i += 5;
            } else {
                out.append(c).append(regex.charAt(++i));
            }
        }
        return out.toString();
    }

    private static boolean hex(String text, int from) {
        if (from + 4 > text.length()) {
            return false;
        }
        for (int i = from; i < from + 4; i++) {
            if (Character.digit(text.charAt(i), 16) < 0) {
                return false;
            }
        }
        return true;
    }
}
