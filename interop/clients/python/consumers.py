"""Consumers and their subscriptions."""

import time

from steps import active, control, create, payload, same, true

STREAM = "consumed"
SHARD = "shardId-000000000000"


def run(steps, api):
    stream_arn = create(api, STREAM, 1)["StreamARN"]
    consumer = {}  # ARN, subscription

    def put(number):
        api.call("PutRecord", StreamName=STREAM, PartitionKey="key", Data=payload(number))

    def describe(**address):
        return api.call("DescribeStreamConsumer", **address)["ConsumerDescription"]

    def register():
        answer = api.call("RegisterStreamConsumer", StreamARN=stream_arn, ConsumerName="fan")["Consumer"]
        same("CREATING", answer["ConsumerStatus"], "ConsumerStatus")
        consumer["arn"] = answer["ConsumerARN"]
        end = time.monotonic() + 20
        while describe(ConsumerARN=consumer["arn"])["ConsumerStatus"] != "ACTIVE":
            true(time.monotonic() < end, "not ACTIVE")
            time.sleep(0.1)

    def describe_consumer():
        by_arn = describe(ConsumerARN=consumer["arn"])
        same(("fan", stream_arn), (by_arn["ConsumerName"], by_arn["StreamARN"]), "consumer")
        same(by_arn, describe(StreamARN=stream_arn, ConsumerName="fan"), "by name")

    def list_consumers():
        consumers = api.call("ListStreamConsumers", StreamARN=stream_arn)["Consumers"]
        same([consumer["arn"]], [c["ConsumerARN"] for c in consumers], "consumers")

    def subscribe(shard):
        return api.call("SubscribeToShard", ConsumerARN=consumer["arn"], ShardId=shard,
                        StartingPosition={"Type": "TRIM_HORIZON"})["EventStream"]

    def events():
        for event in consumer["subscription"]:
            yield event["SubscribeToShardEvent"]

    def data_until(count):
        data = []
        while len(data) < count:
            event = next(consumer["events"])
            true(event["ContinuationSequenceNumber"], "no ContinuationSequenceNumber")
            data += [r["Data"] for r in event["Records"]]
        return data

    def subscription():
        for number in range(3):
            put(number)
        consumer["subscription"] = subscribe(SHARD)
        consumer["events"] = events()
        same([payload(n) for n in range(3)], data_until(3), "records")
        put(3)
        same([payload(3)], data_until(1), "record written meanwhile")

    def twice():
        return api.fails(["ResourceInUseException"], "SubscribeToShard", ConsumerARN=consumer["arn"], ShardId=SHARD,
                         StartingPosition={"Type": "LATEST"})

    def heartbeat():
        start = time.monotonic()
        event = next(consumer["events"])
        same([], event["Records"], "records")
        true(time.monotonic() - start < 8, "too late")

    def children():
        api.call("SplitShard", StreamName=STREAM, ShardToSplit=SHARD, NewStartingHashKey=str(2**127))
        active(api, STREAM)
        event = next(e for e, _ in zip(consumer["events"], range(5)) if e.get("ChildShards"))
        true("ContinuationSequenceNumber" not in event, "ContinuationSequenceNumber at the end")
        have = [(c["ShardId"], c["ParentShards"]) for c in event["ChildShards"]]
        same([(f"shardId-{n:012}", [SHARD]) for n in (1, 2)], have, "ChildShards")
        same(None, next(consumer["events"], None), "event after the last")

    def exception():
        subscription = subscribe("shardId-000000000001")
        control("end-subscriptions", code="InternalFailureException")
        try:
            for event, _ in zip(subscription, range(5)):
                true("SubscribeToShardEvent" in event, f"event {event}")
        except Exception as error:  # boto3 has one class for all of them
            same("InternalFailureException", error.response["Error"]["Code"], "code")
            return str(error)
        raise AssertionError("the subscription goes on, or ends without an exception")

    def deregister():
        api.call("DeregisterStreamConsumer", ConsumerARN=consumer["arn"])
        api.fails(["ResourceNotFoundException"], "DescribeStreamConsumer", ConsumerARN=consumer["arn"])

    steps.step("RegisterStreamConsumer", register)
    steps.step("DescribeStreamConsumer", describe_consumer)
    steps.step("ListStreamConsumers", list_consumers)
    steps.step("SubscribeToShard", subscription)
    steps.step("SubscribeToShard twice", twice)
    steps.step("SubscribeToShard heartbeat", heartbeat)
    steps.step("SubscribeToShard ChildShards", children)
    steps.step("SubscribeToShard exception", exception)
    steps.step("DeregisterStreamConsumer", deregister)
