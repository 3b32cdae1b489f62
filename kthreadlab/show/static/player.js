/* The player: a recorded film of the machine, stepped through by hand.

   It never runs anything: a film (kthreadlab/show/film.py) holds every moment there was, and moment m is the machine
   after m steps.  The same module serves the widget, as `export default`, and the self-contained page, as `mount`.

   Keys, wherever the focus is in the player:
     ← →  a step back or forward      Home End  first or last      Space  play or pause
     b    where it broke              + -       nearer or farther   f      the whole film, or near again
*/

const TASK = ["letter", "state", "place", "waits", "file", "line", "irqsOff", "preempt", "locks", "signals", "command",
  "pid", "ppid", "context"];
const PLACE = TASK.indexOf("place");
const HEIGHTS = { world: 20, task: 36, helper: 20, irq: 20, cpu: 20, queue: 20, lock: 20 };
const GAP = 5, AXIS = 22;
/* The narrowest step, in pixels, at which the whole film is shown at first; and a step's width when it is not. */
const SMALL = 7, NEAR = 10;
/* What must not get lost when many steps share a pixel: the higher wins. */
const RANK = { sleep: 1, ready: 2, cpu: 2, queue: 2, lock: 2, run: 3, deep: 4, zombie: 5, spin: 6, helper: 7, irq: 8, world: 9 };
const WORDS = { run: "runs", spin: "spins", ready: "could run", sleep: "sleeps", deep: "sleeps uninterruptibly",
  zombie: "is a zombie", irq: "interrupt", helper: "helper program", cpu: "on this CPU", queue: "waiting", lock: "held by",
  world: "from outside" };

const BESIDE = ["helper", "irq", "world"];

// ---- the film --------------------------------------------------------------------------------------------------------

/** A value for every moment, of which only the changes are written down. */
class Column {
  constructor({ values, changes }) {
    this.values = values;
    this.moments = changes.filter((_, i) => i % 2 === 0);
    this.numbers = changes.filter((_, i) => i % 2 === 1);
  }
  /** Which of the changes is the last by that moment. */
  position(moment) {
    let low = 0, high = this.moments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.moments[middle] <= moment) low = middle; else high = middle - 1;
    }
    return low;
  }
  at(moment) { return this.values[this.numbers[this.position(moment)]]; }
}

export class Film {
  constructor(data) {
    Object.assign(this, data);
    for (const name of ["says", "places", "queues", "locks", "statics", "heap", "frames", "helper"])
      this[name] = new Column(data[name]);
    this.tasks = Object.entries(data.tasks).map(([name, column]) => ({ name, rows: new Column(column) }));
  }
  /** The task at a moment, as an object; null before it exists. */
  task(entry, moment) {
    const row = entry.rows.at(moment);
    return row && Object.fromEntries([["name", entry.name], ...TASK.map((key, i) => [key, row[i]])]);
  }
  /** Why a task is asleep: since which step, and the last wake-up until then, or since, that woke nobody. */
  why(name, moment) {
    const entry = this.tasks.find((task) => task.name === name), { moments, numbers, values } = entry.rows;
    let i = entry.rows.position(moment);
    if (values[numbers[i]]?.[PLACE] !== "asleep") return null;
    while (i > 0 && values[numbers[i - 1]]?.[PLACE] === "asleep") i -= 1;
    const lost = this.marks.filter(([step, kind, , , op]) => kind === "lost" && op.startsWith("wake_up") && step < moment).at(-1);
    return { since: moments[i], lost: lost ? lost[0] + 1 : 0 };
  }
  /** Has the machine stopped by then, for good? */
  stopped(moment) { return this.fault && moment === this.steps; }
  /** Is there ever anything of that kind? */
  ever(name) { return this[name].values.some((value) => value !== null && value.length !== 0); }
  /** Everything there is to see at a moment.  Two calls with the same moment give equal values. */
  frame(moment) {
    const [who, file, line] = this.places.at(moment);
    return {
      moment, who, file, line, stopped: this.stopped(moment), says: this.says.at(moment),
      tasks: this.tasks.map((entry) => this.task(entry, moment)).filter(Boolean),
      queues: this.queues.at(moment), locks: this.locks.at(moment), statics: this.statics.at(moment),
      heap: this.heap.at(moment), frames: this.frames.at(moment), helper: this.helper.at(moment),
      log: this.log.filter(([when]) => when <= moment).map(([, line]) => line),
    };
  }
}

// ---- elements --------------------------------------------------------------------------------------------------------

