from marshmallow import Schema, fields, validate


class S(Schema):
    a = fields.Int(validate=validate.Range(1))


S().load({"a": "1"})
