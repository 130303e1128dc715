package io.weir.house;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the methods of a source by its braces: a light scan, not a parser. A brace opens a type where its head says so, a
 * method where its head stands directly in a type, and a block elsewhere.
 */
final class Methods {
    private static final Pattern HIDDEN = Pattern.compile(
            "\"\"\".*?(?<!\\\\)\"\"\"|\"(?:\\\\.|[^\"\\\\\n])*\"|'(?:\\\\.|[^'\\\\\n])+'|//[^\n]*|/\\*.*?\\*/",
            Pattern.DOTALL);
    private static final Pattern TYPE =
            Pattern.compile("\\b(?:class|interface|enum)\\s+[A-Z]\\w*|\\brecord\\s+[A-Z]\\w*\\s*[(<]");
    private static final Pattern NAME = Pattern.compile("(\\w+)\\s*(?:\\(|$)");

    private Methods() {}

    /** A method and how many lines it has, from the brace that opens it to the one that closes it. */
    record Method(String name, int line, int lines) {}

    private enum Kind {
        TYPE,
        METHOD,
        BLOCK
    }

    private record Open(Kind kind, String name, int line) {}

    static List<Method> of(String source) {
        String code = withoutTexts(source);
        List<Method> methods = new ArrayList<>();
        Deque<Open> open = new ArrayDeque<>();
        int line = 1;
        int head = 0;
        int parentheses = 0;
        for (int i = 0; i < code.length(); i++) {
            switch (code.charAt(i)) {
                case '\n' -> line++;
                case '(' -> parentheses++;
                case ')' -> parentheses--;
                case ';' -> head = parentheses == 0 ? i + 1 : head;
                case '{' -> {
                    open.push(opened(open.peek(), code.substring(head, i), line, parentheses > 0));
                    head = i + 1;
                }
                case '}' -> {
                    Open closed = open.pop();
                    if (closed.kind() == Kind.METHOD) {
                        methods.add(new Method(closed.name(), closed.line(), line - closed.line() + 1));
                    }
                    head = i + 1;
                }
                default -> {}
            }
        }
        return methods;
    }

    private static Open opened(@org.jspecify.annotations.Nullable Open around, String head, int line, boolean inside) {
        if (!inside && TYPE.matcher(head).find()) {
            return new Open(Kind.TYPE, "", line);
        }
        if (around == null || around.kind() != Kind.TYPE || head.contains("=") || inside) {
            return new Open(Kind.BLOCK, "", line);
        }
        Matcher name = NAME.matcher(head.replaceAll("@\\w+(\\([^)]*\\))?", "").strip());
        return new Open(Kind.METHOD, name.find() ? name.group(1) : "initializer", line);
    }

    /** The code with texts and comments blanked, line for line. */
    private static String withoutTexts(String source) {
        return HIDDEN.matcher(source)
                .replaceAll(hidden -> "\n".repeat((int)
                        hidden.group().chars().filter(c -> c == '\n').count()));
    }
}
