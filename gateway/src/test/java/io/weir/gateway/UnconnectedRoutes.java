package io.weir.gateway;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.weir.archive.Archive;
import io.weir.audit.AuditQueries;
import io.weir.entitlement.BalanceEffects;
import io.weir.entitlement.EntitlementVerticle;
import io.weir.entitlement.GrantQueries;
import io.weir.exceptions.ExceptionQueries;
import io.weir.exceptions.ReplayQueries;
import io.weir.ledger.ArchiveDays;
import io.weir.ledger.BackfillSetQueries;
import io.weir.lineage.EventList;
import io.weir.lineage.LineageQueries;
import io.weir.masterdata.MasterDataQueries;
import io.weir.metering.EventQueries;
import io.weir.metering.MeteringVerticle;
import io.weir.policies.AccessTiers;
import io.weir.policies.AccessTokens;
import io.weir.policies.ApiKeys;
import io.weir.policies.Authenticate;
import io.weir.policies.ByteBudget;
import io.weir.policies.ClientCertificates;
import io.weir.policies.Codings;
import io.weir.policies.EventTypes;
import io.weir.policies.Idempotency;
import io.weir.policies.IssuedKeys;
import io.weir.policies.Leases;
import io.weir.policies.Months;
import io.weir.policies.Principals;
import io.weir.policies.ReadBody;
import io.weir.policies.ReadLines;
import io.weir.policies.SchemaRules;
import io.weir.policies.SpendingFile;
import io.weir.policies.Throttle;
import io.weir.policies.TokenSubjects;
import io.weir.policies.ValidateAmendment;
import io.weir.policies.ValidateEvents;
import io.weir.policies.ValidateSchema;
import io.weir.posting.PostingQueries;
import io.weir.rating.ChargeEffects;
import io.weir.rating.ChargeQueries;
import io.weir.reconciliation.ReconciliationVerticle;
import io.weir.settings.SettingsLoader;
import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The list of routes over parts that are built and never started, so that the list can be read without any service. */
final class UnconnectedRoutes implements AutoCloseable {
    private final InstantSource clock = InstantSource.system();
    private final MeterRegistry meters = new SimpleMeterRegistry();
    private final WeirSettings settings = SettingsLoader.load(
            WeirSettings.class,
            List.of(Path.of("..", "conf", "weir.yaml")),
            Map.of(
                    "WEIR_POSTGRES_URI", "postgres://weir:weir@127.0.0.1:1/weir",
                    "WEIR_KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"));
    private final Vertx vertx;
    private final UsageLogProducer log;

    UnconnectedRoutes(Vertx vertx) {
        this.vertx = vertx;
        this.log = log();
    }

