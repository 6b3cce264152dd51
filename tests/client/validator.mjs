//  validator - holds values against schemas, by ajv: what answers is not the product's code.
//
//  One JSON object a line in, one out, in order:
//
//      {"document": "openapi.json", "content": {…}}              kept under that name
//      {"document": "openapi.json", "at": "/paths/…", "value": …}   against the schema there
//      {"specification": "openapi" | "asyncapi", "value": {…}}   the description itself
//
//      {"errors": ["/amount must be integer", …]}                none: it is valid
//
//  ajv is strict: a keyword that it does not know, in a schema of ours, is an error too.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { Validator } from "@seriousme/openapi-schema-validator";
import Draft7 from "ajv";
import Draft2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const require = createRequire(import.meta.url);

function text(error) {
    return `${error.instancePath || "/"} ${error.message} ${JSON.stringify(error.params)}`;
}

const documents = new Draft2020.default({ allErrors: true, strict: true, strictRequired: false,
                                          strictTypes: false, allowUnionTypes: true });
addFormats.default(documents);
documents.addFormat("password", true);
const compiled = new Map();

//  What stands at the top of a description is no keyword of a schema.
function keep(name, content) {
    documents.addVocabulary(Object.keys(content).filter((key) => !documents.getKeyword(key)));
    documents.addSchema(content, name);
    return [];
}

function check(name, at, value) {
    const place = `${name}#${encodeURI(at)}`;
    if (!compiled.has(place)) {
        compiled.set(place, documents.compile({ $ref: place }));
    }
    const valid = compiled.get(place);
    return valid(value) ? [] : valid.errors.map(text);
}

async function checkOpenapi(value) {
    const validator = new Validator();
    const result = await validator.validate(value);
    if (result.valid && validator.version !== "3.1") {
        return [`version ${validator.version}`];
    }
    return result.valid ? [] : [result.errors].flat().map((error) => error.message ? text(error) : `${error}`);
}

//  The specification's schema brings the draft that it is written in.
let asyncapi;

function checkAsyncapi(value) {
    if (!asyncapi) {
        const path = require.resolve("@asyncapi/specs/schemas/3.0.0.json");
        const draft = new Draft7.default({ meta: false, validateSchema: false, strict: false,
                                            allErrors: true, validateFormats: false });
        asyncapi = draft.compile(JSON.parse(readFileSync(path, "utf8")));
    }
    return asyncapi(value) ? [] : asyncapi.errors.map(text);
}

async function answer(request) {
    if (request.specification === "openapi") {
        return checkOpenapi(request.value);
    }
    if (request.specification === "asyncapi") {
        return checkAsyncapi(request.value);
    }
    if (request.content) {
        return keep(request.document, request.content);
    }
    return check(request.document, request.at, request.value);
}

for await (const line of createInterface({ input: process.stdin })) {
    let errors;
    try {
        errors = await answer(JSON.parse(line));
    } catch (error) {
        errors = [`${error}`];
    }
    process.stdout.write(JSON.stringify({ errors }) + "\n");
}
