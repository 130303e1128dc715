package io.weir.gateway;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.weir.gateway.Contract.Operation;
import io.weir.schemas.Json;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Requests that are made from the OpenAPI document, right and wrong, in several roles: whatever is asked, the answer is a
 * documented one and never a failure of Weir's own, no event loop stands still, nothing is logged as an error, no buffer is
 * lost.
 *
 * <p>The seed is printed; {@code -Dweir.fuzz.seed=} sets it, {@code -Dweir.fuzz.seconds=} and {@code -Dweir.fuzz.requests=}
 * set how long it goes on.
 */
class FuzzTest {
    private static final long SEED = Long.getLong("weir.fuzz.seed", new Random().nextLong(1L << 48));
    private static final long SECONDS = Long.getLong("weir.fuzz.seconds", 20);
    private static final int REQUESTS = Integer.getInteger("weir.fuzz.requests", 4_000);
    private static final int THREADS = 4;
    private static final int MOST_TOLD = 12;

    /** Problems that the door tells of a head, whatever the operation; the document explains them as such. */
    private static final Set<String> OF_THE_HEAD = Set.of(
            "/problems/malformed-request",
            "/problems/too-long",
            "/problems/unknown-route",
            "/problems/method-not-allowed");

    private static final Pattern INSIDE = Pattern.compile(
            "io\\.(weir|vertx|netty)\\.|java\\.(lang|util|io|time)|tools\\.jackson|com\\.networknt|org\\.(apache|postgres)|"
                    + "Exception|\\bat [a-z]+\\.[a-z.]+\\(|select .* from |\\bSQLSTATE\\b|/work/|/home/");

    private final Contract contract = new Contract();
    private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> statuses = new ConcurrentSkipListMap<>();

    @Test
    void whatever_is_asked_the_answer_is_a_documented_one() throws Exception {
        System.out.println("fuzz seed " + SEED);
        try (RunningNode weir = RunningNode.start(Map.of("WEIR_HTTP_BODY_TIMEOUT_MILLIS", "2000"));
                LogWatch errors = new LogWatch("io.weir");
                LoopWatch loops = new LoopWatch(weir.vertx())) {
            Map<String, Asking> happy = Questions.of(weir, Story.happen(weir));
            List<String> roles = roles(weir);
            long end = System.nanoTime() + SECONDS * 1_000_000_000;
            try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < THREADS; i++) {
                    Random random = new Random(SEED + i);
                    threads.submit(() -> fuzz(weir, happy, roles, random, end));
                }
            }
            System.out.println("fuzzed: " + statuses);
            assertEquals(List.of(), wrong.stream().distinct().limit(MOST_TOLD).toList(), "seed " + SEED);
            assertEquals(List.of(), errors.errors(), "logged as errors; seed " + SEED);
            assertEquals(List.of(), loops.blocked(), "event loops that stood still; seed " + SEED);
            assertTrue(statuses.size() > 5, "every kind of answer was seen: " + statuses);
            NothingLeaks.look();
            NothingLeaks.check();
        }
    }

    private static List<String> roles(RunningNode weir) {
        List<String> roles = new ArrayList<>();
        for (String role :
                List.of("admin", "admin", "admin", "admin", "backend", "support", "finance", "approver", "other")) {
            roles.add("Authorization: Bearer " + weir.key(role) + "\r\n");
        }
        roles.add("");
        roles.add("Authorization: Bearer weir_local_none_none\r\n");
        return roles;
    }

    private void fuzz(RunningNode weir, Map<String, Asking> happy, List<String> roles, Random random, long end) {
        FuzzedRequest requests = new FuzzedRequest(contract, happy, random);
        List<Operation> operations = contract.operations();
        for (int i = 0; i < REQUESTS / THREADS && System.nanoTime() < end; i++) {
            Operation operation = operations.get(random.nextInt(operations.size()));
            byte[] request = requests.make(operation, roles.get(random.nextInt(roles.size())));
            try {
                RawAnswer answer = RawAnswer.to(URI.create(weir.url()), request);
                statuses.merge(Integer.toString(answer.status()), 1, Integer::sum);
                look(operation, answer).forEach(what -> wrong.add(operation.id() + ": " + what + told(request)));
            } catch (RuntimeException e) {
                wrong.add(operation.id() + ": no answer, " + e + told(request));
            }
        }
    }

    private static String told(byte[] request) {
        String text = new String(request, ISO_8859_1);
        return "\n  asked: " + Json.text(text.length() > 1_500 ? text.substring(0, 1_500) + "..." : text);
    }

    /** In what the answer is wrong. */
    private List<String> look(Operation operation, RawAnswer answer) {
        List<String> found = new ArrayList<>();
        if (answer.status() >= 500) {
            found.add("answered " + answer.status() + " " + answer.body());
            return found;
        }
        if (answer.status() >= 400) {
            if (INSIDE.matcher(answer.body()).find()) {
                found.add("tells of its inside: " + answer.body());
            }
            if (OF_THE_HEAD.contains(type(answer))) {
                return found;
            }
        }
        found.addAll(contract.wrong(operation, answer.status(), answer.headers(), answer.body()));
        return found;
    }

    private static String type(RawAnswer answer) {
        try {
            JsonNode problem = Json.tree(answer.body());
            return problem.path("type").asString("");
        } catch (JacksonException e) {
            return "no JSON";
        }
    }
}
