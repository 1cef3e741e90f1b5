package interop;

import static interop.Steps.same;

import java.util.List;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ExpiredIteratorException;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.LimitExceededException;
import software.amazon.awssdk.services.kinesis.model.ProvisionedThroughputExceededException;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.ValidationException;

/** Requests that are refused, by the class of their exception. */
final class Refusals {
    private static final String STREAM = Streams.STREAM;

    private final Steps steps;
    private final Api api;
    private final KinesisClient client;

    Refusals(Steps steps, Api api) {
        this.steps = steps;
        this.api = api;
        this.client = api.client;
    }

    void run() {
        steps.detailed("ResourceNotFoundException", () -> Api.fails(() -> api.summary("nowhere"), ResourceNotFoundException.class));
        steps.detailed("ResourceInUseException", () ->
                Api.fails(() -> client.createStream(r -> r.streamName(STREAM).shardCount(1)), ResourceInUseException.class));
        steps.detailed("LimitExceededException", () ->
                Api.fails(() -> client.createStream(r -> r.streamName("huge").shardCount(100_000)), LimitExceededException.class));
        steps.detailed("ValidationException", () -> Api.fails(
                () -> client.getShardIterator(
                        r -> r.streamName(STREAM).shardId("no shard!").shardIteratorType(ShardIteratorType.LATEST)),
                ValidationException.class));
        steps.detailed("InvalidArgumentException", () ->
                Api.fails(() -> client.getRecords(r -> r.shardIterator("AAAAAAAAAAE=")), InvalidArgumentException.class));
        steps.detailed("ExpiredIteratorException", () -> {
            String old = iterator();
            Api.control("expire-iterators", "{}");
            return Api.fails(() -> client.getRecords(r -> r.shardIterator(old)), ExpiredIteratorException.class);
        });
        steps.detailed("ProvisionedThroughputExceededException", () -> {
            Api.control("faults", """
                    {"operation":"GetRecords","count":1,"code":"ProvisionedThroughputExceededException"}""");
            String iterator = iterator();
            String detail = Api.fails(
                    () -> client.getRecords(r -> r.shardIterator(iterator)), ProvisionedThroughputExceededException.class);
            same(List.of(), client.getRecords(r -> r.shardIterator(iterator)).records(), "records of the next call");
            return detail;
        });
        SdkBytes data = SdkBytes.fromByteArray(new byte[1 << 20]);
        steps.detailed("Oversize record", () -> Api.fails(
                () -> client.putRecord(r -> r.streamName(STREAM).partitionKey("k").data(data)),
                InvalidArgumentException.class, ValidationException.class));
    }

    private String iterator() {
        return client.getShardIterator(
                        r -> r.streamName(STREAM).shardId(Api.shardId(0)).shardIteratorType(ShardIteratorType.LATEST))
                .shardIterator();
    }
}
