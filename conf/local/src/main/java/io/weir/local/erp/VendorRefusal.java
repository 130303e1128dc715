package io.weir.local.erp;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/**
 * A refusal in the vendor's form: {@code {type, title, status, o:errorDetails:[{detail, o:errorCode, o:errorPath}]}}
 * (V), content type {@link #CONTENT_TYPE} (U).
 */
final class VendorRefusal extends Exception {
    static final String CONTENT_TYPE = "application/vnd.oracle.resource+json; type=error";

    private final int status;
    private final ObjectNode body;

    private VendorRefusal(int status, ObjectNode body) {
        super(Json.write(body), null, false, false);
        this.status = status;
        this.body = body;
    }

    int status() {
        return status;
    }

    ObjectNode body() {
        return body;
    }

    /** The access token is missing or wrong. V */
    static VendorRefusal invalidLogin() {
        return of(
                401,
                "INVALID_LOGIN",
                "Invalid login attempt. For more details, see the Login Audit Trail in the NetSuite UI.",
                null);
    }

    /** A value that the field cannot take. V for a reference, U for other fields. */
    static VendorRefusal invalidValue(String path, String field, String value) {
        return of(
                400,
                "INVALID_CONTENT",
                "Error while accessing a resource. You have entered an Invalid Field Value %s for the following field: %s."
                        .formatted(value, field),
                path);
    }

    /** A body that is no JSON object of this record type. U */
    static VendorRefusal invalidContent(String detail, @Nullable String path) {
        return of(400, "INVALID_CONTENT", detail, path);
    }

    /** A field that the record type does not have. U: 400 and the path are sure, code and text are not. */
    static VendorRefusal unknownField(String path) {
        return of(400, "INVALID_PARAMETER", "Invalid property '%s' in the request body.".formatted(path), path);
    }

    /** A reference to a record that is not there. C */
    static VendorRefusal invalidReference(String path, String what, String key) {
        return of(400, "INVALID_KEY_OR_REF", "Invalid %s reference key %s.".formatted(what, key), path);
    }

    /** Mandatory fields left out. C */
    static VendorRefusal missing(String fields) {
        return of(400, "USER_ERROR", "Please enter value(s) for: " + fields, null);
    }

    /** The date lies outside the open periods. Text V, code U. */
    static VendorRefusal periodClosed() {
        return of(
                400,
                "USER_ERROR",
                "The transaction date you specified is not within the date range of your accounting period.",
                "tranDate");
    }

    /** The customer may not be billed. U: code and text from memory. */
    static VendorRefusal customerBlocked(String customer) {
        return of(
                400,
                "USER_ERROR",
                "Customer %s is on credit hold. The transaction cannot be saved.".formatted(customer),
                "entity");
    }

    /** The body's media type is not JSON. U: code and path from memory. */
    static VendorRefusal invalidContentType(String given) {
        VendorRefusal refusal = of(
                400,
                "INVALID_HEADER",
                "Invalid header value '%s'. Content-Type must be application/json.".formatted(given),
                null);
        ((ObjectNode) refusal.body.get("o:errorDetails").get(0)).put("o:errorHeader", "Content-Type");
        return refusal;
    }

    /** No such record. C */
    static VendorRefusal notFound() {
        return of(
                404, "NONEXISTENT_ID", "The record instance does not exist. Provide a valid record instance ID.", null);
    }

    /** No such resource, or one that this simulator leaves out. U */
    static VendorRefusal noSuchResource(String path) {
        return of(404, "INVALID_URL", "Invalid URL. No resource at %s.".formatted(path), null);
    }

    /** A method that the resource does not have. U */
    static VendorRefusal methodNotAllowed(String method) {
        return of(405, "METHOD_NOT_ALLOWED", "Method %s is not allowed for this resource.".formatted(method), null);
    }

    /** Too many requests at once, in the form with status 429. C */
    static VendorRefusal throttled() {
        ObjectNode body = Json.object();
        body.put("type", type(429))
                .put("title", "Bad Request")
                .put("status", 429)
                .put("o:errorCode", "USER_ERROR");
        body.putArray("o:errorDetails")
                .addObject()
                .put("detail", "Concurrent request limit exceeded. Request blocked.")
                .put("o:errorCode", "CONCURRENCY_LIMIT_EXCEEDED");
        return new VendorRefusal(429, body);
    }

    /** Too many requests at once, in the form with status 400; it has no type and no status member. C */
    static VendorRefusal throttledAsBadRequest() {
        ObjectNode body = Json.object();
        body.put("title", "Bad Request");
        body.putArray("o:errorDetails")
                .addObject()
                .put(
                        "detail",
                        "Concurrent request limit exceeded. Request blocked. Verify your concurrency limits at Setup > Integration > Integration Management > Integration Governance.")
                .put("o:errorCode", "CONCURRENCY_LIMIT_EXCEEDED");
        return new VendorRefusal(400, body);
    }

    /** The server failed. C */
    static VendorRefusal unexpected() {
        return of(500, "UNEXPECTED_ERROR", "An unexpected error occurred. Error ID: simulated", null);
    }

    private static VendorRefusal of(int status, String code, String detail, @Nullable String path) {
        ObjectNode body = Json.object();
        body.put("type", type(status)).put("title", title(status)).put("status", status);
        ObjectNode details = body.putArray("o:errorDetails").addObject().put("detail", detail);
        if (path != null) {
            details.put("o:errorPath", path);
        }
        details.put("o:errorCode", code);
        return new VendorRefusal(status, body);
    }

    /** V for 409 ("...#sec10.4.10"), the others by the same scheme U. */
    private static String type(int status) {
        return "https://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.%d.%d"
                .formatted(status / 100, status % 100 + 1);
    }

    private static String title(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            default -> "Internal Server Error";
        };
    }
}
