package io.weir.house;

import static io.weir.fixtures.TestDatabase.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Vertx;
import io.vertx.sqlclient.SqlConnection;
import io.weir.fixtures.TestDatabase;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every statement of every table class is prepared against the migrated schema: a renamed column fails the build. */
class SqlTest {
    private static final Path CLASSES = Path.of("target/classes");

    @Test
    void every_statement_can_be_prepared() throws IOException, ReflectiveOperationException {
        Vertx vertx = Vertx.vertx();
        List<String> failures = new ArrayList<>();
        int prepared = 0;
        try (TestDatabase database = TestDatabase.fresh(vertx)) {
            SqlConnection sql = await(database.pool().getConnection());
            for (Class<?> table : tables()) {
                for (Field field : statements(table)) {
                    String text = String.valueOf(field.get(null));
                    await(sql.prepare(text)
                            .compose(statement -> statement.close())
                            .onFailure(failure -> failures.add(
                                    table.getSimpleName() + "." + field.getName() + ": " + failure.getMessage()))
                            .otherwiseEmpty());
                    prepared++;
                }
            }
            await(sql.close());
        } finally {
            await(vertx.close());
        }
        assertEquals(List.of(), failures);
        assertTrue(prepared > 50, "only " + prepared + " statements were found");
    }

    private static List<Class<?>> tables() throws IOException, ClassNotFoundException {
        List<Class<?>> tables = new ArrayList<>();
        try (Stream<Path> files = Files.walk(CLASSES)) {
            for (Path file : files.filter(path -> path.toString().endsWith("Table.class"))
                    .toList()) {
                String name = CLASSES.relativize(file).toString().replace('/', '.');
                tables.add(Class.forName(name.substring(0, name.length() - ".class".length())));
            }
        }
        return tables;
    }

    private static List<Field> statements(Class<?> table) {
        List<Field> statements = new ArrayList<>();
        for (Field field : table.getDeclaredFields()) {
            if (Modifier.isStatic(field.getModifiers()) && field.getType() == String.class) {
                field.setAccessible(true);
                statements.add(field);
            }
        }
        return statements;
    }
}
