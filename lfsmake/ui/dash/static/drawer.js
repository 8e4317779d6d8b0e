// One step in full: facts, phases, use, failures, and its log, which is followed or read backwards.

import { card } from "./failures.js";
import { spark } from "./charts.js";
import { about, ask, byId, clock, count, el, size, text, when, words } from "./util.js";

const KEPT = 20000; // lines of a log on the page

export class Drawer {
  constructor(run, now) {
    Object.assign(this, { run, now, step: "", stale: false, timer: 0 });
    this.dialog = byId("step");
    byId("step-close").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("close", () => {
      this.step = "";
      clearInterval(this.timer);
      if (location.hash.startsWith("#step=")) history.replaceState(null, "", location.pathname + location.search);
    });
    this.dialog.addEventListener("click", (event) => { if (event.target === this.dialog) this.dialog.close(); });
    byId("log-earlier").addEventListener("click", () => this.earlier());
    byId("log-follow").addEventListener("change", () => this.later());
    byId("log").addEventListener("scroll", (event) => {
      const log = event.target;
      if (log.scrollHeight - log.scrollTop - log.clientHeight > 60 && this.placed !== log.scrollTop) byId("log-follow").checked = false;
    });
  }

  /** Opens what the address names. */
  follow() {
    const found = /^#step=(.+)$/.exec(location.hash);
    let name = "";
    try { name = found ? decodeURIComponent(found[1]) : ""; } catch { name = ""; }
    if (!name) { if (this.dialog.open) this.dialog.close(); return; }
    if (name === this.step) return;
    this.step = name;
    text(byId("step-title"), name);
    byId("step-body").replaceChildren();
    byId("step-log").hidden = true;
    byId("log").replaceChildren();
    byId("log-follow").checked = true;
    Object.assign(this, { start: null, end: null, rest: null, busy: false });
    if (!this.dialog.open) this.dialog.showModal();
    this.load();
    clearInterval(this.timer);
    this.timer = setInterval(() => { if (this.stale) this.load(); this.later(); }, 1000);
  }

  changed(steps) {
    if (this.step && steps.some((step) => step.step === this.step)) this.stale = true;
  }

  where() {
    return { run: this.run.header ? this.run.header.run : new URLSearchParams(location.search).get("run") || "latest", step: this.step };
  }

  async load() {
    this.stale = false;
    const { step } = this;
    let found;
    try {
      found = await ask("/api/step", this.where());
    } catch (error) {
      if (step === this.step) byId("step-body").replaceChildren(el("p", { class: "notice" }, error.message));
      return;
    }
    if (step !== this.step) return;
    const { record } = found;
    const pill = byId("step-state");
    text(pill, words(record.state));
    pill.dataset.state = record.state;
    if (record.log !== this.log) { this.log = record.log; Object.assign(this, { start: null, end: null, rest: null }); byId("log").replaceChildren(); }
    byId("step-log").hidden = !record.log;
    byId("step-body").replaceChildren(...this.body(found));
    this.later();
  }

