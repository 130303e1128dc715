package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.weir.masterdata.DemoTenant;
import io.weir.policies.AccessTiers;
import io.weir.policies.ApiKey;
import io.weir.policies.ApiKeys;
import io.weir.posting.Connections;
import io.weir.schemas.AccessTier;
import io.weir.schemas.Scope;
import io.weir.schemas.TenantId;
import io.weir.settings.WeirSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What a start with local services has beside a plain node: the demo tenant, its keys, its ERP connection, and a file that
 * tells a newcomer where everything is. Keys are made for each data directory anew and kept only there, readable by its
 * owner alone.
 */
final class DemoStart {
    private static final TenantId DEMO = new TenantId("demo");
    private static final TenantId OTHER = new TenantId("other");
    private static final AccessTier UNLIMITED =
            new AccessTier("standard", 1_000_000, 2_000_000, 10_000_000, 20_000_000);
    private static final AccessTier PARTNER = new AccessTier("partner", 20, 40, 500, 1_000);
    private static final List<Role> ROLES = List.of(
            new Role("BACKEND", DEMO, UNLIMITED, EnumSet.of(Scope.USAGE_WRITE, Scope.USAGE_READ)),
            new Role(
                    "SUPPORT",
                    DEMO,
                    UNLIMITED,
                    EnumSet.of(Scope.ENTITLEMENTS_READ, Scope.USAGE_READ, Scope.BILLING_READ)),
            new Role(
                    "PARTNER", DEMO, PARTNER, EnumSet.of(Scope.USAGE_WRITE, Scope.USAGE_READ, Scope.ENTITLEMENTS_READ)),
            new Role(
                    "FINANCE",
                    DEMO,
                    UNLIMITED,
                    EnumSet.of(Scope.BILLING_READ, Scope.BILLING_RUN, Scope.EXCEPTIONS_WRITE)),
            new Role(
                    "APPROVER",
                    DEMO,
                    UNLIMITED,
                    EnumSet.of(Scope.BILLING_READ, Scope.BILLING_APPROVE),
                    List.of("finance")),
            new Role("ADMIN", DEMO, UNLIMITED, EnumSet.of(Scope.ADMIN)),
            new Role("OTHER", OTHER, UNLIMITED, EnumSet.of(Scope.ADMIN)));

    private final Path directory;
    private final String region;
    private final Map<String, String> services;
    private final Map<String, ApiKey> keys;

    private DemoStart(Path directory, String region, Map<String, String> services, Map<String, ApiKey> keys) {
        this.directory = directory;
        this.region = region;
        this.services = services;
        this.keys = keys;
    }

    /** A principal of its own for each key, and a role of that name; who runs a billing does not approve it. */
    private record Role(String name, TenantId tenant, AccessTier tier, Set<Scope> scopes, List<String> excludes) {
        Role(String name, TenantId tenant, AccessTier tier, Set<Scope> scopes) {
            this(name, tenant, tier, scopes, List.of());
        }
    }

    /** Reads what the local services told of themselves; without local services there is no demo, and nothing is done. */
    static DemoStart of(WeirSettings settings) {
        Path directory = settings.data().dir();
        String region = settings.node().regions().getFirst();
        if (!settings.node().localServices()) {
            return new DemoStart(directory, region, Map.of(), Map.of());
        }
        Path file = directory.resolve("services").resolve("services.env");
        try {
            return new DemoStart(
                    directory,
                    region,
                    variables(file),
                    keys(directory, settings.keys().environment()));
        } catch (IOException e) {
            throw new StartFailure(
                    "node.localServices is true, but no local services run for " + directory
                            + ": start them with `make services`, or set node.localServices to false",
                    e);
        }
    }

    private static Map<String, String> variables(Path file) throws IOException {
        return Files.readAllLines(file).stream()
                .filter(line -> line.contains("=") && !line.startsWith("#"))
                .collect(Collectors.toMap(
                        line -> line.substring(0, line.indexOf('=')), line -> line.substring(line.indexOf('=') + 1)));
    }

    /** Seeds the tenants, keys and the ERP connection; does nothing twice. */
    Future<Void> seed(Pool pool, ApiKeys known, AccessTiers tiers) {
        if (services.isEmpty()) {
            return Future.succeededFuture();
        }
        Connections connections = new Connections(pool);
        String credential = "file:" + services.get("WEIR_ERP_TOKEN_FILE");
        Future<Void> seeded = DemoTenant.seed(pool, region)
                .compose(done -> connections.register(
                        DEMO,
                        "erp",
                        "netsuite",
                        region,
                        String.valueOf(services.get("WEIR_ERP_VENDOR_URL")),
                        credential,
                        Connections.Mode.LIVE))
                .compose(done -> connections.route(DEMO, "main", "invoice", "erp"));
        for (Role role : ROLES) {
            ApiKey key = keys.get(role.name);
            if (key != null) {
                seeded = seeded.compose(done -> tiers.seed(role.tenant, role.tier, role.tier.equals(UNLIMITED)))
                        .compose(done -> known.seed(
                                role.tenant,
                                role.name.toLowerCase(java.util.Locale.ROOT),
                                "service",
                                role.tier.name(),
                                role.scopes,
                                role.excludes,
                                key));
            }
        }
        return seeded;
    }

    /** The keys of this data directory, made at its first start; written before they are used. */
    private static Map<String, ApiKey> keys(Path directory, String environment) {
        Path file = directory.resolve("demo-keys.env");
        Map<String, ApiKey> keys = new LinkedHashMap<>();
        try {
            Map<String, String> kept = Files.exists(file) ? variables(file) : Map.of();
            for (Role role : ROLES) {
                String text = kept.get("WEIR_KEY_" + role.name);
                keys.put(
                        role.name,
                        text == null
                                ? ApiKey.create(environment)
                                : ApiKey.parse(text)
                                        .orElseThrow(() -> new StartFailure(file + " holds no key for " + role.name)));
            }
            if (kept.size() < keys.size()) {
                DataDirectory.writePrivate(file, lines(keys));
            }
            return keys;
        } catch (IOException e) {
            throw new StartFailure("cannot read " + file, e);
        }
    }

    private static String lines(Map<String, ApiKey> keys) {
        return keys.entrySet().stream()
                .map(key -> "WEIR_KEY_" + key.getKey() + "=" + key.getValue().text() + "\n")
                .collect(Collectors.joining());
    }

    /** Tells where everything is. */
    void tell(WeirSettings settings) {
        String file = settings.node().envFile();
        if (services.isEmpty() || file.isEmpty()) {
            return;
        }
        String text = "# Where this Weir is, and keys to it. For this machine only; made for this data directory.\n"
                + "WEIR_URL=" + settings.http().url() + "\n"
                + "WEIR_MANAGEMENT_URL=http://" + settings.management().host() + ":"
                + settings.management().port() + "\n"
                + lines(keys)
                + "WEIR_NODE_PID=" + ProcessHandle.current().pid() + "\n"
                + line("WEIR_SERVICES_PID")
                + line("WEIR_KAFKA")
                + line("WEIR_POSTGRES")
                + line("WEIR_ERP_URL");
        DataDirectory.writePrivate(directory.resolve(file), text);
    }

    private String line(String name) {
        return name + "=" + services.get(name) + "\n";
    }
}
