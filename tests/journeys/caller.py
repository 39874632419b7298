"""A script: one client system as an OS process. Arguments: address and key. Reads requests as lines
of JSON, sends each at once, writes the answers."""

import json
import sys

import httpx


def main(url: str, key: str) -> None:
    with httpx.Client(
        base_url=f"{url}/api/v1/", headers={"Authorization": f"Bearer {key}"}, timeout=60
    ) as http:
        print('"ready"', flush=True)
        for line in sys.stdin:
            asked = json.loads(line)
            answer = http.request(
                asked["method"], asked["path"], json=asked["body"], headers=asked["headers"]
            )
            told = {"status": answer.status_code, "text": answer.text}
            print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
