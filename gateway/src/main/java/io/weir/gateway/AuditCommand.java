package io.weir.gateway;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.weir.audit.AuditVerification;
import io.weir.audit.AuditVerification.Chain;
import io.weir.audit.AuditVerification.Noted;
import io.weir.settings.SettingsException;
import io.weir.settings.SettingsLoader;
import io.weir.settings.WeirSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * Verifies the audit trail: {@code weir audit-verify [overlay.yaml ...] [--expect tenant:sequence:hash ...]}, with a node's
 * settings, beside running nodes or without any. Exit codes: 0 every chain holds, 1 one does not, 2 wrong settings or arguments,
 * 3 it could not be read.
 */
final class AuditCommand {
    static final String NAME = "audit-verify";

    private static final String EXPECT = "--expect";

    private AuditCommand() {}

    static int run(List<String> arguments, Map<String, String> environment, Consumer<String> say) {
        List<Path> files = new ArrayList<>();
        List<Noted> noted = new ArrayList<>();
        try {
            read(arguments, files, noted);
            return verify(SettingsLoader.load(WeirSettings.class, files, environment), noted, say);
        } catch (SettingsException e) {
            Console.fail("the settings cannot be used:\n" + e.getMessage());
            return 2;
        } catch (IllegalArgumentException e) {
            Console.fail(e.getMessage()
                    + "\nusage: weir audit-verify [overlay.yaml ...] [--expect tenant:sequence:hash ...]");
            return 2;
        } catch (CompletionException | StartFailure e) {
            Console.fail("the audit trail could not be read: " + (e.getCause() == null ? e : e.getCause()));
            return 3;
        }
    }

    private static void read(List<String> arguments, List<Path> files, List<Noted> noted) {
        Iterator<String> rest = arguments.iterator();
        while (rest.hasNext()) {
            String argument = rest.next();
            if (!argument.startsWith("--")) {
                files.add(Path.of(argument));
            } else if (argument.equals(EXPECT) && rest.hasNext()) {
                String text = rest.next();
                noted.add(Noted.read(text)
                        .orElseThrow(() -> new IllegalArgumentException(
                                text + " is not tenant:sequence:hash, as this command tells a head")));
            } else {
                throw new IllegalArgumentException(argument + " is not known, or lacks its value");
            }
        }
    }

    private static int verify(WeirSettings settings, List<Noted> noted, Consumer<String> say) {
        Vertx vertx = Vertx.vertx();
        try {
            Pool pool = Database.pool(vertx, settings, "report");
            List<Chain> chains = new AuditVerification(pool)
                    .verify(noted)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .join();
            chains.forEach(chain -> say.accept(told(chain)));
            boolean holds = chains.stream().allMatch(Chain::holds);
            say.accept(
                    holds
                            ? "every chain holds; keep the heads elsewhere, and give them back with " + EXPECT
                                    + ": a tail that was cut off shows only beside them"
                            : "THE AUDIT TRAIL IS BROKEN");
            return holds ? 0 : 1;
        } finally {
            Wait.on(vertx.close());
        }
    }

    private static String told(Chain chain) {
        String so = chain.tenant() + ": " + chain.entries() + " entries hold";
        return chain.holds()
                ? so
                        + (chain.entries() == 0
                                ? ""
                                : ", head " + chain.tenant() + ":" + chain.entries() + ":" + chain.hash())
                : so + ", BROKEN at " + chain.brokenAt() + ": " + chain.why();
    }
}
