"""openapi - the routes that edge/openapi.json describes, and bodies that they accept.

Shared by what begins with good requests and spoils them: the fuzzers' seeds and
tests/fault/hostile_test.py. Standard library only.
"""
import json
import pathlib

FILE = pathlib.Path(__file__).resolve().parents[2] / "edge" / "openapi.json"
METHODS = ("get", "post", "patch", "delete", "put")


class Route:
    """One operation. path has {id} still; body is its resolved schema, or None."""

    def __init__(self, method, path, body, queries, prefix):
        self.method, self.path, self.body = method, path, body
        self.queries = queries      # Names of its query parameters
        self.prefix = prefix        # Of {id}: "mem_", or None

    def __repr__(self):
        return f"{self.method} {self.path}"


class Description:
    def __init__(self, file=FILE):
        self.root = json.loads(file.read_text(encoding="utf-8"))

    def resolve(self, node):
        """Follows $ref, also inside of allOf with one member."""
        while isinstance(node, dict):
            if "$ref" in node:
                target = self.root
                for step in node["$ref"].removeprefix("#/").split("/"):
                    target = target[step]
                node = target
            elif len(node.get("allOf", [])) == 1:
                node = node["allOf"][0]
            else:
                break
        return node

    def routes(self):
        for path, operations in self.root["paths"].items():
            shared = operations.get("parameters", [])
            for method, operation in operations.items():
                if method in METHODS:
                    yield self._route(method, path, operation, shared)

    def _route(self, method, path, operation, shared):
        parameters = [self.resolve(each) for each in shared + operation.get("parameters", [])]
        content = self.resolve(operation.get("requestBody", {})).get("content", {})
        body = self.resolve(content.get("application/json", {}).get("schema"))
        names = [each["name"] for each in parameters if each["in"] == "query"]
        prefix = None
        for each in parameters:
            if each["in"] == "path":
                pattern = self.resolve(each["schema"]).get("pattern", "")
                prefix = pattern[1:5] if pattern[4:5] == "_" else "pay_"
        return Route(method.upper(), path, body, names, prefix)

    def fields(self, schema):
        """(name, resolved schema, required) of an object."""
        required = schema.get("required", [])
        return [(name, self.resolve(each), name in required)
                for name, each in schema.get("properties", {}).items()]

    def sample(self, schema, oid=lambda prefix: prefix + "01ARZ3NDEKTSV4RRFFQ69G5FAV"):
        """A value that fits; an object with all of its fields. oid makes ids by prefix."""
        schema = self.resolve(schema)
        if schema.get("type") == "object" or "properties" in schema:
            return {name: self.sample(each, oid) for name, each, _ in self.fields(schema)}
        return self._value(schema, oid)

    def _value(self, schema, oid):
        pattern = schema.get("pattern", "")
        if "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        if pattern[4:5] == "_":
            return oid("pay_" if pattern[1] == "[" else pattern[1:5])
        for word in ("example", "default"):
            if word in schema:
                return schema[word]
        if schema.get("examples"):
            return schema["examples"][0]
        for word in ("oneOf", "anyOf"):
            if word in schema:
                return self.sample(schema[word][0], oid)
        kind = schema.get("type", "string")
        kind = kind[0] if isinstance(kind, list) else kind
        if kind == "array":
            return [self.sample(schema["items"], oid)] if "items" in schema else []
        if kind == "integer":
            return max(1, schema.get("minimum", 1))
        if kind == "boolean":
            return True
        return self._text(schema, pattern)

    @staticmethod
    def _text(schema, pattern):
        formats = {"email": "kim@example.com", "date": "2026-01-02", "uri": "https://example.com/x",
                   "date-time": "2026-01-02T03:04:05.000Z"}
        if schema.get("format") in formats:
            return formats[schema["format"]]
        if pattern == "^[0-9-]+$":
            return "110-22-3333"
        return "word" + "x" * max(0, schema.get("minLength", 0) - 4)
