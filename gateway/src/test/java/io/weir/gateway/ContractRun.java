package io.weir.gateway;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.weir.gateway.Contract.Operation;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A node of the contract tests' own, where a {@link Story} has happened and each operation was asked once: its partner's tier is
 * used up, its Postgres goes away and comes back, and a body has one second to come, so that its lateness can be seen.
 */
final class ContractRun implements AutoCloseable {
    final Contract contract = new Contract();
    final RunningNode node = RunningNode.start(Map.of("WEIR_HTTP_BODY_TIMEOUT_MILLIS", "1000"));

    /** A question for each operation that succeeds, without a key. */
    private final Map<String, Asking> happy = Questions.of(node, Story.happen(node));
    /** What it was answered with, asked in that order. */
    private final Map<String, HttpResponse<String>> answers = new LinkedHashMap<>();

    ContractRun() {
        happy.forEach((operation, asking) ->
                answers.put(operation, asking.by(node.key("admin")).ask()));
    }

    Map<String, Asking> questions() {
        return happy;
    }

    @Override
    public void close() {
        node.close();
    }

    HttpResponse<String> answered(Operation operation) {
        return Objects.requireNonNull(answers.get(operation.id()));
    }

    Asking happy(Operation operation) {
        return happy(operation.id());
    }

    Asking happy(String operation) {
        return Objects.requireNonNull(happy.get(operation));
    }

    HttpResponse<String> expect(int status, Operation operation, Asking asking) {
        HttpResponse<String> answer = asking.ask();
        asDocumented(operation, status, answer);
        return answer;
    }

    void asDocumented(Operation operation, int status, HttpResponse<String> answer) {
        assertEquals(status, answer.statusCode(), () -> operation.id() + ": " + answer.body());
        asDocumented(operation, answer);
    }

    void asDocumented(Operation operation, HttpResponse<String> answer) {
        assertEquals(
                List.of(),
                contract.wrong(operation, answer),
                () -> answer.request().uri().toString());
    }
}
