"""GET and POST /models, POST /models/{name}/versions."""

from typing import Any

import msgspec
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries, Settings

from hitl.models import Workflow
from models_registry import services
from models_registry.models import Artifact, ModelVersion, RegisteredModel
from tests import factories
from tests.conftest import Api, token
from tests.models_registry import estimators
from tests.models_registry.estimators import VECTOR, sample
from tests.problems import refused

pytestmark = pytest.mark.django_db
VERSIONS = "/api/v1/models/digits/versions"


@pytest.fixture
def operator(alice: User) -> Api:
    services.register_model(name="digits", runtime="sklearn")
    return token(alice)


def file(content: bytes = b"", name: str = "model.skops") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content or sample("naive Bayes").artifact)


def parts(**given: Any) -> dict[str, Any]:
    wanted = {"artifact": file(), "schema": msgspec.json.encode(VECTOR).decode()} | given
    return {name: value for name, value in wanted.items() if value is not None}


def post(who: Api, path: str = VERSIONS, **given: Any) -> Any:
    return who.post(path, parts(**given), format="multipart")


class TestModels:
    def test_a_model_is_registered_by_name(self, alice: User) -> None:
        answer = token(alice).send("POST", "models", {"name": "digits"})
        assert answer.status_code == 201
        assert answer.json() == {"name": "digits", "runtime": "sklearn", "versions": []}
        assert RegisteredModel.objects.get(name="digits").runtime == "sklearn"

    def test_models_are_listed_with_their_versions(self, operator: Api) -> None:
        post(operator)
        post(operator)
        found = {one["name"]: one for one in operator.send("GET", "models").json()}
        assert list(found) == ["digits", "spam-model"]
        assert [version["number"] for version in found["digits"]["versions"]] == [2, 1]

    def test_the_list_takes_as_many_queries_for_many_as_for_one(
        self, operator: Api, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        for i in range(5):
            services.register_model(name=f"model-{i}", runtime="client")
            services.register_version(model=f"model-{i}", schema=VECTOR, classes=["a", "b"])
        with django_assert_max_num_queries(6):
            assert len(operator.send("GET", "models").json()) == 7

    def test_bob_may_look(self, bob: User) -> None:
        assert token(bob).send("GET", "models").status_code == 200

    def test_a_name_is_taken_once(self, operator: Api) -> None:
        body = refused(operator.send("POST", "models", {"name": "digits"}), 409, "conflict")
        assert body["field"] == "/name"

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            pytest.param({"name": "Two Words"}, "/name", id="a name with a space"),
            pytest.param({"name": 7}, "/name", id="a number"),
            pytest.param({"name": "m", "runtime": "pickle"}, "/runtime", id="unknown runtime"),
            pytest.param({}, "/name", id="no name"),
            pytest.param({"name": "m", "kind": "x"}, "/kind", id="unknown field"),
        ],
    )
    def test_a_wrong_body_is_pointed_at(self, operator: Api, body: Any, pointer: str) -> None:
        refused(operator.send("POST", "models", body), 400, "invalid", pointer)

    def test_what_is_no_json_is_malformed(self, operator: Api) -> None:
        refused(operator.send("POST", "models", b"{"), 400, "malformed-json")

    def test_a_form_is_the_wrong_type_of_body(self, operator: Api) -> None:
        answer = operator.post("/api/v1/models", {"name": "m"}, format="multipart")
        refused(answer, 415, "unsupported-media-type")


