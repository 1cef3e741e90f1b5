package interop;

import static interop.Steps.isTrue;
import static interop.Steps.same;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.ScalingType;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardFilter;
import software.amazon.awssdk.services.kinesis.model.ShardFilterType;

/** Splits, merges, and reading on across them. */
final class Resharding {
    private static final String STREAM = "resharded";

    private final Steps steps;
    private final Api api;
    private final KinesisClient client;
    private final List<Api.Pair> written = new ArrayList<>();

    Resharding(Steps steps, Api api) {
        this.steps = steps;
        this.api = api;
        this.client = api.client;
    }

    void run() {
        steps.run("SplitShard", this::split);
        steps.run("MergeShards", this::merge);
        steps.run("ListShards filters", this::filters);
        steps.detailed("GetRecords ChildShards", this::followChildren);
        steps.run("UpdateShardCount", () -> {
            var answer = client.updateShardCount(
                    r -> r.streamName(STREAM).targetShardCount(4).scalingType(ScalingType.UNIFORM_SCALING));
            same(2, answer.currentShardCount(), "CurrentShardCount");
            same(4, answer.targetShardCount(), "TargetShardCount");
            same(4, api.active(STREAM).openShardCount(), "OpenShardCount");
        });
    }

    private void putSome() {
        List<Api.Pair> batch = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            batch.add(new Api.Pair("key-" + i % 10, Api.payload(written.size() + i)));
        }
        api.putAll(STREAM, batch);
        written.addAll(batch);
    }

    private void split() throws InterruptedException {
        api.create(STREAM, 2);
        putSome();
        var hashKeys = api.shards(STREAM).get(0).hashKeyRange();
        BigInteger middle = new BigInteger(hashKeys.startingHashKey()).add(new BigInteger(hashKeys.endingHashKey())).shiftRight(1);
        client.splitShard(r -> r.streamName(STREAM).shardToSplit(Api.shardId(0)).newStartingHashKey(middle.toString()));
        same(3, api.active(STREAM).openShardCount(), "OpenShardCount");
        List<Shard> shards = api.shards(STREAM);
        same(Api.shardId(0), shards.get(2).parentShardId(), "parent");
        same(middle.subtract(BigInteger.ONE).toString(), shards.get(2).hashKeyRange().endingHashKey(), "end of the first child");
        isTrue(shards.get(0).sequenceNumberRange().endingSequenceNumber() != null, "the parent is open");
        putSome();
    }

    private void merge() throws InterruptedException {
        client.mergeShards(r -> r.streamName(STREAM).shardToMerge(Api.shardId(3)).adjacentShardToMerge(Api.shardId(1)));
        same(2, api.active(STREAM).openShardCount(), "OpenShardCount");
        Shard child = api.shards(STREAM).get(4);
        same(Api.shardId(3), child.parentShardId(), "parent");
        same(Api.shardId(1), child.adjacentParentShardId(), "adjacent parent");
        putSome();
    }

    private void filters() {
        Instant now = Instant.now();
        listed(f -> f.type(ShardFilterType.FROM_TRIM_HORIZON), 0, 1, 2, 3, 4);
        listed(f -> f.type(ShardFilterType.AT_TRIM_HORIZON), 0, 1);
        listed(f -> f.type(ShardFilterType.AT_LATEST), 2, 4);
        listed(f -> f.type(ShardFilterType.AFTER_SHARD_ID).shardId(Api.shardId(2)), 3, 4);
        listed(f -> f.type(ShardFilterType.AT_TIMESTAMP).timestamp(now), 2, 4);
        listed(f -> f.type(ShardFilterType.FROM_TIMESTAMP).timestamp(now), 2, 4);
    }

    private void listed(Consumer<ShardFilter.Builder> filter, Integer... want) {
        var answer = client.listShards(r -> r.streamName(STREAM).shardFilter(filter));
        same(List.of(want).stream().map(Api::shardId).toList(), answer.shards().stream().map(Shard::shardId).toList(),
                ShardFilter.builder().applyMutation(filter).build().typeAsString());
    }

    private String followChildren() {
        Map<String, List<String>> parents = new LinkedHashMap<>(); // of the shards that are known
        parents.put(Api.shardId(0), List.of());
        parents.put(Api.shardId(1), List.of());
        Set<String> done = new LinkedHashSet<>();
        List<Api.Pair> read = new ArrayList<>();
        while (done.size() < parents.size()) {
            String next = parents.keySet().stream()
                    .filter(shard -> !done.contains(shard) && done.containsAll(parents.get(shard)))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no shard can be read next: " + parents + ", done: " + done));
            Api.Contents contents = api.readAll(STREAM, next);
            contents.records().forEach(record -> read.add(Api.Pair.of(record)));
            done.add(next);
            boolean ended = contents.last().nextShardIterator() == null;
            same(!contents.last().childShards().isEmpty(), ended, next + ": at its end by ChildShards");
            contents.last().childShards().forEach(child -> {
                isTrue(child.hashKeyRange().startingHashKey() != null, "hash keys of a child");
                parents.put(child.shardId(), child.parentShards());
            });
        }
        same(Set.of(Api.shardId(3), Api.shardId(1)), Set.copyOf(parents.get(Api.shardId(4))), "parents of the merged shard");
        same(5, done.size(), "shards");
        isTrue(Api.byKey(written).equals(Api.byKey(read)), "what was read is not what was written, in the order of each key");
        return read.size() + " records of " + done.size() + " shards";
    }
}
