"use strict";
// Renders /openapi.json: the list of operations on the left, one operation or the introduction on the right.
const sheet = document.getElementById("sheet");
const list = document.getElementById("list");
const find = document.getElementById("find");
let doc = null;
let operations = [];

function el(name, options = {}, ...inner) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(options)) {
    if (key === "class") node.className = value;
    else node.setAttribute(key, value);
  }
  node.append(...inner.filter((each) => each !== null && each !== undefined));
  return node;
}

const resolve = (schema) => (schema && schema.$ref ? doc.components.schemas[schema.$ref.split("/").pop()] : schema) || {};
const nameOf = (schema) => (schema && schema.$ref ? schema.$ref.split("/").pop() : "");

// Text with `code` in it.
function prose(text) {
  return text.split(/`([^`]+)`/).map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) { const target = resolve(schema); return target.enum ? "enum" : nameOf(schema); }
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const choices = schema.anyOf || schema.oneOf;
  if (choices) return choices.map(typeOf).join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items) || "any"}[]`;
  if (schema.enum) return "enum";
  return [schema.type, schema.format].filter(Boolean).join(" ") || "any";
}

function limits(schema) {
  const words = { minimum: "≥", maximum: "≤", exclusiveMinimum: ">", exclusiveMaximum: "<" };
  const told = Object.entries(words).filter(([key]) => schema[key] !== undefined).map(([key, sign]) => `${sign} ${schema[key]}`);
  const size = (low, high, unit) => (low !== undefined || high !== undefined) && told.push(`${low ?? 0}–${high ?? "∞"} ${unit}`);
  size(schema.minLength, schema.maxLength, say("字符", "characters"));
  size(schema.minItems, schema.maxItems, say("项", "items"));
  if (schema.pattern) told.push(`/${schema.pattern}/`);
  if (schema.default !== undefined && schema.default !== null) told.push(`${say("默认", "default")} ${JSON.stringify(schema.default)}`);
  if (schema.enum) told.push(schema.enum.filter((one) => one !== null).join(" · "));
  return told.join(", ");
}

function inside(schema) {
  const target = resolve(schema);
  if (target.properties) return [nameOf(schema), target];
  if (target.type === "array" && target.items) return inside(target.items);
  const objects = (target.anyOf || target.oneOf || []).map(inside).filter(Boolean);
  return objects.length ? objects[0] : null;
}

function fields(schema, seen = []) {
  const box = el("div", { class: seen.length ? "kids" : "schema" });
  const must = new Set(schema.required || []);
  for (const [name, given] of Object.entries(schema.properties || {})) {
    const target = resolve(given);
    const row = el("div", { class: "row" }, el("code", {}, name), el("span", { class: "type" }, typeOf(given)),
      must.has(name) ? el("span", { class: "must" }, say("必填", "required")) : null);
    const note = [given.description || (given.$ref ? "" : target.description), limits(target)].filter(Boolean).join(" — ");
    if (note) row.append(el("p", { class: "note" }, ...prose(note)));
    const deeper = inside(given);
    if (deeper && !seen.includes(deeper[0])) row.append(fields(deeper[1], [...seen, deeper[0] || name]));
    box.append(row);
  }
  if (!box.childNodes.length) box.append(el("div", { class: "row" }, el("span", { class: "type" }, typeOf(schema))));
  return box;
}

