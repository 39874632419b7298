"""Who may do what in the panel: every question Django's admin asks is put to `access`."""

from typing import Any, ClassVar, cast
from uuid import UUID

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from hitl.domain.roles import Verb
from hitl.services import access


def person(request: HttpRequest) -> User:
    """Who is signed in; the panel lets nobody else in."""
    return cast(User, request.user)


class Rights:
    """Permissions by verb; None stands for nobody. `workflow_of` says on which workflow a row
    needs the verb; rows of none need it on any, and people, clients and keys on all."""

    sees: ClassVar[Verb] = Verb.ADMINISTER
    adds: ClassVar[Verb | None] = None
    changes: ClassVar[Verb | None] = None
    deletes: ClassVar[Verb | None] = None

    def workflow_of(self, row: Model) -> UUID | None:
        return None

    def may(self, request: HttpRequest, verb: Verb | None, row: Model | None = None) -> bool:
        if verb is None:
            return False
        if verb is Verb.ADMINISTER:
            return access.may(request.user, verb)
        workflow = self.workflow_of(row) if row is not None else None
        if workflow is None:
            return access.may_anywhere(request.user, verb)
        return access.may(request.user, verb, workflow)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.sees)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.sees, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.adds)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.changes, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.may(request, self.deletes, obj)


class Panel(Rights, ModelAdmin):  # type: ignore[misc]  # unfold carries no types
    """A page of the panel for one model."""

    class Media:
        css: ClassVar = {"all": ["hitl/control-room.css"]}

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Django looks for the row first, and by that tells strangers whether there is one."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        answer: HttpResponse = super().history_view(request, object_id, extra_context)
        return answer
