package io.weir.policies;

import io.weir.schemas.AccessTier;
import java.util.function.Supplier;

/**
 * One rate of one holder on this node: spends what fits the node's standing. Alone it is a bucket of its own; in a cluster
 * it is the {@link Stock} that the cluster fills; cut off, or while the cluster does not answer, it is what the tier's fail
 * mode says.
 */
final class Tap {
    /** What is spent, since when it is. */
    private record Source(Standing at, Tokens tokens, boolean failing) {}

    final Limit limit;
    final String name;
    final AccessTier.Rate rate;
    final AccessTier.FailMode failMode;
    final Stock stock;
    private final Supplier<Standing> standing;
    private volatile Source source;

    Tap(
            Limit limit,
            String name,
            AccessTier.Rate rate,
            AccessTier.FailMode failMode,
            Stock stock,
            Supplier<Standing> standing,
            long now) {
        this.limit = limit;
        this.name = name;
        this.rate = rate;
        this.failMode = failMode;
        this.stock = stock;
        this.standing = standing;
        this.source = source(standing.get(), now);
    }

    /** What is spent now. */
    Tokens tokens(long now) {
        Source held = source;
        return held.at == standing.get() ? held.tokens : switched(now);
    }

    private synchronized Tokens switched(long now) {
        Standing current = standing.get();
        if (source.at != current) {
            source = source(current, now);
        }
        return source.tokens;
    }

    private Source source(Standing at, long now) {
        return switch (at.footing()) {
            case ALONE ->
                new Source(
                        at,
                        at.first()
                                ? new TokenBucket(rate.perSecond(), rate.burst(), now)
                                : TokenBucket.empty(rate.perSecond(), rate.burst(), 1, at.sinceNanos()),
                        false);
            case LEASED -> new Source(at, stock, false);
            case CUT_OFF -> fallback(at, at.sinceNanos());
        };
    }

    private Source fallback(Standing at, long emptyAt) {
        Tokens tokens = switch (failMode) {
            case CLOSED -> Tokens.NONE;
            case OPEN -> TokenBucket.empty(rate.perSecond(), rate.burst(), 1, emptyAt);
            case SHARE -> TokenBucket.empty(rate.perSecond(), rate.burst(), at.nodes(), emptyAt);
        };
        return new Source(at, tokens, true);
    }

    /** The cluster has not answered for too long: the fail mode holds until it does. */
    synchronized void fail(long now) {
        Source held = source;
        if (held.at == standing.get() && held.at.footing() == Standing.Footing.LEASED && !held.failing) {
            source = fallback(held.at, now);
        }
    }

    /** The cluster answers. */
    synchronized void recover(long now) {
        Source held = source;
        if (held.failing && held.at.footing() == Standing.Footing.LEASED) {
            source = source(held.at, now);
        }
    }

    /** Whether the fail mode holds. */
    boolean failing() {
        return source.failing;
    }

    /** Whether an ask may bring what would let pass what was refused: there is no lease yet, or the tank held enough. */
    boolean mayGet(long wanted, long now) {
        return tokens(now) == stock
                && (!stock.leased(now) || stock.remaining(now) >= wanted && stock.here(now) < wanted);
    }
}
