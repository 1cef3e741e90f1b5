"""What can be set on a stream and on the account."""

import json

from steps import active, create, large, read_all, same, true

STREAM = "settings"
ON_DEMAND = "on-demand"


def run(steps, api):
    arn = create(api, STREAM, 1)["StreamARN"]
    tags(steps, api, arn)
    changes(steps, api)
    policy(steps, api, arn)
    steps.step("UpdateMaxRecordSize", lambda: max_record_size(api, arn))
    on_demand(steps, api)


def tags(steps, api, arn):
    def add():
        api.call("AddTagsToStream", StreamName=STREAM, Tags={"team": "Räder", "empty": ""})

    def listed():
        answer = api.call("ListTagsForStream", StreamName=STREAM)
        same({"team": "Räder", "empty": ""}, {t["Key"]: t.get("Value") for t in answer["Tags"]}, "tags")
        same(False, answer["HasMoreTags"], "HasMoreTags")

    def remove():
        api.call("RemoveTagsFromStream", StreamName=STREAM, TagKeys=["empty"])
        answer = api.call("ListTagsForStream", StreamName=STREAM)
        same(["team"], [t["Key"] for t in answer["Tags"]], "tags")

    def resource_tags():
        return {t["Key"]: t["Value"] for t in api.call("ListTagsForResource", ResourceARN=arn)["Tags"]}

    def untag():
        api.call("UntagResource", ResourceARN=arn, TagKeys=["stage", "team"])
        same({}, resource_tags(), "tags")

    steps.step("AddTagsToStream", add)
    steps.step("ListTagsForStream", listed)
    steps.step("RemoveTagsFromStream", remove)
    steps.step("TagResource", lambda: api.call("TagResource", ResourceARN=arn, Tags={"stage": "test"}) and None)
    steps.step("ListTagsForResource", lambda: same({"stage": "test", "team": "Räder"}, resource_tags(), "tags"))
    steps.step("UntagResource", untag)


def changes(steps, api):
    def retention(operation, hours):
        api.call(operation, StreamName=STREAM, RetentionPeriodHours=hours)
        same(hours, active(api, STREAM)["RetentionPeriodHours"], "RetentionPeriodHours")

    def increase():
        retention("IncreaseStreamRetentionPeriod", 48)
        retention("IncreaseStreamRetentionPeriod", 48)  # Terraform does it

    def metrics():
        return active(api, STREAM)["EnhancedMonitoring"][0]["ShardLevelMetrics"]

    def monitor():
        want = {"IncomingBytes", "OutgoingRecords"}
        answer = api.call("EnableEnhancedMonitoring", StreamName=STREAM, ShardLevelMetrics=sorted(want))
        same(want, set(answer["DesiredShardLevelMetrics"]), "DesiredShardLevelMetrics")
        same(want, set(metrics()), "metrics")

    def monitor_nothing():
        api.call("DisableEnhancedMonitoring", StreamName=STREAM, ShardLevelMetrics=["ALL"])
        same([], metrics(), "metrics")

    def encrypt():
        key = {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}
        api.call("StartStreamEncryption", StreamName=STREAM, **key)
        same("KMS", active(api, STREAM)["EncryptionType"], "EncryptionType of the stream")
        answer = api.call("PutRecord", StreamName=STREAM, PartitionKey="key", Data=b"secret")
        same("KMS", answer["EncryptionType"], "EncryptionType of PutRecord")

    def encrypt_nothing():
        api.call("StopStreamEncryption", StreamName=STREAM, EncryptionType="KMS", KeyId="alias/aws/kinesis")
        same("NONE", active(api, STREAM)["EncryptionType"], "EncryptionType")

    steps.step("IncreaseStreamRetentionPeriod", increase)
    steps.step("DecreaseStreamRetentionPeriod", lambda: retention("DecreaseStreamRetentionPeriod", 24))
    steps.step("EnableEnhancedMonitoring", monitor)
    steps.step("DisableEnhancedMonitoring", monitor_nothing)
    steps.step("StartStreamEncryption", encrypt)
    steps.step("StopStreamEncryption", encrypt_nothing)


def policy(steps, api, arn):
    text = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "kinesis:PutRecord", "Resource": arn}]})

    def delete():
        api.call("DeleteResourcePolicy", ResourceARN=arn)
        same({}, json.loads(api.call("GetResourcePolicy", ResourceARN=arn)["Policy"]), "policy")

    def get():
        same(text, api.call("GetResourcePolicy", ResourceARN=arn)["Policy"], "policy")

    steps.step("PutResourcePolicy", lambda: api.call("PutResourcePolicy", ResourceARN=arn, Policy=text) and None)
    steps.step("GetResourcePolicy", get)
    steps.step("DeleteResourcePolicy", delete)


def max_record_size(api, arn):
    api.call("UpdateMaxRecordSize", StreamARN=arn, MaxRecordSizeInKiB=10240)
    same(10240, active(api, STREAM)["MaxRecordSizeInKiB"], "MaxRecordSizeInKiB")
    data = large((10 << 20) - len("large"))
    api.call("PutRecord", StreamName=STREAM, PartitionKey="large", Data=data)
    records, _ = read_all(api, STREAM, "shardId-000000000000")
    true(records[-1]["Data"] == data, "the large record is another")


def on_demand(steps, api):
    arn = create(api, ON_DEMAND, 1)["StreamARN"]

    def mode():
        api.call("UpdateStreamMode", StreamARN=arn, StreamModeDetails={"StreamMode": "ON_DEMAND"})
        same("ON_DEMAND", active(api, ON_DEMAND)["StreamModeDetails"]["StreamMode"], "StreamMode")

    def commit():
        answer = api.call("UpdateAccountSettings", MinimumThroughputBillingCommitment={"Status": "ENABLED"})
        same("ENABLED", answer["MinimumThroughputBillingCommitment"]["Status"], "Status")

    def settings():
        commitment = api.call("DescribeAccountSettings")["MinimumThroughputBillingCommitment"]
        same("ENABLED", commitment["Status"], "Status")
        true(commitment["StartedAt"] < commitment["EarliestAllowedEndAt"], "times")

    def warm():
        answer = api.call("UpdateStreamWarmThroughput", StreamName=ON_DEMAND, WarmThroughputMiBps=100)
        same(100, answer["WarmThroughput"]["TargetMiBps"], "TargetMiBps")
        same(100, active(api, ON_DEMAND)["WarmThroughput"]["CurrentMiBps"], "CurrentMiBps")

    def strategy():
        api.call("UpdateStreamRecordDistributionStrategy", StreamARN=arn, RecordDistributionStrategy="AUTO")
        same("AUTO", active(api, ON_DEMAND)["RecordDistributionStrategy"], "RecordDistributionStrategy")
        api.call("PutRecord", StreamName=ON_DEMAND, Data=b"no key")
        records, _ = read_all(api, ON_DEMAND, "shardId-000000000000")
        same([(None, b"no key")], [(r.get("PartitionKey"), r["Data"]) for r in records], "records")

    steps.step("UpdateStreamMode", mode)
    steps.step("UpdateAccountSettings", commit)
    steps.step("DescribeAccountSettings", settings)
    steps.step("UpdateStreamWarmThroughput", warm)
    steps.step("UpdateStreamRecordDistributionStrategy", strategy)