/** An element; children that are strings become text, never markup. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  made.append(...children.flat().filter((child) => child != null && child !== false));
  return made;
}

const ICONS = {
  first: "M4 3v10M13 3L6 8l7 5z", back: "M12 3L4 8l8 5z", forward: "M4 3l8 5-8 5z", last: "M12 3v10M3 3l7 5-7 5z",
  play: "M4 2l10 6-10 6z", pause: "M4 3h3v10H4zM9 3h3v10H9z",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const button = (name, label, keys, act) =>
  el("button", { type: "button", title: `${label} (${keys})`, "aria-label": label, "aria-keyshortcuts": keys, onclick: act },
    icon(name));

// ---- the timeline ----------------------------------------------------------------------------------------------------

class Timeline {
  constructor(film, root, go) {
    this.film = film;
    this.root = root;
    this.moment = 0;
    this.tops = {};
    let y = AXIS;
    for (const lane of film.lanes) {
      this.tops[lane.kind + lane.name] = { y, lane };
      this.tops[lane.name] ??= { y, lane };
      y += HEIGHTS[lane.kind] + GAP;
    }
    this.height = y;
    this.canvas = el("canvas", { role: "img", class: "kl-canvas" });
    this.cursor = el("div", { class: "kl-cursor", "aria-hidden": "true" });
    this.tip = el("div", { class: "kl-tip", "aria-hidden": "true", hidden: true });
    this.names = film.lanes.map((lane) => this.name(lane));
    this.box = el("div", { class: "kl-canvas-box" }, this.canvas, this.cursor, this.tip);
    this.el = el("div", { class: "kl-timeline" }, el("div", { class: "kl-names" }, this.names.map((n) => n.el)), this.box);
    this.el.style.setProperty("--kl-height", `${this.height}px`);
    this.canvas.addEventListener("click", (event) => go(this.stepAt(event) + 1));
    this.canvas.addEventListener("mousemove", (event) => this.point(event));
    this.canvas.addEventListener("mouseleave", () => { this.tip.hidden = true; });
  }
  name(lane) {
    const letter = el("span", { class: "kl-letter" }), code = el("code");
    const made = el("div", { class: `kl-name kl-name-${lane.kind}` },
      el("div", {}, el("span", { class: "kl-lane" }, lane.name), letter), lane.kind === "task" ? code : null);
    made.style.top = `${this.tops[lane.kind + lane.name].y}px`;
    made.style.height = `${HEIGHTS[lane.kind]}px`;
    return { el: made, lane, letter, code };
  }
  /** The first and last step in sight. */
  fit() {
    const steps = Math.max(1, this.film.steps);
    this.whole ??= steps * SMALL <= this.wide;
    if (this.whole) [this.from, this.to] = [0, Math.max(steps, 12)];
    else {
      const span = Math.min(this.span ?? this.near(), steps);
      const start = Math.min(Math.max(0, this.moment - span / 2), steps - span);
      [this.from, this.to] = [Math.floor(start), Math.floor(start) + span];
    }
  }
  near() { return Math.max(12, Math.floor(this.wide / NEAR)); }
  zoom(factor) {
    const span = (this.whole ? this.film.steps : this.span ?? this.near()) * factor;
    this.span = Math.round(Math.min(Math.max(span, 12), this.film.steps));
    this.whole = this.span >= this.film.steps;
    this.fit();
    this.draw();
    this.place();
  }
  toggle() {
    this.whole = !this.whole;
    this.fit();
    this.draw();
    this.place();
  }
  x(step) { return (step - this.from) * this.scale; }
  stepAt(event) {
    const { left } = this.canvas.getBoundingClientRect();
    return Math.min(this.film.steps - 1, Math.max(0, Math.floor(this.from + (event.clientX - left) / this.scale)));
  }
  point(event) {
    const step = this.stepAt(event);
    this.tip.textContent = `${step + 1}  ${this.film.says.at(step + 1)}`;
    this.tip.hidden = false;
    const x = Math.min(Math.max(0, this.x(step)), this.wide - 260);
    this.tip.style.transform = `translate(${x}px, 0)`;
  }
  show(moment) {
    this.moment = moment;
    const step = moment - 1;
    if (!this.whole && (step < this.from || moment > this.to)) {
      this.fit();
      this.draw();
    }
    this.place();
    const [who, file, line] = this.film.places.at(moment);
    for (const { lane, letter, code } of this.names) {
      if (lane.kind !== "task") continue;
      const entry = this.film.tasks.find((task) => task.name === lane.name);
      const task = entry && this.film.task(entry, moment);
      letter.textContent = task && task.place !== "not here yet" && task.letter !== "X" ? task.letter : "";
      letter.title = task ? `${task.state}, ${task.place}` : "";
      // whoever took the step is at its line; everybody else is where he goes on
      const at = line && lane.name === who ? { file, line } : task;
      code.textContent = at && at.line ? `${at.line} ${this.source(at)}` : "";
    }
  }
  source(at) {
    const line = this.film.source[at.file]?.[at.line - 1];
    return line === undefined ? at.file : line.split("  #")[0].trim();
  }
  place() {
    const step = Math.max(0, this.moment - 1);
    this.cursor.hidden = !this.moment;
    this.cursor.style.transform = `translateX(${this.x(step)}px)`;
    this.cursor.style.width = `${Math.max(2, this.scale)}px`;
  }

  // -- drawing: everything that does not move when a step is made

  draw() {
    const box = this.box.getBoundingClientRect();
    if (!box.width) return;
    const ratio = window.devicePixelRatio || 1;
    if (this.wide !== box.width) { this.wide = box.width; this.fit(); }
    this.scale = Math.min(30, this.wide / (this.to - this.from));
    this.canvas.width = Math.round(this.wide * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    const style = getComputedStyle(this.root);
    this.colour = (name) => style.getPropertyValue(`--kl-${name}`).trim() || "#888";
    this.fonts = [style.getPropertyValue("--kl-font") || "sans-serif"];
    const c = (this.c = this.canvas.getContext("2d"));
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, this.wide, this.height);
    this.patterns = {};
    this.axis();
    for (const lane of this.film.lanes) this.lane(lane);
    this.marks();
    this.broke();
    this.canvas.setAttribute("aria-label", this.described());
  }
  described() {
    const { film } = this;
    const names = film.lanes.map((lane) => lane.name).join(", ");
    const broke = film.broke === null ? "" : ` It broke at step ${film.broke}.`;
    return `Timeline of ${film.steps} steps, with a lane for each of ${names}.${broke} The sentence of each step says what it shows.`;
  }
  axis() {
    const { c } = this;
    c.font = `11px ${this.fonts}`;
    c.textAlign = "center";
    const every = [1, 5, 10, 50, 100, 500, 1000, 5000, 10000, 50000].find((n) => n * this.scale >= 30) ?? 100000;
    for (let step = Math.ceil((this.from + 1) / every) * every; step <= Math.min(this.to, this.film.steps); step += every) {
      const x = this.x(step - 0.5);
      c.fillStyle = this.colour("quiet");
      c.fillText(String(step), Math.min(Math.max(x, 14), this.wide - 16), 13);
      c.fillStyle = this.colour("rule");
      c.fillRect(Math.round(x), AXIS - 4, 1, this.height);
    }
    c.fillStyle = this.colour("ink");
    if (this.from > 0) c.fillText("‹", 5, 13);
    if (this.to < this.film.steps) c.fillText("›", this.wide - 5, 13);
    for (const lane of this.film.lanes) {
      c.fillStyle = this.colour("rule");
      c.fillRect(0, this.tops[lane.kind + lane.name].y + HEIGHTS[lane.kind] + 2, this.wide, 1);
    }
  }
  /** A lane's runs.  Those narrower than a pixel share one: the rarest shape among them is drawn. */
  lane(lane) {
    const { runs, kinds } = lane, { y } = this.tops[lane.kind + lane.name], tall = HEIGHTS[lane.kind];
    let pixel = -1, best = -1;
    const flush = () => {
      if (best >= 0) this.shape(kinds[best], pixel, y, Math.max(1, RANK[kinds[best][0]] > 6 ? 2 : 1), tall);
      best = -1;
    };
    for (let i = firstRun(runs, this.from); i < runs.length && runs[i] < this.to; i += 3) {
      const x = this.x(runs[i]), wide = (runs[i + 1] - runs[i]) * this.scale, kind = runs[i + 2];
      if (wide >= 1.5) {
        flush();
        this.shape(kinds[kind], x, y, wide, tall);
        const next = i + 3 < runs.length ? this.x(runs[i + 3]) : this.wide;
        this.label(kinds[kind], Math.max(0, x), y, Math.min(x + wide, this.wide) - Math.max(0, x), tall, next - x - wide);
      } else if (Math.floor(x) !== pixel) {
        flush();
        pixel = Math.floor(x);
        best = kind;
      } else if (best < 0 || RANK[kinds[kind][0]] > RANK[kinds[best][0]]) best = kind;
    }
    flush();
  }
  shape([shape, label], x, y, wide, tall) {
    const { c } = this;
    const box = (top, high, fill) => { c.fillStyle = fill; c.fillRect(x, y + top, wide, high); };
    if (shape === "run") {
      box(0, tall, this.colour("run"));
      if ((label === "S" || label === "D") && wide > 2) { c.globalAlpha = 0.75; box(tall - 6, 2, this.colour("on-run")); c.globalAlpha = 1; }
    } else if (shape === "ready") box(tall / 2, tall / 2, this.pattern("ready"));
    else if (shape === "spin") box(0, tall, this.pattern("spin"));
    else if (shape === "sleep") box(tall - 4, 2, this.colour("sleep"));
    else if (shape === "deep") box(tall - 9, 9, this.pattern("deep"));
    else if (shape === "zombie") { c.strokeStyle = this.colour("zombie"); c.lineWidth = 1.5; c.strokeRect(x + 1, y + 6, Math.max(1, wide - 2), tall - 8); }
    else if (shape === "irq") {
      const notch = Math.min(6, wide / 2);
      c.fillStyle = this.colour("irq");
      c.beginPath();
      c.moveTo(x, y + 2); c.lineTo(x + wide, y + 2); c.lineTo(x + wide, y + tall - 6); c.lineTo(x + notch, y + tall);
      c.lineTo(x, y + tall - 6);
      c.fill();
    } else if (shape === "world") { c.strokeStyle = this.colour("irq"); c.lineWidth = 1; c.strokeRect(x + 0.5, y + 2.5, Math.max(1, wide - 1), tall - 5); }
    else { c.fillStyle = this.colour(shape); c.fillRect(x, y + 2, Math.max(1, wide - 1), tall - 4); }
  }
  /** A state's letter in the middle, a name at the beginning; a name too long for its run stands beside it, if free. */
  label([shape, label], x, y, wide, tall, free) {
    const { c } = this;
    if (!label || wide < 8) return;
    const letter = label.length === 1 && RANK[shape] <= 6 && !["cpu", "queue", "lock"].includes(shape);
    c.font = `${letter ? "600 12" : "11"}px ${this.fonts}`;
    c.fillStyle = this.colour(["run", "irq", "helper"].includes(shape) ? "on-run" : ["cpu", "queue", "lock"].includes(shape) ? "on-soft" : "ink");
    if (letter) {
      c.textAlign = "center";
      const low = { run: tall / 2 + 2, spin: tall / 2 + 4, zombie: tall / 2 + 4, ready: 14 }[shape] ?? tall - 12;
      if (shape === "spin") this.plate(x + wide / 2 - 7, y + low - 11, 14, 14);
      c.fillText(label, x + wide / 2, y + low);
      return;
    }
    c.textAlign = "left";
    const full = c.measureText(label).width;
    if (full > wide - 7 && full < free - 10 && BESIDE.includes(shape)) {
      c.fillStyle = this.colour("ink");
      c.fillText(label, x + wide + 4, y + tall - 6);
      return;
    }
    const words = shorten(c, label, wide - 7);
    if (words) c.fillText(words, x + 4, y + tall - 6);
  }
  plate(x, y, wide, tall) {
    const { c } = this, ink = c.fillStyle;
    c.fillStyle = this.colour("paper");
    c.fillRect(x, y, wide, tall);
    c.fillStyle = ink;
  }
  pattern(name) {
    if (this.patterns[name]) return this.patterns[name];
    const size = name === "ready" ? 8 : 6, tile = document.createElement("canvas");
    tile.width = tile.height = size;
    const t = tile.getContext("2d");
    t.strokeStyle = this.colour(name);
    t.lineWidth = 1.6;
    const lines = { ready: [[-1, 7, 7, -1], [2, 10, 10, 2]], deep: [[0, 0, 6, 6], [6, 0, 0, 6]], spin: [[2, 0, 2, 6], [5, 0, 5, 6]] };
    for (const [a, b, x, y] of lines[name]) { t.beginPath(); t.moveTo(a, b); t.lineTo(x, y); t.stroke(); }
    return (this.patterns[name] = this.c.createPattern(tile, "repeat"));
  }
  /** Arrows: who wakes whom.  Drawn last, and at most one of a kind for each pair of lanes and pixel. */
  marks() {
    const { c } = this, seen = new Set();
    for (let i = firstMark(this.film.marks, this.from); i < this.film.marks.length; i += 1) {
      const [step, kind, source, target] = this.film.marks[i];
      if (step > this.to) break;
      const x = this.x(step + 0.5), key = `${Math.floor(x / 2)} ${kind} ${source} ${target}`;
      const from = this.tops[source], to = this.tops[target];
      if (!from || seen.has(key)) continue;
      seen.add(key);
      if (this.scale < 4) this.tick(kind, x, from, to);
      else this.mark(kind, x, from, to);
    }
    c.setLineDash([]);
  }
  /** Where arrows would hide each other: a short stroke at the edge of the lane that is reached. */
  tick(kind, x, from, to) {
    const { y, lane } = to ?? from;
    this.c.fillStyle = this.colour(kind === "fault" ? "broke" : "ink");
    this.c.fillRect(x - 1, y + (!to || from.y > to.y ? HEIGHTS[lane.kind] - 5 : 0), 2, 5);
  }
  /** From a dot in the lane of whoever acts to the edge of the lane that is reached, with a halo to be seen on bars. */
  mark(kind, x, from, to) {
    const { c } = this, middle = from.y + HEIGHTS[from.lane.kind] / 2;
    const down = !to || to.y >= from.y, sign = down ? 1 : -1;
    const start = from.y + (down ? HEIGHTS[from.lane.kind] - 7 : 7);
    const edge = !to ? start + 19 : down ? to.y + 2 : to.y + HEIGHTS[to.lane.kind] - 2;
    const end = kind === "lost" ? edge - 4 * sign : edge;
    const line = (points, wide, colour) => {
      c.lineWidth = wide;
      c.strokeStyle = this.colour(colour);
      c.beginPath();
      points.forEach(([a, b], i) => (i % 2 ? c.lineTo(a, b) : c.moveTo(a, b)));
      c.stroke();
    };
    const cross = (y, r) => [[x - r, y - r], [x + r, y + r], [x + r, y - r], [x - r, y + r]];
    if (kind === "fault") {
      line(cross(middle + 9, 5), 5, "paper");
      line(cross(middle + 9, 5), 2, "broke");
      return;
    }
    const stem = [[x, start], [x, kind === "lost" ? end : end - 6 * sign]];
    line(stem, 4, "paper");
    if (kind === "lost") {
      line(cross(end, 4), 4, "paper");
      c.setLineDash([3, 2.5]);
      line(stem, 1.5, "ink");
      c.setLineDash([]);
      line(cross(end, 4), 1.5, "ink");
    } else line(stem, 1.5, "ink");
    c.fillStyle = this.colour("ink");
    c.beginPath();
    c.arc(x, start, 2.5, 0, 7);
    if (kind !== "lost") { c.moveTo(x, end); c.lineTo(x - 4.5, end - 7 * sign); c.lineTo(x + 4.5, end - 7 * sign); }
    c.fill();
  }
  broke() {
    const { c, film } = this;
    if (!film.broke || film.broke < this.from || film.broke > this.to) return;
    const x = Math.min(this.x(film.broke), this.wide - 1);
    c.fillStyle = c.strokeStyle = this.colour("broke");
    c.fillRect(x - 1, 0, 2, this.height);
    c.font = `600 11px ${this.fonts}`;
    const left = x > this.wide - 90;
    c.textAlign = left ? "right" : "left";
    const words = "✗ broke here", size = c.measureText(words).width, at = left ? x - 5 : x + 5;
    this.plate(left ? at - size - 2 : at - 2, 1, size + 4, 15);
    c.fillStyle = this.colour("broke");
    c.fillText(words, at, 13);
  }
}

