"""A script: one reviewer among many as an OS process. Arguments: address, token, workflow, and
which one this is.

A case reads "<number> <answer>". After a line on stdin this reviewer claims and judges until there
is another line. By the number some cases are answered wrong, some are passed on, some cannot be
decided, and some judgements are taken back and given anew. Contested cases get the other answer,
what people differ about the true one. Writes at the end what the server acknowledged."""

import http.client
import json
import select
import sys
import time
from typing import Any
from urllib.parse import urlsplit

OTHER = {"no": "yes", "yes": "no"}


class Judge:
    def __init__(self, url: str, token: str, slug: str, mine: int) -> None:
        where = urlsplit(url)
        self.http = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.slug = slug
        self.mine = mine
        self.claimed: list[str] = []
        self.skipped: list[str] = []
        self.given: dict[str, str] = {}  # review -> referral
        self.withdrawn: list[str] = []
        self.adjudicated: list[str] = []
        self.odd: list[str] = []

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        self.http.request("POST", f"/api/v1/{path}", json.dumps(body), self.headers)
        answer = self.http.getresponse()
        content = answer.read()
        return answer.status, json.loads(content) if content else None

    def work(self) -> None:
        while not select.select([sys.stdin], [], [], 0)[0]:
            status, case = self.post("referrals/claim", {"workflow": self.slug})
            if status == 200:
                self.claimed.append(case["id"])
                self.judge(case)
            elif status == 204:
                time.sleep(0.1)  # others are busy with what is left
            else:
                self.odd.append(f"claim: {status} {case}")

    def judge(self, case: Any) -> None:
        said, _, true = case["input"]["text"].partition(" ")
        number = int(said)
        if case["statement"] is not None:
            self.say(case, OTHER[true])
        elif case["opinions"]:
            self.adjudicated.append(case["id"])
            self.say(case, true)
        elif number % 3 == 0 and number % 16 == self.mine:
            self.skip(case, "not_for_me")
        elif number % 61 == self.mine:
            self.skip(case, "cannot_decide")
        elif (number + self.mine) % 23 == 0:
            review = self.say(case, OTHER[true])
            status, again = self.post(f"reviews/{review}/withdraw", None)
            if status == 200:
                self.withdrawn.append(review)
                self.say(again, true)
            elif status != 409:  # the time to undo was over
                self.odd.append(f"withdraw: {status} {again}")
        else:
            self.say(case, OTHER[true] if (7 * number + self.mine) % 41 == 0 else true)

    def say(self, case: Any, value: str) -> str:
        body = {"token": case["token"], "value": value}
        status, told = self.post(f"referrals/{case['id']}/review", body)
        return self.stored(case, status, told)

    def skip(self, case: Any, kind: str) -> None:
        body = {"token": case["token"], "kind": kind, "reason": "so it is"}
        status, told = self.post(f"referrals/{case['id']}/skip", body)
        if kind == "not_for_me":
            self.skipped.append(case["id"])
            if status != 204:
                self.odd.append(f"skip: {status} {told}")
        else:
            self.stored(case, status, told)

    def stored(self, case: Any, status: int, told: Any) -> str:
        if status != 201:
            self.odd.append(f"review: {status} {told}")
            return ""
        self.given[told["id"]] = case["id"]
        return str(told["id"])


def main(url: str, token: str, slug: str, mine: str) -> None:
    judge = Judge(url, token, slug, int(mine))
    print('"ready"', flush=True)
    sys.stdin.readline()
    judge.work()
    told = vars(judge)
    names = ("claimed", "skipped", "given", "withdrawn", "adjudicated", "odd")
    print(json.dumps({name: told[name] for name in names}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
