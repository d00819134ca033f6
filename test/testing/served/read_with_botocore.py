"""Reads answers with botocore's own parser: one JSON line in, one JSON line out.

In:  {"service", "operation", "status", "headers", "body"}
Out: {"operation", "known": false} for an operation that this botocore does not have, else
     {"operation", "known": true, "missing": [paths of required members that the parser did not find], "error"}
"""

import json
import sys

import botocore.session
from botocore.parsers import create_parser
from required_members import missing

session = botocore.session.get_session()
models = {}


def model_of(service):
    if service not in models:
        models[service] = session.get_service_model(service)
    return models[service]


for line in sys.stdin:
    answer = json.loads(line)
    model = model_of(answer["service"])
    operation = answer["operation"]
    if operation not in model.operation_names:
        print(json.dumps({"operation": operation, "known": False}))
        continue
    shape = model.operation_model(operation).output_shape
    parser = create_parser(model.metadata["protocol"])
    response = {"status_code": answer["status"], "headers": answer["headers"], "body": answer["body"].encode()}
    parsed = parser.parse(response, shape) if shape is not None else {}
    told = {"operation": operation, "known": True, "missing": missing(shape, parsed), "error": parsed.get("Error")}
    print(json.dumps(told))
