package io.weir.posting;

import static io.weir.fixtures.TestDatabase.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.weir.fixtures.TestDatabase;
import io.weir.posting.PostingViews.Detail;
import io.weir.posting.PostingViews.Document;
import io.weir.schemas.Actor;
import io.weir.schemas.Address;
import io.weir.schemas.Addresses;
import io.weir.schemas.Commands.AssemblePostings;
import io.weir.schemas.Commands.DecidePosting;
import io.weir.schemas.Commands.RetryDocument;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A database with the demo tenant, the ERP, and nodes of the posting stage with short times. */
final class Scene implements AutoCloseable {
    static final TenantId DEMO = new TenantId("demo");
    static final String RUN = "R-1";

    final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(2));
    final TestDatabase database;
    final Erp erp = new Erp();
    final PostingQueries queries;
    final Connections connections;
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private final Path tokenFile;

    Scene(Path directory) {
        tokenFile = directory.resolve("erp.token");
        Address.prepare(vertx);
        database = TestDatabase.fresh(vertx).seedDemo();
        queries = new PostingQueries(database.pool());
        connections = new Connections(database.pool());
        connect(Connections.Mode.LIVE, erp.token());
        await(connections.route(DEMO, "main", "invoice", "erp-main"));
    }

    void connect(Connections.Mode mode, String token) {
        try {
            Files.writeString(tokenFile, token);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String credential = "file:" + tokenFile;
        await(connections.register(DEMO, "erp-main", "netsuite", "local", erp.vendorUrl(), credential, mode));
    }

    /** Short times; a claim is free again soon after its call's deadline. */
    static WeirSettings.Posting settings() {
        return new WeirSettings.Posting(50, 3_000, 20, 4, 1_000, 3, 400, 20, 400, 1 << 20);
    }

    String node() {
        return node(vertx, settings());
    }

    String node(Vertx on, WeirSettings.Posting settings) {
        PostingVerticle verticle =
                new PostingVerticle(database.pool(), on.createHttpClient(), settings, InstantSource.system(), meters);
        return await(
                on.deployVerticle(verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD)));
    }

    /** A run that charged so many customers 150,000 tokens each: 15.00 USD. */
    void charged(String run, int customers) {
        charged(run, customers, "main");
    }

    void charged(String run, int customers, String legalEntity) {
        database.run("""
                insert into billing_run (run, tenant, span_from, span_to, requested_by, correlation, charges, created_at)
                values ($1, 'demo', '2026-11-01Z', '2026-12-01Z', 'finance', 'corr-1', $2, now())
                """, run, customers);
        for (int n = 1; n <= customers; n++) {
            charge(run, "%03d".formatted(n), legalEntity, n);
        }
    }

    private void charge(String run, String customer, String legalEntity, int n) {
        database.run(
                """
                insert into charge (charge_key, run, tenant, customer, subscription, subscription_revision, item, meter,
                                    legal_entity, bill_to, price, price_version, unit, quantity, unit_price, amount, currency,
                                    month, span_from, span_to, sequence, correlation, created_at)
                values ($1, $2, 'demo', $3, $4, 1, 'llm-output-tokens', 'llm_output_tokens', $5, $3, 'llm-output-tokens', 1,
                        'tokens', $6, 0.0001, 15.00, 'USD', $7, $8, $9, $10, 'corr-1', now())
                """,
                "C-" + run + "-" + customer,
                run,
                "cust-" + customer,
                "sub-" + customer,
                legalEntity,
                BigDecimal.valueOf(150_000),
                LocalDate.parse("2026-11-01"),
                Instant.parse("2026-11-03T10:00:00Z").atOffset(ZoneOffset.UTC),
                Instant.parse("2026-11-04T00:00:00Z").atOffset(ZoneOffset.UTC),
                Math.abs(run.hashCode()) % 1_000_000 + n);
    }

    List<String> assemble(String run) {
        return await(Addresses.ASSEMBLE_POSTINGS.ask(vertx.eventBus(), new AssemblePostings(DEMO, run), 10_000));
    }

    Future<Void> decide(String posting, String principal, boolean approve) {
        return Addresses.DECIDE_POSTING.ask(
                vertx.eventBus(),
                new DecidePosting(DEMO, new Actor(principal, "key", "corr"), posting, approve, "seen"),
                10_000);
    }

    /** The run's one posting, approved. */
    String approved(String run) {
        String posting = assemble(run).getFirst();
        await(decide(posting, "approver", true));
        return posting;
    }

    Future<Void> retry(String externalId) {
        return Addresses.RETRY_DOCUMENT.ask(vertx.eventBus(), new RetryDocument(DEMO, Actor.WEIR, externalId), 10_000);
    }

    Detail posting(String id) {
        return await(queries.posting(DEMO, id));
    }

    Document document(String posting) {
        return posting(posting).documents().getFirst();
    }

    double breaker() {
        return meters.get("weir.erp.breaker").tag("vendor", "netsuite").gauge().value();
    }

    void becomes(String posting, String state) {
        until(() -> posting(posting).state().equals(state), () -> "posting: " + posting(posting));
    }

    /** Waits for what must come true within twenty seconds; a database that does not answer has not said so yet. */
    void until(BooleanSupplier condition, java.util.function.Supplier<String> otherwise) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (!holds(condition)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not within 20 s; " + otherwise.get());
            }
            try {
                done.get(20, TimeUnit.MILLISECONDS);
            } catch (java.util.concurrent.TimeoutException next) {
                continue;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    private static boolean holds(BooleanSupplier condition) {
        try {
            return condition.getAsBoolean();
        } catch (RuntimeException notNow) {
            return false;
        }
    }

    @Override
    public void close() {
        erp.heal();
        await(Future.join(vertx.deploymentIDs().stream().map(vertx::undeploy).toList()));
        database.close();
        await(vertx.close());
    }
}
