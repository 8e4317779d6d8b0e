// Elements, numbers and times as people read them. Knows no run.

export const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and children; text is always text, never markup. */
export function el(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

/** The same for SVG. */
export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

function fill(node, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined && child !== "") node.append(child);
  return node;
}

export const byId = (id) => document.getElementById(id);

/** Sets text only where it differs: a reader of the screen hears only changes. */
export function text(node, value) {
  if (node.textContent !== value) node.textContent = value;
}

/** 0:07, 4:12, 1:04:09 */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** 40 s, 21 min, 3 h 10 min */
export function about(seconds) {
  if (seconds < 60) return `${Math.max(1, Math.round(seconds))} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const tens = Math.round(minutes / 10) * 10;
  return tens % 60 ? `${Math.floor(tens / 60)} h ${tens % 60} min` : `${tens / 60} h`;
}

/** 0 B, 1.4 kB, 12 MB, 3.1 GB */
export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  let value = bytes;
  while (value >= 999.5 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${unit && value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

export const percent = (share) => `${Math.round(share * 100)} %`;
export const count = (number) => number.toLocaleString("en");
export const several = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;
export const STATES = ["running", "failed", "built", "unchanged", "up-to-date", "waiting", "skipped", "cancelled"];
export const words = (state) => state.replaceAll("-", " ");

/** Day and time; the day only where it is not today. */
export function when(seconds) {
  const date = new Date(seconds * 1000);
  const time = date.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
  const today = date.toDateString() === new Date().toDateString();
  return today ? time : `${date.toLocaleDateString("sv")} ${time}`;
}

/** What the server answers to a question; throws an Error with the server's own words. */
export async function ask(path, parameters = {}) {
  const response = await fetch(`${path}?${new URLSearchParams(parameters)}`);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error || `the server answered ${response.status}`);
  return answer;
}

/** A list of words between which arrow keys move, one of which is in the order of tabs. */
export function roving(container, selector, move) {
  container.addEventListener("keydown", (event) => {
    const from = event.target.closest(selector);
    if (!from) return;
    const to = move(from, event.key);
    if (!to) return;
    event.preventDefault();
    from.setAttribute("tabindex", "-1");
    to.setAttribute("tabindex", "0");
    to.focus();
  });
}