function example(schema, depth = 0) {
  const target = resolve(schema);
  if (target.const !== undefined) return target.const;
  if (target.examples) return target.examples[0];
  if (target.default !== undefined && target.default !== null) return target.default;
  if (target.enum) return target.enum[0];
  const choices = target.anyOf || target.oneOf;
  if (choices) return example(choices.find((one) => one.type !== "null") || choices[0], depth);
  if (target.properties) {
    const wanted = target.required && target.required.length ? target.required : Object.keys(target.properties).slice(0, 3);
    return depth > 4 ? {} : Object.fromEntries(wanted.map((name) => [name, example(target.properties[name], depth + 1)]));
  }
  if (target.type === "array") return [example(target.items, depth + 1)];
  const formats = { uuid: "019b0000-0000-7000-8000-000000000000", "date-time": "2026-01-31T12:30:00Z", date: "2026-01-31" };
  if (target.type === "string") return formats[target.format] || "text";
  if (target.type === "integer" || target.type === "number") return Math.max(target.minimum ?? 1, 1);
  return target.type === "boolean" ? true : null;
}

function copied(text) {
  const button = el("button", { class: "copy", type: "button" }, say("复制", "Copy"));
  button.addEventListener("click", () => navigator.clipboard && navigator.clipboard.writeText(text));
  return el("pre", { class: "block" }, button, text);
}

const bodySchema = (operation) => operation.requestBody?.content?.["application/json"]?.schema;
const oneOf = (schema) => (schema && schema.oneOf ? schema.oneOf[0] : schema);

function curl({ method, path, operation }) {
  const lines = [`curl -X ${method.toUpperCase()} '${location.origin}${path}'`];
  if (!operation["x-public"]) lines.push(`  -H "Authorization: Bearer $SHANGMAI_KEY"`);
  const body = oneOf(bodySchema(operation));
  if (body) {
    lines.push(`  -H "Idempotency-Key: $(uuidgen)"`, `  -d '${JSON.stringify(example(body), null, 2)}'`);
  }
  return lines.join(" \\\n");
}

function parameters(some) {
  const rows = some.map((given) => {
    const one = given.$ref ? doc.components.parameters[given.$ref.split("/").pop()] : given;
    const schema = one.schema || {};
    const note = [one.description, limits(resolve(schema))].filter(Boolean).join(" — ");
    return el("div", { class: "row" }, el("code", {}, one.name), el("span", { class: "type" }, `${one.in} · ${typeOf(schema)}`),
      one.required ? el("span", { class: "must" }, say("必填", "required")) : null, note ? el("p", { class: "note" }, ...prose(note)) : null);
  });
  return el("div", { class: "schema" }, ...rows);
}

function answers(operation) {
  const done = operation.responses["200"]?.content?.["application/json"]?.schema;
  if (!done) return null;
  const value = done.anyOf ? done.anyOf[0] : done;
  const deeper = inside(value);
  return deeper ? fields(deeper[1], []) : el("div", { class: "schema" }, el("div", { class: "row" }, el("span", { class: "type" }, typeOf(value))));
}

function problems(operation) {
  const rows = Object.entries(operation.responses).filter(([status]) => Number(status) >= 400).map(([status, told]) => {
    const lines = (told["x-codes"] || []).map((code) =>
      el("p", {}, el("code", {}, code), " ", (doc["x-errors"][code] || {})[say("zh-CN", "en")] || ""));
    return el("li", {}, el("b", {}, status), el("div", {}, ...lines));
  });
  return el("ul", { class: "errors" }, ...rows);
}

function showOperation(found) {
  const { method, path, operation } = found;
  const body = oneOf(bodySchema(operation));
  const deeper = body ? inside(body) : null;
  const [first, ...rest] = (operation.description || "").split("\n");
  const told = (first.trim() === operation.summary ? rest : [first, ...rest]).join("\n").trim();
  sheet.replaceChildren(
    el("h1", {}, operation.summary || operation.operationId),
    el("p", { class: "where" }, el("span", { class: `verb ${method}` }, method.toUpperCase()), el("code", {}, path),
      operation["x-grant"] ? el("span", { class: "tag" }, say("权限 ", "grant "), operation["x-grant"]) : null,
      operation["x-public"] ? el("span", { class: "tag" }, say("公开", "public")) : null),
    ...[told ? el("p", { class: "prose" }, ...prose(told)) : null,
      operation.parameters?.length ? el("h2", {}, say("参数", "Parameters")) : null,
      operation.parameters?.length ? parameters(operation.parameters) : null,
      deeper ? el("h2", {}, say("请求内容（一项，或至多 1000 项的列表）", "Body (one item, or a list of up to 1,000)")) : null,
      deeper ? fields(deeper[1], []) : null,
      el("h2", {}, say("示例", "Example")), copied(curl(found)),
      answers(operation) ? el("h2", {}, say("应答", "Answer")) : null, answers(operation),
      el("h2", {}, say("可能的错误", "Errors")), problems(operation)].filter(Boolean));
  sheet.scrollTop = 0;
}

