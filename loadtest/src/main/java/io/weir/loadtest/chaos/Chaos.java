package io.weir.loadtest.chaos;

import io.weir.loadtest.Console;
import io.weir.loadtest.DemoEnv;
import io.weir.loadtest.MeasuredTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * {@code make chaos SEED=... MINUTES=...}: two nodes of a throw-away Weir are posted to while what they stand on is broken; then
 * everything that was answered is looked for. Exit codes: 0 nothing is wrong, 1 something is, 2 no run could be made.
 */
public final class Chaos {
    private static final int NODES = 2;
    private static final int BACKFILLERS = 2;
    private static final Map<String, String> SETTINGS = Map.of(
            // Two nodes and all that they stand on share the machine; what is refused for lateness proves nothing.
            "WEIR_OVERLOAD_QUEUE_MILLIS", "1000",
            "WEIR_INGEST_RECORDED_TIMEOUT_MILLIS", "5000",
            // Soon over, in small files, and full within seconds of a long outage.
            "WEIR_SPILL_AFTER_MILLIS", "1000",
            "WEIR_SPILL_SEGMENT_BYTES", "65536",
            "WEIR_SPILL_MAX_BYTES", "1000000",
            // A closing takes several pieces; sets without a certain end stay open; a command whose node died may be
            // run again
            // while somebody still asks, and not while a closing (20 s) may be under way.
            "WEIR_BACKFILL_SETS_PIECE_EVENTS", "20",
            "WEIR_BACKFILL_SETS_MAX_OPEN", "10000",
            "WEIR_IDEMPOTENCY_CLAIM_MILLIS", "25000");

    private final ChaosSettings settings;
    private final Console console;
    private final InstantSource clock = InstantSource.system();
    private final MeasuredTree tree;
    private final World world;
    private final Notes notes;
    private final List<Poster> posters = new ArrayList<>();
    private final List<Backfiller> backfillers = new ArrayList<>();
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(2))
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .build();

    private Chaos(ChaosSettings settings, Path root, Path directory, Console console) {
        this.settings = settings;
        this.console = console;
        this.tree = MeasuredTree.of(root);
        this.world = new World(root, directory, SETTINGS, console);
        this.notes = new Notes(directory.resolve("notes.log"));
    }

    public static void main(String[] arguments) throws IOException {
        Map<String, String> environment = System.getenv();
        Console console = Console.standard();
        Path root = Path.of(arguments.length > 0 ? arguments[0] : "").toAbsolutePath();
        Path results = root.resolve(environment.getOrDefault("CHAOS_RESULTS", "loadtest/results/chaos.json"));
        try {
            Report report = run(ChaosSettings.of(environment), root, console);
            report.print(console);
            report.write(results);
            console.line("Written to " + results + ".");
            System.exit(report.good() ? 0 : 1);
        } catch (ChaosFailure | UncheckedIOException | NumberFormatException failure) {
            console.line("The run could not be made: " + failure.getMessage());
            System.exit(2);
        }
    }

    /** A whole run in a directory of its own, which is kept where something is wrong. */
    static Report run(ChaosSettings settings, Path root, Console console) throws IOException {
        Path directory = Files.createTempDirectory("weir-chaos");
        Chaos chaos = new Chaos(settings, root, directory, console);
        Thread hook = new Thread(chaos.world::close, "end");
        Runtime.getRuntime().addShutdownHook(hook);
        boolean good = false;
        try {
            Report report = chaos.run();
            good = report.good();
            return report;
        } finally {
            Runtime.getRuntime().removeShutdownHook(hook);
            chaos.world.close();
            chaos.notes.close();
            chaos.http.shutdownNow();
            if (good) {
                delete(directory);
            } else {
                console.line("Notes and logs: " + directory);
            }
        }
    }

    private Report run() throws IOException {
        console.line("Seed " + settings.seed() + ". Starting services and " + NODES + " nodes of their own ...");
        world.start(NODES);
        DemoEnv env = world.env();
        Postgres postgres = new Postgres(env.get("WEIR_POSTGRES"));
        List<Weir> nodes =
                world.nodes().stream().map(node -> new Weir(http, node, env)).toList();
        List<String> keys = List.of(env.key("BACKEND"), spillingKey(nodes.getFirst()));
        Instant hour = clock.instant().truncatedTo(ChronoUnit.HOURS).minus(1, ChronoUnit.HOURS);
        Traffic traffic = new Traffic(
                notes,
                world.nodes().stream().map(World.Node::url).toList(),
                keys,
                env.key("ADMIN"),
                Long.toString(settings.seed()),
                hour,
                settings.pauseMillis());
        Money money = new Money(nodes, traffic.hours());
        Judgement judgement = new Judgement(nodes, postgres, notes, traffic, clock);
        Chance chance = new Chance(world, postgres, notes);
        console.line("Breaking things for " + settings.faults().toSeconds() + " s ...");
        breakThings(traffic, env, money, chance);
        chance.told().forEach(console::line);
        console.line("Everything runs again; looking for what was answered ...");
        posters.forEach(Poster::settle);
        backfillers.getFirst().settle();
        judgement.awaitWhole(clock.instant());
        Judgement.Found found = judgement.find();
        List<String> wrong = new ArrayList<>(found.differences());
        wrong.addAll(money.check(found.expected()));
        Totals totals = Totals.of(notes.stories());
        Map<Canary, String> canaries = settings.canaries() && found.good()
                ? new Canaries(judgement, postgres, posters.getFirst(), backfillers.getFirst(), clock).seen(console)
                : Map.of();
        return new Report(tree, settings, chance.done(), totals, found.ids(), found.sets(), wrong, canaries);
    }

    /** A key whose events are kept on the nodes' disks while Kafka is away; the other key's are refused then. */
    private static String spillingKey(Weir weir) {
        weir.good(weir.put("ADMIN", "/v1/access-tiers/chaos", "{\"kafkaAway\":\"spill\"}"));
        String wanted = "{\"name\":\"chaos\",\"tier\":\"chaos\",\"scopes\":[\"usage:write\"]}";
        return weir.good(weir.post("ADMIN", "/v1/api-keys", wanted)).path("key").asString();
    }

    private void breakThings(Traffic traffic, DemoEnv env, Money money, Chance chance) {
        List<CompletableFuture<Void>> running = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < settings.posters(); i++) {
                posters.add(new Poster(i, settings.seed(), traffic, http));
            }
            for (int i = 0; i < BACKFILLERS; i++) {
                backfillers.add(new Backfiller(i, settings.seed(), traffic, http, env));
            }
            posters.forEach(poster -> running.add(CompletableFuture.runAsync(poster, threads)));
            backfillers.forEach(backfiller -> running.add(CompletableFuture.runAsync(backfiller, threads)));
            running.add(CompletableFuture.runAsync(money, threads));
            chance.run(settings.seed(), settings.faults());
            posters.forEach(Poster::stop);
            backfillers.forEach(Backfiller::stop);
            money.stop();
            running.forEach(CompletableFuture::join);
        }
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}
