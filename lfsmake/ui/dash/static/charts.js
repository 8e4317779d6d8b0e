// The timeline of steps and the curves of the machine, as SVG. Knows no server.

import { byId, clock, el, percent, size, svg, text, when, words } from "./util.js";

const LANE = 24;
const AXIS = 22;
const BARS = 1500; // more are not drawn: the longest are

export class Timeline {
  constructor(run, now, open) {
    this.run = run;
    this.now = now;
    this.open = open;
    this.view = byId("timeline-view");
    this.drawn = 0;
    this.view.addEventListener("click", (event) => {
      const bar = event.target.closest("[data-step]");
      if (bar) open(bar.dataset.step);
    });
  }

  show(again = false) {
    const { header } = this.run;
    if (!header) return;
    const live = header.state === "running";
    const stamp = live ? Math.floor(this.now()) : `${header.run}${header.state}${this.run.steps.size}${header.done}`;
    if (!again && stamp === this.drawn) return;
    this.drawn = stamp;
    const end = live ? this.now() : header.ended || this.now();
    const bars = [];
    for (const step of this.run.steps.values()) {
      for (const attempt of step.attempts || []) bars.push({ step, attempt, start: attempt.started, end: attempt.ended ?? end });
    }
    byId("timeline").hidden = !bars.length;
    if (!bars.length) return;
    const left = bars.length - BARS;
    if (left > 0) {
      bars.sort((a, b) => b.end - b.start - (a.end - a.start));
      bars.length = BARS;
    }
    text(byId("timeline-note"), left > 0 ? `${left} shorter ones are left out` : "");
    bars.sort((a, b) => a.start - b.start);
    this.draw(bars, Math.min(header.started, bars[0].start), Math.max(end, ...bars.map((bar) => bar.end)), live);
  }

  draw(bars, start, end, live) {
    const width = Math.max(200, this.view.clientWidth);
    const span = Math.max(1, end - start);
    const x = (at) => ((at - start) / span) * width;
    const free = [];
    for (const bar of bars) {
      let lane = free.findIndex((until) => until <= bar.start + 0.02);
      if (lane < 0) lane = free.length;
      free[lane] = bar.end;
      bar.lane = lane;
    }
    const height = free.length * LANE + AXIS;
    const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img",
      "aria-label": `Timeline of ${bars.length} steps in ${free.length} lanes; the table of steps has the figures` });
    for (const at of ticks(span, width)) {
      const place = Math.round(x(start + at)) + 0.5;
      picture.append(svg("line", { class: "tick", x1: place, x2: place, y1: 0, y2: height - AXIS + 4 }),
        svg("text", { class: "axis", x: Math.min(place + 3, width - 34), y: height - 6 }, clock(at)));
    }
    for (const bar of bars) {
      const y = bar.lane * LANE + 2;
      const from = x(bar.start);
      const wide = Math.max(1.5, x(bar.end) - from - 0.5);
      const group = svg("g", { class: "bar", "data-step": bar.step.step, "data-state": bar.attempt.outcome },
        svg("title", {}, `${bar.step.step}: ${words(bar.attempt.outcome)}, ${clock(bar.end - bar.start)}`),
        svg("rect", { x: from, y, width: wide, height: LANE - 5, rx: Math.min(4, wide / 2) }));
      if (wide > 30) {
        (bar.attempt.phases || []).forEach((phase, at) => {
          const begin = x(phase.started);
          const until = phase.wall === null || phase.wall === undefined ? bar.end : phase.started + phase.wall;
          if (at % 2 === 1) group.append(svg("rect", { class: "phase", x: begin, y, width: Math.max(0, Math.min(x(until), from + wide) - begin), height: LANE - 5 }));
        });
      }
      const room = Math.floor((wide - 10) / 6.6);
      if (room >= 3) {
        const name = bar.step.step;
        group.append(svg("text", { x: from + 6, y: y + 13.5 }, name.length > room ? `${name.slice(0, room - 1)}…` : name));
      }
      picture.append(group);
    }
    if (live) picture.append(svg("line", { class: "now", x1: width - 1, x2: width - 1, y1: 0, y2: height - AXIS + 4 }));
    this.view.replaceChildren(picture);
  }
}

/** Round times, as many as there is room for. */
function ticks(span, width) {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400];
  const day = 86400; // of a run that lasts for years by a wrong clock, too, only as many
  const step = steps.find((one) => span / one <= width / 80) || Math.ceil((span * 80) / width / day) * day;
  const out = [];
  for (let at = 0; at < span; at += step) out.push(at);
  return out;
}

