package interop;

import static interop.Steps.isTrue;
import static interop.Steps.same;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.EncryptionType;
import software.amazon.awssdk.services.kinesis.model.MetricsName;
import software.amazon.awssdk.services.kinesis.model.MinimumThroughputBillingCommitmentInputStatus;
import software.amazon.awssdk.services.kinesis.model.MinimumThroughputBillingCommitmentOutputStatus;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.StreamMode;
import software.amazon.awssdk.services.kinesis.model.Tag;

/** What can be set on a stream and on the account. */
final class Settings {
    private static final String STREAM = "settings";
    private static final String ON_DEMAND = "on-demand";
    private static final String KEY = "alias/aws/kinesis";

    private final Steps steps;
    private final Api api;
    private final KinesisClient client;

    Settings(Steps steps, Api api) {
        this.steps = steps;
        this.api = api;
        this.client = api.client;
    }

    void run() throws InterruptedException {
        String arn = api.create(STREAM, 1).streamARN();
        tags(arn);
        changes();
        encryption();
        policy(arn);
        steps.run("UpdateMaxRecordSize", () -> maxRecordSize(arn));
        onDemand(api.create(ON_DEMAND, 1).streamARN());
    }

    private void tags(String arn) {
        steps.run("AddTagsToStream", () -> client.addTagsToStream(r -> r.streamName(STREAM).tags(Map.of("team", "Räder", "empty", ""))));
        steps.run("ListTagsForStream", () -> {
            var answer = client.listTagsForStream(r -> r.streamName(STREAM));
            same(Map.of("team", "Räder", "empty", ""), named(answer.tags()), "tags");
            same(false, answer.hasMoreTags(), "HasMoreTags");
        });
        steps.run("RemoveTagsFromStream", () -> {
            client.removeTagsFromStream(r -> r.streamName(STREAM).tagKeys("empty"));
            same(Map.of("team", "Räder"), named(client.listTagsForStream(r -> r.streamName(STREAM)).tags()), "tags");
        });
        steps.run("TagResource", () -> client.tagResource(r -> r.resourceARN(arn).tags(Map.of("stage", "test"))));
        steps.run("ListTagsForResource", () ->
                same(Map.of("stage", "test", "team", "Räder"), named(client.listTagsForResource(r -> r.resourceARN(arn)).tags()), "tags"));
        steps.run("UntagResource", () -> {
            client.untagResource(r -> r.resourceARN(arn).tagKeys("stage", "team"));
            same(Map.of(), named(client.listTagsForResource(r -> r.resourceARN(arn)).tags()), "tags");
        });
    }

    private static Map<String, String> named(List<Tag> tags) {
        return tags.stream().collect(Collectors.toMap(Tag::key, Tag::value));
    }

    private void changes() {
        steps.run("IncreaseStreamRetentionPeriod", () -> {
            for (int i = 0; i < 2; i++) { // Terraform asks for the hours that are there already
                client.increaseStreamRetentionPeriod(r -> r.streamName(STREAM).retentionPeriodHours(48));
                same(48, api.active(STREAM).retentionPeriodHours(), "RetentionPeriodHours");
            }
        });
        steps.run("DecreaseStreamRetentionPeriod", () -> {
            client.decreaseStreamRetentionPeriod(r -> r.streamName(STREAM).retentionPeriodHours(24));
            same(24, api.active(STREAM).retentionPeriodHours(), "RetentionPeriodHours");
        });
        steps.run("EnableEnhancedMonitoring", () -> {
            Set<MetricsName> want = EnumSet.of(MetricsName.INCOMING_BYTES, MetricsName.OUTGOING_RECORDS);
            var answer = client.enableEnhancedMonitoring(r -> r.streamName(STREAM).shardLevelMetrics(want));
            same(want, Set.copyOf(answer.desiredShardLevelMetrics()), "DesiredShardLevelMetrics");
            same(want, metrics(), "metrics");
        });
        steps.run("DisableEnhancedMonitoring", () -> {
            client.disableEnhancedMonitoring(r -> r.streamName(STREAM).shardLevelMetrics(MetricsName.ALL));
            same(Set.of(), metrics(), "metrics");
        });
    }