  body({ record, users, failures, recoveries, tests }) {
    const open = (step) => { location.hash = `step=${encodeURIComponent(step)}`; };
    const last = record.attempts[record.attempts.length - 1];
    const facts = [["why", record.state === "skipped" ? `${record.reason} failed` : record.reason], [record.state === "running" ? "elapsed" : "took", record.wall ? clock(record.wall) : ""], ["expected", record.expected ? about(record.expected) : ""],
      ["book", record.sbu ? `${record.sbu} SBU${record.disk ? `, ${count(record.disk)} MB` : ""}` : ""],
      ["processor time", record.cpu ? clock(record.cpu) : ""], ["memory", record.rss ? `at most ${size(record.rss)}` : ""],
      ["disk", record.read || record.written ? `${size(record.read)} read, ${size(record.written)} written` : ""],
      ["layer", record.layer ? `${size(record.size)}, ${record.layer.slice(0, 12)}` : ""], ["key", record.key.slice(0, 12)],
      ["flaky", record.flaky ? "failed in this run, and passed unchanged" : ""]].filter((row) => row[1]);
    const out = [el("dl", { class: "rows" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))))];
    if (failures.length) out.push(card(failures[failures.length - 1], open, this.run.header));
    for (const attempt of record.attempts.slice(-3)) out.push(this.phases(attempt, attempt === last && record.attempts.length > 1 ? record.attempts.length : 0));
    const curves = [spark("Processors", record.samples.map((s) => s[1]), (v) => v.toFixed(1)), spark("Memory", record.samples.map((s) => s[2]), size)].filter(Boolean);
    if (curves.length) out.push(el("div", { class: "charts" }, curves));
    for (const item of recoveries) out.push(el("p", { class: "muted" }, `${when(item.at)} ${item.text}`));
    for (const test of tests) out.push(el("p", {}, `Tests: ${count(test.passed)} of ${count(test.total)} passed${test.failed.length ? `; not expected to fail: ${test.failed.slice(0, 12).join(", ")}` : ""}`));
    out.push(names("Needs", record.needs), names("Needed by", users));
    return out.filter(Boolean);
  }

  phases(attempt, number) {
    const end = attempt.ended ?? this.now();
    const span = Math.max(0.001, end - attempt.started);
    const bar = el("div", { class: "phases", "aria-hidden": "true" });
    const rows = attempt.phases.map((phase) => {
      const wall = phase.wall ?? end - phase.started;
      const part = el("i");
      part.style.width = `${(wall / span) * 100}%`;
      bar.append(part);
      return el("span", {}, el("b", {}, phase.phase), ` ${clock(wall)}${phase.cpu ? `, ${(phase.cpu / Math.max(0.001, wall)).toFixed(1)} processors` : ""}${phase.rss ? `, ${size(phase.rss)}` : ""}`);
    });
    if (!rows.length) return null;
    return el("div", { class: "attempt" }, number ? el("h3", {}, `Attempt ${number}`) : null, bar, el("p", { class: "phase-names" }, rows));
  }

  // --- its log ------------------------------------------------------------------------------------------------------

  async part(where) {
    if (this.busy || !this.step || byId("step-log").hidden) return null;
    this.busy = true;
    const { step } = this;
    try {
      const part = await ask("/api/log", { ...this.where(), ...where });
      return step === this.step ? part : null;
    } catch (error) {
      text(byId("log-note"), error.message);
      return null;
    } finally {
      this.busy = false;
    }
  }

  async later() {
    if (this.end !== null && !byId("log-follow").checked) return;
    const part = await this.part(this.end === null ? {} : { from: this.end });
    if (!part) return;
    const log = byId("log");
    if (this.end === null || part.replaced) { log.replaceChildren(); this.start = part.start; this.rest = null; }
    if (this.rest) { this.rest.remove(); this.rest = null; }
    if (part.lines.length) log.append(...part.lines.map((line) => document.createTextNode(`${line}\n`)));
    if (part.rest) { this.rest = document.createTextNode(part.rest); log.append(this.rest); }
    while (log.childNodes.length > KEPT) { log.firstChild.remove(); this.cut = true; }
    this.end = part.end;
    this.note(part.size);
    if (byId("log-follow").checked) { log.scrollTop = log.scrollHeight; this.placed = log.scrollTop; }
    if (part.end < part.size && !part.rest && part.lines.length) setTimeout(() => this.later(), 50); // more is there already
  }

  async earlier() {
    if (!this.start) return;
    byId("log-follow").checked = false;
    const part = await this.part({ before: this.start });
    if (!part) return;
    const log = byId("log");
    const from = log.scrollHeight - log.scrollTop;
    log.prepend(...part.lines.map((line) => document.createTextNode(`${line}\n`)));
    log.scrollTop = log.scrollHeight - from;
    this.start = part.start;
    this.note(part.size);
  }

  note(whole) {
    text(byId("log-note"), `${this.start > 0 ? `the last ${size(whole - this.start)} of ` : ""}${size(whole)}`);
    byId("log-earlier").hidden = !(this.start > 0) || this.cut === true;
  }
}

function names(title, list) {
  if (!list.length) return null;
  const shown = list.slice(0, 60).map((name) => el("a", { class: "chip", href: `#step=${encodeURIComponent(name)}` }, name));
  return el("div", { class: "names" }, el("h3", {}, title), ...shown, list.length > 60 ? ` and ${list.length - 60} more` : "");
}
