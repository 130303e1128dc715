package io.weir.masterdata;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.weir.schemas.Commands;
import io.weir.schemas.Commands.Identity;
import io.weir.schemas.CustomerId;
import io.weir.schemas.FieldError;
import io.weir.schemas.Refusal;
import io.weir.schemas.RefusedException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FieldsTest {
    private static final Map<String, String> OWNERS = Map.of("/name", "crm", "/identities/product", "product");

    private static Commands.Customer customer(String name, Identity... identities) {
        return new Commands.Customer(name, List.of(identities), null);
    }

    private static List<String> changed(Commands.Customer before, Commands.Customer after) {
        return Fields.changed(Fields.of(before), Fields.of(after));
    }

    @Test
    void the_order_of_identities_is_no_change() {
        Identity one = new Identity("product", "a");
        Identity two = new Identity("product", "b");
        assertEquals(List.of(), changed(customer("n", one, two), customer("n", two, one)));
        assertEquals(List.of("/identities/product"), changed(customer("n", one, two), customer("n", one)));
    }

    @Test
    void what_appears_and_what_disappears_is_changed() {
        Commands.Customer with = new Commands.Customer("n", List.of(), new CustomerId("p"));
        assertEquals(List.of("/parent"), changed(customer("n"), with));
        assertEquals(List.of("/parent"), changed(with, customer("n")));
        assertEquals(
                List.of("/identities/crm", "/name"), changed(customer("n"), customer("m", new Identity("crm", "x"))));
    }

    @Test
    void who_speaks_for_another_system_is_told_all_owners() {
        Optional<Revised<String>> current = Optional.of(new Revised<>("c", "x", 1, null));
        List<String> both = List.of("/name", "/identities/product", "/unowned");
        Refusal refusal = assertThrows(RefusedException.class, () -> Fields.check("erp", current, both, OWNERS))
                .refusal();
        assertEquals(
                new Refusal.NotSystemOfRecord(
                        "erp",
                        List.of(
                                new FieldError("/name", "is owned by crm"),
                                new FieldError("/identities/product", "is owned by product"))),
                refusal);
        assertThrows(RefusedException.class, () -> Fields.check("crm", current, both, OWNERS));
        assertDoesNotThrow(() -> Fields.check("crm", current, List.of("/name"), OWNERS));
        assertDoesNotThrow(() -> Fields.check("crm", current, List.of(), OWNERS));
        assertDoesNotThrow(() -> Fields.check(null, current, both, OWNERS));
        assertDoesNotThrow(() -> Fields.check("erp", Optional.empty(), both, OWNERS));
    }
}
