"""The description that the server gives of itself, held against what it does.

Described is edge/openapi.json as the server sends it, and a process that checks values by ajv
(tests/client/validator.mjs), so that the schemas are not read by code of ours. Caller speaks the
operations by their ids, checks each answer as it comes, and remembers what it has seen.
"""
import json
import os
import subprocess
import urllib.parse
import uuid

import lib

CLIENT = os.path.join(lib.ROOT, "tests", "client")
METHODS = ("get", "head", "post", "patch", "delete", "put")


def step(name):
    """A segment of a JSON pointer."""
    return str(name).replace("~", "~0").replace("/", "~1")


class Validator:
    """The process; one question at a time."""

    def __init__(self):
        if not os.path.isdir(os.path.join(CLIENT, "node_modules")):
            raise AssertionError(f"npm ci has not been run in {CLIENT} (tests/run.sh does)")
        self._process = subprocess.Popen(["node", os.path.join(CLIENT, "validator.mjs")], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        lib._processes.append(self._process)

    def ask(self, **question):
        """What is wrong, as a list of texts."""
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())["errors"]

    def end(self):
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


class Described:
    def __init__(self, node):
        self.api = node.request("GET", "/openapi.json").json
        self.validator = Validator()
        self.operations = {}  # id → (method, path, operation)
        for path, item in self.api["paths"].items():
            for method in METHODS:
                if method in item:
                    self.operations[item[method]["operationId"]] = (method, path, item[method])
        errors = self.validator.ask(document="openapi.json", content=self.api)
        assert not errors, errors

    def found(self, value):
        """(value, pointer) of what a $ref names; (value, None) if it is none."""
        if "$ref" not in value:
            return value, None
        pointer = value["$ref"].removeprefix("#")
        value = self.api
        for name in pointer.split("/")[1:]:
            value = value[name.replace("~1", "/").replace("~0", "~")]
        return value, pointer

    def _examples(self, operation):
        """{name: an example} of what stands in its path."""
        parameters = [self.found(one)[0] for one in self.operations[operation][2].get(
            "parameters", [])]
        return {one["name"]: self.found(one["schema"])[0]["examples"][0] for one in parameters
                if one["in"] == "path"}

    def nobody(self, operation):
        """An id of the kind that its path takes, of nobody; None: it takes none."""
        return self._examples(operation).get("id")

    def path(self, operation, object_id=None):
        """Its path, of this object or of nobody."""
        path = self.operations[operation][1]
        for name, example in self._examples(operation).items():
            path = path.replace("{%s}" % name, object_id if object_id and name == "id" else example)
        return path

    def errors(self, pointer, value):
        return self.validator.ask(document="openapi.json", at=pointer, value=value)

    def roles(self, operation):
        """Who may call it: a set of roles, with None for nobody in particular."""
        wanted = self.operations[operation][2]["security"]
        return {role for one in wanted for role in one.get("bearer", [])} | (
            {None} if not wanted or {} in wanted else set())

    def check(self, operation, answer):
        """Complaints about this answer to this operation: its status, headers and body."""
        method, path, described = self.operations[operation]
        listed = described["responses"].get(str(answer.status))
        if listed is None:
            return [f"{operation}: {answer.status} is not described: {answer}"]
        response, at = self.found(listed)
        if at is None:
            at = f"/paths/{step(path)}/{method}/responses/{answer.status}"
        complaints = self._headers(response, at, answer)
        kind = answer.headers.get("content-type", "").split(";")[0]
        content = response.get("content", {})
        if not content and answer.raw:
            complaints.append(f"a body where none is described: {answer.raw[:80]}")
        elif content and method != "head":
            if kind not in content:
                complaints.append(f"{kind} is not one of {list(content)}")
            elif answer.json is not None:
                complaints += self.errors(f"{at}/content/{step(kind)}/schema", answer.json)
        return [f"{operation} {answer.status}: {one} in {answer}" for one in complaints]

    def _headers(self, response, at, answer):
        complaints, described = [], response.get("headers", {})
        for name, header in described.items():
            value = answer.headers.get(name.lower())
            header, pointer = self.found(header)
            if value is None:
                if header.get("required"):
                    complaints.append(f"{name} is missing")
                continue
            if header["schema"].get("type") == "integer":
                value = int(value) if value.isdigit() else value
            pointer = pointer or f"{at}/headers/{step(name)}"
            complaints += [f"{name}: {one}" for one in self.errors(pointer + "/schema", value)]
        known = {name.lower() for name in described} | {
            "content-type", "content-length", "date", "connection", "www-authenticate"}
        return complaints + [f"{name} is not described" for name in answer.headers
                             if name not in known]


class Caller:
    """Speaks operations by id; seen: {operation: {(status, code), …}}."""

    def __init__(self, node, described):
        self.node, self.described = node, described
        self.seen, self.complaints = {}, []

    def __call__(self, operation, body=None, of=None, token=None, query=None, key=None,
                 **headers):
        """token: the operator's unless given; False: none. headers: Prefer="wait=0"."""
        known, _, described = self.described.operations[operation]
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not False:
            sent["Authorization"] = "Bearer " + (token or self.node.operator())
        parameters = [self.described.found(one)[0]["name"] for one in
                      described.get("parameters", [])]
        if "Idempotency-Key" in parameters and key is not False:
            sent["Idempotency-Key"] = key or str(uuid.uuid4())
        path = self.described.path(operation, of)
        if query:
            path += "?" + urllib.parse.urlencode(query, doseq=True)
        answer = self.node.request(known.upper(), path, body, sent)
        self.complaints += self.described.check(operation, answer)
        self.seen.setdefault(operation, set()).add((answer.status, answer.get("code")))
        return answer
