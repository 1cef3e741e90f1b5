package interop;

import static interop.Steps.isTrue;
import static interop.Steps.same;

import java.math.BigInteger;
import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ChildShard;
import software.amazon.awssdk.services.kinesis.model.Consumer;
import software.amazon.awssdk.services.kinesis.model.ConsumerStatus;
import software.amazon.awssdk.services.kinesis.model.InternalFailureException;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;

/** Consumers and their subscriptions, which only the asynchronous client offers. */
final class Consumers {
    private static final String STREAM = "consumed";

    private final Steps steps;
    private final Api api;
    private final KinesisClient client;
    private final KinesisAsyncClient subscriber;
    private String arn;
    private Subscription subscription;

    Consumers(Steps steps, Api api, KinesisAsyncClient subscriber) {
        this.steps = steps;
        this.api = api;
        this.client = api.client;
        this.subscriber = subscriber;
    }

    void run() throws InterruptedException {
        String stream = api.create(STREAM, 1).streamARN();
        steps.run("RegisterStreamConsumer", () -> register(stream));
        steps.run("DescribeStreamConsumer", () -> {
            var byArn = client.describeStreamConsumer(r -> r.consumerARN(arn)).consumerDescription();
            same("fan", byArn.consumerName(), "ConsumerName");
            same(stream, byArn.streamARN(), "StreamARN");
            var byName = client.describeStreamConsumer(r -> r.streamARN(stream).consumerName("fan"));
            same(byArn, byName.consumerDescription(), "by name");
        });
        steps.run("ListStreamConsumers", () -> {
            List<Consumer> consumers = client.listStreamConsumers(r -> r.streamARN(stream)).consumers();
            same(List.of(arn), consumers.stream().map(Consumer::consumerARN).toList(), "consumers");
        });
        subscriptions();
        steps.run("DeregisterStreamConsumer", () -> {
            client.deregisterStreamConsumer(r -> r.consumerARN(arn));
            Api.fails(() -> client.describeStreamConsumer(r -> r.consumerARN(arn)), ResourceNotFoundException.class);
        });
    }

    private void register(String stream) throws InterruptedException {
        Consumer consumer = client.registerStreamConsumer(r -> r.streamARN(stream).consumerName("fan")).consumer();
        same(ConsumerStatus.CREATING, consumer.consumerStatus(), "ConsumerStatus");
        arn = consumer.consumerARN();
        for (int i = 0; i < 200; i++) {
            var description = client.describeStreamConsumer(r -> r.consumerARN(arn)).consumerDescription();
            if (description.consumerStatus() == ConsumerStatus.ACTIVE) {
                return;
            }
            Thread.sleep(100);
        }
        throw new AssertionError("not ACTIVE");
    }

    private void put(int number) {
        client.putRecord(r -> r.streamName(STREAM).partitionKey("key").data(Api.payload(number)));
    }

    private void subscriptions() {
        steps.run("SubscribeToShard", () -> {
            for (int number = 0; number < 3; number++) {
                put(number);
            }
            subscription = Subscription.start(subscriber, arn, Api.shardId(0), ShardIteratorType.TRIM_HORIZON);
            same(List.of(Api.payload(0), Api.payload(1), Api.payload(2)), subscription.data(3), "records");
            put(3);
            same(List.<SdkBytes>of(Api.payload(3)), subscription.data(1), "record written meanwhile");
        });
        steps.detailed("SubscribeToShard twice", () -> {
            Subscription second = Subscription.start(subscriber, arn, Api.shardId(0), ShardIteratorType.LATEST);
            return Api.fails(second::end, ResourceInUseException.class);
        });
        steps.run("SubscribeToShard heartbeat", () -> {
            long start = System.nanoTime();
            same(List.of(), subscription.next().records(), "records");
            isTrue(System.nanoTime() - start < 8_000_000_000L, "too late");
        });
        steps.run("SubscribeToShard ChildShards", () -> {
            String middle = BigInteger.ONE.shiftLeft(127).toString();
            client.splitShard(r -> r.streamName(STREAM).shardToSplit(Api.shardId(0)).newStartingHashKey(middle));
            SubscribeToShardEvent event;
            do {
                event = subscription.next();
            } while (event.childShards().isEmpty());
            same(null, event.continuationSequenceNumber(), "ContinuationSequenceNumber at the end");
            same(List.of(Api.shardId(1), Api.shardId(2)), event.childShards().stream().map(ChildShard::shardId).toList(), "children");
            isTrue(event.childShards().stream().allMatch(c -> c.parentShards().equals(List.of(Api.shardId(0)))), "parents");
            subscription.end();
        });
        steps.detailed("SubscribeToShard exception", () -> {
            Subscription ended = Subscription.start(subscriber, arn, Api.shardId(1), ShardIteratorType.TRIM_HORIZON);
            ended.next();
            Api.control("end-subscriptions", "{\"code\":\"InternalFailureException\"}");
            return Api.fails(ended::end, InternalFailureException.class);
        });
    }
}
