package interop;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;

/** Makes a synchronous client of an asynchronous one, so that both run the same scenario. */
final class Blocking {
    static final long PATIENCE_SECONDS = 20;

    private Blocking() {}

    static KinesisClient of(KinesisAsyncClient client) {
        return (KinesisClient) Proxy.newProxyInstance(
                Blocking.class.getClassLoader(), new Class<?>[] {KinesisClient.class}, (proxy, method, arguments) -> {
                    Method same = KinesisAsyncClient.class.getMethod(method.getName(), method.getParameterTypes());
                    return await((CompletableFuture<?>) same.invoke(client, arguments));
                });
    }

    static <T> T await(CompletableFuture<T> future) throws Throwable {
        try {
            return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }
}