    private UsageLogProducer log() {
        try {
            SpillJournal journal = SpillJournal.open(Files.createTempDirectory("weir-unconnected"), 4_096);
            LogConnection connection = new LogConnection(new KafkaLog(settings).producer(), "unconnected");
            SpillSignals signals = new SpillSignals(meters, new Health(settings.management(), clock, meters));
            Spill spill = new Spill(settings.spill(), journal, signals, new SpillNotes(vertx, "unconnected"), clock);
            SpillDrain drain = new SpillDrain(settings.spill(), spill, journal, connection, signals, "unconnected");
            return new UsageLogProducer(
                    vertx,
                    connection,
                    new SpillThreads(spill, journal, drain, signals),
                    settings,
                    new Overload(settings, System::nanoTime, meters),
                    meters);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Route> list() {
        return list(new ApiVersions(settings.api().versions(), clock));
    }

    List<Route> list(ApiVersions versions) {
        Pools pools = Pools.open(vertx, settings);
        EntitlementVerticle entitlement = new EntitlementVerticle(pools.check(), settings.entitlement(), clock, meters);
        MeteringVerticle metering = new MeteringVerticle(pools.report(), settings.metering(), clock, meters);
        ReconciliationVerticle reconciliation =
                new ReconciliationVerticle(pools.report(), settings.reconciliation(), clock);
        Routes.Policies policies = policies(pools);
        StreamTools streams = streams(policies);
        ApiKeys keys = new ApiKeys(pools.check(), settings.keys(), clock);
        EventQueries events = new EventQueries(pools.report(), new Archive(Path.of("none")), vertx);
        Routes.Actions actions = new Routes.Actions(
                streams.ingest(),
                new StreamAction(streams),
                new UsageAction(metering.usage(), events, new EventList(pools.report())),
                new CorrectionsAction(vertx.eventBus(), events, (tenant, customer) -> {}),
                new EntitlementAction(entitlement.entitlements(), clock),
                new MasterDataAction(
                        vertx.eventBus(),
                        new MasterDataQueries(pools.report()),
                        new GrantQueries(pools.report()),
                        (tenant, customer) -> {}),
                new EventTypesAction(vertx.eventBus(), new MasterDataQueries(pools.report()), organisation -> {}),
                new MoneyAction(
                        vertx.eventBus(), new ChargeQueries(pools.report()), new PostingQueries(pools.report())),
                new LineageAction(new LineageQueries(pools.report()), events),
                new ExceptionsAction(
                        vertx.eventBus(), new ExceptionQueries(pools.report(), clock), settings.exceptions()),
                new ReplaysAction(vertx.eventBus(), new ReplayQueries(pools.report()), settings.replays()),
                new BackfillSetsAction(
                        vertx.eventBus(),
                        new BackfillSetQueries(pools.report()),
                        new BackfillPreviews(
                                new BalanceEffects(pools.report()),
                                new ChargeEffects(pools.report(), settings.rating()),
                                settings.backfillSets().maxEffects()),
                        (tenant, customer) -> {}),
                new ReconciliationAction(vertx.eventBus(), reconciliation.queries()),
                new AuditAction(new AuditQueries(pools.report())),
                new ArchiveAction(vertx.eventBus(), new ArchiveDays(pools.report())),
                new CredentialsAction(
                        new IssuedKeys(pools.sync(), keys, settings.keys(), clock),
                        new Principals(pools.sync(), keys),
                        new AccessTiers(pools.sync(), keys, settings.ingest().maxBatchEvents(), 1)),
                new IdentitiesAction(certificates(pools), new TokenSubjects(pools.sync(), pools.report())),
                new DocumentsAction(versions));
        return Routes.of(policies, actions);
    }

    private StreamTools streams(Routes.Policies policies) {
        AwaitedReceipts receipts = new AwaitedReceipts("none", settings.ingest(), (tenant, customer) -> {}, meters);
        return new StreamTools(
                vertx,
                new IngestAction(vertx, log, receipts, meters),
                log,
                policies.validateEvents(),
                policies.throttle(),
                policies.mayStillPost(),
                new OpenStreams(1, meters),
                settings.streams(),
                settings.ingest().maxEventBytes(),
                clock,
                System::nanoTime);
    }

    private Routes.Policies policies(Pools pools) {
        Leases leases = new Leases(settings.throttle(), System::nanoTime);
        Months months = new Months(
                pools.check(),
                SpendingFile.open(file(), 1),
                "none",
                settings.throttle(),
                clock,
                System::nanoTime,
                leases);
        Throttle throttle = new Throttle(settings.throttle(), leases, months, System::nanoTime);
        Codings codings = new Codings(settings.http());
        ByteBudget budget = new ByteBudget(1, 1);
        ReadBody readBody = new ReadBody(vertx, settings.http(), codings, throttle, budget);
        return new Routes.Policies(
                new Authenticate(
                        new ApiKeys(pools.check(), settings.keys(), clock),
                        new AccessTokens(
                                vertx,
                                pools.check(),
                                vertx.createHttpClient(),
                                settings.jwt(),
                                settings.keys(),
                                clock,
                                meters,
                                name -> {
                                    throw new IllegalStateException("no issuer is in the shipped settings");
                                }),
                        certificates(pools),
                        settings.node().regions()),
                throttle,
                readBody,
                new ReadLines(vertx, settings, codings, throttle, readBody, budget),
                Future::succeededFuture,
                new ValidateEvents(
                        new EventTypes(pools.sync(), 1, new SchemaRules(settings.schemas())), settings.ingest()),
                new ValidateAmendment(
                        new EventTypes(pools.sync(), 1, new SchemaRules(settings.schemas())), settings.ingest()),
                new ValidateSchema(new SchemaRules(settings.schemas())),
                new OncePerKey(
                        new Idempotency(pools.sync(), settings.idempotency(), "none", clock),
                        settings.idempotency(),
                        meters));
    }

    private static Path file() {
        try {
            Path file = Files.createTempFile("weir-spending", ".bin");
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ClientCertificates certificates(Pools pools) {
        return new ClientCertificates(pools.check(), pools.report(), settings.keys(), clock);
    }

    @Override
    public void close() throws Exception {
        log.close().toCompletionStage().toCompletableFuture().get();
    }
}
