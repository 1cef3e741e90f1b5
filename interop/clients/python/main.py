"""Runs the scenario with boto3, or with the AWS CLI at the path given."""

import sys

import consumers
import errors
import records
import resharding
import settings
import streams
from steps import Steps


def main(kind):
    if kind == "boto3":
        from boto3_api import Boto3

        api = Boto3()
    else:
        from cli_api import CLI

        api = CLI(kind)
    steps = Steps()
    print(f"version|{api.version()}", flush=True)
    for part in (streams, records, resharding, settings, consumers, errors):
        part.run(steps, api)
    streams.delete(steps, api)


if __name__ == "__main__":
    main(sys.argv[1])
