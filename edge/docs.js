//  docs - shows /openapi.json: operations by tag, their schemas and examples, and tries them.
//
//  Nothing is fetched from elsewhere, and nothing is stored: the token lives in the page's
//  input and is gone with it. Text goes into the page as text, never as markup.

"use strict";

const METHODS = ["get", "head", "post", "patch", "delete"];
const byId = (id) => document.getElementById(id);
let api;

//  h ("a", { href: "#x" }, "text", child…)
function h(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes ?? {})) {
        if (value !== undefined && value !== false) {
            element.setAttribute(key, value === true ? "" : value);
        }
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return element;
}

//  A line with `code` in it.
function inline(line) {
    return line.split("`").map((part, index) => index % 2 ? h("code", null, part) : part);
}

//  Lines, and lists that begin with "- ".
function prose(text) {
    const blocks = [];
    for (const line of (text ?? "").split("\n").filter((one) => one)) {
        if (line.startsWith("- ")) {
            if (blocks.at(-1)?.tagName !== "UL") {
                blocks.push(h("ul"));
            }
            blocks.at(-1).append(h("li", null, inline(line.slice(2))));
        } else {
            blocks.push(h("p", null, inline(line)));
        }
    }
    return blocks;
}

function resolve(node) {
    if (!node?.$ref) {
        return node;
    }
    const found = node.$ref.slice(2).split("/").reduce((at, name) =>
        at[name.replaceAll("~1", "/").replaceAll("~0", "~")], api);
    return { ...resolve(found), ...node, $ref: undefined };
}

const nameOf = (schema) => schema.$ref?.split("/").at(-1);

//  ---------------------------------------------------------------------------
//  Schemas

//  "string, date-time", "3 … 64 characters": what a value must be, in words.
function typeOf(schema) {
    const one = resolve(schema);
    if (one.const !== undefined) {
        return JSON.stringify(one.const);
    }
    if (one.enum) {
        return one.enum.length > 24 ? `one of ${one.enum.length} codes`
            : one.enum.map((value) => JSON.stringify(value)).join(" | ");
    }
    const either = one.anyOf ?? one.oneOf;
    if (either) {
        return either.map(typeOf).join(" or ");
    }
    const words = [[one.type ?? (one.allOf || one.properties ? "object" : "any")].flat().join(" or ")];
    words.push(...[one.format, one.pattern].filter(Boolean));
    for (const [low, high, unit] of [["minimum", "maximum", ""], ["minLength", "maxLength", " characters"],
                                     ["minItems", "maxItems", " items"]]) {
        if (one[low] !== undefined || one[high] !== undefined) {
            words.push(`${one[low] ?? "…"} to ${one[high] ?? "…"}${unit}`);
        }
    }
    if (one.default !== undefined) {
        words.push(`default ${JSON.stringify(one.default)}`);
    }
    return words.join(", ");
}

//  Its properties, those of its parts too: [[name, schema, required]].
function propertiesOf(schema) {
    const one = resolve(schema);
    const found = new Map();
    const required = new Set(one.required ?? []);
    for (const [name, property] of Object.entries(one.properties ?? {})) {
        found.set(name, property);
    }
    for (const part of one.allOf ?? []) {
        for (const [name, property, must] of propertiesOf(part)) {
            found.set(name, property);
            if (must) {
                required.add(name);
            }
        }
    }
    return [...found].map(([name, property]) => [name, property, required.has(name)]);
}

//  What lies below it: properties, forms, items. Built when it is opened, so that a schema
//  that names itself ends.
function below(schema) {
    const one = resolve(schema);
    if (propertiesOf(one).length) {
        return () => h("ul", { class: "fields" }, propertiesOf(one).map(field));
    }
    const forms = (one.anyOf ?? one.oneOf ?? []).filter((form) => below(form));
    if (forms.length) {
        return () => h("div", null, forms.map((form) => below(form)()));
    }
    return one.items ? below(one.items) : null;
}

function field([name, schema, required]) {
    const one = resolve(schema);
    const line = [h("code", null, name), " ", required ? h("span", { class: "required" }, "required ") : null,
                  h("span", { class: "soft" }, typeOf(schema))];
    const inner = below(schema);
    const text = prose(one.description);
    return inner ? h("li", null, lazy(line, () => [text, inner()].flat())) : h("li", null, line, text);
}

function lazy(summary, build, attributes) {
    const details = h("details", attributes, h("summary", null, summary));
    details.addEventListener("toggle", () => {
        if (details.open && details.childElementCount === 1) {
            details.append(...[build()].flat());
        }
    });
    return details;
}

function exampleOf(content) {
    return content.example ?? content.examples?.[0] ?? resolve(content.schema)?.examples?.[0];
}

