package io.weir.gateway;

import com.hazelcast.core.HazelcastInstance;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.ThreadingModel;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import io.weir.archive.Archive;
import io.weir.audit.AuditQueries;
import io.weir.changes.ChangeFeedVerticle;
import io.weir.entitlement.BalanceEffects;
import io.weir.entitlement.EntitlementVerticle;
import io.weir.entitlement.GrantQueries;
import io.weir.exceptions.ExceptionQueries;
import io.weir.exceptions.ExceptionsVerticle;
import io.weir.exceptions.ReplayQueries;
import io.weir.ledger.ArchiveDays;
import io.weir.ledger.BackfillSetQueries;
import io.weir.ledger.BackfillSetVerticle;
import io.weir.ledger.BackfillVerticle;
import io.weir.ledger.CorrectionVerticle;
import io.weir.ledger.HeldVerticle;
import io.weir.ledger.LagVerticle;
import io.weir.ledger.LedgerMeters;
import io.weir.ledger.LedgerVerticle;
import io.weir.ledger.RetentionVerticle;
import io.weir.ledger.RetryVerticle;
import io.weir.lineage.EventList;
import io.weir.lineage.LineageQueries;
import io.weir.masterdata.MasterDataQueries;
import io.weir.masterdata.MasterDataVerticle;
import io.weir.metering.EventQueries;
import io.weir.metering.MeteringVerticle;
import io.weir.policies.AccessTiers;
import io.weir.policies.AccessTokens;
import io.weir.policies.ApiKeys;
import io.weir.policies.Authenticate;
import io.weir.policies.ByteBudget;
import io.weir.policies.ClientCertificates;
import io.weir.policies.Coding;
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
import io.weir.posting.PostingVerticle;
import io.weir.rating.ChargeEffects;
import io.weir.rating.ChargeQueries;
import io.weir.rating.RatingVerticle;
import io.weir.reconciliation.ReconciliationVerticle;
import io.weir.settings.AdmissionSettings;
import io.weir.settings.WeirSettings;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The object graph of a node, on one screen: everything is built here with {@code new}, in order, and every verticle is
 * deployed here. Flow classes are visible by the pool that each stage gets.
 */
final class Deployment {
    private final InstantSource clock = InstantSource.system();
    private final PrometheusMeterRegistry meters = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final WeirSettings settings;
    private final Foundation foundation;
    private final Health health;
    private final KafkaLog kafka;
    private final Vertx vertx;
    private final Pools pools;
    private final String node;
    private final HazelcastInstance member;
    private final SpendingFile spending;
    private final ApiVersions versions;
    private final Overload overload;
    private final Archive archive;

    private Deployment(WeirSettings settings, Foundation foundation) {
        this.settings = settings;
        this.foundation = foundation;
        this.versions = new ApiVersions(settings.api().versions(), clock);
        this.overload = new Overload(settings, System::nanoTime, meters);
        this.archive =
                new Archive(settings.retention().directory(settings.data().dir()));
        this.health = new Health(settings.management(), clock, meters);
        this.kafka = foundation.kafka();
        this.vertx = foundation.vertx(meters);
        this.pools = Pools.open(vertx, settings);
        this.node = foundation.node();
        this.member = foundation.member();
        this.spending = foundation.spending();
    }

    /** Deploys everything on a foundation; waits until the node can serve. */
    static Node on(WeirSettings settings, Foundation foundation, DemoStart demo) {
        return new Deployment(settings, foundation).deploy(demo);
    }

