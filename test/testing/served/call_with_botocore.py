"""Calls operations with botocore's own clients: one JSON object in, one JSON line out for each call.

In:  {"region", "ca", "url", "keys": {name: [id, secret, token]}, "calls": [{"service", "operation", "input", "signer"}]}
Out: {"service", "operation", "known": false} for an operation that this botocore does not have, else
     {"service", "operation", "known": true, "missing": [paths of required members that were not found], "error"};
     then {"service", "operations"}: all that this botocore has for each service that was called
"""

import json
import sys

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from required_members import missing

asked = json.load(sys.stdin)
session = botocore.session.get_session()
clients = {}
members = {}


def client_of(service, signer):
    name = (service, signer)
    if name not in clients:
        config = Config(
            retries={"total_max_attempts": 1}, inject_host_prefix=False, s3={"addressing_style": "path"}
        )
        key, secret, token = asked["keys"][signer]
        clients[name] = session.create_client(
            service,
            region_name=asked["region"],
            endpoint_url=asked["url"],
            verify=asked["ca"],
            config=config,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )
    return clients[name]


def resolved(value):
    if isinstance(value, str) and value.startswith("$"):
        return members[value[1:]]
    if isinstance(value, list):
        return [resolved(each) for each in value]
    if isinstance(value, dict):
        return {name: resolved(each) for name, each in value.items()}
    return value


for call in asked["calls"]:
    service, operation = call["service"], call["operation"]
    client = client_of(service, call.get("signer", "user"))
    model = client.meta.service_model
    if operation not in model.operation_names:
        print(json.dumps({"service": service, "operation": operation, "known": False}))
        continue
    told = {"service": service, "operation": operation, "known": True, "missing": [], "error": None}
    try:
        answer = getattr(client, xform_name(operation))(**resolved(call["input"]))
        body = answer.get("Body")
        if body is not None:
            list(body)
        members.update({name: value for name, value in answer.items() if isinstance(value, str)})
        told["missing"] = missing(model.operation_model(operation).output_shape, answer)
    except (ClientError, BotoCoreError) as error:
        told["error"] = str(error)
    print(json.dumps(told))
for service in {call["service"] for call in asked["calls"]}:
    names = client_of(service, "user").meta.service_model.operation_names
    print(json.dumps({"service": service, "operations": names}))
