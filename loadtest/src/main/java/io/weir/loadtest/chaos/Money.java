package io.weir.loadtest.chaos;

import io.weir.loadtest.Patience;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/** The hours' way to the ERP: billing runs by finance, approvals by another principal; also while faults hold. */
final class Money implements Runnable {
    private static final Duration BETWEEN = Duration.ofSeconds(3);
    private static final Duration DELIVERY = Duration.ofSeconds(90);
    private static final BigDecimal PRICE = new BigDecimal("0.0001");
    private static final BigDecimal CENT = new BigDecimal("0.01");

    private final List<Weir> nodes;
    private final List<Instant> hours;
    private volatile boolean running = true;

    Money(List<Weir> nodes, List<Instant> hours) {
        this.nodes = nodes;
        this.hours = List.copyOf(hours);
    }

    /** Bills and approves again and again while the world breaks; what fails is tried the next time. */
    @Override
    public void run() {
        for (int i = 0; running; i++) {
            try {
                bill(nodes.get(i % nodes.size()));
            } catch (ChaosFailure away) {
                // the next time
            }
            if (running) {
                Patience.pause(BETWEEN);
            }
        }
    }

    void stop() {
        running = false;
    }

    /** Bills every hour and approves; answers how many new charges there were. */
    private long bill(Weir weir) {
        long charges = 0;
        for (Instant hour : hours) {
            String span = "{\"from\":\"" + hour + "\",\"to\":\"" + end(hour) + "\"}";
            JsonNode run = weir.post("FINANCE", "/v1/billing-runs", span).body();
            charges += run.path("charges").asLong(-1);
        }
        for (JsonNode posting : weir.items("FINANCE", "/v1/postings?limit=1000")) {
            if (posting.path("state").asString().equals("awaiting_approval")) {
                weir.post(
                        "APPROVER",
                        "/v1/postings/" + posting.path("id").asString() + "/approval",
                        "{\"decision\":\"approve\",\"comment\":\"chaos\"}");
            }
        }
        return charges;
    }

    private static Instant end(Instant hour) {
        return hour.plus(1, ChronoUnit.HOURS);
    }

    /** Bills what is left, and holds charges and documents to what the recorded ids of each hour say. */
    List<String> check(Map<Instant, Map<Integer, Sums>> expected) {
        Weir weir = nodes.getFirst();
        List<String> wrong = new ArrayList<>();
        bill(weir);
        long again = bill(weir);
        if (again != 0) {
            wrong.add("a billing run right after another one made " + again + " charges");
        }
        Map<Integer, BigDecimal> amounts = new TreeMap<>();
        expected.forEach((hour, sums) -> {
            Map<Integer, BigDecimal> ofHour = new TreeMap<>();
            wrong.addAll(charges(weir, hour, sums, ofHour));
            ofHour.forEach((customer, amount) -> amounts.merge(customer, amount, BigDecimal::add));
        });
        wrong.addAll(documents(weir, amounts));
        return wrong;
    }

    /** Where an hour's charges differ from what is due; also adds up their amounts. */
    private static List<String> charges(
            Weir weir, Instant hour, Map<Integer, Sums> expected, Map<Integer, BigDecimal> amounts) {
        Map<Integer, Sums> charged = new HashMap<>();
        for (JsonNode charge : weir.items("FINANCE", "/v1/charges?limit=1000&from=" + hour + "&to=" + end(hour))) {
            int customer = Customers.number(charge.path("customer").asString());
            Sums quantity =
                    new Sums(0, 0, new BigDecimal(charge.path("quantity").asString()).longValueExact());
            charged.merge(customer, quantity, Sums::plus);
            amounts.merge(customer, new BigDecimal(charge.path("amount").asString()), BigDecimal::add);
        }
        Map<Integer, Sums> due = new HashMap<>();
        expected.forEach((customer, sums) -> due.put(customer, sums.charged()));
        List<String> wrong = new ArrayList<>(Checker.differences("charges of " + hour, due, charged));
        amounts.forEach((customer, amount) -> {
            BigDecimal exact = PRICE.multiply(
                    BigDecimal.valueOf(due.getOrDefault(customer, Sums.NONE).outputTokens()));
            if (amount.subtract(exact).abs().compareTo(CENT) >= 0) {
                wrong.add("customer " + customer + " is charged " + amount + " for what costs " + exact);
            }
        });
        return wrong;
    }

    private static List<String> documents(Weir weir, Map<Integer, BigDecimal> amounts) {
        Patience patience = new Patience(DELIVERY);
        while (weir.items("FINANCE", "/v1/postings?limit=1000").stream()
                        .anyMatch(posting -> !posting.path("state").asString().equals("posted"))
                && patience.again(Duration.ZERO)) {
            // what is delivered late is asked for again
        }
        Map<Integer, BigDecimal> inErp = new TreeMap<>();
        Set<String> seen = new java.util.HashSet<>();
        List<String> wrong = new ArrayList<>();
        for (JsonNode document : weir.documents()) {
            if (!seen.add(document.path("externalId").asString())) {
                wrong.add("two documents " + document.path("externalId").asString());
            }
            inErp.merge(
                    Customers.number(document.path("customer").asString()),
                    new BigDecimal(document.path("total").asString()),
                    BigDecimal::add);
        }
        amounts.forEach((customer, amount) -> {
            if (inErp.getOrDefault(customer, BigDecimal.ZERO).compareTo(amount) != 0) {
                wrong.add("documents of customer " + customer + " come to " + inErp.get(customer)
                        + ", and its charges to " + amount);
            }
        });
        return wrong;
    }
}
