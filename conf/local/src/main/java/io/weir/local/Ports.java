package io.weir.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/** The five ports of a data directory, chosen once and kept. */
record Ports(int postgres, int kafkaBroker, int kafkaController, int erpVendor, int erpControl) {
    static Ports free() {
        return of(FreePorts.some(5));
    }

    /** The ports kept in this file, or free ones that are kept there from now on. */
    static Ports keptIn(Path file) throws IOException {
        if (!Files.exists(file)) {
            Ports ports = free();
            StringBuilder text = new StringBuilder("# Chosen at the first start of this data directory.\n");
            ports.byName()
                    .forEach((name, port) ->
                            text.append(name).append('=').append(port).append('\n'));
            PrivateFiles.replace(file, text.toString());
            return ports;
        }
        Properties kept = new Properties();
        try (var reader = Files.newBufferedReader(file)) {
            kept.load(reader);
        }
        return of(new Ports(0, 0, 0, 0, 0)
                .byName().keySet().stream().map(name -> port(kept, name, file)).toList());
    }

    private static Ports of(List<Integer> five) {
        return new Ports(five.get(0), five.get(1), five.get(2), five.get(3), five.get(4));
    }

    private static int port(Properties kept, String name, Path file) {
        String value = kept.getProperty(name, "").strip();
        if (!value.matches("[0-9]{1,5}")) {
            throw new StartRefused(
                    StartRefused.FAILED,
                    "%s does not name a port for '%s'. Write %s=<port> there, or delete the file to have all chosen afresh."
                            .formatted(file, name, name));
        }
        return Integer.parseInt(value);
    }

    /** Refuses the start when somebody else listens on one of the ports. */
    void requireFree(Path file) {
        byName().forEach((name, port) -> {
            if (!FreePorts.isFree(port)) {
                throw new StartRefused(
                        StartRefused.PORT_TAKEN,
                        "Port %d (%s) is taken by another process. End that process, or change %s in %s, or delete that file to have all ports chosen afresh."
                                .formatted(port, name, name, file));
            }
        });
    }

    Map<String, Integer> byName() {
        Map<String, Integer> all = new LinkedHashMap<>();
        all.put("postgres", postgres);
        all.put("kafka.broker", kafkaBroker);
        all.put("kafka.controller", kafkaController);
        all.put("erp.vendor", erpVendor);
        all.put("erp.control", erpControl);
        return all;
    }
}
