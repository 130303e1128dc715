package io.weir.loadtest;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What is measured or tried: the checkout's commit, and whether files differ from it (the results themselves aside). */
public record MeasuredTree(String commit, boolean dirty) {
    public static MeasuredTree of(Path root) {
        String commit = git(root, "rev-parse", "HEAD");
        return commit.isEmpty()
                ? new MeasuredTree("unknown", false)
                : new MeasuredTree(
                        commit,
                        !git(root, "status", "--porcelain", "--", ".", ":!loadtest/results")
                                .isEmpty());
    }

    /** What git says; nothing where there is no git or no repository. */
    private static String git(Path root, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add("git");
        command.addAll(List.of(arguments));
        try {
            Process git = new ProcessBuilder(command)
                    .directory(root.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        } catch (IOException none) {
            return "";
        }
    }
}
