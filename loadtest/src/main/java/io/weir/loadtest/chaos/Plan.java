package io.weir.loadtest.chaos;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * What is done when in one round: a function of seed and round. Each kind of fault comes once, in an order of the round's own; the
 * next one begins soon, mostly while the last one still holds.
 *
 * @param calmMillis how long nothing is done behind it, once everything runs again
 */
record Plan(List<Step> steps, int calmMillis) {
    private static final int FIRST = 500;
    private static final int LEAST_GAP = 300;
    private static final int MOST_GAP = 2_500;
    private static final int LEAST_CALM = 2_000;
    private static final int MOST_CALM = 6_000;

    /**
     * @param atMillis from the round's beginning
     * @param forMillis how long the fault holds
     * @param node of which node, where it is of one
     */
    record Step(int atMillis, Fault fault, int forMillis, int node) {}

    Plan {
        steps = List.copyOf(steps);
    }

    /** A round of faults, over so many nodes. */
    static Plan of(long seed, int round, int nodes) {
        Random random = new Random(seed * 1_000_003 + round);
        List<Step> steps = new ArrayList<>();
        List<Fault> faults = new ArrayList<>(Arrays.asList(Fault.values()));
        Collections.shuffle(faults, random);
        int at = FIRST;
        for (Fault fault : faults) {
            int lasts = random.nextInt(fault.leastMillis(), fault.mostMillis() + 1);
            steps.add(new Step(at, fault, lasts, random.nextInt(nodes)));
            at += random.nextInt(LEAST_GAP, MOST_GAP);
        }
        return new Plan(steps, random.nextInt(LEAST_CALM, MOST_CALM));
    }
}
