"""The API through boto3."""

import os

import boto3
import botocore
from botocore import xform_name
from botocore.config import Config


class Boto3:
    def __init__(self):
        self.client = boto3.client("kinesis", region_name=os.environ["AWS_REGION"], config=Config(
            connect_timeout=5, read_timeout=15, retries={"total_max_attempts": 1}))

    def version(self):
        return f"boto3 {boto3.__version__}, botocore {botocore.__version__}"

    def moment(self, time):
        """What of a time gets into a request."""
        return time

    def environment(self):
        """A request by a client that has been told nothing."""
        boto3.client("kinesis").describe_limits()

    def call(self, operation, **parameters):
        answer = getattr(self.client, xform_name(operation))(**parameters)
        answer.pop("ResponseMetadata")
        return answer

    def fails(self, codes, operation, **parameters):
        """Calls an operation that has to fail with the exception class of one of the codes."""
        classes = tuple(getattr(self.client.exceptions, code) for code in codes)
        try:
            self.call(operation, **parameters)
        except classes as error:
            return type(error).__name__ + ": " + error.response["Error"]["Message"]
        raise AssertionError(f"no error from {operation}")

    def wait(self, waiter, stream):
        self.client.get_waiter(waiter).wait(StreamName=stream, WaiterConfig={"Delay": 1, "MaxAttempts": 20})

    def pages(self, operation, member, size, **parameters):
        """All of a member by the client's own paging."""
        pages = self.client.get_paginator(xform_name(operation)).paginate(
            PaginationConfig={"PageSize": size}, **parameters)
        return [item for page in pages for item in page[member]]
