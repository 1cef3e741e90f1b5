package interop;

import static interop.Steps.isTrue;
import static interop.Steps.same;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.InvalidArgumentException;
import software.amazon.awssdk.services.kinesis.model.ListStreamsResponse;
import software.amazon.awssdk.services.kinesis.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.StreamMode;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;
import software.amazon.awssdk.services.kinesis.waiters.KinesisWaiter;

/** Streams and their descriptions. The stream "main" with 4 shards is used by other parts. */
final class Streams {
    static final String STREAM = "main";

    private final Steps steps;
    private final Api api;
    private final KinesisClient client;

    Streams(Steps steps, Api api) {
        this.steps = steps;
        this.api = api;
        this.client = api.client;
    }

    void run() {
        steps.run("CreateStream", () -> {
            client.createStream(r -> r.streamName(STREAM).shardCount(4));
            waiter().waitUntilStreamExists(r -> r.streamName(STREAM));
        });
        steps.run("ListStreams", this::listStreams);
        steps.run("DescribeStream", this::describeStream);
        steps.run("DescribeStreamSummary", () -> {
            var summary = api.summary(STREAM);
            same(4, summary.openShardCount(), "OpenShardCount");
            same(24, summary.retentionPeriodHours(), "RetentionPeriodHours");
            same(StreamMode.PROVISIONED, summary.streamModeDetails().streamMode(), "StreamMode");
            Duration age = Duration.between(summary.streamCreationTimestamp(), Instant.now());
            isTrue(age.compareTo(Duration.ofSeconds(-2)) > 0 && age.compareTo(Duration.ofMinutes(5)) < 0, "created " + age + " ago");
            var byArn = client.describeStreamSummary(r -> r.streamARN(summary.streamARN()));
            same(summary, byArn.streamDescriptionSummary(), "by ARN");
        });
        steps.run("DescribeLimits", () -> {
            var limits = client.describeLimits();
            isTrue(limits.openShardCount() >= 4 && limits.shardLimit() >= limits.openShardCount(), limits.toString());
        });
        steps.run("ListShards", () -> {
            List<Shard> shards = api.shards(STREAM);
            same(List.of(Api.shardId(0), Api.shardId(1), Api.shardId(2), Api.shardId(3)),
                    shards.stream().map(Shard::shardId).toList(), "shards");
            isTrue(shards.stream().allMatch(s -> s.sequenceNumberRange().endingSequenceNumber() == null), "not all open");
        });
        steps.run("ListShards pages", this::listShardsPages);
        steps.run("ListShards NextToken", this::listShardsNextToken);
    }

    private void listStreams() {
        ListStreamsResponse all = client.listStreams();
        isTrue(all.streamNames().contains(STREAM), STREAM + " is not in " + all.streamNames());
        same(false, all.hasMoreStreams(), "HasMoreStreams");
        var summary = all.streamSummaries().stream().filter(s -> s.streamName().equals(STREAM)).findFirst().orElseThrow();
        same(StreamStatus.ACTIVE, summary.streamStatus(), "StreamStatus");
        List<String> names = new ArrayList<>();
        String token = null;
        do {
            String from = token;
            ListStreamsResponse page = client.listStreams(r -> r.limit(1).nextToken(from));
            same(1, page.streamNames().size(), "size of a page");
            names.addAll(page.streamNames());
            token = page.hasMoreStreams() ? page.nextToken() : null;
        } while (token != null);
        same(all.streamNames(), names, "names by pages");
    }

    private void describeStream() {
        var stream = client.describeStream(r -> r.streamName(STREAM)).streamDescription();
        same(StreamStatus.ACTIVE, stream.streamStatus(), "StreamStatus");
        same(4, stream.shards().size(), "shards");
        same(false, stream.hasMoreShards(), "HasMoreShards");
        var page = client.describeStream(r -> r.streamName(STREAM).limit(2)).streamDescription();
        same(2, page.shards().size(), "page of two");
        same(true, page.hasMoreShards(), "HasMoreShards of the page");
        BigInteger next = BigInteger.ZERO;
        for (Shard shard : stream.shards()) {
            same(next, new BigInteger(shard.hashKeyRange().startingHashKey()), "start of " + shard.shardId());
            next = new BigInteger(shard.hashKeyRange().endingHashKey()).add(BigInteger.ONE);
        }
        same(BigInteger.ONE.shiftLeft(128), next, "end of the hash keys");
    }

    private void listShardsPages() {
        var first = client.listShards(r -> r.streamName(STREAM).maxResults(3));
        var second = client.listShards(r -> r.nextToken(first.nextToken()).maxResults(3));
        same(3, first.shards().size(), "first page");
        same(null, second.nextToken(), "token of a third page");
        List<Shard> shards = new ArrayList<>(first.shards());
        shards.addAll(second.shards());
        same(api.shards(STREAM), shards, "shards by pages");
    }

    private void listShardsNextToken() {
        String token = client.listShards(r -> r.streamName(STREAM).maxResults(3)).nextToken();
        String arn = api.summary(STREAM).streamARN();
        Api.fails(() -> client.listShards(r -> r.nextToken(token).streamName(STREAM)), InvalidArgumentException.class);
        Api.fails(() -> client.listShards(r -> r.nextToken(token).streamARN(arn)), InvalidArgumentException.class);
    }

    void delete() {
        steps.detailed("DeleteStream", () -> {
            String arn = api.summary(STREAM).streamARN();
            client.registerStreamConsumer(r -> r.streamARN(arn).consumerName("last"));
            String refusal = Api.fails(() -> client.deleteStream(r -> r.streamName(STREAM)), ResourceInUseException.class);
            client.deleteStream(r -> r.streamName(STREAM).enforceConsumerDeletion(true));
            waiter().waitUntilStreamNotExists(r -> r.streamName(STREAM));
            Api.fails(() -> api.summary(STREAM), ResourceNotFoundException.class);
            return refusal;
        });
    }

    private KinesisWaiter waiter() {
        return KinesisWaiter.builder()
                .client(client)
                .overrideConfiguration(c -> c.maxAttempts(20).backoffStrategyV2(BackoffStrategy.fixedDelay(Duration.ofSeconds(1))))
                .build();
    }
}