    private Node deploy(DemoStart demo) {
        deploy(new ManagementVerticle(settings.management(), health, meters, pools.sync(), kafka.admin(), versions));

        ApiKeys keys = new ApiKeys(pools.check(), settings.keys(), clock);
        LimitMeters.bind(keys, meters);
        ClientCertificates certificates = new ClientCertificates(pools.check(), pools.report(), settings.keys(), clock);
        AccessTokens tokens = new AccessTokens(
                vertx,
                pools.check(),
                vertx.createHttpClient(),
                settings.jwt(),
                settings.keys(),
                clock,
                meters,
                health::issuer);
        SchemaRules schemaRules = new SchemaRules(settings.schemas());
        EventTypes types = new EventTypes(pools.sync(), settings.ingest().schemaCacheTypes(), schemaRules);
        AccessTiers tiers = new AccessTiers(
                pools.sync(),
                keys,
                settings.ingest().maxBatchEvents(),
                settings.http().maxBodyBytes());
        Leases leases = new Leases(settings.throttle(), System::nanoTime);
        Months months = new Months(pools.check(), spending, node, settings.throttle(), clock, System::nanoTime, leases);
        Throttle throttle = new Throttle(settings.throttle(), leases, months, System::nanoTime);
        Wait.on(months.reconcile());
        LimitMeters.bind(throttle, leases, months, meters);
        Wait.on(demo.seed(pools.sync(), keys, tiers));

        EntitlementVerticle entitlement = new EntitlementVerticle(pools.check(), settings.entitlement(), clock, meters);
        MeteringVerticle metering = new MeteringVerticle(pools.report(), settings.metering(), clock, meters);
        ReconciliationVerticle reconciliation =
                new ReconciliationVerticle(pools.report(), settings.reconciliation(), clock);
        deploy(entitlement);
        deploy(metering);
        deploy(reconciliation);
        deploy(new MasterDataVerticle(pools.sync(), settings.schemas(), settings.meters(), clock, meters));
        blocking(new RatingVerticle(pools.money(), settings.rating(), clock, meters));
        blocking(new PostingVerticle(
                pools.money(), vertx.createHttpClient(), settings.posting(), clock, meters, health.loop("posting")));
        deploy(new ExceptionsVerticle(pools.money(), clock));
        ledger(pools.usage());
        keys.follow(vertx.eventBus());
        certificates.follow(vertx.eventBus());
        tokens.follow(vertx, vertx.eventBus());
        types.follow(vertx.eventBus());
        deploy(new ChangeFeedVerticle(pools.sync(), settings.changes(), clock, meters));

        UsageLogProducer log = log();
        AwaitedReceipts receipts =
                new AwaitedReceipts(node, settings.ingest(), entitlement.entitlements()::invalidate, meters);
        Wait.on(log.start().compose(ready -> receipts.start(vertx)));
        Idempotency idempotency = new Idempotency(pools.sync(), settings.idempotency(), node, clock);
        deploy(new IdempotencyVerticle(idempotency, settings.idempotency(), meters));
        Authenticate authenticate =
                new Authenticate(keys, tokens, certificates, settings.node().regions());
        Routes.Policies policies = policies(authenticate, types, throttle, idempotency);
        StreamTools streams = streams(policies, new IngestAction(vertx, log, receipts, meters), log);
        EventQueries events = new EventQueries(pools.report(), archive, vertx);
        Routes.Actions actions = new Routes.Actions(
                streams.ingest(),
                new StreamAction(streams),
                new UsageAction(metering.usage(), events, new EventList(pools.report())),
                new CorrectionsAction(vertx.eventBus(), events, entitlement.entitlements()::invalidate),
                new EntitlementAction(entitlement.entitlements(), clock),
                new MasterDataAction(
                        vertx.eventBus(),
                        new MasterDataQueries(pools.report()),
                        new GrantQueries(pools.report()),
                        entitlement.entitlements()::invalidate),
                new EventTypesAction(vertx.eventBus(), new MasterDataQueries(pools.report()), types::forget),
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
                        entitlement.entitlements()::invalidate),
                new ReconciliationAction(vertx.eventBus(), reconciliation.queries()),
                new AuditAction(new AuditQueries(pools.report())),
                new ArchiveAction(vertx.eventBus(), new ArchiveDays(pools.report())),
                new CredentialsAction(
                        new IssuedKeys(pools.sync(), keys, settings.keys(), clock),
                        new Principals(pools.sync(), keys),
                        tiers),
                new IdentitiesAction(certificates, new TokenSubjects(pools.sync(), pools.report())),
                new DocumentsAction(versions));
        List<Route> routes = Routes.of(policies, actions);
        LimitsVerticle limits = new LimitsVerticle(
                member,
                foundation.tanks(),
                leases,
                months,
                settings.throttle(),
                settings.cluster().expectedNodes());
        deploy(limits);
        Wait.until(health::loopsStarted, "the ledger's loops to have their partitions");
        String door = frontDoor(routes);
        health.phase(Health.Phase.SERVING);
        return new Node(vertx, health, door, streams.streams(), receipts, log, limits);
    }

    private UsageLogProducer log() {
        LogConnection connection =
                new LogConnection(kafka.producer(), settings.kafka().topic());
        SpillJournal journal = foundation.journal();
        SpillSignals signals = new SpillSignals(meters, health);
        Spill spill = new Spill(settings.spill(), journal, signals, new SpillNotes(vertx, node), clock);
        signals.show(spill);
        SpillDrain drain = new SpillDrain(
                settings.spill(),
                spill,
                journal,
                connection,
                signals,
                settings.kafka().topic());
        return new UsageLogProducer(
                vertx, connection, new SpillThreads(spill, journal, drain, signals), settings, overload, meters);
    }

    private StreamTools streams(Routes.Policies policies, IngestAction ingest, UsageLogProducer log) {
        return new StreamTools(
                vertx,
                ingest,
                log,
                policies.validateEvents(),
                policies.throttle(),
                policies.mayStillPost(),
                new OpenStreams(settings.streams().maxOpen(), meters),
                settings.streams(),
                settings.ingest().maxEventBytes(),
                clock,
                System::nanoTime);
    }

    private Routes.Policies policies(
            Authenticate authenticate, EventTypes types, Throttle throttle, Idempotency idempotency) {
        Codings codings = codings();
        ByteBudget bodies = bodies(settings.overload(), meters);
        ReadBody readBody = new ReadBody(vertx, settings.http(), codings, throttle, bodies);
        return new Routes.Policies(
                authenticate,
                throttle,
                readBody,
                new ReadLines(vertx, settings, codings, throttle, readBody, bodies),
                overload.turns(),
                new ValidateEvents(types, settings.ingest()),
                new ValidateAmendment(types, settings.ingest()),
                new ValidateSchema(new SchemaRules(settings.schemas())),
                new OncePerKey(idempotency, settings.idempotency(), meters));
    }

    /** What the bodies of requests may take of the heap. */
    private static ByteBudget bodies(AdmissionSettings.Overload settings, MeterRegistry meters) {
        ByteBudget bodies = new ByteBudget(settings.maxBodyBytes(), settings.maxTenantBodyBytes());
        meters.gauge("weir.http.body.bytes", bodies, ByteBudget::held);
        return bodies;
    }

    private Codings codings() {
        Codings codings = new Codings(settings.http());
        vertx.executeBlocking(Codings::load);
        for (Coding coding : Coding.values()) {
            Gauge.builder("weir.http.compressed", codings.open(coding), AtomicInteger::get)
                    .tag("coding", coding.text())
                    .register(meters);
        }
        return codings;
    }

    private void ledger(Pool usage) {
        LedgerMeters counted = new LedgerMeters(meters);
        for (int loop = 0; loop < settings.ledger().loops(); loop++) {
            String instance = settings.ledger().group() + "-" + node + "-" + loop;
            blocking(new LedgerVerticle(
                    usage,
                    kafka.consumer(instance),
                    settings.kafka(),
                    settings.ledger(),
                    settings.meters(),
                    clock,
                    health.loop("ledger-" + loop),
                    counted));
        }
        blocking(new HeldVerticle(usage, settings.ledger(), settings.meters(), clock));
        blocking(new BackfillVerticle(usage, settings.ledger(), settings.meters(), clock, counted));
        blocking(new RetryVerticle(
                usage, settings.kafka().topic(), settings.ledger(), settings.meters(), settings.replays(), clock));
        Duration transit = Duration.ofSeconds(settings.ledger().lateGraceSeconds());
        blocking(new RetentionVerticle(
                pools.archive(), archive, settings.retention(), transit, clock, meters, health.failing("archive")));
        blocking(new BackfillSetVerticle(
                pools.money(), archive, settings.ledger(), settings.meters(), settings.backfillSets(), clock, meters));
        blocking(new CorrectionVerticle(pools.money(), settings.ledger(), settings.meters(), clock, counted));
        deploy(new LagVerticle(
                usage, kafka.admin(), settings.kafka(), settings.ledger(), clock, counted, health::late));
    }

    private String frontDoor(List<Route> routes) {
        Door door = new Door(
                settings.http(),
                settings.door(),
                new OpenConnections(settings.http().maxConnections(), meters),
                new DoorMeters(meters));
        foundation.guard(door);
        CallMeters calls = new CallMeters(meters);
        FrontDoorTls tls = FrontDoorTls.load(vertx, settings.http().tls(), clock, health, meters);
        String deployed = Wait.on(vertx.deployVerticle(
                () -> new FrontDoorVerticle(routes, versions, settings.http(), clock, door, calls, overload, tls),
                new DeploymentOptions().setInstances(settings.node().eventLoops())));
        if (tls != null) {
            deploy(new CertificateVerticle(tls));
        }
        return deployed;
    }

    private void deploy(VerticleBase verticle) {
        Wait.on(vertx.deployVerticle(verticle));
    }

    /** A verticle whose steps wait for each other, on a virtual thread. */
    private void blocking(VerticleBase verticle) {
        Future<String> deployed = vertx.deployVerticle(
                verticle, new DeploymentOptions().setThreadingModel(ThreadingModel.VIRTUAL_THREAD));
        Wait.on(deployed);
    }
}
