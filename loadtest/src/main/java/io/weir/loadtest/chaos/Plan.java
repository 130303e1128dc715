package io.weir.loadtest.chaos;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What is done when: a function of the seed. Each kind of fault comes once a round, in an order of the round's own; the next one
 * begins soon, mostly while the last one still holds.
 */
record Plan(List<Step> steps) {
    private static final int LEAST_GAP = 300;
    private static final int MOST_GAP = 2_500;

    /**
     * @param atMillis from the beginning
     * @param forMillis how long the fault holds
     * @param node of which node, where it is of one
     */
    record Step(int atMillis, Fault fault, int forMillis, int node) {}

    Plan {
        steps = List.copyOf(steps);
    }

    /** Rounds of faults that begin within that time, over so many nodes. */
    static Plan of(long seed, int millis, int nodes) {
        Random random = new Random(seed);
        List<Step> steps = new ArrayList<>();
        int at = 500;
        while (at < millis) {
            List<Fault> round = new ArrayList<>(Arrays.asList(Fault.values()));
            Collections.shuffle(round, random);
            for (Fault fault : round) {
                int lasts = random.nextInt(fault.leastMillis(), fault.mostMillis() + 1);
                steps.add(new Step(at, fault, lasts, random.nextInt(nodes)));
                at += random.nextInt(LEAST_GAP, MOST_GAP);
            }
        }
        return new Plan(steps);
    }
}
