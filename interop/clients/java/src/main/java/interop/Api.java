package interop;

import static interop.Steps.isTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.GetRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesis.model.StreamDescriptionSummary;
import software.amazon.awssdk.services.kinesis.model.StreamStatus;

/** What several parts of the scenario do with the client. */
final class Api {
    final KinesisClient client;

    Api(KinesisClient client) {
        this.client = client;
    }

    /** A record that was written, or read. */
    record Pair(String key, SdkBytes data) {
        static Pair of(Record record) {
            return new Pair(record.partitionKey(), record.data());
        }

        PutRecordsRequestEntry entry() {
            return PutRecordsRequestEntry.builder().partitionKey(key).data(data).build();
        }
    }

    /** A shard, read: its records, and the last answer. */
    record Contents(List<Record> records, GetRecordsResponse last) {}

    @SafeVarargs
    static String fails(Runnable call, Class<? extends KinesisException>... classes) {
        try {
            call.run();
        } catch (KinesisException e) {
            for (Class<? extends KinesisException> c : classes) {
                if (c.isInstance(e)) {
                    return c.getSimpleName() + ": " + e.awsErrorDetails().errorMessage();
                }
            }
            throw e;
        }
        throw new AssertionError("no error");
    }

    StreamDescriptionSummary summary(String stream) {
        return client.describeStreamSummary(r -> r.streamName(stream)).streamDescriptionSummary();
    }

    /** Waits until a stream is ACTIVE and returns its summary. */
    StreamDescriptionSummary active(String stream) throws InterruptedException {
        for (int i = 0; i < 200; i++) {
            StreamDescriptionSummary summary = summary(stream);
            if (summary.streamStatus() == StreamStatus.ACTIVE) {
                return summary;
            }
            Thread.sleep(100);
        }
        throw new AssertionError(stream + " does not become ACTIVE");
    }

    StreamDescriptionSummary create(String stream, int shards) throws InterruptedException {
        client.createStream(r -> r.streamName(stream).shardCount(shards));
        return active(stream);
    }

    List<Shard> shards(String stream) {
        return client.listShards(r -> r.streamName(stream)).shards();
    }

    /** Reads a shard from TRIM_HORIZON until nothing is left. */
    Contents readAll(String stream, String shard) {
        String iterator = client.getShardIterator(
                        r -> r.streamName(stream).shardId(shard).shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                .shardIterator();
        List<Record> records = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String from = iterator;
            GetRecordsResponse answer = client.getRecords(r -> r.shardIterator(from));
            records.addAll(answer.records());
            iterator = answer.nextShardIterator();
            if (iterator == null || answer.millisBehindLatest() == 0) {
                return new Contents(records, answer);
            }
        }
        throw new AssertionError("no end of " + shard + " after 50 answers");
    }

    void putAll(String stream, List<Pair> batch) {
        var answer = client.putRecords(r -> r.streamName(stream).records(batch.stream().map(Pair::entry).toList()));
        isTrue(answer.failedRecordCount() == 0, "FailedRecordCount " + answer.failedRecordCount());
        isTrue(answer.records().size() == batch.size(), "results: " + answer.records().size());
        isTrue(answer.records().stream().allMatch(r -> r.sequenceNumber() != null && r.shardId() != null), "incomplete results");
    }

    /** Makes the server misbehave. */
    static void control(String action, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(System.getenv("INTEROP_CONTROL") + action))
                .timeout(Duration.ofSeconds(10))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        int status = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        isTrue(status / 100 == 2, action + ": " + status);
    }

    static String shardId(int number) {
        return String.format("shardId-%012d", number);
    }

    /** Data of a record: its number and all byte values. */
    static SdkBytes payload(int number) {
        byte[] head = (number + ":").getBytes();
        byte[] data = new byte[head.length + 256];
        System.arraycopy(head, 0, data, 0, head.length);
        for (int i = 0; i < 256; i++) {
            data[head.length + i] = (byte) i;
        }
        return SdkBytes.fromByteArray(data);
    }

    /** Data of a size, without a pattern of a power of two. */
    static SdkBytes large(int size) {
        byte[] data = new byte[size];
        for (int i = 0; i < size; i++) {
            data[i] = (byte) (i * 7L % 251);
        }
        return SdkBytes.fromByteArray(data);
    }

    /** Groups data by key, in order. */
    static Map<String, List<SdkBytes>> byKey(List<Pair> pairs) {
        Map<String, List<SdkBytes>> groups = new LinkedHashMap<>();
        pairs.forEach(pair -> groups.computeIfAbsent(pair.key(), key -> new ArrayList<>()).add(pair.data()));
        return groups;
    }
}
