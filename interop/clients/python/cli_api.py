"""The API through the AWS CLI: a process per request, parameters as options."""

import base64
import json
import os
import re
import subprocess
import tempfile
from datetime import datetime


class CLIError(Exception):
    def __init__(self, text):
        super().__init__(text)
        found = re.search(r"An error occurred \((\w+)\)", text)
        self.code = found.group(1) if found else ""


class CLI:
    def __init__(self, program):
        self.program = program
        self.files = tempfile.TemporaryDirectory()
        self.endpoint = os.environ["AWS_ENDPOINT_URL_KINESIS"]  # this version does not look at it

    def version(self):
        out = subprocess.run([self.program, "--version"], capture_output=True, text=True, timeout=20, check=True)
        return out.stdout.split()[0].replace("/", " ")

    def moment(self, time):
        """What of a time gets into a request: this version cuts off the fractions of a second."""
        return time.replace(microsecond=0)

    def run(self, *arguments):
        done = subprocess.run(
            [self.program, "kinesis", *arguments, "--endpoint-url", self.endpoint, "--output", "json",
             "--cli-connect-timeout", "5", "--cli-read-timeout", "15"],
            capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            raise CLIError(done.stderr.strip() or f"exit code {done.returncode}")
        return decode(json.loads(done.stdout)) if done.stdout.strip() else {}

    def call(self, operation, **parameters):
        return self.run(option(operation), *self.options(parameters))

    def options(self, parameters):
        arguments = []
        for number, (name, value) in enumerate(parameters.items()):
            flag = "--" + option(name)
            if isinstance(value, bool):
                arguments.append(flag if value else "--no-" + option(name))
                continue
            if isinstance(value, bytes):
                value = "fileb://" + self.file(number, value)
            elif isinstance(value, (list, dict)):
                value = "file://" + self.file(number, json.dumps(value, default=encode).encode())
            elif isinstance(value, datetime):
                value = value.isoformat()
            arguments += [flag, str(value)]
        return arguments

    def file(self, number, content):
        path = os.path.join(self.files.name, str(number))
        with open(path, "wb") as file:
            file.write(content)
        return path

    def fails(self, codes, operation, **parameters):
        try:
            self.call(operation, **parameters)
        except CLIError as error:
            if error.code in codes:
                return str(error)
            raise
        raise AssertionError(f"no error from {operation}")

    def wait(self, waiter, stream):
        self.run("wait", waiter.replace("_", "-"), "--stream-name", stream)

    def pages(self, operation, member, size, **parameters):
        return self.call(operation, PageSize=size, **parameters)[member]


def option(name):
    """ConsumerARN to consumer-arn, as the CLI names its options."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", name.replace("ARN", "Arn")).lower()


def encode(value):
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value))


def decode(value, name=""):
    """Makes blobs and times of an answer what they are."""
    if isinstance(value, dict):
        return {key: decode(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [decode(item) for item in value]
    if name == "Data":
        return base64.b64decode(value, validate=True)
    if name.endswith("Timestamp"):
        return datetime.fromisoformat(value)
    return value
