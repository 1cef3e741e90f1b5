package interop;

import java.time.Duration;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.core.util.VersionInfo;
import software.amazon.awssdk.http.Protocol;
import software.amazon.awssdk.http.nio.netty.Http2Configuration;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardRequest;

/** Runs the scenario with the synchronous client (CBOR) or the asynchronous one (HTTP/2). */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        System.out.println("version|AWS SDK for Java " + VersionInfo.SDK_VERSION);
        switch (args[0]) {
            case "sync" -> {
                try (KinesisClient client = KinesisClient.builder().overrideConfiguration(checked()).build()) {
                    run(client, null, () -> {
                        try (KinesisClient told = KinesisClient.create()) {
                            told.describeLimits();
                        }
                    });
                }
            }
            case "async" -> {
                try (KinesisAsyncClient client = asynchronous()) {
                    run(Blocking.of(client), client, () -> {
                        try (KinesisAsyncClient told = KinesisAsyncClient.create()) {
                            Blocking.of(told).describeLimits();
                        }
                    });
                }
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
        System.exit(0); // an open subscription would keep it alive
    }

    private static void run(KinesisClient client, KinesisAsyncClient subscriber, Steps.Step environment) throws Exception {
        Steps steps = new Steps();
        Api api = new Api(client);
        steps.run("Environment", environment);
        new Streams(steps, api).run();
        new Records(steps, api).run();
        new Resharding(steps, api).run();
        new Settings(steps, api).run();
        new Consumers(steps, api, subscriber).run();
        new Refusals(steps, api).run();
        new Streams(steps, api).delete();
    }

    /** What the Kinesis Client Library makes, but with a PING each second. */
    private static KinesisAsyncClient asynchronous() {
        Http2Configuration http2 = Http2Configuration.builder()
                .initialWindowSize(512 * 1024)
                .healthCheckPingPeriod(Duration.ofSeconds(1))
                .build();
        return KinesisAsyncClient.builder()
                .overrideConfiguration(checked())
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().protocol(Protocol.HTTP2).http2Configuration(http2))
                .build();
    }

    /** Refuses to send anything but CBOR, except for SubscribeToShard, which there is only in JSON. */
    private static ClientOverrideConfiguration checked() {
        return ClientOverrideConfiguration.builder()
                .addExecutionInterceptor(new ExecutionInterceptor() {
                    @Override
                    public void beforeTransmission(Context.BeforeTransmission context, ExecutionAttributes attributes) {
                        String type = context.httpRequest().firstMatchingHeader("Content-Type").orElse("none");
                        boolean cbor = type.equals("application/x-amz-cbor-1.1");
                        if (cbor == (context.request() instanceof SubscribeToShardRequest)) {
                            throw new IllegalStateException("Content-Type " + type);
                        }
                    }
                })
                .build();
    }
}
