package io.weir.masterdata;

import java.math.BigDecimal;
import java.util.stream.Stream;

/** Whether what is known of a number ensures a bound of it, or that it is a multiple. */
final class NumberRules {
    private NumberRules() {}

    static boolean ensured(Facts known, String keyword, BigDecimal said) {
        return switch (keyword) {
            case "minimum" -> any(known, "minimum", "exclusiveMinimum").anyMatch(least -> least.compareTo(said) >= 0);
            case "exclusiveMinimum" ->
                known.numbers("minimum").anyMatch(least -> least.compareTo(said) > 0)
                        || known.numbers(keyword).anyMatch(least -> least.compareTo(said) >= 0);
            case "maximum" -> any(known, "maximum", "exclusiveMaximum").anyMatch(most -> most.compareTo(said) <= 0);
            case "exclusiveMaximum" ->
                known.numbers("maximum").anyMatch(most -> most.compareTo(said) < 0)
                        || known.numbers(keyword).anyMatch(most -> most.compareTo(said) <= 0);
            default -> multiple(known, said);
        };
    }

    private static boolean multiple(Facts known, BigDecimal of) {
        return of.signum() > 0
                && (known.numbers("multipleOf").anyMatch(given -> divides(of, given))
                        || known.numbers("const").anyMatch(given -> divides(of, given))
                        || !known.kinds().contains(Facts.Kind.FRACTION) && divides(of, BigDecimal.ONE));
    }

    private static boolean divides(BigDecimal of, BigDecimal number) {
        return number.remainder(of).signum() == 0;
    }

    private static Stream<BigDecimal> any(Facts known, String one, String other) {
        return Stream.concat(known.numbers(one), known.numbers(other));
    }
}
