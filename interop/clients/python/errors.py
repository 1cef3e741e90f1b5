"""Requests that are refused, with the code of their error."""

from steps import control, same
from streams import STREAM


def run(steps, api):
    shard = "shardId-000000000000"

    def refused(name, code, operation, **parameters):
        steps.step(name, lambda: api.fails(code, operation, **parameters))

    def dry_run():
        start = {"StreamName": STREAM, "ShardId": shard, "ShardIteratorType": "LATEST"}
        iterator = api.call("GetShardIterator", **start)["ShardIterator"]
        detail = api.fails(["DryRunOperationException"], "PutRecord", StreamName=STREAM, PartitionKey="key",
                           ExplicitHashKey="0", Data=b"data", DryRun=True)
        same([], api.call("GetRecords", ShardIterator=iterator)["Records"], "records")
        return detail

    def iterator():
        return api.call("GetShardIterator", StreamName=STREAM, ShardId=shard, ShardIteratorType="LATEST")["ShardIterator"]

    def expired():
        old = iterator()
        control("expire-iterators")
        return api.fails(["ExpiredIteratorException"], "GetRecords", ShardIterator=old)

    def throttled():
        code = "ProvisionedThroughputExceededException"
        control("faults", operation="GetRecords", count=1, code=code)
        detail = api.fails([code], "GetRecords", ShardIterator=iterator())
        same([], api.call("GetRecords", ShardIterator=iterator())["Records"], "records of the next call")
        return detail

    steps.step("ExpiredIteratorException", expired)
    steps.step("ProvisionedThroughputExceededException", throttled)
    steps.step("DryRun", dry_run)
    refused("ResourceNotFoundException", ["ResourceNotFoundException"], "DescribeStreamSummary", StreamName="nowhere")
    refused("ResourceInUseException", ["ResourceInUseException"], "CreateStream", StreamName=STREAM, ShardCount=1)
    refused("LimitExceededException", ["LimitExceededException"], "CreateStream", StreamName="huge", ShardCount=100_000)
    refused("ValidationException", ["ValidationException"], "GetShardIterator", StreamName=STREAM,
            ShardId="no shard!", ShardIteratorType="LATEST")
    refused("InvalidArgumentException", ["InvalidArgumentException"], "GetRecords", ShardIterator="AAAAAAAAAAE=")
    refused("Oversize record", ["InvalidArgumentException", "ValidationException"], "PutRecord", StreamName=STREAM,
            PartitionKey="k", Data=bytes(1 << 20))
