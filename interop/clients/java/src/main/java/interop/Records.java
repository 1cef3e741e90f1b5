package interop;

import static interop.Steps.isTrue;
import static interop.Steps.same;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.GetShardIteratorRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;

/** Writing records and reading them back. */
final class Records {
    private static final String STREAM = Streams.STREAM;
    private static final int ONE_MIB = 1 << 20;

    private final Steps steps;
    private final Api api;
    private final KinesisClient client;
    private final List<Api.Pair> written = new ArrayList<>();
    /** Records of each shard, once they have been read. */
    private final Map<String, List<Record>> shards = new LinkedHashMap<>();

    Records(Steps steps, Api api) {
        this.steps = steps;
        this.api = api;
        this.client = api.client;
    }

    void run() {
        steps.run("PutRecord", this::putRecord);
        steps.run("PutRecord ExplicitHashKey", () -> {
            for (Shard shard : api.shards(STREAM)) {
                String hashKey = shard.hashKeyRange().endingHashKey();
                same(shard.shardId(), put("explicit", Api.payload(0), r -> r.explicitHashKey(hashKey)).shardId(), "shard");
            }
        });
        steps.run("PutRecord 1 MiB", () -> put("large", Api.large(ONE_MIB - "large".length()), r -> {}));
        steps.run("PutRecords 500", () -> {
            List<Api.Pair> batch = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                batch.add(new Api.Pair(String.format("key-%02d", i % 25), Api.payload(i)));
            }
            api.putAll(STREAM, batch);
            written.addAll(batch);
        });
        steps.detailed("GetRecords", this::getRecords);
        steps.run("GetShardIterator AT_SEQUENCE_NUMBER", () -> fromSequenceNumber(ShardIteratorType.AT_SEQUENCE_NUMBER, 7));
        steps.run("GetShardIterator AFTER_SEQUENCE_NUMBER", () -> fromSequenceNumber(ShardIteratorType.AFTER_SEQUENCE_NUMBER, 8));
        steps.run("GetShardIterator AT_TIMESTAMP", this::fromTimestamp);
        steps.run("GetShardIterator LATEST", this::latest);
    }

    private PutRecordResponse put(String key, SdkBytes data, Consumer<PutRecordRequest.Builder> more) {
        PutRecordResponse answer = client.putRecord(r -> r.streamName(STREAM).partitionKey(key).data(data).applyMutation(more));
        written.add(new Api.Pair(key, data));
        return answer;
    }

    private void putRecord() {
        put("empty", SdkBytes.fromByteArray(new byte[0]), r -> {});
        put("größe-日本-🙂", Api.payload(1000), r -> {});
        String last = null;
        for (int number = 0; number < 3; number++) {
            String before = last;
            last = put("ordered", Api.payload(number), r -> r.sequenceNumberForOrdering(before)).sequenceNumber();
            isTrue(before == null || new BigInteger(before).compareTo(new BigInteger(last)) < 0, "sequence numbers do not rise");
        }
    }

    private String getRecords() {
        List<Api.Pair> read = new ArrayList<>();
        long bytes = 0;
        for (Shard shard : api.shards(STREAM)) {
            Api.Contents contents = api.readAll(STREAM, shard.shardId());
            same(0L, contents.last().millisBehindLatest(), "MillisBehindLatest");
            BigInteger last = BigInteger.ZERO;
            for (Record record : contents.records()) {
                BigInteger number = new BigInteger(record.sequenceNumber());
                isTrue(last.compareTo(number) < 0, "sequence numbers of " + shard.shardId());
                last = number;
                Duration age = Duration.between(record.approximateArrivalTimestamp(), Instant.now()).abs();
                isTrue(age.compareTo(Duration.ofMinutes(5)) < 0, "arrival " + record.approximateArrivalTimestamp());
                read.add(Api.Pair.of(record));
                bytes += record.data().asByteArrayUnsafe().length;
            }
            shards.put(shard.shardId(), contents.records());
        }
        same(written.size(), read.size(), "records");
        isTrue(Api.byKey(written).equals(Api.byKey(read)), "what was read is not what was written, in the order of each key");
        return read.size() + " records, " + bytes + " bytes";
    }

    private List<String> readFrom(String shard, Integer limit, Consumer<GetShardIteratorRequest.Builder> start) {
        String iterator = client.getShardIterator(r -> r.streamName(STREAM).shardId(shard).applyMutation(start)).shardIterator();
        return numbers(client.getRecords(r -> r.shardIterator(iterator).limit(limit)).records());
    }

    private static List<String> numbers(List<Record> records) {
        return records.stream().map(Record::sequenceNumber).toList();
    }

    private void fromSequenceNumber(ShardIteratorType type, int first) {
        var fullest = shards.entrySet().stream().max(Comparator.comparing(e -> e.getValue().size())).orElseThrow();
        List<Record> records = fullest.getValue();
        String number = records.get(7).sequenceNumber();
        List<String> have = readFrom(fullest.getKey(), 5, r -> r.shardIteratorType(type).startingSequenceNumber(number));
        same(numbers(records.subList(first, first + 5)), have, "records");
    }

    private void fromTimestamp() {
        isTrue(!shards.isEmpty(), "nothing was read");
        shards.forEach((shard, records) -> {
            Instant at = records.get(records.size() - 1).approximateArrivalTimestamp();
            List<String> want = numbers(records.stream().filter(r -> !r.approximateArrivalTimestamp().isBefore(at)).toList());
            List<String> have = readFrom(shard, null, r -> r.shardIteratorType(ShardIteratorType.AT_TIMESTAMP).timestamp(at));
            same(want, have, "records of " + shard + " from " + at);
        });
    }

    private void latest() {
        String shard = put("newest", Api.payload(1), r -> {}).shardId();
        String iterator = client.getShardIterator(
                        r -> r.streamName(STREAM).shardId(shard).shardIteratorType(ShardIteratorType.LATEST))
                .shardIterator();
        GetRecordsResponse before = client.getRecords(r -> r.shardIterator(iterator));
        same(List.of(), before.records(), "records before another is written");
        put("newest", Api.payload(2), r -> {});
        var after = client.getRecords(r -> r.shardIterator(before.nextShardIterator())).records();
        same(List.of(Api.payload(2)), after.stream().map(Record::data).toList(), "records");
    }
}
