"""Signs the requests on standard input with botocore and prints what it would send, as JSON."""
import json
import sys
from urllib.parse import quote

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth, SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CLASSES = {
    (False, False): SigV4Auth,
    (False, True): S3SigV4Auth,
    (True, False): SigV4QueryAuth,
    (True, True): S3SigV4QueryAuth,
}


def sign(request):
    pairs = "&".join(f"{quote(n, safe='-_.~')}={quote(v, safe='-_.~')}" for n, v in request["query"])
    url = f"https://{request['host']}{request['path']}{'?' if pairs else ''}{pairs}"
    signed = AWSRequest(request["method"], url, dict(request["headers"]), request["body"].encode())
    given = request["credentials"]
    credentials = Credentials(given["accessKeyId"], given["secretAccessKey"], given.get("sessionToken"))
    cls = CLASSES[request["presign"], request["service"] == "s3"]
    cls(credentials, request["service"], request["region"]).add_auth(signed)
    target = signed.url.split(request["host"], 1)[1]
    headers = dict(signed.headers.items())
    headers["Host"] = request["host"]
    return {"method": request["method"], "url": target, "headers": headers, "body": request["body"]}


json.dump([sign(request) for request in json.load(sys.stdin)], sys.stdout)
