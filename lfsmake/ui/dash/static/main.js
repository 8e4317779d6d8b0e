// The page: takes in what changed in the run, and shows it. The server's clock counts, not this machine's.

import { about, ask, byId, clock, count, el, percent, several, size, STATES, text, when, words } from "./util.js";
import { cards } from "./failures.js";
import { Graph } from "./graph.js";
import { Charts, Timeline } from "./charts.js";
import { Running, Table } from "./steps.js";
import { Drawer } from "./drawer.js";

const wanted = new URLSearchParams(location.search).get("run") || "latest";
const run = { header: null, steps: new Map(), machine: [], failures: [], recoveries: [], tests: [], notes: [],
  critical: [], skew: 0, boot: "" };

/** Seconds since the epoch by the server's clock. */
const now = () => Date.now() / 1000 + run.skew;

const drawer = new Drawer(run, now);
const open = (step) => { location.hash = `step=${encodeURIComponent(step)}`; };
const graph = new Graph(run, open);
const timeline = new Timeline(run, now, open);
const charts = new Charts(run);
const running = new Running(run, now, open);
const table = new Table(run, open);

function take(changes) {
  const header = changes.header;
  const another = !run.header || run.header.run !== header.run;
  run.skew = header.now - Date.now() / 1000;
  if (changes.since === undefined || changes.since === 0) {
    run.steps = new Map();
    Object.assign(run, { machine: [], failures: [], recoveries: [], tests: [], notes: [], critical: [] });
  }
  const before = run.steps.size;
  for (const step of changes.steps || []) run.steps.set(step.step, step);
  for (const sample of changes.machine || []) run.machine.push(sample);
  if (run.machine.length > 2400) run.machine = run.machine.filter((_, at) => at % 2 === 1);
  for (const list of ["failures", "recoveries", "tests", "notes", "critical"]) {
    if (changes[list]) run[list] = changes[list];
  }
  const ended = run.header && run.header.state === "running" && header.state !== "running" && !another;
  announce(another ? null : run.header, header);
  run.header = header;
  byId("empty").hidden = true;
  if (another || before !== run.steps.size || ended) graph.load();
  graph.update(changes.steps || []);
  if (changes.failures || another) byId("failures").replaceChildren(...cards(run, open));
  byId("failures").hidden = !byId("failures").children.length;
  lists();
  table.show();
  drawer.changed(changes.steps || []);
  tick();
}

function tick() {
  const header = run.header;
  if (!header) return;
  const live = header.state === "running";
  const passed = live ? now() - header.started : header.wall;
  text(byId("targets"), header.targets.join(" ") || header.run);
  const state = byId("state");
  text(state, words(header.state));
  state.dataset.state = header.state;
  state.hidden = false;
  document.title = `${live ? `${header.done}/${header.total}` : words(header.state)} · ${header.targets.join(" ")} · lfsmake`;
  progress(header);
  facts(header, passed, live);
  running.show();
  charts.show();
  timeline.show();
}

function progress(header) {
  const bar = byId("progress");
  const { counts } = header;
  const total = Math.max(1, header.total);
  const other = Math.max(0, header.done - counts.built - counts.unchanged - counts.failed - counts.skipped);
  const parts = { built: counts.built, unchanged: counts.unchanged, "up-to-date": other, failed: counts.failed,
    skipped: counts.skipped, running: counts.running };
  if (bar.children.length === 0) for (const part of Object.keys(parts)) bar.append(el("i", { "data-state": part }));
  for (const part of bar.children) part.style.width = `${(parts[part.dataset.state] / total) * 100}%`;
  bar.hidden = header.total === 0;
  bar.setAttribute("aria-valuemax", header.total);
  bar.setAttribute("aria-valuenow", header.done);
  bar.setAttribute("aria-valuetext", `${header.done} of ${several(header.total, "step")}`);
}

