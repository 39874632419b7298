"""A named table of plug-ins of one family; an unknown name is refused with the valid ones."""

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from models_registry.domain.errors import Invalid, cut

T = TypeVar("T")


class Catalogue(Generic[T]):
    """Plug-ins register under a name where they are defined; doors and checks read them from here.

    >>> shapes = Catalogue[str]("shape")
    >>> shapes.register("round", "()")
    '()'
    >>> shapes["round"], list(shapes)
    ('()', ['round'])
    """

    def __init__(self, family: str) -> None:
        self.family = family
        self._entries: dict[str, T] = {}

    def register(self, name: str, entry: T) -> T:
        if name in self._entries:
            raise ValueError(f"{self.family} {name!r} is registered twice")
        self._entries[name] = entry
        return entry

    def named(self, name: str) -> Callable[[type[T]], type[T]]:
        """Class decorator: registers an instance made without arguments."""

        def add(cls: type[T]) -> type[T]:
            self.register(name, cls())
            return cls

        return add

    def get(self, name: str, pointer: str = "") -> T:
        """The entry, or Invalid at `pointer` that lists what would be valid."""
        try:
            return self._entries[name]
        except KeyError:
            valid = ", ".join(self._entries) or "none is installed"
            raise Invalid.at(
                pointer or f"/{self.family.replace(' ', '_')}",
                f"Unknown {self.family} {cut(name)!r}. Valid: {valid}.",
            ) from None

    def __getitem__(self, name: str) -> T:
        return self.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def entries(self) -> list[T]:
        return list(self._entries.values())

    def choices(self, title: Callable[[T], str]) -> list[tuple[str, str]]:
        return [(name, title(entry)) for name, entry in self._entries.items()]
