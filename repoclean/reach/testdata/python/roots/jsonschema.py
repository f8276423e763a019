import jsonschema
from jsonschema import Draft202012Validator, FormatChecker, RefResolver

Draft202012Validator({"type": "object", "properties": {"a": {"format": "date"}}}, format_checker=FormatChecker()).validate({"a": "2020-01-01"})
jsonschema.validate(1, {"$ref": "https://json-schema.org/draft/2020-12/schema"} if False else {})