function pretty(value) {
    return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function shown(content) {
    const blocks = [];
    for (const [type, one] of Object.entries(content ?? {})) {
        const inner = below(one.schema);
        const example = exampleOf(one);
        blocks.push(h("p", { class: "soft" }, type, nameOf(one.schema) ? ` · ${nameOf(one.schema)}` : ""));
        blocks.push(inner ? inner() : h("p", null, h("code", null, typeOf(one.schema))));
        if (example !== undefined) {
            blocks.push(h("h3", null, "Example"), h("pre", { tabindex: "0" }, pretty(example)));
        }
    }
    return blocks;
}

//  ---------------------------------------------------------------------------
//  Operations

function roles(operation) {
    const wanted = (operation.security ?? api.security).flatMap((one) => one.bearer ?? []);
    return wanted.length ? `Token of: ${wanted.join(", ")}` : "No token needed";
}

function parameterTable(parameters) {
    return h("div", { class: "scroll" }, h("table", null, parameters.map((one) => h("tr", null,
        h("th", { scope: "row" }, h("code", null, one.name),
          one.required ? h("span", { class: "required" }, " required") : null),
        h("td", null, one.in),
        h("td", null, h("span", { class: "soft" }, typeOf(one.schema)), prose(one.description))))));
}

function responseOf(status, response) {
    const one = resolve(response);
    const [first, ...rest] = (one.description ?? "").split("\n");
    const line = [h("span", { class: `status ${status < "4" ? "good" : "bad"}` }, status), " ", inline(first)];
    return lazy(line, () => [
        prose(rest.join("\n")),
        Object.keys(one.headers ?? {}).length
            ? h("p", { class: "soft" }, "Headers: ", Object.keys(one.headers).join(", ")) : null,
        shown(one.content)].flat().filter(Boolean), { class: "response" });
}

function inside(method, path, operation) {
    const parameters = (operation.parameters ?? []).map(resolve);
    const body = resolve(operation.requestBody);
    return h("div", { class: "inside" },
        prose(operation.description),
        h("p", { class: "soft" }, roles(operation), " · ", h("code", null, operation.operationId)),
        parameters.length ? [h("h3", null, "Parameters"), parameterTable(parameters)] : null,
        body ? [h("h3", null, "Body"), shown(body.content)] : null,
        h("h3", null, "Answers"),
        Object.entries(operation.responses).map(([status, one]) => responseOf(status, one)),
        tryIt(method, path, operation, parameters, body));
}

//  ---------------------------------------------------------------------------
//  Trying it

function inputFor(parameter) {
    const value = parameter.name === "Idempotency-Key" ? newKey()
        : parameter.in === "path" ? parameter.schema && exampleOf({ schema: parameter.schema }) : "";
    return h("input", { name: `${parameter.in} ${parameter.name}`, value: value ?? "",
                        autocomplete: "off", spellcheck: "false" });
}

//  Also where the page came by plain HTTP, which has no crypto.randomUUID.
function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function tryIt(method, path, operation, parameters, body) {
    const example = body && exampleOf(Object.values(body.content)[0]);
    const text = body ? h("textarea", { name: "body", spellcheck: "false" }) : null;
    const answer = h("div", { "aria-live": "polite" });
    const send = h("button", { type: "submit" }, "Send");
    const form = h("form", { class: "try", "aria-label": `Try ${operation.operationId}` },
        h("h3", null, "Try it"),
        parameters.map((one) => h("label", null, h("span", null, one.name), inputFor(one))),
        text ? h("label", null, h("span", null, "body"), text) : null,
        send, answer);
    if (text) {
        text.value = pretty(example ?? {});
    }
    form.addEventListener("submit", async (event) => {
        event.preventDefault();
        send.disabled = true;
        answer.replaceChildren(...await exchange(method, path, form, parameters, text));
        send.disabled = false;
        const key = form.elements["header Idempotency-Key"];
        if (key) {
            key.value = newKey();
        }
    });
    return form;
}

async function exchange(method, path, form, parameters, text) {
    const headers = {};
    const query = new URLSearchParams();
    let url = path;
    for (const one of parameters) {
        const value = form.elements[`${one.in} ${one.name}`].value.trim();
        if (one.in === "path") {
            url = url.replace(`{${one.name}}`, encodeURIComponent(value));
        } else if (value && one.in === "query") {
            query.append(one.name, value);
        } else if (value) {
            headers[one.name] = value;
        }
    }
    const token = byId("token").value.trim();
    if (token) {
        headers.Authorization = `Bearer ${token}`;
    }
    if (text) {
        headers["Content-Type"] = "application/json";
    }
    url += query.size ? `?${query}` : "";
    try {
        const began = performance.now();
        const response = await fetch(url, { method: method.toUpperCase(), headers, cache: "no-store",
                                            body: text ? text.value : undefined, credentials: "omit" });
        const raw = await response.text();
        const took = Math.round(performance.now() - began);
        return outcome(response, raw, `${method.toUpperCase()} ${url} · ${took} ms`);
    } catch (error) {
        return [h("p", { class: "bad" }, `No answer: ${error.message}`)];
    }
}

function outcome(response, raw, line) {
    let body = raw;
    if ((response.headers.get("content-type") ?? "").includes("json") && raw) {
        body = JSON.stringify(JSON.parse(raw), null, 2);
    }
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    return [h("p", null, h("span", { class: `status ${response.ok ? "good" : "bad"}` }, `${response.status}`),
              " ", h("span", { class: "soft" }, line)),
            h("pre", { tabindex: "0" }, headers), body ? h("pre", { tabindex: "0" }, body) : null].filter(Boolean);
}

//  ---------------------------------------------------------------------------
//  The page

function operationsOf(tag) {
    return Object.entries(api.paths).flatMap(([path, item]) =>
        METHODS.filter((method) => item[method]?.tags.includes(tag))
            .map((method) => [method, path, item[method]]));
}

function operationElement(method, path, operation) {
    const element = h("details", { class: "operation", id: operation.operationId },
        h("summary", null, h("span", { class: `method ${method}` }, method.toUpperCase()),
          h("span", { class: "path" }, path), h("span", { class: "what" }, operation.summary)));
    element.dataset.text = [method, path, operation.operationId, operation.summary,
                            operation.description].join(" ").toLowerCase();
    element.addEventListener("toggle", () => {
        if (element.open && element.childElementCount === 1) {
            element.append(inside(method, path, operation));
        }
    });
    return element;
}

function show() {
    byId("version").textContent = api.info.version;
    byId("intro").append(...prose(api.info.description), h("p", null,
        "The same for programs: ", h("a", { href: "/openapi.json" }, "/openapi.json"),
        " (OpenAPI 3.1), and what is published and posted: ",
        h("a", { href: "/asyncapi.json" }, "/asyncapi.json"), " (AsyncAPI 3.0)."));
    for (const tag of api.tags) {
        const operations = operationsOf(tag.name);
        byId("operations").append(h("section", null, h("h2", null, tag.name), prose(tag.description),
            operations.map((one) => operationElement(...one))));
        byId("nav").append(h("section", null, h("h2", null, tag.name), h("ul", null, operations.map(
            ([, , operation]) => h("li", null, h("a", { href: `#${operation.operationId}` }, operation.summary))))));
    }
}

function search() {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    let matches = 0;
    for (const section of byId("operations").children) {
        let here = 0;
        for (const element of section.querySelectorAll(".operation")) {
            const hit = words.every((word) => element.dataset.text.includes(word));
            element.hidden = !hit;
            here += hit;
        }
        section.hidden = here === 0;
        matches += here;
    }
    for (const link of byId("nav").querySelectorAll("a")) {
        link.parentElement.hidden = byId(link.hash.slice(1)).hidden;
    }
    for (const section of byId("nav").children) {
        section.hidden = !section.querySelector("li:not([hidden])");
    }
    byId("none").hidden = matches > 0;
}

//  Whose token it is, by its own word; only the server checks it.
function whose() {
    const token = byId("token").value.trim();
    let text = "kept in this page only";
    if (token) {
        try {
            const part = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
            const claims = JSON.parse(atob(part));
            const left = Math.round(claims.exp - Date.now() / 1000);
            text = `${claims.role} ${claims.sub}, ${left > 0 ? `${left} s left` : "expired"}`;
        } catch {
            text = "this is no token";
        }
    }
    byId("caller").textContent = text;
}

function openTarget() {
    const element = byId(location.hash.slice(1));
    if (element?.classList.contains("operation")) {
        element.hidden = false;
        element.parentElement.hidden = false;
        element.open = true;
        element.scrollIntoView();
        element.firstElementChild.focus({ preventScroll: true });
    }
}

async function start() {
    const response = await fetch("/openapi.json", { credentials: "omit" });
    if (!response.ok) {
        throw new Error(`/openapi.json: ${response.status}`);
    }
    api = await response.json();
    show();
    if (matchMedia("(max-width: 52rem)").matches) {
        byId("contents").open = false;
    }
    byId("search").addEventListener("input", search);
    byId("token").addEventListener("input", whose);
    addEventListener("hashchange", openTarget);
    addEventListener("keydown", (event) => {
        if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName)) {
            event.preventDefault();
            byId("search").focus();
        }
    });
    openTarget();
}

start().catch((error) => byId("intro").append(h("p", { class: "bad" }, `${error.message}`)));
