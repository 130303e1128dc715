package io.weir.loadtest.chaos;

/** The demo tenant's customers, by their numbers. */
final class Customers {
    /** How many of them are used. */
    static final int COUNT = 20;

    private Customers() {}

    static String id(int number) {
        return "cust-%03d".formatted(number);
    }

    static String subject(int number) {
        return "ws-%03d".formatted(number);
    }

    static String subscription(int number) {
        return "sub-%03d".formatted(number);
    }

    static int number(String customer) {
        return Integer.parseInt(customer.substring(customer.length() - 3));
    }
}
