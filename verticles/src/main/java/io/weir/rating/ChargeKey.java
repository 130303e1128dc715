package io.weir.rating;

import io.weir.schemas.StableName;
import java.time.format.DateTimeFormatter;

/**
 * Names of charges: at most 35 of A-Z, 0-9 and the hyphen, which is what every ERP can keep and search for.
 *
 * <p>A function of what is charged and of nothing else: month, 100 bits of a digest, and the sequence.
 */
final class ChargeKey {
    private static final DateTimeFormatter MONTH = DateTimeFormatter.ofPattern("uuuuMM");
    private static final int LETTERS = 20;

    private ChargeKey() {}

    static String of(String tenant, LineKey line, int sequence) {
        String letters = StableName.of(
                LETTERS,
                tenant,
                line.subscription(),
                Long.toString(line.revision()),
                line.meter(),
                line.price(),
                Integer.toString(line.priceVersion()));
        return "C" + MONTH.format(line.month()) + "-" + letters + "-" + sequence;
    }
}