function facts(header, passed, live) {
  const machine = run.machine[run.machine.length - 1];
  const rows = [["steps", `${count(header.done)} of ${count(header.total)}`,
    header.counts.total > header.total ? `${count(header.counts.total - header.total)} were up to date` : ""]];
  rows.push([live ? "elapsed" : "took", clock(passed), live ? `since ${when(header.started)}` : when(header.started)]);
  if (live && header.eta) {
    const left = Math.max(0, header.eta.seconds - (now() - header.now));
    const spared = header.eta.least > 0.9 * header.eta.seconds ? 0 : header.eta.seconds - header.eta.least;
    const least = Math.max(0, left - spared);
    const span = (show) => [...new Set([show(least), show(left)])].join(" to ");
    const sbu = header.sbu ? `${span((seconds) => (seconds / header.sbu).toFixed(1))} SBU` : "";
    rows.push(["left", `${header.eta.sure ? "" : "~"}${span(about)}`, sbu]);
  }
  const { counts } = header;
  if (counts.failed) rows.push(["failed", count(counts.failed), counts.skipped ? `${count(counts.skipped)} skipped` : ""]);
  if (counts.flaky) rows.push(["flaky", count(counts.flaky), "failed, then passed"]);
  if (live && machine) {
    rows.push(["jobs", `${Math.round(machine[5])} of ${header.jobs}`, `processors ${percent(machine[1])} busy`]);
    rows.push(["memory free", size(machine[2]), `of ${size(machine[3])}`]);
    rows.push(["disk free", size(machine[4]), ""]);
  } else {
    rows.push(["jobs", String(header.jobs), ""]);
    if (header.sbu) rows.push(["one SBU", clock(header.sbu), ""]);
  }
  for (const file of header.fetching.slice(0, 3)) {
    rows.push(["fetching", file.file, file.size ? `${size(file.done)} of ${size(file.size)}` : size(file.done)]);
  }
  const list = byId("facts");
  list.hidden = false;
  const same = list.children.length === rows.length && rows.every((row, at) => list.children[at].dataset.name === row[0]);
  if (!same) {
    list.replaceChildren(...rows.map((row) => el("div", { "data-name": row[0] }, el("dt", {}, row[0]), el("dd"), el("small"))));
  }
  rows.forEach((row, at) => { text(list.children[at].children[1], row[1]); text(list.children[at].children[2], row[2]); });
  notices(header);
}

function notices(header) {
  const found = [];
  if (header.problem) found.push(`The events of this run cannot be read any more (${header.problem}): this is what was read before.`);
  if (header.newer) found.push("A newer lfsmake wrote this run: what this one does not know is left out.");
  if (header.damaged) found.push(`${several(header.damaged, "line")} of this run's events could not be read, and ${header.damaged === 1 ? "was" : "were"} passed over.`);
  const box = byId("notices");
  const shown = found.join("\n");
  if (box.dataset.shown !== shown) {
    box.dataset.shown = shown;
    box.replaceChildren(...found.map((line) => el("p", { class: "notice" }, line)));
  }
}

let told = 0;
function announce(before, header) {
  const say = [];
  if (before && header.counts.failed > before.counts.failed) say.push(`${several(header.counts.failed, "step")} failed`);
  if (before && before.state !== header.state) say.push(`the run ${header.state === "running" ? "goes on" : `is ${words(header.state)}`}`);
  if (before && header.done !== before.done && Date.now() - told > 20000) say.push(`${header.done} of ${several(header.total, "step")} done`);
  if (!say.length) return;
  told = Date.now();
  byId("announcer").textContent = say.join(", ");
}

function lists() {
  byId("recoveries").hidden = !run.recoveries.length;
  byId("recoveries-list").replaceChildren(...[...run.recoveries].reverse().slice(0, 50).map((item) => line(item.at, item.step, item.text, words(item.action))));
  byId("notes").hidden = !run.notes.length;
  byId("notes-list").replaceChildren(...[...run.notes].reverse().slice(0, 50).map((item) => line(item.at, item.step, item.text, item.level === "warning" ? "warning" : "")));
  byId("tests").hidden = !run.tests.length;
  byId("tests-list").replaceChildren(...[...run.tests].reverse().slice(0, 100).map(testRow));
}

function line(at, step, words_, tag) {
  return el("li", {}, el("time", {}, when(at)), tag ? el("b", { class: "tag", "data-tag": tag }, tag) : null,
    step ? stepLink(step) : null, el("span", {}, words_));
}

