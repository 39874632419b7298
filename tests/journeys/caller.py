"""A script: one client system or person as an OS process. Arguments: address and key. Reads
requests as lines of JSON, sends each at once, writes the answers. A path that begins with a slash
is one of the pages. (No library: eight of these start at a time.)"""

import http.client
import json
import sys
from urllib.parse import urlsplit


def main(url: str, key: str) -> None:
    where = urlsplit(url)
    web = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    print('"ready"', flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        body = asked["body"]
        content = None if body is None else json.dumps(body, separators=(",", ":"))
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        path = asked["path"] if asked["path"].startswith("/") else f"/api/v1/{asked['path']}"
        web.request(asked["method"], path, content, headers | asked["headers"])
        answer = web.getresponse()
        told = {"status": answer.status, "text": answer.read().decode()}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