    private Set<MetricsName> metrics() throws InterruptedException {
        return Set.copyOf(api.active(STREAM).enhancedMonitoring().get(0).shardLevelMetrics());
    }

    private void encryption() {
        steps.run("StartStreamEncryption", () -> {
            client.startStreamEncryption(r -> r.streamName(STREAM).encryptionType(EncryptionType.KMS).keyId(KEY));
            same(EncryptionType.KMS, api.active(STREAM).encryptionType(), "EncryptionType of the stream");
            var answer = client.putRecord(r -> r.streamName(STREAM).partitionKey("key").data(SdkBytes.fromUtf8String("secret")));
            same(EncryptionType.KMS, answer.encryptionType(), "EncryptionType of PutRecord");
        });
        steps.run("StopStreamEncryption", () -> {
            client.stopStreamEncryption(r -> r.streamName(STREAM).encryptionType(EncryptionType.KMS).keyId(KEY));
            same(EncryptionType.NONE, api.active(STREAM).encryptionType(), "EncryptionType");
        });
    }

    private void policy(String arn) {
        String text = """
                {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},\
                "Action":"kinesis:PutRecord","Resource":"%s"}]}""".formatted(arn);
        steps.run("PutResourcePolicy", () -> client.putResourcePolicy(r -> r.resourceARN(arn).policy(text)));
        steps.run("GetResourcePolicy", () -> same(text, client.getResourcePolicy(r -> r.resourceARN(arn)).policy(), "policy"));
        steps.run("DeleteResourcePolicy", () -> {
            client.deleteResourcePolicy(r -> r.resourceARN(arn));
            same("{}", client.getResourcePolicy(r -> r.resourceARN(arn)).policy(), "policy");
        });
    }

    private void maxRecordSize(String arn) throws InterruptedException {
        client.updateMaxRecordSize(r -> r.streamARN(arn).maxRecordSizeInKiB(10240));
        same(10240, api.active(STREAM).maxRecordSizeInKiB(), "MaxRecordSizeInKiB");
        SdkBytes data = Api.large((10 << 20) - "large".length());
        client.putRecord(r -> r.streamName(STREAM).partitionKey("large").data(data));
        List<Record> records = api.readAll(STREAM, Api.shardId(0)).records();
        isTrue(records.get(records.size() - 1).data().equals(data), "the large record is another");
    }

    private void onDemand(String arn) {
        steps.run("UpdateStreamMode", () -> {
            client.updateStreamMode(r -> r.streamARN(arn).streamModeDetails(m -> m.streamMode(StreamMode.ON_DEMAND)));
            same(StreamMode.ON_DEMAND, api.active(ON_DEMAND).streamModeDetails().streamMode(), "StreamMode");
        });
        steps.run("UpdateAccountSettings", () -> {
            var answer = client.updateAccountSettings(r -> r.minimumThroughputBillingCommitment(
                    c -> c.status(MinimumThroughputBillingCommitmentInputStatus.ENABLED)));
            same(MinimumThroughputBillingCommitmentOutputStatus.ENABLED, answer.minimumThroughputBillingCommitment().status(), "Status");
        });
        steps.run("DescribeAccountSettings", () -> {
            var commitment = client.describeAccountSettings(r -> {}).minimumThroughputBillingCommitment();
            same(MinimumThroughputBillingCommitmentOutputStatus.ENABLED, commitment.status(), "Status");
            isTrue(commitment.startedAt().isBefore(commitment.earliestAllowedEndAt()), "times");
        });
        steps.run("UpdateStreamWarmThroughput", () -> {
            var answer = client.updateStreamWarmThroughput(r -> r.streamName(ON_DEMAND).warmThroughputMiBps(100));
            same(100, answer.warmThroughput().targetMiBps(), "TargetMiBps");
            same(100, api.active(ON_DEMAND).warmThroughput().currentMiBps(), "CurrentMiBps");
        });
    }
}
