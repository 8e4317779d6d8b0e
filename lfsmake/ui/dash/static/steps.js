// What runs now, with the ends of its logs, and the table of all steps.

import { ask, byId, clock, count, el, size, STATES, text, words } from "./util.js";

const TAILS = 4; // steps whose logs are shown
const LINES = 7; // of a log
const NARROW = 4; // of a log on a telephone

export class Running {
  constructor(run, now, open) {
    Object.assign(this, { run, now, open });
    this.cards = new Map();
    this.polling = false;
    this.polled = 0;
  }

  show() {
    const live = this.run.header.state === "running";
    const found = live ? [...this.run.steps.values()].filter((step) => step.state === "running") : [];
    found.sort((a, b) => started(a) - started(b));
    byId("running").hidden = !live;
    const list = byId("running-list");
    if (live && !found.length) {
      if (!list.querySelector(".idle")) list.replaceChildren(el("p", { class: "muted idle" }, "Nothing runs at the moment."));
      this.cards.clear();
      return;
    }
    const names = found.slice(0, 24).map((step) => step.step);
    for (const name of [...this.cards.keys()]) if (!names.includes(name)) this.cards.delete(name);
    for (const name of names) if (!this.cards.has(name)) this.cards.set(name, this.card(name));
    const wanted = names.map((name) => this.cards.get(name).node);
    if (wanted.length !== list.children.length || wanted.some((node, at) => list.children[at] !== node)) list.replaceChildren(...wanted);
    for (const step of found.slice(0, 24)) this.fill(step, this.cards.get(step.step));
    if (Date.now() - this.polled > 1200) this.tails(names.slice(0, TAILS));
  }

  card(name) {
    const node = el("article", { class: "card run" },
      el("div", { class: "run-head" }, el("button", { class: "link", type: "button", onclick: () => this.open(name) }, name),
        el("span", { class: "tag" }), el("span", { class: "spacer" }), el("span", { class: "number" })),
      el("div", { class: "progress thin", "aria-hidden": "true" }, el("i", { "data-state": "running" })),
      el("p", { class: "muted uses" }), el("pre", { class: "tail", "aria-label": `End of the log of ${name}`, hidden: true }));
    return { node, end: null, lines: [] };
  }

  fill(step, card) {
    const [head, bar, uses] = card.node.children;
    const passed = this.now() - started(step);
    text(head.children[1], step.phase || "starting");
    text(head.children[3], step.expected ? `${clock(passed)} of about ${clock(step.expected)}` : clock(passed));
    bar.hidden = !step.expected;
    bar.firstChild.style.width = `${Math.min(100, (passed / (step.expected || 1)) * 100)}%`;
    card.node.classList.toggle("late", Boolean(step.expected) && passed > 2 * step.expected);
    const attempts = (step.attempts || []).length;
    text(uses, [step.cores ? `${step.cores.toFixed(1)} processors` : "", step.rss ? size(step.rss) : "", attempts > 1 ? `attempt ${attempts}` : "", step.reason || ""].filter(Boolean).join(" · "));
  }

  /** Reads on in the logs of what runs, one after another. */
  async tails(names) {
    if (this.polling || document.hidden) return;
    this.polling = true;
    for (const name of names) {
      const card = this.cards.get(name);
      if (!card || card.silent > Date.now()) continue;
      const where = card.end === null ? {} : { from: card.end };
      const part = await ask("/api/log", { run: this.run.header.run, step: name, ...where }).catch(() => null);
      if (!part) { card.silent = Date.now() + 10000; continue; }
      card.lines = (card.end === null || part.replaced ? part.lines : [...card.lines, ...part.lines]).slice(-LINES);
      card.end = part.end;
      const room = matchMedia("(max-width: 640px)").matches ? NARROW : LINES;
      const lines = [...card.lines, part.rest].filter((line, at) => line || at < card.lines.length).slice(-room);
      const tail = card.node.lastChild;
      text(tail, lines.join("\n"));
      tail.hidden = !lines.length;
    }
    this.polled = Date.now();
    this.polling = false;
  }
}

const started = (step) => (step.attempts && step.attempts.length ? step.attempts[step.attempts.length - 1].started : 0);

const why = (step) => (step.state === "skipped" ? `${step.reason} failed` : step.reason || "");

