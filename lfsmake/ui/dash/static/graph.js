// The graph of steps: boxes and lines for some hundreds, a grid of states for more. Places come from the server.

import { about, ask, byId, clock, el, roving, svg, words } from "./util.js";

const LONGEST = 24;

export class Graph {
  constructor(run, open) {
    this.run = run;
    this.open = open;
    this.nodes = new Map();
    this.layout = null;
    this.fitted = null;
    this.view = byId("graph-view");
    const act = (event) => {
      const node = event.target.closest("[data-step]");
      if (!node || (event.type === "keydown" && event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      open(node.dataset.step);
    };
    this.view.addEventListener("click", act);
    this.view.addEventListener("keydown", act);
    roving(this.view, "[data-step]", (from, key) => this.next(from, key));
    byId("fit").addEventListener("click", () => { this.fitted = !this.isFitted(); this.fit(); });
  }

  /** Asks for the places anew: another run, or other steps. */
  async load() {
    const asked = this.asked = this.run.header.run;
    const layout = await ask("/api/graph", { run: asked }).catch(() => null);
    if (!layout || this.asked !== asked) return;
    this.layout = layout;
    this.nodes.clear();
    byId("graph").hidden = !layout.order.length;
    if (layout.kind === "layers") this.draw();
    else this.grid();
    this.update(this.run.steps.values());
    this.fit();
    const first = this.view.querySelector("[data-step]");
    if (first) first.setAttribute("tabindex", "0");
    this.reveal();
  }

  draw() {
    const { width, height, nodes, edges } = this.layout;
    const critical = new Set((this.run.critical || []).map((link) => link.step));
    const lines = edges.map((edge) => svg("path", { d: path(edge.points),
      class: critical.has(edge.needed) && critical.has(edge.by) ? "edge critical" : "edge" }));
    const boxes = nodes.map((node) => {
      const name = node.step.length > LONGEST ? `${node.step.slice(0, LONGEST - 1)}…` : node.step;
      const box = svg("g", { class: "node", "data-step": node.step, role: "button", tabindex: "-1",
        transform: `translate(${node.x} ${node.y})` },
        svg("title"), svg("rect", { x: 0, y: -13, width: node.width, height: 26, rx: 7 }),
        svg("circle", { cx: 13, cy: 0, r: 4.5 }), svg("text", { x: 24, y: 4 }, name));
      if (critical.has(node.step)) box.classList.add("critical");
      this.nodes.set(node.step, box);
      return box;
    });
    this.view.replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group",
      "aria-label": "Graph of the steps" }, svg("g", {}, lines), svg("g", {}, boxes)));
  }

  grid() {
    const cells = this.layout.order.map((step) => {
      const cell = el("i", { class: "cell", "data-step": step, role: "button", tabindex: "-1" });
      this.nodes.set(step, cell);
      return cell;
    });
    const size = cells.length > 2000 ? "small" : "";
    this.view.replaceChildren(el("div", { class: `grid ${size}`, role: "group", "aria-label": "Steps, by depth" }, cells));
  }

  update(steps) {
    for (const step of steps) {
      const node = this.nodes.get(step.step);
      if (!node || (node.dataset.state === step.state && step.state !== "running" && node.dataset.wall === String(step.wall))) continue;
      node.dataset.state = step.state;
      node.dataset.wall = step.wall;
      const label = `${step.step}: ${words(step.state)}${step.phase ? `, ${step.phase}` : ""}${step.wall ? ` in ${clock(step.wall)}` : ""}${
        step.state === "waiting" && step.expected ? `, takes about ${about(step.expected)}` : ""}`;
      node.setAttribute("aria-label", label);
      if (this.layout.kind === "layers") node.firstChild.textContent = label;
      else node.title = label;
    }
  }

  isFitted() {
    if (!this.layout || this.layout.kind !== "layers") return false;
    const scale = this.view.clientWidth / this.layout.width;
    return this.fitted ?? (scale < 1 && scale > 0.62);
  }

  /** The whole graph in the width of the page, or in its own size to scroll in. */
  fit() {
    const picture = this.view.querySelector("svg");
    const wide = this.layout && this.layout.kind === "layers" && this.layout.width > this.view.clientWidth;
    byId("fit").hidden = !wide;
    byId("fit").setAttribute("aria-pressed", String(this.isFitted()));
    if (picture) picture.classList.toggle("fitted", Boolean(wide && this.isFitted()));
  }

  /** Scrolls to what runs, or failed. */
  reveal() {
    const state = ["running", "failed"].find((wanted) => [...this.nodes.values()].some((node) => node.dataset.state === wanted));
    const node = state && [...this.nodes.values()].find((one) => one.dataset.state === state);
    if (!node || this.layout.kind !== "layers" || this.isFitted()) return;
    const at = this.layout.nodes.find((one) => one.step === node.dataset.step);
    this.view.scrollLeft = at.x - this.view.clientWidth / 2;
    this.view.scrollTop = at.y - this.view.clientHeight / 2;
  }

  next(from, key) {
    if (!key.startsWith("Arrow")) return null;
    if (this.layout.kind === "grid") {
      const across = key === "ArrowRight" || key === "ArrowLeft";
      const perRow = Math.max(1, [...from.parentNode.children].findIndex((cell) => cell.offsetTop > from.parentNode.firstChild.offsetTop));
      const step = (across ? 1 : perRow) * (key === "ArrowRight" || key === "ArrowDown" ? 1 : -1);
      return from.parentNode.children[[...from.parentNode.children].indexOf(from) + step] || null;
    }
    const here = this.layout.nodes.find((node) => node.step === from.dataset.step);
    const fits = { ArrowRight: (node) => node.x > here.x, ArrowLeft: (node) => node.x < here.x,
      ArrowDown: (node) => node.x === here.x && node.y > here.y, ArrowUp: (node) => node.x === here.x && node.y < here.y }[key];
    if (!fits) return null;
    const far = (node) => Math.abs(node.x - here.x) * 10 + Math.abs(node.y - here.y);
    const found = this.layout.nodes.filter(fits).sort((a, b) => far(a) - far(b))[0];
    return found ? this.nodes.get(found.step) : null;
  }
}

function path(points) {
  let out = `M${points[0][0]} ${points[0][1]}`;
  for (let at = 1; at < points.length; at += 1) {
    const [x0, y0] = points[at - 1];
    const [x1, y1] = points[at];
    const middle = (x0 + x1) / 2;
    out += `C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`;
  }
  return out;
}
