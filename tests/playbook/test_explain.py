"""pydantic's errors in plain sentences, at the place of the value."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from aovpn_remediate.playbook.explain import check


class Inner(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    size: int = 0
    colour: Literal["red", "green"] = "red"


class Cat(Inner):
    sort: Literal["cat"]


class Dog(Inner):
    sort: Literal["dog"]


class Thing(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")

    count: Annotated[int, Field(ge=1, lt=10)] = 1
    word: Annotated[str, Field(min_length=2, pattern="^[a-z]+$")] = "aa"
    either: int | list[str] | Inner | None = None
    many: Annotated[tuple[Inner, ...], Field(strict=False, max_length=2)] = ()
    pet: Annotated[Cat | Dog | None, Field(discriminator="sort")] = None
    ratio: float = 1.0
    yes: Literal[True] | None = None

    @field_validator("ratio")
    @classmethod
    def _small(cls, ratio: float) -> float:
        if ratio > 1:
            raise ValueError("should be a part of one,\n  not more")
        return ratio

    @model_validator(mode="after")
    def _together(self) -> Thing:
        if self.count == 5:
            raise ValueError("count and word do not go together")
        return self


ONE_OF = "should be one of red, green"


@pytest.mark.parametrize(
    ("value", "findings"),
    [
        ({"cuont": 2}, [(("cuont",), "unknown field (did you mean count?)")]),
        ({"zzz": 2}, [(("zzz",), "unknown field")]),
        ({"count": "x"}, [(("count",), "should be a whole number, but is the text 'x'")]),
        ({"count": True}, [(("count",), "should be a whole number, but is true")]),
        ({"count": None}, [(("count",), "should be a whole number, but is empty")]),
        ({"count": 0}, [(("count",), "should be at least 1, but is the number 0")]),
        ({"count": 10}, [(("count",), "should be below 10, but is the number 10")]),
        ({"count": 5}, [((), "count and word do not go together")]),
        ({"ratio": 2.0}, [(("ratio",), "should be a part of one, not more")]),
        (
            {"word": "a"},
            [(("word",), "should have 2 or more characters, but is the text 'a'")],
        ),
        ({"word": "A1"}, [(("word",), "should match the pattern ^[a-z]+$, but is the text 'A1'")]),
        (
            {"either": "x"},
            [(("either",), "should be a whole number, a list or a mapping, but is the text 'x'")],
        ),
        (
            {"either": ["a", 5]},
            [(("either", 1), "should be text, but is the number 5: put it in quotes")],
        ),
        ({"either": {"sise": 1}}, [(("either", "sise"), "unknown field (did you mean size?)")]),
        (
            {"either": {"colour": "gren"}},
            [(("either", "colour"), f"{ONE_OF}, but is the text 'gren' (did you mean green?)")],
        ),
        ({"many": 5}, [(("many",), "should be a list, but is the number 5")]),
        (
            {"many": [{}, {"color": "red"}]},
            [(("many", 1, "color"), "unknown field (did you mean colour?)")],
        ),
        ({"many": [{}, {}, {}]}, [(("many",), "should have 2 or fewer items, but has 3")]),
        (
            {"pet": {"sort": "cat", "size": "x"}},
            [(("pet", "size"), "should be a whole number, but is the text 'x'")],
        ),
        ({"yes": False}, [(("yes",), "should be true, but is false")]),
        (5, [((), "should be a mapping, but is the number 5")]),
        (
            {"count": "5"},
            [(("count",), "should be a whole number, but is the text '5': write 5 without quotes")],
        ),
        ({"count": "true"}, [(("count",), "should be a whole number, but is the text 'true'")]),
        ({"yes": "1"}, [(("yes",), "should be true, but is the text '1'")]),
        (
            {"ratio": "0.5"},
            [(("ratio",), "should be a number, but is the text '0.5': write 0.5 without quotes")],
        ),
        (
            {"word": True},
            [(("word",), "should be text, but is true: put it in quotes")],
        ),
    ],
)
def test_findings(value: Any, findings: list[tuple[tuple[str | int, ...], str]]) -> None:
    assert check(Thing, value) == (None, findings)


@pytest.mark.parametrize("pet", [{"sort": "cow"}, {"size": 1}, 5])
def test_a_wrong_tag_is_one_finding_at_the_place_of_the_union(pet: object) -> None:
    made, findings = check(Thing, {"pet": pet})

    assert made is None
    assert [place for place, _ in findings] == [("pet",)]
    assert "\n" not in findings[0][1]


def test_a_missing_field_has_a_place_of_its_own() -> None:
    assert check(Cat, {}) == (None, [(("sort",), "is missing")])


def test_a_valid_value_gives_a_model() -> None:
    made, findings = check(Thing, {"either": [], "many": [{"size": 3}]})

    assert findings == []
    assert made == Thing(either=[], many=(Inner(size=3),))
