"""People and their roles, for those who administer."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from hitl.admin.rights import Panel, Rights
from hitl.domain.roles import Verb
from hitl.forms import MembershipForm
from hitl.models import Membership

admin.site.unregister(User)
admin.site.unregister(Group)  # rights come from roles; groups would promise something else

STAFF = "Staff status opens this panel: operators, auditors and admins need it, reviewers do not."


class AllWorkflows:
    """Says what an empty workflow means."""

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)  # type: ignore[misc]
        if db_field.name == "workflow":
            field.empty_label = "All workflows"
        return field


class Roles(AllWorkflows, Rights, TabularInline):  # type: ignore[misc]  # unfold carries no types
    """A person's roles, on the person's page."""

    model = Membership
    form = MembershipForm
    fields = ("workflow", "role", "skill_names")
    extra = 0
    adds = changes = deletes = Verb.ADMINISTER
    verbose_name = "role"
    verbose_name_plural = "roles"


@admin.register(User)
class PersonAdmin(UserAdmin, Panel):  # type: ignore[type-arg, misc]  # wider than the stubs'
    """A person who signs in. People are deactivated, never deleted: the history names them."""

    adds = changes = Verb.ADMINISTER
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    inlines = (Roles,)
    list_display = ("username", "first_name", "last_name", "is_staff", "is_active")
    list_filter = ("is_active", "is_staff")
    filter_horizontal = ()
    actions = None
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Name", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "is_staff"), "description": STAFF}),
    )
    add_fieldsets = (
        (
            None,
            {"classes": ("wide",), "fields": ("username", "password1", "password2", "is_staff")},
        ),
    )

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> tuple[type[Roles], ...]:
        return (Roles,) if obj else ()


@admin.register(Membership)
class MembershipAdmin(AllWorkflows, Panel):
    """Who has which role where."""

    adds = changes = deletes = Verb.ADMINISTER
    form = MembershipForm
    fields = ("user", "workflow", "role", "skill_names")
    list_display = ("user", "role", "where", "skilled")
    list_filter: ClassVar = ["role", "workflow"]
    list_select_related = ("user", "workflow")
    search_fields = ("user__username",)

    @admin.display(description="Workflow")
    def where(self, row: Membership) -> str:
        return str(row.workflow or "all workflows")

    @admin.display(description="Skills")
    def skilled(self, row: Membership) -> str:
        return ", ".join(row.skills) or "–"