const COLUMNS = [
  ["Step", (s) => s.step, "name"],
  ["Time", (s) => s.wall || 0, "number", (s) => (s.wall ? clock(s.wall) : "")],
  ["Expected", (s) => s.expected || 0, "number wide", (s) => (s.expected ? clock(s.expected) : "")],
  ["Processors", (s) => s.cores || 0, "number wide", (s) => (s.cores ? s.cores.toFixed(1) : "")],
  ["Memory", (s) => s.rss || 0, "number wide", (s) => (s.rss ? size(s.rss) : "")],
  ["Layer", (s) => s.size || 0, "number wide", (s) => (s.size ? size(s.size) : "")],
  ["Why", (s) => why(s), "why wide", (s) => why(s)],
];
const ROWS = 300;

export class Table {
  constructor(run, open) {
    Object.assign(this, { run, open, state: "", find: "", by: -1, down: false, drawn: 0 });
    byId("find").addEventListener("input", (event) => { this.find = event.target.value.toLowerCase(); this.show(true); });
    byId("columns").replaceChildren(...COLUMNS.map(([name, , kind], at) => el("th", { class: kind, scope: "col" },
      el("button", { type: "button", onclick: () => { this.down = this.by === at ? !this.down : at > 0; this.by = at; this.show(true); } }, name))));
  }

  show(again = false) {
    if (!again && Date.now() - this.drawn < 1000) { // a storm of changes costs one drawing a second
      clearTimeout(this.later);
      this.later = setTimeout(() => this.show(true), 1000);
      return;
    }
    this.drawn = Date.now();
    const all = [...this.run.steps.values()];
    byId("steps").hidden = !all.length;
    this.filters(all);
    let found = all.filter((step) => (!this.state || step.state === this.state) && step.step.toLowerCase().includes(this.find));
    if (this.by >= 0) {
      const of = COLUMNS[this.by][1];
      const sign = this.down ? -1 : 1;
      found.sort((a, b) => (of(a) < of(b) ? -sign : of(a) > of(b) ? sign : 0));
    } else {
      const rank = (step) => STATES.indexOf(step.state);
      found = found.map((step, at) => [rank(step), at, step]).sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((entry) => entry[2]);
    }
    [...byId("columns").children].forEach((cell, at) => cell.setAttribute("aria-sort", this.by === at ? (this.down ? "descending" : "ascending") : "none"));
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.row : "";
    byId("rows").replaceChildren(...found.slice(0, ROWS).map((step) => this.row(step)));
    if (focused) byId("rows").querySelector(`[data-row="${CSS.escape(focused)}"]`)?.focus();
    text(byId("rows-more"), found.length > ROWS ? `and ${count(found.length - ROWS)} more: find what you look for above` : found.length ? "" : "no such step");
  }

  row(step) {
    const cells = COLUMNS.map(([, , kind, shown], at) => at === 0
      ? el("th", { scope: "row", class: kind }, el("span", { class: "dot", "data-state": step.state, title: words(step.state) }),
        el("button", { class: "link", type: "button", "data-row": step.step, onclick: () => this.open(step.step) }, step.step),
        el("span", { class: "hidden" }, words(step.state)), step.flaky ? el("span", { class: "tag" }, "flaky") : null,
        step.retry_at ? el("span", { class: "tag" }, "tried again soon") : null)
      : el("td", { class: kind }, shown(step)));
    return el("tr", {}, cells);
  }

  filters(all) {
    const numbers = new Map();
    for (const step of all) numbers.set(step.state, (numbers.get(step.state) || 0) + 1);
    const wanted = STATES.filter((state) => numbers.has(state));
    const box = byId("filters");
    const stamp = wanted.join();
    if (box.dataset.stamp !== stamp) {
      box.dataset.stamp = stamp;
      box.replaceChildren(...wanted.map((state) => el("button", { type: "button", "data-state": state,
        onclick: () => { this.state = this.state === state ? "" : state; this.show(true); } })));
    }
    for (const button of box.children) {
      text(button, `${words(button.dataset.state)} ${count(numbers.get(button.dataset.state) || 0)}`);
      button.setAttribute("aria-pressed", String(this.state === button.dataset.state));
    }
  }
}

