// Failure cards: everything that is known of a failure, the right lines first. Knows no server.

import { about, el, several, words } from "./util.js";

/** The cards of a run's failures, those that ended something first; a retried one that passed is only a line. */
export function cards(run, open) {
  const last = new Map();
  for (const event of run.failures) last.set(event.step || event.failure.message, event);
  const shown = [...last.values()].filter((event) => !event.retrying || stillMatters(run, event));
  return shown.slice(-50).map((event, at) => card(event, open, run.header, at < 3));
}

function stillMatters(run, event) {
  const step = run.steps.get(event.step);
  return Boolean(step) && step.state === "waiting" && step.retry_at > 0;
}

/** One card; `header` is of its run; `wide`: its error is open. */
export function card(event, open, header, wide = true) {
  const { failure } = event;
  const step = event.step || failure.step;
  const where = failure.phase ? ` in its ${failure.phase} phase` : "";
  const kinds = [...new Set([failure.failure_class, failure.cause].filter(Boolean))];
  return el("article", { class: "card failure" },
    el("h3", {}, step ? el("button", { class: "link", type: "button", onclick: () => open(step) }, step) : "The run",
      ` failed${where}`, el("span", { class: "spacer" }), ...kinds.map((kind) => el("span", { class: "tag", "data-tag": "failed" }, words(kind)))),
    el("p", { class: "message" }, failure.message, event.retrying ? `: tried again in ${about(event.delay)}` : ""),
    rows(failure),
    failure.error ? errorOf(failure.error) : null,
    failure.hint ? el("p", { class: "hint" }, el("b", {}, "Hint "), failure.hint) : null,
    list("What changed since it last passed", failure.changes),
    list("What lfsmake tried", failure.tried),
    tailOf(failure, wide),
    commands(step, failure, header));
}

function rows(failure) {
  const status = !failure.status ? "" : failure.status > 0 ? `exit status ${failure.status}` : `killed by signal ${-failure.status}`;
  const found = [["recipe", failure.file ? `${failure.file}${failure.line ? `:${failure.line}` : ""}` : ""],
    ["command", failure.command || ""], ["status", status === failure.message ? "" : status],
    ["log", failure.log || ""], ["kept", failure.work || ""]].filter((row) => row[1]);
  return el("dl", { class: "rows" }, ...found.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, el("code", {}, value)))));
}

function errorOf(error) {
  const context = error.context && error.context.length ? error.context : [error.text];
  const place = error.file ? ` at ${error.file}${error.line ? `:${error.line}` : ""}` : "";
  return el("figure", { class: "error" },
    el("figcaption", {}, `The first error, by ${error.tool || "the log"}${place}, line ${error.log_line} of the log`),
    el("pre", {}, ...context.map((line) => el("span", { class: line === error.text ? "line hit" : "line" }, `${line}\n`))),
    error.advice ? el("p", { class: "hint" }, el("b", {}, "Usually "), error.advice) : null);
}

function list(title, items) {
  if (!items || !items.length) return null;
  return el("div", { class: "because" }, el("h4", {}, title), el("ul", {}, ...items.map((item) => el("li", {}, item))));
}

function tailOf(failure, wide) {
  if (!failure.tail || !failure.tail.length) return null;
  return el("details", { open: wide && !failure.error }, el("summary", {}, `The end of the log, ${several(failure.tail.length, "line")}`),
    el("pre", { tabindex: "0" }, failure.tail.join("\n")));
}

function commands(step, failure, header) {
  const { program, again } = header || { program: "lfsmake", again: "lfsmake" };
  const found = [];
  if (failure.log) found.push(`${program} log ${step}`);
  if (failure.work) found.push(`${program} shell ${step} --failed`);
  found.push(again);
  const can = navigator.clipboard && window.isSecureContext;
  return el("div", { class: "look" }, el("h4", {}, "Look, then go on"), ...found.map((command) =>
    el("span", { class: "command" }, el("code", {}, command), can ? el("button", { type: "button", "aria-label": `Copy ${command}`,
      onclick: (event) => { navigator.clipboard.writeText(command); event.target.textContent = "copied"; } }, "copy") : null)));
}
