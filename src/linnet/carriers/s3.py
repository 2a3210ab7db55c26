"""An S3 bucket, or a prefix in one, as a drop (spec/parcels.md §4).

Requests are signed by Signature Version 4 of Amazon's documentation ("Authenticating
Requests: Using the Authorization Header"), whose examples are tests here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from time import time
from typing import Final
from urllib.parse import quote, urlencode

from linnet.carriers.drop import MOST_NAMES
from linnet.carriers.parcels import side_of
from linnet.carriers.site import Answer, Site
from linnet.carriers.web_folder import WebFolder

_KEY: Final = re.compile(rb"<Key>([^<]{1,2048})</Key>")


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose requests they are.

    Attributes:
        region: of the bucket.
        key_id: which key.
        secret: the key.
    """

    region: str
    key_id: str = field(repr=False)
    secret: str = field(repr=False)

    def sign(
        self, method: str, target: str, headers: Mapping[str, str], now: float
    ) -> str:
        """The ``Authorization`` header of a request.

        Args:
            method: of HTTP.
            target: path and query, the query sorted and percent-encoded.
            headers: those to be signed, by lower-case name; ``host``, ``x-amz-date``
                and ``x-amz-content-sha256`` at least.
            now: seconds since 1970; the same as in ``x-amz-date``.
        """
        path, _, query = target.partition("?")
        names = ";".join(sorted(headers))
        lines = [f"{name}:{headers[name]}\n" for name in sorted(headers)]
        content = headers["x-amz-content-sha256"]
        request = "\n".join([method, path, query, "".join(lines), names, content])
        stamp = moment(now)
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        hashed = sha256(request.encode()).hexdigest()
        said = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashed}"
        key = b"AWS4" + self.secret.encode()
        for part in scope.split("/"):
            key = digest(key, part.encode(), sha256)
        signature = digest(key, said.encode(), sha256).hex()
        return (
            f"AWS4-HMAC-SHA256 Credential={self.key_id}/{scope},"
            f"SignedHeaders={names},Signature={signature}"
        )


def moment(now: float) -> str:
    """A time as the signature has it."""
    return datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")


class S3Drop(WebFolder):
    """A bucket, or a prefix in one.

    Args:
        sites: both connections.
        path: the bucket and a prefix, with a slash at both ends.
        signer: signs every request.
    """

    def __init__(self, sites: tuple[Site, Site], path: str, signer: Signer) -> None:
        super().__init__(sites)
        bucket, _, prefix = path.strip("/").partition("/")
        self._bucket = "/" + quote(bucket)
        self._prefix = prefix + "/" if prefix else ""
        self._signer = signer

    async def names(self, prefix: str) -> list[str]:
        """Those parcels that are there."""
        asked = {
            "list-type": 2,
            "max-keys": MOST_NAMES,
            "prefix": self._prefix + prefix,
        }
        target = f"{self._bucket}?{urlencode(asked, quote_via=quote, safe='')}"
        answer = await self._signed(self._site, "GET", target)
        keys = [
            one[1].rpartition(b"/")[2].decode("latin-1")
            for one in _KEY.finditer(answer.require())
        ]
        return [one for one in keys if side_of(one) is not None][:MOST_NAMES]

    async def ask(
        self, site: Site, method: str, name: str, body: bytes = b""
    ) -> Answer:
        """Make a request for what has a name."""
        target = f"{self._bucket}/{quote(self._prefix)}{name}"
        return await self._signed(site, method, target, body)

    async def _signed(
        self, site: Site, method: str, target: str, body: bytes = b""
    ) -> Answer:
        now = time()
        headers = {
            "host": site.host,
            "x-amz-content-sha256": sha256(body).hexdigest(),
            "x-amz-date": moment(now),
        }
        known = self._signer.sign(method, target, headers, now)
        del headers["host"]  # which is said of every request
        lines = [f"{name}: {value}" for name, value in headers.items()]
        return await site.ask(method, target, [*lines, f"Authorization: {known}"], body)
