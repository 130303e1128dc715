package io.weir.gateway;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** Looks at the front door's TLS files again and again, off the event loop. */
final class CertificateVerticle extends VerticleBase {
    private final FrontDoorTls tls;
    private boolean running = true;

    CertificateVerticle(FrontDoorTls tls) {
        this.tls = tls;
    }

    @Override
    public Future<?> start() {
        next();
        return Future.succeededFuture();
    }

    @Override
    public Future<?> stop() {
        running = false;
        return Future.succeededFuture();
    }

    private void next() {
        if (running) {
            vertx.setTimer(tls.pollMillis(), due -> tls.look(vertx).onComplete(looked -> next()));
        }
    }
}
