"""Says where profiles of shared configuration folders lead botocore: JSON on stdin, JSON on stdout.

Nothing is sent: requests end in a handler, which notes their host and answers as the service would.
"""
import io
import json
import os
import sys
from urllib.parse import urlsplit

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.credentials import SSOProvider
from botocore.loaders import Loader
from botocore.tokens import SSOTokenProvider

METHODS = {
    "shared-credentials-file": "keys",
    "config-file": "keys",
    "custom-process": "process",
    "assume-role": "role",
    "assume-role-with-web-identity": "web",
    "sso": "sso",
    "login": "login",
    "env": "environment",
}

# What is wrong with the files or variables; everything else is a source that is set up and fails.
INVALID = {
    "ProfileNotFound",
    "ConfigParseError",
    "PartialCredentialsError",
    "InvalidConfigError",
    "InfiniteLoopConfigError",
    "UnknownCredentialError",
    "ConfigNotFound",
    "ValueError",
}

STS = (
    "<{0}Response xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><{0}Result><Credentials><AccessKeyId>A</AccessKeyId>"
    "<SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
    "</Credentials><AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/r/s</Arn><AssumedRoleId>x:s"
    "</AssumedRoleId></AssumedRoleUser></{0}Result></{0}Response>"
)
PORTAL = {"roleCredentials": {"accessKeyId": "A", "secretAccessKey": "s", "sessionToken": "t", "expiration": 4070908800000}}


class Raw(io.BytesIO):
    def stream(self, **_):
        yield self.read()


def answering(hosts):
    def answer(request, event_name, **_):
        hosts.append(urlsplit(request.url).netloc)
        operation = event_name.rsplit(".", 1)[-1]
        body = json.dumps(PORTAL) if operation == "GetRoleCredentials" else STS.format(operation)
        return AWSResponse(request.url, 200, {}, Raw(body.encode()))

    return answer


loader = Loader()


def new_session(case):
    session = botocore.session.Session(profile=case.get("profile"))
    session.register_component("data_loader", loader)
    return session


def resolve(case):
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    os.environ["HOME"] = case["home"]
    os.environ["AWS_CONFIG_FILE"] = case["home"] + "/.aws/config"
    os.environ["AWS_SHARED_CREDENTIALS_FILE"] = case["home"] + "/.aws/credentials"
    os.environ.update(case["env"])
    cache = case["home"] + "/.aws/sso/cache"
    SSOProvider._SSO_TOKEN_CACHE_DIR = SSOTokenProvider._SSO_TOKEN_CACHE_DIR = cache
    try:
        session = new_session(case)
        region = session.get_config_variable("region")
        fips = bool(session.get_config_variable("use_fips_endpoint"))
    except Exception as error:
        return failure(error)
    if region is None:
        session.set_config_variable("region", "eu-west-1")
    common = {"region": region, "fips": fips, "runtime": runtime_host(session)}
    hosts = []
    session.register("before-send", answering(hosts))
    try:
        credentials = session.get_credentials()
        if credentials is None:
            return {"kind": "absent", **common}
        key = credentials.get_frozen_credentials().access_key
    except Exception as error:
        return {**failure(error), **common}
    kind = METHODS.get(credentials.method, credentials.method)
    return {"kind": kind, "key": key if kind in ("keys", "process", "environment") else None, "hosts": hosts, **common}


def failure(error):
    name = type(error).__name__
    return {"kind": "error", "class": "invalid" if name in INVALID else "unavailable", "error": f"{name}: {error}"}


def runtime_host(session):
    """The host of a call of SageMaker with these settings."""
    hosts = []
    try:
        client = session.create_client("sagemaker-runtime", aws_access_key_id="a", aws_secret_access_key="s")
        client.meta.events.register("before-send", answering(hosts))
        client.invoke_endpoint(EndpointName="x", Body=b"{}")
    except Exception as error:
        if not hosts:
            return f"error: {type(error).__name__}"
    return hosts[0]


json.dump([resolve(case) for case in json.load(sys.stdin)], sys.stdout)
