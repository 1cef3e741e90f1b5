"""Steps of the scenario and what they check with."""

import json
import os
import time
import traceback
import urllib.request


class Steps:
    def __init__(self):
        self.without = set(filter(None, os.environ["INTEROP_WITHOUT"].split(",")))

    def step(self, name, function):
        """Runs a step and prints its result, unless the client does not offer the operation."""
        if name in self.without:
            return
        try:
            detail = function() or ""
            result = "ok"
        except Exception as error:
            here = os.path.dirname(__file__)
            at = [f for f in traceback.extract_tb(error.__traceback__)
                  if os.path.dirname(f.filename) == here and "_api" not in f.filename][-1]
            detail = f"{type(error).__name__}: {error} ({os.path.basename(at.filename)}:{at.lineno})"
            result = "FAIL"
        print(f"{name}|{result}|{' '.join(str(detail).split())[:600]}", flush=True)


def same(want, have, what):
    if want != have:
        raise AssertionError(f"{what}: want {want!r}, have {have!r}"[:500])


def true(condition, what):
    if not condition:
        raise AssertionError(what)


def control(action, **body):
    """Makes the server misbehave."""
    request = urllib.request.Request(os.environ["INTEROP_CONTROL"] + action, json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=10):
        pass


def active(api, stream):
    """Waits until a stream is ACTIVE and returns its summary."""
    end = time.monotonic() + 20
    while True:
        summary = api.call("DescribeStreamSummary", StreamName=stream)["StreamDescriptionSummary"]
        if summary["StreamStatus"] == "ACTIVE":
            return summary
        true(time.monotonic() < end, f"{stream} is still {summary['StreamStatus']}")
        time.sleep(0.1)


def create(api, stream, shards):
    api.call("CreateStream", StreamName=stream, ShardCount=shards)
    return active(api, stream)


def payload(number):
    """Data of a record: its number and all byte values."""
    return str(number).encode() + b":" + bytes(range(256))


def large(size):
    """Data of a size, without a pattern of a power of two."""
    return bytes(i * 7 % 251 for i in range(size))


def read_all(api, stream, shard):
    """Reads a shard from TRIM_HORIZON until nothing is left: the records, and the last answer."""
    iterator = api.call("GetShardIterator", StreamName=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records, answer = [], {"NextShardIterator": iterator["ShardIterator"]}
    for _ in range(50):
        answer = api.call("GetRecords", ShardIterator=answer["NextShardIterator"])
        records += answer["Records"]
        if not answer.get("NextShardIterator") or answer["MillisBehindLatest"] == 0:
            return records, answer
    raise AssertionError(f"no end of {shard} after 50 answers")


def by_key(pairs):
    """Groups data by key, in order."""
    groups = {}
    for key, data in pairs:
        groups.setdefault(key, []).append(data)
    return groups
