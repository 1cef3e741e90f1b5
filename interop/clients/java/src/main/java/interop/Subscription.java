package interop;

import static interop.Steps.isTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisAsyncClient;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardEvent;
import software.amazon.awssdk.services.kinesis.model.SubscribeToShardResponseHandler;

/** A running SubscribeToShard, whose events wait in a queue. */
final class Subscription {
    private final BlockingQueue<SubscribeToShardEvent> events = new LinkedBlockingQueue<>();
    private CompletableFuture<Void> done;

    private Subscription() {}

    static Subscription start(KinesisAsyncClient client, String consumer, String shard, ShardIteratorType type) {
        Subscription s = new Subscription();
        SubscribeToShardResponseHandler handler = SubscribeToShardResponseHandler.builder()
                .subscriber(SubscribeToShardResponseHandler.Visitor.builder().onSubscribeToShardEvent(s.events::add).build())
                .build();
        s.done = client.subscribeToShard(r -> r.consumerARN(consumer).shardId(shard).startingPosition(p -> p.type(type)), handler);
        return s;
    }

    /** Returns the next event. */
    SubscribeToShardEvent next() throws InterruptedException {
        for (int i = 0; i < 100; i++) {
            SubscribeToShardEvent event = events.poll(100, TimeUnit.MILLISECONDS);
            if (event != null) {
                return event;
            }
            if (done.isDone() && events.isEmpty()) {
                end();
                throw new AssertionError("the subscription has ended");
            }
        }
        throw new AssertionError("no event in 10 seconds");
    }

    /** Returns the data of the next records. */
    List<SdkBytes> data(int count) throws InterruptedException {
        List<SdkBytes> data = new ArrayList<>();
        while (data.size() < count) {
            SubscribeToShardEvent event = next();
            isTrue(event.continuationSequenceNumber() != null, "no ContinuationSequenceNumber");
            event.records().forEach(record -> data.add(record.data()));
        }
        return data;
    }

    /** Waits for its end, which has to come soon, and throws the error that it ended with. */
    void end() {
        try {
            done.get(10, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new AssertionError(e.getCause());
        } catch (TimeoutException | InterruptedException e) {
            throw new AssertionError("the subscription goes on", e);
        }
    }
}
