package io.weir.posting;

import io.weir.schemas.Decimals;
import io.weir.schemas.StableName;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Makes postings of a run's charges: one for each connection and currency, and in it one document for each customer and
 * subscription (and legal entity, since a document has one seller).
 *
 * <p>Charges of a legal entity without a route make a posting of their own, without a connection.
 */
final class Assembly {
    private static final DateTimeFormatter PERIOD = DateTimeFormatter.ofPattern("uuuuMM");
    private static final int POSTING_LETTERS = 20;
    private static final int DOCUMENT_LETTERS = 16;

    private final String tenant;
    private final String run;
    private final Map<Numbered, Integer> sequences;

    /** What documents are counted in: their sequence is part of their external id. */
    record Numbered(String subscription, String period) {}

    private record PostingKey(String connection, String unrouted, String currency) {
        static PostingKey of(RunCharge charge) {
            String unrouted = charge.connection().isEmpty() ? charge.legalEntity() : "";
            return new PostingKey(charge.connection(), unrouted, charge.currency());
        }
    }

    private record DocumentKey(String legalEntity, String customer, String billTo, String subscription) {
        static DocumentKey of(RunCharge charge) {
            return new DocumentKey(charge.legalEntity(), charge.customer(), charge.billTo(), charge.subscription());
        }
    }

    /**
     * Of one run.
     *
     * @param sequences the last document's, of each subscription and period that has one
     */
    Assembly(String tenant, String run, Map<Numbered, Integer> sequences) {
        this.tenant = tenant;
        this.run = run;
        this.sequences = new HashMap<>(sequences);
    }

    /** The calendar month that a document of charges up to there belongs to. */
    static String period(Instant to) {
        return PERIOD.format(lastDay(to));
    }

    List<PostingDraft> drafts(List<RunCharge> charges) {
        SortedMap<PostingKey, SortedMap<DocumentKey, List<RunCharge>>> postings =
                new TreeMap<>(Comparator.comparing(PostingKey::connection)
                        .thenComparing(PostingKey::unrouted)
                        .thenComparing(PostingKey::currency));
        for (RunCharge charge : charges) {
            postings.computeIfAbsent(PostingKey.of(charge), key -> documents())
                    .computeIfAbsent(DocumentKey.of(charge), key -> new ArrayList<>())
                    .add(charge);
        }
        List<PostingDraft> drafts = new ArrayList<>();
        postings.forEach((key, documents) -> drafts.add(draft(key, documents.values())));
        return drafts;
    }

    private static SortedMap<DocumentKey, List<RunCharge>> documents() {
        return new TreeMap<>(Comparator.comparing(DocumentKey::subscription)
                .thenComparing(DocumentKey::customer)
                .thenComparing(DocumentKey::billTo)
                .thenComparing(DocumentKey::legalEntity));
    }

    private PostingDraft draft(PostingKey key, Collection<List<RunCharge>> grouped) {
        String id = "P-"
                + StableName.of(
                        POSTING_LETTERS,
                        tenant,
                        run,
                        PostingDraft.KIND,
                        key.connection(),
                        key.unrouted(),
                        key.currency());
        List<PostingDraft.Document> documents =
                grouped.stream().map(this::document).toList();
        List<RunCharge> charges = grouped.stream().flatMap(List::stream).toList();
        BigDecimal total = sum(charges);
        SortedMap<String, BigDecimal> quantities = new TreeMap<>();
        charges.forEach(charge -> quantities.merge(charge.meter(), charge.quantity(), BigDecimal::add));
        SortedMap<String, String> quantityTexts = new TreeMap<>();
        quantities.forEach((meter, quantity) -> quantityTexts.put(meter, Decimals.text(quantity)));
        Manifest manifest = new Manifest(
                id,
                PostingDraft.KIND,
                run,
                key.currency(),
                new Manifest.Counts(documents.size(), charges.size()),
                new Manifest.ControlTotals(Decimals.amount(total), quantityTexts),
                documents.stream().map(Assembly::manifest).toList());
        return new PostingDraft(
                id, key.connection(), key.currency(), total, charges.size(), manifest.text(), documents);
    }

    private PostingDraft.Document document(List<RunCharge> charges) {
        List<RunCharge> lines = charges.stream()
                .sorted(Comparator.comparing(RunCharge::meter)
                        .thenComparing(RunCharge::from)
                        .thenComparing(RunCharge::chargeKey))
                .toList();
        RunCharge any = lines.getFirst();
        Instant to =
                lines.stream().map(RunCharge::to).max(Comparator.naturalOrder()).orElseThrow();
        String period = period(to);
        int sequence = sequences.merge(new Numbered(any.subscription(), period), 1, Integer::sum);
        String externalId =
                "W" + period + "-" + StableName.of(DOCUMENT_LETTERS, tenant, any.subscription()) + "-" + sequence;
        return new PostingDraft.Document(
                externalId,
                any.legalEntity(),
                any.customer(),
                any.billTo(),
                any.subscription(),
                period,
                sequence,
                lastDay(to),
                sum(lines),
                lines);
    }

    private static Manifest.Document manifest(PostingDraft.Document document) {
        List<Manifest.Line> lines = new ArrayList<>();
        for (RunCharge charge : document.charges()) {
            lines.add(new Manifest.Line(
                    lines.size() + 1,
                    charge.chargeKey(),
                    charge.item(),
                    charge.meter(),
                    Decimals.text(charge.quantity()),
                    charge.unit(),
                    Decimals.text(charge.unitPrice()),
                    Decimals.amount(charge.amount()),
                    charge.from(),
                    charge.to()));
        }
        return new Manifest.Document(
                document.externalId(),
                document.customer(),
                document.billTo(),
                document.subscription(),
                document.legalEntity(),
                document.dated().toString(),
                Decimals.amount(document.total()),
                lines);
    }

    private static BigDecimal sum(List<RunCharge> charges) {
        return charges.stream().map(RunCharge::amount).reduce(BigDecimal::add).orElse(BigDecimal.ZERO);
    }

    private static LocalDate lastDay(Instant to) {
        return LocalDate.ofInstant(to.minusNanos(1), ZoneOffset.UTC);
    }
}
