"""Splits, merges, and reading on across them."""

from datetime import datetime, timezone

from steps import active, by_key, create, payload, read_all, same, true

STREAM = "resharded"


def run(steps, api):
    written = []

    def shard_id(number):
        return f"shardId-{number:012}"

    def shard(number):
        return api.call("ListShards", StreamName=STREAM)["Shards"][number]

    def put_some():
        batch = [(f"key-{i % 10}", payload(len(written) + i)) for i in range(40)]
        answer = api.call("PutRecords", StreamName=STREAM,
                          Records=[{"PartitionKey": key, "Data": data} for key, data in batch])
        same(0, answer["FailedRecordCount"], "FailedRecordCount")
        written.extend(batch)

    def split():
        create(api, STREAM, 2)
        put_some()
        hash_keys = shard(0)["HashKeyRange"]
        middle = (int(hash_keys["StartingHashKey"]) + int(hash_keys["EndingHashKey"])) // 2
        api.call("SplitShard", StreamName=STREAM, ShardToSplit=shard_id(0), NewStartingHashKey=str(middle))
        same(3, active(api, STREAM)["OpenShardCount"], "OpenShardCount")
        child = shard(2)
        same(shard_id(0), child["ParentShardId"], "parent")
        same(str(middle - 1), child["HashKeyRange"]["EndingHashKey"], "end of the first child")
        true("EndingSequenceNumber" in shard(0)["SequenceNumberRange"], "the parent is open")
        put_some()

    def merge():
        api.call("MergeShards", StreamName=STREAM, ShardToMerge=shard_id(3), AdjacentShardToMerge=shard_id(1))
        same(2, active(api, STREAM)["OpenShardCount"], "OpenShardCount")
        child = shard(4)
        same((shard_id(3), shard_id(1)), (child["ParentShardId"], child["AdjacentParentShardId"]), "parents")
        put_some()

    def filters():
        def listed(kind, **more):
            answer = api.call("ListShards", StreamName=STREAM, ShardFilter={"Type": kind, **more})
            return [int(s["ShardId"].removeprefix("shardId-")) for s in answer["Shards"]]

        now = datetime.now(timezone.utc)
        same([0, 1, 2, 3, 4], listed("FROM_TRIM_HORIZON"), "FROM_TRIM_HORIZON")
        same([0, 1], listed("AT_TRIM_HORIZON"), "AT_TRIM_HORIZON")
        same([2, 4], listed("AT_LATEST"), "AT_LATEST")
        same([3, 4], listed("AFTER_SHARD_ID", ShardId=shard_id(2)), "AFTER_SHARD_ID")
        same([2, 4], listed("AT_TIMESTAMP", Timestamp=now), "AT_TIMESTAMP")
        same([2, 4], listed("FROM_TIMESTAMP", Timestamp=now), "FROM_TIMESTAMP")

    def follow_children():
        parents = {shard_id(0): [], shard_id(1): []}  # of the shards that are known
        read, done = [], []
        while len(done) < len(parents):
            ready = [s for s in parents if s not in done and all(p in done for p in parents[s])]
            true(ready, f"no shard can be read next: {parents}, done: {done}")
            records, answer = read_all(api, STREAM, ready[0])
            read += [(r["PartitionKey"], r["Data"]) for r in records]
            done.append(ready[0])
            children = answer.get("ChildShards") or []
            same(bool(children), not answer.get("NextShardIterator"), f"{ready[0]}: at its end by ChildShards")
            for child in children:
                true(child["HashKeyRange"]["StartingHashKey"], "hash keys of a child")
                parents[child["ShardId"]] = child["ParentShards"]
        same({shard_id(3), shard_id(1)}, set(parents[shard_id(4)]), "parents of the merged shard")
        same(5, len(done), "shards")
        true(by_key(written) == by_key(read), "what was read is not what was written, in the order of each key")
        return f"{len(read)} records of {len(done)} shards"

    def update_shard_count():
        answer = api.call("UpdateShardCount", StreamName=STREAM, TargetShardCount=4, ScalingType="UNIFORM_SCALING")
        same((2, 4), (answer["CurrentShardCount"], answer["TargetShardCount"]), "counts")
        same(4, active(api, STREAM)["OpenShardCount"], "OpenShardCount")

    steps.step("SplitShard", split)
    steps.step("MergeShards", merge)
    steps.step("ListShards filters", filters)
    steps.step("GetRecords ChildShards", follow_children)
    steps.step("UpdateShardCount", update_shard_count)