const CURVES = [
  { name: "Processors", of: (s) => s[1], top: () => 1, label: percent, second: (s) => s[6], secondName: "waiting" },
  { name: "Memory", of: (s) => s[3] - s[2], top: (all) => all[all.length - 1][3], label: size, second: null },
  { name: "Jobs", of: (s) => s[5], top: (all, header) => Math.max(header.jobs, ...all.map((s) => s[5])), label: (v) => String(Math.round(v)), steps: true },
  { name: "Disk free", of: (s) => s[4], top: (all) => Math.max(...all.map((s) => s[4])) * 1.05, label: size },
];

export class Charts {
  constructor(run) {
    this.run = run;
    this.drawn = "";
  }

  show(again = false) {
    const all = this.run.machine;
    byId("machine").hidden = all.length < 2;
    if (all.length < 2) return;
    const box = byId("charts");
    const stamp = `${this.run.header.run}/${all.length}/${all[all.length - 1][0]}`;
    if (!again && stamp === this.drawn) return;
    this.drawn = stamp;
    if (box.children.length !== CURVES.length) {
      box.replaceChildren(...CURVES.map((curve) => this.frame(curve)));
    }
    CURVES.forEach((curve, at) => this.draw(curve, box.children[at], all));
  }

  frame(curve) {
    const figure = el("figure", { class: "chart" }, el("figcaption", {}, el("span", {}, curve.name), el("b", {}), el("small", {})), el("div", { class: "plot" }));
    figure.lastChild.addEventListener("pointermove", (event) => this.point(curve, figure, event));
    figure.lastChild.addEventListener("pointerleave", () => this.point(curve, figure, null));
    return figure;
  }

  point(curve, figure, event) {
    const all = this.run.machine;
    const first = all[0][0];
    const last = all[all.length - 1][0];
    let sample = all[all.length - 1];
    if (event) {
      const box = figure.lastChild.getBoundingClientRect();
      const at = first + ((event.clientX - box.left) / box.width) * (last - first);
      sample = all.reduce((best, one) => (Math.abs(one[0] - at) < Math.abs(best[0] - at) ? one : best));
    }
    text(figure.querySelector("b"), curve.label(curve.of(sample)));
    text(figure.querySelector("small"), event ? when(sample[0]) : "");
  }

  draw(curve, figure, all) {
    const width = 300;
    const height = 64;
    const first = all[0][0];
    const span = Math.max(1, all[all.length - 1][0] - first);
    const top = Math.max(1e-9, curve.top(all, this.run.header));
    const points = (of) => all.map((sample) => [((sample[0] - first) / span) * width, height - 2 - Math.min(1, Math.max(0, of(sample)) / top) * (height - 6)]);
    const drawn = points(curve.of);
    const lineOf = (list) => list.map((point, at) => `${at ? "L" : "M"}${point[0].toFixed(1)} ${point[1].toFixed(1)}`).join("");
    const steps = curve.steps ? drawn.flatMap((point, at) => (at ? [[point[0], drawn[at - 1][1]], point] : [point])) : drawn;
    const parts = [svg("path", { class: "area", d: `${lineOf(steps)}L${width} ${height}L0 ${height}Z` }), svg("path", { class: "curve", d: lineOf(steps) })];
    if (curve.second && all.some((sample) => curve.second(sample) >= 0)) parts.push(svg("path", { class: "curve second", d: lineOf(points(curve.second)) }));
    figure.lastChild.replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img",
      "aria-label": `${curve.name}: ${curve.label(curve.of(all[all.length - 1]))} at the end` }, parts));
    if (!figure.matches(":hover")) this.point(curve, figure, null);
  }
}

/** A small curve of one step's samples. */
export function spark(name, values, label) {
  if (values.length < 2) return null;
  const top = Math.max(1e-9, ...values);
  const line = values.map((value, at) => `${at ? "L" : "M"}${((at / (values.length - 1)) * 200).toFixed(1)} ${(38 - (value / top) * 34).toFixed(1)}`).join("");
  return el("figure", { class: "chart" }, el("figcaption", {}, el("span", {}, name), el("b", {}, `at most ${label(top)}`)),
    el("div", { class: "plot" }, svg("svg", { viewBox: "0 0 200 40", preserveAspectRatio: "none", role: "img", "aria-label": `${name}, at most ${label(top)}` },
      svg("path", { class: "area", d: `${line}L200 40L0 40Z` }), svg("path", { class: "curve", d: line }))));
}
