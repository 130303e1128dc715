package io.weir.schemas;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which events a meter's filter takes. */
class MeterFilterTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                     | {}                          | true",
                "{'region':'eu'}                        | {'region':'eu'}             | true",
                "{'region':'eu'}                        | {'region':'us'}             | false",
                "{'region':'eu'}                        | {}                          | false",
                "{'region':['eu','us']}                 | {'region':'us','more':1}    | true",
                "{'region':['eu','us']}                 | {'region':['us']}           | false",
                "{'n':5}                                | {'n':5.00}                  | true",
                "{'n':5}                                | {'n':'5'}                   | false",
                "{'on':true}                            | {'on':true}                 | true",
                "{'on':true}                            | {'on':'true'}               | false",
                "{'n':{'gte':1,'lt':2.5}}               | {'n':2.4999}                | true",
                "{'n':{'gte':1,'lt':2.5}}               | {'n':2.5}                   | false",
                "{'n':{'gt':1}}                         | {'n':1}                     | false",
                "{'n':{'lte':-1}}                       | {'n':-1.0}                  | true",
                "{'n':{'gt':1}}                         | {'n':'2'}                   | false",
                "{'region':{'not':'eu'}}                | {'region':'us'}             | true",
                "{'region':{'not':['eu','us']}}         | {'region':'us'}             | false",
                "{'region':{'not':'eu'}}                | {}                          | false",
                "{'region':{'exists':true}}             | {'region':null}             | false",
                "{'region':{'exists':false}}            | {'region':null}             | true",
                "{'region':{'exists':false}}            | {'region':'eu'}             | false",
                "{'/data/use/kind':'x'}                 | {'use':{'kind':'x'}}        | true",
                "{'/data/use/kind':'x','n':{'gt':1}}    | {'use':{'kind':'x'},'n':1}  | false",
                "{'old':'x'}                            | {'new':'x'}                 | true"
            })
    void an_event_is_taken_where_all_terms_hold(String filter, String data, boolean taken) {
        List<FieldError> errors = new ArrayList<>();
        MeterFilter read = MeterFilter.of(tree(filter), errors);
        assertEquals(List.of(), errors);
        assertEquals(taken, read.accepts(tree(data), new FieldMapping(Map.of("/data/old", "/data/new"))));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]                          | /filter",
                "{'':1}                      | /filter/",
                "{'/subject':'x'}            | /filter/~1subject",
                "{'n':{}}                    | /filter/n",
                "{'n':[]}                    | /filter/n",
                "{'n':null}                  | /filter/n",
                "{'n':[{'a':1}]}             | /filter/n",
                "{'n':{'gt':'1'}}            | /filter/n/gt",
                "{'n':{'like':'x'}}          | /filter/n/like",
                "{'n':{'exists':'no'}}       | /filter/n/exists"
            })
    void what_is_no_filter_is_told_where_it_is_wrong(String filter, String pointer) {
        List<FieldError> errors = new ArrayList<>();
        MeterFilter.of(tree(filter), errors);
        assertEquals(List.of(pointer), errors.stream().map(FieldError::pointer).toList());
    }

    @Test
    void a_filter_is_bounded() {
        StringBuilder many = new StringBuilder("{'n':[1");
        for (int i = 0; i < 100; i++) {
            many.append(',').append(i);
        }
        List<FieldError> errors = new ArrayList<>();
        MeterFilter.of(tree(many + "]}"), errors);
        MeterFilter.of(tree("{'n':'" + "x".repeat(257) + "'}"), errors);
        assertEquals(2, errors.size());
    }

    private static tools.jackson.databind.JsonNode tree(String text) {
        return Json.tree(text.replace('\'', '"'));
    }
}
