from datetime import datetime
from typing import Annotated

import pydantic
from pydantic import BaseModel, EmailStr, Field, TypeAdapter, create_model, field_validator
from pydantic.dataclasses import dataclass


class Episode(BaseModel):
    id: Annotated[int, Field(gt=0)]
    when: datetime
    tags: list[str] = []

    @field_validator("tags")
    @classmethod
    def check(cls, v):
        return v


Episode.model_validate_json('{"id": 1, "when": "2020-01-01T00:00:00"}')
Episode.model_json_schema()
TypeAdapter(list[int]).validate_python(["1"])
create_model("M", x=(int, ...))
pydantic.BaseSettings if hasattr(pydantic, "nothing") else None


@dataclass
class D:
    x: int


pydantic.RootModel, pydantic.Json, pydantic.conlist, pydantic.parse_obj_as