/** The first run that reaches beyond a step, by halving. */
function firstRun(runs, step) {
  let low = 0, high = runs.length / 3;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle * 3 + 1] <= step) low = middle + 1; else high = middle;
  }
  return low * 3;
}

function firstMark(marks, step) {
  let low = 0, high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle][0] < step) low = middle + 1; else high = middle;
  }
  return low;
}

function shorten(c, words, room) {
  if (c.measureText(words).width <= room) return words;
  let cut = words.length - 1;
  while (cut > 1 && c.measureText(`${words.slice(0, cut)}…`).width > room) cut -= 1;
  return cut > 2 ? `${words.slice(0, cut)}…` : "";
}

// ---- what there is at a moment ---------------------------------------------------------------------------------------

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const changed = () => el("span", { class: "kl-hidden" }, " (changed)");

/** Name and value, marked where the step changed it: by a dot and a word as well as by weight. */
function pair(name, value, fresh) {
  return el("div", {}, el("dt", {}, name), el("dd", { class: fresh ? "kl-fresh" : null }, value, fresh ? changed() : null));
}

function pairs(title, now, before, show) {
  const old = new Map(before ?? []);
  const body = now.length ? el("dl", {}, now.map(([name, value]) => pair(name, show(value), before && !same(value, old.get(name)))))
    : el("p", { class: "kl-none" }, "none");
  return panel(title, body);
}

