"""The service as a program calls it, for what a walk needs beside the browser."""

import base64
import hmac
import json
import os
import pathlib
import time
import urllib.request

READING, GUARDED, ROLLOUT = os.environ["READING"], os.environ["GUARDED"], os.environ["ROLLOUT"]
TOKEN, SECRET = os.environ["TOKEN"], os.environ["SECRET"]
DATA = pathlib.Path(os.environ["DATA"])
FIXTURES = pathlib.Path(__file__).resolve().parents[2] / "fixtures"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(url, body=None, media_type="application/json", method=None, **headers):
    """The JSON that a route answers with; a POST where there is a body, if not told otherwise."""
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    fixed = {"Authorization": f"Bearer {TOKEN}", "Content-Type": media_type}
    request = urllib.request.Request(url, data=body, method=method, headers=fixed | {name.replace("_", "-"): value for name, value in headers.items()})
    with OPENER.open(request, timeout=90) as answered:
        return json.load(answered)


def photo(user):
    """One photo of a user's, through the readers that the rollout chooses from."""
    return call(f"{ROLLOUT}/analyze", (FIXTURES / "photo.webp").read_bytes(), "image/webp", User_ID=user)


def token_of(user):
    """A token that the guarded service takes (JWT, HS256)."""
    written = lambda part: base64.urlsafe_b64encode(part).rstrip(b"=").decode()
    claims = {"sub": user, "aud": "authenticated", "exp": int(time.time()) + 600}
    signed = ".".join(written(json.dumps(part).encode()) for part in [{"alg": "HS256", "typ": "JWT"}, claims])
    return f"{signed}.{written(hmac.digest(SECRET.encode(), signed.encode(), 'sha256'))}"
