"""Calls operations with botocore's own clients: one JSON object in, one JSON line out for each call.

In:  {"region", "ca", "key": [id, secret], "calls": [{"service", "url", "operation", "input"}]}
Out: {"service", "operation", "known": false} for an operation that this botocore does not have, else
     {"service", "operation", "known": true, "missing": [required members that were not found], "error", "unserved"}
"""

import json
import sys

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

asked = json.load(sys.stdin)
session = botocore.session.get_session()
session.set_credentials(*asked["key"])
clients = {}


def client_of(service, url):
    if service not in clients:
        config = Config(retries={"total_max_attempts": 1}, inject_host_prefix=False)
        clients[service] = session.create_client(
            service, region_name=asked["region"], endpoint_url=url, verify=asked["ca"], config=config
        )
    return clients[service]


called = set()
for call in asked["calls"]:
    service, operation = call["service"], call["operation"]
    called.add((service, operation))
    client = client_of(service, call["url"])
    model = client.meta.service_model
    if operation not in model.operation_names:
        print(json.dumps({"service": service, "operation": operation, "known": False}))
        continue
    told = {"service": service, "operation": operation, "known": True, "missing": [], "error": None}
    try:
        answer = getattr(client, xform_name(operation))(**call["input"])
        shape = model.operation_model(operation).output_shape
        told["missing"] = [name for name in (shape.required_members if shape else []) if name not in answer]
    except (ClientError, BotoCoreError) as error:
        told["error"] = str(error)
    print(json.dumps(told))
for service, client in clients.items():
    for operation in client.meta.service_model.operation_names:
        if (service, operation) not in called:
            print(json.dumps({"service": service, "operation": operation, "known": True, "unserved": True}))