function testRow(test) {
  const failed = test.failed || [];
  const names = [...failed.slice(0, 8).map((name) => el("code", {}, name)), failed.length > 8 ? `and ${failed.length - 8} more` : ""];
  const bad = test.failures || failed.length;
  const bar = el("span", { class: "progress thin", "aria-hidden": "true" });
  for (const [state, number] of [["built", test.passed], ["skipped", test.skipped], ["failed", bad]]) {
    const part = el("i", { "data-state": state });
    part.style.width = `${(number / Math.max(1, test.total)) * 100}%`;
    bar.append(part);
  }
  const expected = (test.expected || []).length;
  return el("div", { class: "test" }, stepLink(test.step), bar,
    el("span", { class: "number" }, `${count(test.passed)} of ${count(test.total)} passed`),
    el("span", { class: "muted" }, [test.skipped ? `${count(test.skipped)} skipped` : "", bad ? `${count(bad)} failed` : "",
      expected ? `${count(expected)} of them expected` : "", (test.vanished || []).length ? `${test.vanished.length} expected to fail, passed` : ""]
      .filter(Boolean).join(", ")),
    failed.length ? el("p", { class: "names" }, "Not expected to fail: ", ...names) : null);
}

const stepLink = (step) => el("a", { href: `#step=${encodeURIComponent(step)}` }, step);

async function history() {
  const answer = await ask("/api/runs").catch(() => null);
  if (!answer) return;
  byId("history").hidden = !answer.runs.length;
  const shown = run.header && run.header.run;
  byId("runs").replaceChildren(...answer.runs.map((item) => {
    const counts = [item.built && `${count(item.built)} built`, item.unchanged && `${count(item.unchanged)} unchanged`,
      item.failed && `${count(item.failed)} failed`, item.skipped && `${count(item.skipped)} skipped`].filter(Boolean).join(", ");
    const here = item.run === shown;
    return el("li", {}, el("a", { href: item.run === answer.newest ? "/" : `/?run=${encodeURIComponent(item.run)}`, "aria-current": here ? "page" : null },
      el("span", { class: "dot", "data-state": item.state }), el("b", {}, (item.targets || []).join(" ") || item.run),
      el("span", { class: "result" }, words(item.state)), el("span", { class: "muted counts" }, counts || (item.built === 0 ? "nothing to do" : "")),
      el("span", { class: "number" }, item.wall ? clock(item.wall) : ""), el("time", {}, item.started ? when(item.started) : "")));
  }));
}

// --- the connection: lost and found again without end --------------------------------------------------------------

let mark = "";
let heard = Date.now();
let source = null;

function connect() {
  if (source) source.close();
  source = new EventSource(`/api/events?${new URLSearchParams({ run: wanted, since: mark })}`);
  heard = Date.now();
  source.addEventListener("changes", (event) => {
    heard = Date.now();
    mark = event.lastEventId;
    connected(true);
    const changes = JSON.parse(event.data);
    if (changes.none) {
      byId("empty").hidden = Boolean(run.header);
      if (!run.header) text(byId("targets"), "no run yet");
    } else if (!changes.alive) take(changes);
  });
  source.addEventListener("runs", history);
  source.onerror = () => {
    connected(false);
    source.close();
    setTimeout(connect, 1500);
  };
}

function connected(yes) {
  const place = byId("connection");
  place.dataset.state = yes ? "on" : "off";
  text(place, yes ? "live" : "connection lost, trying again");
  document.body.classList.toggle("lost", !yes);
}

setInterval(() => {
  if (Date.now() - heard > 30000) connect();
  if (run.header && run.header.state === "running") tick();
}, 1000);

for (const state of STATES) byId("legend").append(el("li", {}, el("span", { class: "dot", "data-state": state }), words(state)));
addEventListener("hashchange", () => drawer.follow());
addEventListener("resize", () => { timeline.show(true); charts.show(true); graph.fit(); });
byId("record").href = `/api/record?run=${encodeURIComponent(wanted)}`;
ask("/api/about").then((about_) => text(byId("about"), `lfsmake ${about_.lfsmake} · ${about_.project}`)).catch(() => {});
connect();
drawer.follow();
