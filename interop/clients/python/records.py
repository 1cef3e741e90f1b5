"""Writing records and reading them back."""

from datetime import datetime, timedelta, timezone

from steps import by_key, large, payload, read_all, same, true
from streams import STREAM

ONE_MIB = 1 << 20


def run(steps, api):
    written = []  # (partition key, data), in order
    shards = {}  # records of each shard, once they have been read

    def put(key, data, **more):
        answer = api.call("PutRecord", StreamName=STREAM, PartitionKey=key, Data=data, **more)
        written.append((key, data))
        return answer

    def put_record():
        put("empty", b"")
        put("größe-日本-🙂", payload(1000))
        last = None
        for number in range(3):
            more = {"SequenceNumberForOrdering": last} if last else {}
            answer = put("ordered", payload(number), **more)
            true(last is None or int(last) < int(answer["SequenceNumber"]), "sequence numbers do not rise")
            last = answer["SequenceNumber"]

    def put_explicit_hash_key():
        for shard in api.call("ListShards", StreamName=STREAM)["Shards"]:
            answer = put("explicit", payload(0), ExplicitHashKey=shard["HashKeyRange"]["EndingHashKey"])
            same(shard["ShardId"], answer["ShardId"], "shard")

    def put_large():
        put("large", large(ONE_MIB - len("large")))

    def put_records():
        batch = [(f"key-{i % 25:02}", payload(i)) for i in range(500)]
        answer = api.call("PutRecords", StreamName=STREAM,
                          Records=[{"PartitionKey": key, "Data": data} for key, data in batch])
        same(0, answer["FailedRecordCount"], "FailedRecordCount")
        same(500, len(answer["Records"]), "results")
        true(all(r["SequenceNumber"] and r["ShardId"] for r in answer["Records"]), "results without a sequence number")
        written.extend(batch)

    def get_records():
        for shard in api.call("ListShards", StreamName=STREAM)["Shards"]:
            records, answer = read_all(api, STREAM, shard["ShardId"])
            same(0, answer["MillisBehindLatest"], "MillisBehindLatest")
            numbers = [int(r["SequenceNumber"]) for r in records]
            same(sorted(set(numbers)), numbers, "sequence numbers of " + shard["ShardId"])
            now = datetime.now(timezone.utc)
            true(all(abs(now - r["ApproximateArrivalTimestamp"]) < timedelta(minutes=5) for r in records), "arrival")
            shards[shard["ShardId"]] = records
        read = [(r["PartitionKey"], r["Data"]) for records in shards.values() for r in records]
        same(len(written), len(read), "records")
        # A key of PutRecord ExplicitHashKey is in all shards, always with the same data.
        true(by_key(written) == by_key(read), "what was read is not what was written, in the order of each key")
        return f"{len(read)} records, {sum(len(data) for _, data in read)} bytes"

    def read_from(shard, limit=None, **start):
        iterator = api.call("GetShardIterator", StreamName=STREAM, ShardId=shard, **start)["ShardIterator"]
        more = {"Limit": limit} if limit else {}
        return api.call("GetRecords", ShardIterator=iterator, **more)["Records"]

    def fullest():
        return max(shards.items(), key=lambda item: len(item[1]))

    def at_sequence_number():
        shard, records = fullest()
        have = read_from(shard, limit=5, ShardIteratorType="AT_SEQUENCE_NUMBER",
                         StartingSequenceNumber=records[7]["SequenceNumber"])
        same(records[7:12], have, "records")

    def after_sequence_number():
        shard, records = fullest()
        have = read_from(shard, limit=5, ShardIteratorType="AFTER_SEQUENCE_NUMBER",
                         StartingSequenceNumber=records[7]["SequenceNumber"])
        same(records[8:13], have, "records")

    def at_timestamp():
        shard, records = fullest()
        at = api.moment(records[-1]["ApproximateArrivalTimestamp"])
        want = [r["SequenceNumber"] for r in records if r["ApproximateArrivalTimestamp"] >= at]
        have = read_from(shard, ShardIteratorType="AT_TIMESTAMP", Timestamp=at)
        same(want, [r["SequenceNumber"] for r in have], f"records from {at}")

    def latest():
        shard = put("newest", payload(1))["ShardId"]
        iterator = api.call("GetShardIterator", StreamName=STREAM, ShardId=shard, ShardIteratorType="LATEST")
        answer = api.call("GetRecords", ShardIterator=iterator["ShardIterator"])
        same([], answer["Records"], "records before another is written")
        put("newest", payload(2))
        answer = api.call("GetRecords", ShardIterator=answer["NextShardIterator"])
        same([payload(2)], [r["Data"] for r in answer["Records"]], "records")

    steps.step("PutRecord", put_record)
    steps.step("PutRecord ExplicitHashKey", put_explicit_hash_key)
    steps.step("PutRecord 1 MiB", put_large)
    steps.step("PutRecords 500", put_records)
    steps.step("GetRecords", get_records)
    steps.step("GetShardIterator AT_SEQUENCE_NUMBER", at_sequence_number)
    steps.step("GetShardIterator AFTER_SEQUENCE_NUMBER", after_sequence_number)
    steps.step("GetShardIterator AT_TIMESTAMP", at_timestamp)
    steps.step("GetShardIterator LATEST", latest)