function showIntroduction() {
  sheet.replaceChildren(
    el("h1", {}, doc.info.title), el("p", { class: "where" }, el("span", { class: "tag" }, doc.info.version),
      el("span", {}, `${operations.length} ${say("个操作", "operations")}`)),
    el("p", { class: "prose" }, doc.info.description || ""),
    el("h2", {}, say("身份", "Who is calling")),
    el("p", { class: "prose" }, say("在 Authorization 请求头中带上接口密钥：", "Send an API key in the Authorization header:")),
    copied(`curl '${location.origin}/api/v1/actions' -H "Authorization: Bearer $SHANGMAI_KEY"`),
    el("h2", {}, say("动作", "Actions")),
    el("p", { class: "prose" }, say(
      "所有变更都经由 POST /api/v1/actions/{名称}。内容可以是一项，也可以是列表；列表逐项应答，一项被拒不影响其他项。\n带 Idempotency-Key 重复发送只执行一次；?dry_run=true 预览全部影响而不生效。被拒绝即什么都没有改变。",
      "Every change goes through POST /api/v1/actions/{name}. The body is one item or a list; each item of a list has its own answer, and a refused one harms no other.\nRepeated with the same Idempotency-Key a request is carried out once; ?dry_run=true shows all effects and has none. Refused means nothing changed.")),
    el("h2", {}, say("错误", "Errors")), fields(doc.components.schemas.Problem, []));
}

function showList() {
  const wish = find.value.trim().toLowerCase();
  const shown = operations.filter(({ path, operation }) =>
    !wish || `${path} ${operation.operationId} ${operation.summary}`.toLowerCase().includes(wish));
  const groups = Map.groupBy ? Map.groupBy(shown, (one) => one.operation.tags?.[0] || "") : shown.reduce((map, one) => {
    const tag = one.operation.tags?.[0] || "";
    return map.set(tag, [...(map.get(tag) || []), one]);
  }, new Map());
  list.replaceChildren(...[...groups].flatMap(([tag, some]) => [el("h4", {}, tag), ...some.map((one) => {
    const id = one.operation.operationId;
    return el("a", { href: `#${id}`, class: location.hash === `#${id}` ? "on" : "", title: one.operation.summary || "" },
      el("span", { class: `verb ${one.method}` }, one.method.toUpperCase()),
      el("span", {}, one.method === "post" ? id : one.path.replace("/api/v1", "")));
  })]));
}

function show() {
  if (!doc) return;
  showList();
  const found = operations.find((one) => `#${one.operation.operationId}` === decodeURIComponent(location.hash));
  if (found) showOperation(found);
  else showIntroduction();
}

async function load() {
  try {
    doc = await (await fetch(`/openapi.json?lang=${isChinese() ? "zh-CN" : "en"}`)).json();
    operations = Object.entries(doc.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })));
    operations.sort((a, b) => (a.operation.tags?.[0] || "").localeCompare(b.operation.tags?.[0] || ""));
    show();
  } catch (error) {
    sheet.replaceChildren(el("p", {}, say("无法读取接口文档：", "The document cannot be read: "), String(error)));
  }
}

window.addEventListener("hashchange", show);
document.addEventListener("lang", load);
find.addEventListener("input", showList);
load();
