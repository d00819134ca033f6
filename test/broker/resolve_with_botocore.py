"""Says which source botocore takes for profiles of shared configuration folders: JSON on stdin, JSON on stdout."""
import json
import os
import sys

import botocore.session

METHODS = {
    "shared-credentials-file": "keys",
    "config-file": "keys",
    "custom-process": "process",
    "assume-role": "role",
    "assume-role-with-web-identity": "web",
    "sso": "sso",
}


def resolve(case):
    os.environ["HOME"] = case["home"]
    os.environ["AWS_CONFIG_FILE"] = case["home"] + "/.aws/config"
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = case["home"] + "/.aws/credentials"
    try:
        session = botocore.session.Session(profile=case["profile"])
        region = session.get_config_variable("region")
        fips = bool(session.get_config_variable("use_fips_endpoint"))
        session.set_config_variable("region", region or "eu-west-1")
        credentials = session.get_credentials()
    except Exception as error:
        return {"kind": "error", "error": type(error).__name__}
    if credentials is None:
        return {"kind": "absent", "region": region, "fips": fips}
    kind = METHODS.get(credentials.method, credentials.method)
    key = credentials.access_key if kind in ("keys", "process") else None
    return {"kind": kind, "key": key, "region": region, "fips": fips}


for name in list(os.environ):
    if name.startswith("AWS_"):
        del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
json.dump([resolve(case) for case in json.load(sys.stdin)], sys.stdout)
