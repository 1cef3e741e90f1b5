"""Streams and their descriptions. The stream "main" with 4 shards is used by other parts."""

from datetime import datetime, timedelta, timezone

from steps import same, true

STREAM = "main"
LAST_HASH_KEY = 2**128 - 1


def run(steps, api):
    def create_stream():
        api.call("CreateStream", StreamName=STREAM, ShardCount=4)
        api.wait("stream_exists", STREAM)

    def list_streams():
        answer = api.call("ListStreams")
        true(STREAM in answer["StreamNames"], f"{STREAM} is not in {answer['StreamNames']}")
        true(not answer.get("HasMoreStreams"), "HasMoreStreams")  # the AWS CLI drops it
        summary = [s for s in answer["StreamSummaries"] if s["StreamName"] == STREAM]
        same("ACTIVE", summary[0]["StreamStatus"], "StreamStatus")
        same(answer["StreamNames"], api.pages("ListStreams", "StreamNames", 1), "names by pages")

    def describe_stream():
        stream = api.call("DescribeStream", StreamName=STREAM)["StreamDescription"]
        same("ACTIVE", stream["StreamStatus"], "StreamStatus")
        same(4, len(stream["Shards"]), "shards")
        true(not stream.get("HasMoreShards"), "HasMoreShards")
        page = api.call("DescribeStream", StreamName=STREAM, Limit=2)["StreamDescription"]
        same((2, True), (len(page["Shards"]), page["HasMoreShards"]), "page of two")
        next_start = 0
        for shard in stream["Shards"]:
            same(next_start, int(shard["HashKeyRange"]["StartingHashKey"]), "start of " + shard["ShardId"])
            next_start = int(shard["HashKeyRange"]["EndingHashKey"]) + 1
        same(LAST_HASH_KEY + 1, next_start, "end of the hash keys")

    def describe_summary():
        summary = api.call("DescribeStreamSummary", StreamName=STREAM)["StreamDescriptionSummary"]
        same(4, summary["OpenShardCount"], "OpenShardCount")
        same(24, summary["RetentionPeriodHours"], "RetentionPeriodHours")
        same("PROVISIONED", summary["StreamModeDetails"]["StreamMode"], "StreamMode")
        age = datetime.now(timezone.utc) - summary["StreamCreationTimestamp"]
        true(timedelta(seconds=-2) < age < timedelta(minutes=5), f"created {age} ago")
        by_arn = api.call("DescribeStreamSummary", StreamARN=summary["StreamARN"])
        same(summary, by_arn["StreamDescriptionSummary"], "by ARN")

    def describe_limits():
        limits = api.call("DescribeLimits")
        true(limits["OpenShardCount"] >= 4, f"OpenShardCount {limits['OpenShardCount']}")
        true(limits["ShardLimit"] >= limits["OpenShardCount"], f"ShardLimit {limits['ShardLimit']}")

    def list_shards():
        shards = api.call("ListShards", StreamName=STREAM)["Shards"]
        same([f"shardId-{i:012}" for i in range(4)], [s["ShardId"] for s in shards], "shards")
        true(not any("EndingSequenceNumber" in s["SequenceNumberRange"] for s in shards), "one of the shards is closed")

    def list_shards_pages():
        first = api.call("ListShards", StreamName=STREAM, MaxResults=3)
        same(3, len(first["Shards"]), "first page")
        second = api.call("ListShards", NextToken=first["NextToken"], MaxResults=3)
        same(1, len(second["Shards"]), "second page")
        true(not second.get("NextToken"), "a third page")
        all_shards = api.call("ListShards", StreamName=STREAM)["Shards"]
        same(all_shards, first["Shards"] + second["Shards"], "shards by pages")

    def list_shards_next_token():
        # AWS refuses these, and with them the paginator of boto3 and of the AWS CLI.
        token = api.call("ListShards", StreamName=STREAM, MaxResults=3)["NextToken"]
        arn = api.call("DescribeStreamSummary", StreamName=STREAM)["StreamDescriptionSummary"]["StreamARN"]
        for stream in ({"StreamName": STREAM}, {"StreamARN": arn}):
            api.fails(["InvalidArgumentException"], "ListShards", NextToken=token, **stream)

    steps.step("Environment", lambda: api.environment())
    steps.step("CreateStream", create_stream)
    steps.step("ListStreams", list_streams)
    steps.step("DescribeStream", describe_stream)
    steps.step("DescribeStreamSummary", describe_summary)
    steps.step("DescribeLimits", describe_limits)
    steps.step("ListShards", list_shards)
    steps.step("ListShards pages", list_shards_pages)
    steps.step("ListShards NextToken", list_shards_next_token)


def delete(steps, api):
    def delete_stream():
        arn = api.call("DescribeStreamSummary", StreamName=STREAM)["StreamDescriptionSummary"]["StreamARN"]
        api.call("RegisterStreamConsumer", StreamARN=arn, ConsumerName="last")
        refusal = api.fails(["ResourceInUseException"], "DeleteStream", StreamName=STREAM)
        api.call("DeleteStream", StreamName=STREAM, EnforceConsumerDeletion=True)
        api.wait("stream_not_exists", STREAM)
        api.fails(["ResourceNotFoundException"], "DescribeStreamSummary", StreamName=STREAM)
        return refusal

    steps.step("DeleteStream", delete_stream)