class TestVersions:
    def test_a_version_is_registered_with_its_file(self, operator: Api, alice: User) -> None:
        answer = post(
            operator,
            classes='["c", "b", "a"]',
            metrics='{"accuracy": 0.93}',
            card="# Flowers\n\nFor tests.",
        )
        assert answer.status_code == 201, answer.content
        made = ModelVersion.objects.get(model__name="digits")
        assert answer.json() == {
            "id": str(made.pk),
            "model": "digits",
            "number": 1,
            "runtime": "sklearn",
            "artifact": Artifact.objects.get(versions=made).sha256,
            "classes": ["a", "b", "c"],
            "metrics": {"accuracy": 0.93},
        }
        assert made.schema == VECTOR
        assert made.card == "# Flowers\n\nFor tests."
        assert made.by == alice

    def test_every_part_may_be_a_file(self, operator: Api) -> None:
        answer = post(
            operator,
            schema=file(msgspec.json.encode(VECTOR), "schema.json"),
            metrics=file(b'{"accuracy": 1}', "metrics.json"),
            card=file("# Größe".encode(), "card.md"),
        )
        assert answer.status_code == 201, answer.content
        made = ModelVersion.objects.get(model__name="digits")
        assert (made.schema, made.metrics, made.card) == (VECTOR, {"accuracy": 1}, "# Größe")

    def test_a_client_model_needs_no_file(self, operator: Api) -> None:
        services.register_model(name="device", runtime="client")
        path = "/api/v1/models/device/versions"
        answer = post(operator, path, artifact=None, classes='["no", "yes"]')
        assert answer.status_code == 201, answer.content
        assert answer.json()["artifact"] is None

    def test_a_model_that_is_unknown_is_not_found(self, operator: Api) -> None:
        refused(post(operator, "/api/v1/models/nobody/versions"), 404, "not-found")

    @pytest.mark.parametrize(
        ("part", "value", "pointer"),
        [
            pytest.param("schema", "{", "/schema", id="schema is no JSON"),
            pytest.param("schema", "[]", "/schema", id="schema is no object"),
            pytest.param("schema", '{"type": "nonsense"}', "/schema", id="unusable schema"),
            pytest.param("schema", None, "/schema", id="no schema"),
            pytest.param("classes", "a,b,c", "/classes", id="classes are no JSON"),
            pytest.param("classes", "[1]", "/classes/0", id="a class is a number"),
            pytest.param("classes", '["a", "b"]', "/classes", id="not the model's classes"),
            pytest.param("metrics", "0.9", "/metrics", id="metrics are no object"),
            pytest.param("card", file(b"\xff\xfe"), "/card", id="card is no text"),
            pytest.param("card", "a\0b", "/card", id="card with a NUL byte"),
            pytest.param("artifact", None, "/artifact", id="no file"),
            pytest.param("artifact", file(b"hello"), "/artifact", id="file is no model"),
            pytest.param("artifact", "hello", "/artifact", id="file sent as text"),
            pytest.param("stage", '"best"', "/stage", id="unknown part"),
        ],
    )
    def test_a_wrong_part_is_pointed_at(
        self, operator: Api, part: str, value: Any, pointer: str
    ) -> None:
        refused(post(operator, **{part: value}), 400, "invalid", pointer)
        assert not ModelVersion.objects.filter(model__name="digits").exists()

    def test_a_file_that_would_run_commands_is_refused_with_the_types_name(
        self, operator: Api
    ) -> None:
        answer = post(operator, artifact=file(estimators.calls_the_shell()))
        body = refused(answer, 400, "invalid", "/artifact")
        assert "posix.system" in body["errors"][0]["detail"]

    def test_a_file_over_the_limit_is_too_large(self, operator: Api, settings: Settings) -> None:
        settings.HITL_ARTIFACT_LIMIT = 1000
        body = refused(post(operator), 413, "too-large", "/artifact")
        assert "1,000 bytes" in body["detail"]

    def test_json_is_the_wrong_type_of_body(self, operator: Api) -> None:
        answer = operator.send("POST", "models/digits/versions", {"schema": VECTOR})
        refused(answer, 415, "unsupported-media-type")

    def test_a_broken_multipart_is_refused(self, operator: Api) -> None:
        answer = operator.generic("POST", VERSIONS, "nonsense", "multipart/form-data")
        refused(answer, 400, "parse-error")


class TestOutsiders:
    """Nobody registers models without a role that may."""

    def both(self, who: Api) -> list[Any]:
        return [who.send("POST", "models", {"name": "mine"}), post(who)]

    def test_charlie_may_not(self, operator: Api, charlie: User) -> None:
        for answer in [*self.both(token(charlie)), token(charlie).send("GET", "models")]:
            refused(answer, 403, "forbidden")

    def test_nor_may_a_reviewer(self, operator: Api, bob: User) -> None:
        for answer in self.both(token(bob)):
            refused(answer, 403, "forbidden")

    def test_nor_a_clients_key(self, operator: Api, shop: Api) -> None:
        for answer in [*self.both(shop), shop.send("GET", "models")]:
            refused(answer, 403, "forbidden")

    def test_nor_somebody_without_a_key(self, operator: Api) -> None:
        for answer in self.both(Api()):
            refused(answer, 401, "not-authenticated")

    @pytest.fixture(autouse=True)
    def _nothing_came_of_it(self, spam: Workflow) -> Any:
        yield
        assert not RegisteredModel.objects.filter(name="mine").exists()
        assert not ModelVersion.objects.filter(model__name="digits").exists()


def test_an_operator_of_another_workflow_may_not_replace_a_serving_model(
    spam: Workflow, alice: User
) -> None:
    """The next version may soon decide in the workflow that the model serves."""
    factories.version("ham-model")
    factories.workflow("ham", model="ham-model")
    answer = token(alice).post(
        "/api/v1/models/ham-model/versions", {"schema": "{}"}, format="multipart"
    )
    assert answer.status_code == 403