const panel = (title, ...body) => el("section", { class: "kl-panel" }, el("h4", {}, title), body);
const chips = (names, none) => (names.length ? el("span", { class: "kl-chips" }, names.map((name) => el("span", { class: "kl-chip" }, name)))
  : el("span", { class: "kl-none" }, none));

/** Who is on a CPU, who could be, and, in a film with interrupts, which of them are under way. */
function queued({ tasks, frames, stopped }, film) {
  if (stopped) return "stopped";
  const at = (place) => tasks.filter((task) => task.place === place).map((task) => task.name);
  const irqs = frames.map(([cpu, name]) => `${name.replace("irq/", "")} on CPU ${cpu}`);
  return [["on a CPU", at("on a CPU")], ["could run", at("on the run queue")], ...(film.ever("frames") ? [["interrupt", irqs]] : [])];
}

const HEADS = ["PID", "PPID", "STAT", "COMMAND", "Now", "Next line", "preempt_count", "IRQs", "Signals"];

/** The tasks as ps lists them, with what ps does not know; beside a sleeper, the steps that say why it sleeps. */
function ps({ tasks, moment, stopped }, before, film, go) {
  const jump = (words, step) => el("button", { type: "button", class: "kl-jump", onclick: () => go(step) }, words);
  const why = (t) => {
    const found = t.letter !== "X" && film.why(t.name, moment);
    if (!found || !found.since) return null;
    const lost = found.lost && film.queues.at(moment).some(([name]) => name === t.waits);
    return el("span", { class: "kl-why" }, jump(`since step ${found.since}`, found.since), lost ? jump(`lost wake-up: step ${found.lost}`, found.lost) : null);
  };
  const old = new Map((before?.tasks ?? []).map((task) => [task.name, task]));
  const cells = (t) => [t.context === "irq" ? "" : t.pid, t.context === "irq" ? "" : t.ppid, t.letter, t.command,
    t.place + (t.waits ? `, waits for ${t.waits}` : "") + (t.locks.length ? `, holds ${t.locks.join(", ")}` : ""),
    stopped ? "" : t.line || "", t.preempt > 9 ? `0x${t.preempt.toString(16)}` : t.preempt, t.irqsOff ? "off" : "on", t.signals.join(" ") || "none"].map(String);
  const row = (t) => {
    const was = old.get(t.name), past = was && cells(was);
    return el("tr", { class: t.place === "on a CPU" ? "kl-on" : null }, el("th", { scope: "row" }, t.name),
      cells(t).map((cell, i) => { const fresh = past && past[i] !== cell && i !== 5; return el("td", { class: fresh ? "kl-fresh" : null }, cell, fresh ? changed() : null, i === 4 ? why(t) : null); }));
  };
  const here = tasks.filter((t) => t.place !== "not here yet" && !(t.place === "ended" && t.letter === "X"));
  return panel("Tasks (ps)", el("div", { class: "kl-scroll", tabindex: "0", role: "region", "aria-label": "Tasks as ps lists them" },
    el("table", {}, el("thead", {}, el("tr", {}, ["Task", ...HEADS].map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, here.map(row)))));
}

function heap(now, before) {
  const fresh = before && !same(now, before);
  return panel("Heap", now.length ? el("ul", { class: fresh ? "kl-fresh" : null }, now.map((line) => el("li", {}, line)))
    : el("p", { class: fresh ? "kl-fresh" : "kl-none" }, "nothing allocated", fresh ? changed() : null));
}

/** What the last program was given: its path, and a box for each string of argv and envp. */
function helper(now) {
  if (!now) return panel("Helper", el("p", { class: "kl-none" }, "none yet"));
  const [path, outcome, argv, envp] = now;
  // what the kernel could not read has no boxes, and above all no end
  const boxes = (words) => outcome === "failed" && !words.length ? el("span", { class: "kl-none" }, "cannot be read") : el("ol", { class: "kl-boxes", start: "0" }, [...words, "NULL"].map((word) => el("li", {}, word)));
  return panel("Helper", el("p", {}, el("code", {}, path), outcome === "ok" ? "" : ` (not run: ${outcome})`),
    el("dl", {}, pair("argv", boxes(argv)), pair("envp", boxes(envp))));
}

function dmesg(lines) {
  return panel("Log (dmesg)", lines.length
    ? el("pre", { class: "kl-log", tabindex: "0", role: "region", "aria-label": "The kernel's log" }, lines.slice(-40).join("\n"))
    : el("p", { class: "kl-none" }, "empty"));
}

/** The source, a file at a time; the step's own line is barred, and whoever goes on at a line stands beside it. */
class Source {
  constructor(film) {
    this.film = film;
    this.files = Object.keys(film.source);
    this.rows = {};
    this.tabs = this.files.map((file) => el("button", { type: "button", onclick: () => this.open(file) }, file));
    this.pages = this.files.map((file) => this.page(file));
    this.elsewhere = el("p", { class: "kl-elsewhere" });
    this.el = el("section", { class: "kl-panel kl-source" }, el("h4", {}, "Source"),
      el("div", { class: "kl-tabs", role: "group", "aria-label": "Files" }, this.tabs), this.pages, this.elsewhere);
    if (this.files.length) this.open(this.files[0]);
  }
  page(file) {
    this.rows[file] = this.film.source[file].map((line, n) => {
      const who = el("span", { class: "kl-who" });
      return { el: el("li", { value: n + 1 }, el("code", {}, line || " "), who), who };
    });
    return el("div", { class: "kl-page", tabindex: "0", role: "region", "aria-label": `Source of ${file}`, hidden: true },
      el("ol", {}, this.rows[file].map((row) => row.el)));
  }
  open(file) {
    this.files.forEach((name, i) => {
      this.pages[i].hidden = name !== file;
      this.tabs[i].setAttribute("aria-pressed", String(name === file));
    });
    this.shown = file;
  }
  show(frame) {
    const row = this.rows[frame.file]?.[frame.line - 1];
    // looked up before anything is changed: the browser need not lay the page out twice
    if (row) {
      if (this.shown !== frame.file) this.open(frame.file);
      this.reveal(row.el);
    }
    for (const row of this.touched ?? []) { row.el.className = ""; row.who.replaceChildren(); row.el.removeAttribute("aria-current"); }
    this.touched = [];
    const elsewhere = frame.line && !row ? [`this step: ${frame.file}, line ${frame.line}`] : [];
    for (const task of frame.stopped ? [] : frame.tasks) {
      if (!task.line || task.place === "ended" || task.place === "not here yet") continue;
      const row = this.rows[task.file]?.[task.line - 1];
      if (!row) { if (task.place !== "asleep") elsewhere.push(`${task.name}: next ${task.file}, line ${task.line}`); continue; }
      row.who.append(el("span", { class: "kl-chip", title: `${task.name} goes on here` }, `${task.name} ${task.letter}, next`));
      this.touched.push(row);
    }
    if (row) {
      row.el.className = "kl-here";
      row.el.setAttribute("aria-current", "step");
      this.touched.push(row);
    }
    this.elsewhere.textContent = elsewhere.join("; ");
  }
  /** Scroll the page of source, and nothing around it. */
  reveal(line) {
    const page = line.closest(".kl-page"), top = line.offsetTop;
    if (top < page.scrollTop + 20 || top > page.scrollTop + page.clientHeight - 44)
      page.scrollTop = Math.max(0, top - page.clientHeight / 2);
  }
}

// ---- the player ------------------------------------------------------------------------------------------------------

const KEYS = [["← →", "a step back or forward"], ["Home End", "first or last"], ["Space", "play or pause"],
  ["b", "where it broke"], ["+ -", "nearer or farther"], ["f", "the whole film, or near again"]];
const SPEEDS = [1, 2, 5, 20, 60];

class Player {
  constructor(host, data) {
    this.film = new Film(data);
    this.moment = -1;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.root = el("div", { class: "kthreadlab-show kl-player", role: "group", tabindex: "0",
      "aria-label": `Player of ${data.steps} steps. Arrow keys step; the keys are listed at its end.`, onkeydown: (event) => this.key(event) });
    this.timeline = new Timeline(this.film, this.root, (moment) => this.go(moment));
    this.source = new Source(this.film);
    this.status = el("p", { class: "kl-says", role: "status", "aria-live": "polite", "aria-atomic": "true" });
    this.small = el("div", { class: "kl-small" });
    this.state = el("div", { class: "kl-state" }, this.small);
    this.panes = {};
    this.root.append(this.head(), this.controls(), this.status, this.timeline.el,
      el("div", { class: "kl-below" }, this.source.el, this.state), this.foot());
    host.append(this.root);
    this.watch();
    this.timeline.moment = data.opens;
    this.timeline.draw();
    this.go(data.opens);
  }
  head() {
    const { film } = this;
    return el("div", { class: "kl-head" }, el("strong", {}, film.title), el("span", {}, film.config));
  }
  controls() {
    const { film } = this;
    this.buttons = {
      first: button("first", "First step", "Home", () => this.go(0)),
      back: button("back", "Step back", "ArrowLeft", () => this.go(this.moment - 1)),
      play: button("play", "Play", "Space", () => this.play(!this.timer)),
      forward: button("forward", "Step forward", "ArrowRight", () => this.go(this.moment + 1)),
      last: button("last", "Last step", "End", () => this.go(film.steps)),
    };
    this.slider = el("input", { type: "range", min: 0, max: film.steps, step: 1, "aria-label": "Step", oninput: () => this.go(Number(this.slider.value)) });
    this.number = el("input", { type: "number", min: 0, max: film.steps, "aria-label": "Go to step", onchange: () => this.go(Number(this.number.value)) });
    this.speed = el("select", { "aria-label": "Steps a second" }, SPEEDS.map((n) => el("option", { value: n, selected: n === 2 }, `${n}/s`)));
    const broke = film.broke === null ? null : el("button", { type: "button", class: "kl-broke", title: "Go to where it broke (b)",
      "aria-keyshortcuts": "b", onclick: () => this.go(film.broke) }, "✗ broke here");
    return el("div", { class: "kl-controls", role: "group", "aria-label": "Steps" }, Object.values(this.buttons), this.speed,
      el("span", { class: "kl-goto" }, "step", this.number, `of ${film.steps}`), broke, this.slider);
  }
  foot() {
    const { film } = this;
    const keys = el("details", {}, el("summary", {}, "Keys"), el("dl", {}, KEYS.map(([key, what]) => pair(key, what))));
    const shapes = new Set(film.lanes.flatMap((lane) => lane.kinds.map(([shape]) => shape)));
    const words = [["run", "full height: runs"], ["run", "a stripe in it: has declared that it will sleep"], ["ready", "half, hatched: could run"],
      ["sleep", "thin line: sleeps in S"], ["deep", "cross-hatched: sleeps in D"], ["spin", "upright stripes: spins"], ["zombie", "outline: zombie"],
      ["irq", "notched: interrupt"]].filter(([shape]) => shapes.has(shape)).map(([, told]) => told);
    const kinds = new Set(film.marks.map(([, kind]) => kind));
    if (kinds.has("wake")) words.push("arrow: wakes");
    if (kinds.has("lost")) words.push("dashed, with a cross: comes to nothing");
    const legend = el("details", {}, el("summary", {}, "How to read the lanes"), el("ul", {}, words.map((told) => el("li", {}, told))));
    const again = film.schedule && el("details", {}, el("summary", {}, "Schedule"), el("pre", {}, film.schedule));
    return el("div", { class: "kl-foot" }, legend, keys, again);
  }

  /** Show moment *m*: the only way anything changes. */
  go(m) {
    const moment = Math.max(0, Math.min(this.film.steps, Math.round(m) || 0));
    if (moment === this.moment) { this.number.value = String(moment); return; }
    const frame = this.film.frame(moment), before = moment ? this.film.frame(moment - 1) : null;
    this.moment = moment;
    this.root.dataset.moment = String(moment);
    this.source.show(frame);
    this.tell(frame);
    this.timeline.show(moment);
    this.panels(frame, before);
    this.slider.value = String(moment);
    this.slider.setAttribute("aria-valuetext", `step ${moment} of ${this.film.steps}`);
    this.number.value = String(moment);
    for (const [name, at] of [["first", 0], ["back", 0], ["forward", this.film.steps], ["last", this.film.steps]])
      this.buttons[name].setAttribute("aria-disabled", String(moment === at));
    if (moment === this.film.steps) this.play(false);
  }
  tell(frame) {
    const { film } = this, where = frame.line ? `, ${frame.file} line ${frame.line}` : "";
    const parts = [el("span", { class: "kl-step" }, frame.moment ? `Step ${frame.moment}${where}. ` : ""), frame.says];
    if (frame.moment === film.broke) parts.push(el("span", { class: "kl-broken" }, ` ✗ Here it broke${film.property && `: ${film.property}`}.`));
    if (frame.moment === film.steps) parts.push(el("span", { class: "kl-end" }, ` ${film.ending}`));
    this.status.replaceChildren(...parts);
  }
  /** Every panel of the machine's state; one of which nothing changed, and nothing had, stays as it is. */
  panels(frame, before) {
    const { film } = this, active = this.state.contains(document.activeElement) && document.activeElement;
    const held = (holder) => (holder ? `held by ${holder}` : "free");
    this.panel("tasks", this.state, [frame.moment], () => ps(frame, before, film, (moment) => this.go(moment)));
    this.panel("runqueue", this.small, [queued(frame, film), before && queued(before, film)],
      (now, old) => now === "stopped" ? panel("Run queue", el("p", {}, "The machine has stopped: nobody runs any more."))
        : pairs("Run queue", now, old, (names) => chips(names, "nobody")));
    const both = (name, draw) => film.ever(name) && this.panel(name, this.small, [frame[name], before?.[name]], draw);
    both("queues", (now, old) => pairs("Wait queues", now, old, (names) => chips(names, "empty")));
    both("locks", (now, old) => pairs("Locks", now, old, held));
    both("statics", (now, old) => pairs("Variables", now, old, (value) => el("code", {}, value)));
    both("heap", heap);
    both("helper", helper);
    if (film.log.length) this.panel("log", this.small, [frame.log], dmesg);
    // what had the focus may be gone: its successor gets it, or else the keys would go astray
    if (active && !active.isConnected) {
      const heirs = [...this.state.querySelectorAll("[tabindex]")];
      (heirs.find((heir) => heir.ariaLabel && heir.ariaLabel === active.ariaLabel) ?? this.root).focus({ preventScroll: true });
    }
  }
  panel(name, home, facts, draw) {
    const key = JSON.stringify(facts), old = this.panes[name];
    if (old?.key === key) return;
    const made = draw(...facts);
    if (old) old.made.replaceWith(made);
    else if (home === this.state) home.prepend(made);
    else home.append(made);
    this.panes[name] = { key, made };
  }

  play(on) {
    if (Boolean(this.timer) === on) return;
    this.buttons.play.replaceChildren(icon(on ? "pause" : "play"));
    this.buttons.play.setAttribute("aria-label", on ? "Pause" : "Play");
    this.status.setAttribute("aria-live", on ? "off" : "polite");
    cancelAnimationFrame(this.timer);
    this.timer = 0;
    if (!on) return;
    if (this.moment === this.film.steps) this.go(0);
    let due = performance.now();
    const tick = (now) => {
      // somebody who asked for less motion gets a step a second and no faster
      const wait = 1000 / (this.calm.matches ? 1 : Number(this.speed.value));
      if (now >= due + wait) { due = Math.max(due + wait, now - wait); this.go(this.moment + 1); }
      if (this.timer) this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key === "Tab" || event.key === "Escape") return;
    const on = event.target, typing = on === this.number || on === this.speed;
    const pressing = on.closest("button, summary") && on !== this.root;
    const acts = {
      ArrowLeft: () => this.go(this.moment - 1), ArrowRight: () => this.go(this.moment + 1),
      Home: () => this.go(0), End: () => this.go(this.film.steps), " ": () => this.play(!this.timer),
      b: () => this.film.broke !== null && this.go(this.film.broke), f: () => this.timeline.toggle(),
      "+": () => this.timeline.zoom(0.5), "=": () => this.timeline.zoom(0.5), "-": () => this.timeline.zoom(2),
    };
    event.stopPropagation();
    if (typing || (pressing && event.key === " ") || !Object.hasOwn(acts, event.key)) return;
    event.preventDefault();
    if (event.key !== " ") this.play(false);
    acts[event.key]();
  }

  /** Draw again when the room or the theme changes; keep plain keys from JupyterLab while the focus is in here. */
  watch() {
    const again = () => { this.timeline.draw(); this.timeline.place(); };
    const size = new ResizeObserver(() => { if (this.timeline.box.clientWidth !== this.timeline.wide) again(); });
    const theme = new MutationObserver(again), dark = matchMedia("(prefers-color-scheme: dark)");
    // JupyterLab listens before anybody below it does; a node that carries this attribute it leaves alone
    const guard = (event) => {
      if (this.root.contains(event.target))
        this.root.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.metaKey || event.altKey || event.shiftKey && event.key === "Enter"));
    };
    size.observe(this.timeline.box);
    theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "class"] });
    dark.addEventListener("change", again);
    window.addEventListener("keydown", guard, true);
    this.destroy = () => {
      this.play(false);
      size.disconnect();
      theme.disconnect();
      dark.removeEventListener("change", again);
      window.removeEventListener("keydown", guard, true);
      this.root.remove();
    };
  }
}

/** Put a player of a film into an element. */
export function mount(host, data) {
  return new Player(host, data);
}

/** What anywidget asks for. */
export default {
  render({ model, el: host }) {
    const report = model.get("report");
    if (report) {
      const above = document.createElement("div");
      above.innerHTML = report; // made and escaped by kthreadlab.show.report
      host.append(above);
    }
    const player = mount(host, JSON.parse(model.get("film")));
    return () => player.destroy();
  },
};
