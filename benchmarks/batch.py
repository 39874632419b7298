"""batch: arrays of 1,000 cases over HTTP, against the library's `predict_proba` and a COPY of the
same rows into the same tables, called directly."""

import inspect
import statistics
import time
from typing import Any

import msgspec

from benchmarks import ground

SIZE, ROUNDS = 1000, 5


def run() -> None:
    from hitl.management.world import build
    from models_registry.runtimes import digits

    print("The baseline:\n" + inspect.getsource(predict_and_copy))
    world = build({"digits": digits.train()})
    unseen = digits.Unseen()
    inputs = [unseen.sample(i)[0] for i in range(SIZE)]
    body = msgspec.json.encode([{"input": one} for one in inputs])
    key = {"Authorization": f"Bearer {world.api_key}"}
    path = f"/api/v1/workflows/{world.workflows[0]}/cases"
    estimator, features = _library(inputs)
    with ground.served() as stack:
        ground.ask(stack.port, path, key, [body] * 4, 1)  # warm both workers
        rows = _rows()

        def ours() -> float:
            load = ground.ask(stack.port, path, key, [body] * ROUNDS, 1)
            return SIZE / statistics.median(load.seconds)

        def baseline() -> float:
            return SIZE / statistics.median(
                _timed(estimator, features, rows) for _ in range(ROUNDS)
            )

        ratios, line = ground.paired(ours, baseline)
        print(f"{ours():.0f} cases/s in arrays of {SIZE:,}; baseline {baseline():.0f}; {line}")
    print(ground.verdict("ratio", statistics.median(ratios), 0.3, least=True))


def predict_and_copy(estimator: Any, features: Any, tables: dict[str, Any]) -> None:
    """One prediction for all, then one COPY per table, in one transaction."""
    from django.db import connection, transaction

    estimator.predict_proba(features)
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (columns, rows) in tables.items():
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)


def _timed(estimator: Any, features: Any, rows: dict[str, Any]) -> float:
    fresh = _fresh(rows)
    began = time.perf_counter()
    predict_and_copy(estimator, features, fresh)
    return time.perf_counter() - began


def _library(inputs: list[Any]) -> tuple[Any, Any]:
    """The estimator as the library loads it, and the features of the inputs."""
    import numpy as np
    from skops.io import loads

    from models_registry import blobs
    from models_registry.models import Artifact

    estimator = loads(blobs.get(Artifact.objects.get().sha256))
    return estimator, np.array([one["image"] for one in inputs], dtype=float).reshape(SIZE, -1)


def _rows() -> dict[str, Any]:
    """The rows that one array left behind, table by table."""
    from django.db import connection

    from hitl.models import Case, Payload, Prediction, Referral

    batch = Case.objects.exclude(batch=None).order_by("-pk").values_list("batch", flat=True)[0]
    found = {}
    with connection.cursor() as cursor:
        for model, column in (
            (Case, "t.id"),
            (Payload, "case_id"),
            (Prediction, "case_id"),
            (Referral, "case_id"),
        ):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT t.* FROM {table} t JOIN hitl_case c ON c.id = {column} WHERE c.batch = %s",
                [batch],
            )
            columns = [part.name for part in cursor.description or ()]
            found[table] = (columns, cursor.fetchall())
            assert len(found[table][1]) == SIZE, table
    return found


def _fresh(tables: dict[str, Any]) -> dict[str, Any]:
    """The same rows under new ids."""
    from models_registry.models import new_id

    _, cases = tables["hitl_case"]
    place = tables["hitl_case"][0].index("id")
    ids = {row[place]: new_id() for row in cases}
    fresh = {}
    for table, (columns, rows) in tables.items():
        renamed = [
            tuple(
                ids[value] if value in ids else new_id() if name == "id" else value
                for name, value in zip(columns, row, strict=True)
            )
            for row in rows
        ]
        fresh[table] = (", ".join(columns), renamed)
    return fresh
