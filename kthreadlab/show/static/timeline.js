/* The timeline: a lane for everybody, steps from left to right, on a canvas. */

const HEIGHTS = { world: 20, task: 36, helper: 20, irq: 20, cpu: 20, queue: 20, lock: 20 };
const GAP = 5, AXIS = 22, FLAG = 14;
/* What must not get lost when many steps share a pixel: the higher wins. */
const RANK = { sleep: 1, ready: 2, cpu: 2, queue: 2, lock: 2, run: 3, held: 3, deep: 4, stopped: 4, zombie: 5, spin: 6, helper: 7, irq: 8, world: 9 };
const WORDS = { run: "runs", held: "is interrupted", spin: "spins", ready: "could run", sleep: "sleeps", deep: "sleeps uninterruptibly", stopped: "is stopped", zombie: "is a zombie" };
const NOTHING = { task: "not here", queue: "nobody in it", lock: "free", helper: "none runs", irq: "none", world: "nothing", cpu: "nobody" };
const BESIDE = ["helper", "irq", "world"];

/** Which steps are in sight: numbers only, nothing is drawn here.

    All follows from how wide a step is, in pixels: as many steps are in sight as there is room for, never more room than
    steps if there are enough of them; and the current one is always among them, until somebody looks elsewhere. */
class Sight {
  static WIDEST = 44;     // of a step, when all are in sight
  static NEAREST = 60;    // of a step, when somebody comes nearer
  static NEAR = 10;       // of a step, when not all are in sight at first
  static SMALLEST = 7;    // of a step, when all are in sight at first
  constructor(steps) {
    this.steps = Math.max(1, steps);
    this.wide = this.from = 0;
    this.wanted = null;   // how wide a step shall be; 0: so that all are in sight; null: nobody has asked yet
  }
  get farthest() { return Math.min(Sight.WIDEST, this.wide / this.steps); }
  get nearest() { return Math.max(this.farthest, Math.min(Sight.NEAREST, this.wide / 4)); }
  get scale() {
    const wanted = this.wanted ?? (this.farthest < Sight.SMALLEST ? Sight.NEAR : 0);
    return Math.min(this.nearest, Math.max(this.farthest, wanted));
  }
  get room() { return this.wide / this.scale; }
  get to() { return this.whole ? this.steps : Math.min(this.steps, this.from + this.room); }
  get whole() { return this.room >= this.steps * 0.999; }
  /** Look from a step on, as far as there is something to look at. */
  look(from) { this.from = this.wide && !this.whole ? Math.max(0, Math.min(from, this.steps - this.room)) : 0; }
  centre(moment) { this.look(moment - 0.5 - this.room / 2); }
  /** Bring the step that led to a moment into sight, if it is not; says whether anything moved. */
  hold(moment) {
    const before = this.from, step = Math.max(0, moment - 1);
    this.look(before);
    if (step < this.from - 1e-6 || step + 1 > this.from + this.room + 1e-6) this.centre(moment);
    return before !== this.from;
  }
  zoom(factor, moment) {
    const wanted = this.scale * factor;
    this.wanted = wanted <= this.farthest * 1.001 ? 0 : Math.min(wanted, this.nearest);
    this.centre(moment);
  }
  /** All of it, or near again. */
  toggle(moment) {
    this.wanted = this.whole ? Math.max(Sight.NEAR, 2 * this.farthest) : 0;
    this.centre(moment);
  }
}

class Timeline {
  constructor(film, root, tip, go) {
    this.film = film;
    this.root = root;
    this.tip = tip;
    this.go = go;
    this.moment = 0;
    this.sight = new Sight(film.steps);
    this.tops = {};
    // above the steps' numbers, if anything broke, stands where
    this.top = AXIS + (film.broke ? FLAG : 0);
    let y = this.top;
    for (const lane of film.lanes) {
      this.tops[lane.kind + lane.name] = { y, lane };
      this.tops[lane.name] ??= { y, lane };
      y += HEIGHTS[lane.kind] + GAP;
    }
    this.height = y;
    this.canvas = el("canvas", { role: "img", class: "kl-canvas" });
    this.cursor = el("div", { class: "kl-cursor", "aria-hidden": "true" });
    this.names = film.lanes.map((lane, n) => this.name(lane, n));
    this.ties = new Ties(this);
    this.box = el("div", { class: "kl-canvas-box" }, this.canvas, this.ties.svg, this.cursor);
    this.el = el("div", { class: "kl-timeline" }, el("div", { class: "kl-names" }, this.names.map((n) => n.el)), this.box);
    this.el.style.setProperty("--kl-height", `${this.height}px`);
    this.el.style.setProperty("--kl-axis", `${this.top}px`);
    this.canvas.addEventListener("click", (event) => film.steps && go(this.stepAt(event) + 1));
    this.canvas.addEventListener("wheel", (event) => this.pan(event), { passive: false });
    // its colours fade, however shortly, when the host's theme or the system's changes
    this.canvas.addEventListener("transitionrun", () => { this.soon ??= requestAnimationFrame(() => { this.soon = null; this.draw(); }); });
    tip.over(this.canvas, (event) => this.told(event));
  }
  /** A lane's name, with its letter and the line it is at: a button that leads to where the lane goes on. */
  name(lane, n) {
    const letter = el("span", { class: "kl-letter" }), code = el("code");
    const made = el("button", { type: "button", tabindex: "-1", class: `kl-name kl-name-${lane.kind}`, onclick: () => this.follow(n) },
      el("span", {}, el("span", { class: "kl-lane" }, lane.name), letter), lane.kind === "task" ? code : null);
    if (n < 9) made.setAttribute("aria-keyshortcuts", String(n + 1));
    made.style.top = `${this.tops[lane.kind + lane.name].y}px`;
    made.style.height = `${HEIGHTS[lane.kind]}px`;
    this.tip.over(made, () => [`${lane.name}:`, this.following(lane, n)]);
    return { el: made, lane, letter, code };
  }
  following(lane, n) {
    const steps = this.film.begins(lane), key = n < 9 ? `, or press ${n + 1}` : "";
    return steps.length ? `${lane.kind === "task" ? "its next step" : "it changes next at step"} ${after(steps, this.moment)}: click${key}`
      : "takes no step here";
  }
  /** Go to where the nth lane goes on. */
  follow(n) {
    const lane = this.film.lanes[n], step = lane && after(this.film.begins(lane), this.moment);
    if (step) this.go(step);
  }
  zoom(factor) { this.sight.zoom(factor, this.moment); this.draw(); }
  toggle() { this.sight.toggle(this.moment); this.draw(); }
  /** A wheel that turns sideways, or with Shift, looks at other steps; the current one stays what it is. */
  pan(event) {
    const sideways = event.shiftKey ? event.deltaX || event.deltaY : Math.abs(event.deltaX) > Math.abs(event.deltaY) && event.deltaX;
    if (!sideways || this.sight.whole) return;
    event.preventDefault();
    this.sight.look(this.sight.from + sideways / this.scale);
    this.draw();
  }
  x(step) { return (step - this.from) * this.scale; }
  stepAt(event) {
    const { left } = this.canvas.getBoundingClientRect();
    return Math.min(this.film.steps - 1, Math.max(0, Math.floor(this.from + (event.clientX - left) / this.scale)));
  }
  /** What the pointer is at: the state of that lane at that step; above the lanes, the step's sentence. */
  told(event) {
    if (!this.film.steps) return null;
    const step = this.stepAt(event), y = event.clientY - this.canvas.getBoundingClientRect().top;
    const lane = this.film.lanes.find((lane) => { const { y: top } = this.tops[lane.kind + lane.name]; return y >= top && y < top + HEIGHTS[lane.kind] + GAP; });
    return lane ? [`${lane.name}:`, `${this.state(lane, step)}. Step ${step + 1}: ${this.film.says.at(step + 1)}`]
      : [`Step ${step + 1}:`, this.film.says.at(step + 1)];
  }
  /** A lane's state at a step, in words, and since when. */
  state(lane, step) {
    const { runs, kinds } = lane, i = firstRun(runs, step);
    if (!(runs[i] <= step)) return NOTHING[lane.kind];
    const [shape, label] = kinds[runs[i + 2]], since = ` since step ${runs[i] + 1}`;
    if (lane.kind !== "task") return `${{ lock: `held by ${label}`, queue: `${label} in it` }[lane.kind] ?? label}${since}`;
    const entry = this.film.tasks.find((task) => task.name === lane.name), task = entry && this.film.task(entry, step + 1);
    const by = insideAt(lane, step).map(irqName).join(", then by ");
    return `${WORDS[shape]}${by && shape === "held" ? ` by ${by}` : ` (${label})`}${since}${task ? circumstances(task) : ""}`;
  }
  show(moment) {
    this.moment = moment;
    if (this.sight.hold(moment)) this.draw(); else this.place();
    const [who, file, line] = this.film.places.at(moment);
    for (const { lane, letter, code } of this.names) {
      if (lane.kind !== "task") continue;
      const entry = this.film.tasks.find((task) => task.name === lane.name);
      const task = entry && this.film.task(entry, moment);
      letter.textContent = task && task.place !== "not here yet" && task.letter !== "X" ? task.letter : "";
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
    this.ties.show(this.moment);
  }
  /** As wide as there is room now, with the current step in sight; says whether that is another width. */
  resize() {
    const { width } = this.box.getBoundingClientRect(), other = width > 0 && width !== this.sight.wide;
    if (other) {
      this.sight.wide = width;
      this.sight.hold(this.moment);
    }
    this.draw();
    return other;
  }

  // -- drawing: everything that does not move when a step is made

  draw() {
    const { wide, from, to, scale } = this.sight;
    if (!wide) return;
    Object.assign(this, { wide, from, to, scale });
    const ratio = window.devicePixelRatio || 1, style = getComputedStyle(this.root), colours = {};
    this.canvas.width = Math.round(this.wide * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.colour = (name) => (colours[name] ??= style.getPropertyValue(`--kl-${name}`).trim() || "#888");
    this.fonts = style.getPropertyValue("--kl-font") || "sans-serif";
    const c = (this.c = this.canvas.getContext("2d"));
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, this.wide, this.height);
    this.patterns = {};
    this.axis();
    for (const lane of this.film.lanes) {
      this.lane(lane);
      this.ties.inside(lane);
      this.ties.names(lane);
    }
    this.marks();
    this.broke();
    this.ties.lost();
    this.canvas.setAttribute("aria-label", this.described());
    this.place();
  }
  described() {
    const { film } = this;
    const names = film.lanes.map((lane) => lane.name).join(", ");
    const broke = film.broke === null ? "" : ` It broke at step ${film.broke}.`;
    return `Timeline of ${film.steps} steps, with a lane for each of ${names}.${broke} The sentence of each step says what it shows.`;
  }
  /** The steps' numbers, each whole or not at all, and a sign at an end beyond which there are more. */
  axis() {
    const { c, film, top } = this, [left, right] = [this.from > 0, this.to < film.steps];
    c.font = `11px ${this.fonts}`;
    c.textAlign = "center";
    const room = Math.max(30, c.measureText(String(film.steps)).width + 12);
    const every = [1, 5, 10, 50, 100, 500, 1000, 5000, 10000, 50000].find((n) => n * this.scale >= room) ?? 100000;
    for (let step = Math.ceil((this.from + 0.5) / every) * every || every; step <= Math.min(this.to + 0.5, film.steps); step += every) {
      const x = this.x(step - 0.5), half = c.measureText(String(step)).width / 2;
      c.fillStyle = this.colour("rule");
      c.fillRect(Math.round(x), top - 4, 1, this.height);
      if (x - half < (left ? 12 : 0) || x + half > this.wide - (right ? 12 : 0)) continue;
      c.fillStyle = this.colour("quiet");
      c.fillText(String(step), x, top - 9);
    }
    c.fillStyle = this.colour("ink");
    if (left) c.fillText("‹", 5, top - 9);
    if (right) c.fillText("›", this.wide - 5, top - 9);
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
      if ((label === "S" || label === "D") && wide > 2) { c.globalAlpha = 0.75; box(tall - 5, 2, this.colour("on-run")); c.globalAlpha = 1; }
    } else if (shape === "held") {
      c.strokeStyle = this.colour("run"); c.lineWidth = 2; c.strokeRect(x + 1, y + 1, Math.max(0.5, wide - 2), tall - 2);
    } else if (shape === "ready") box(tall / 2, tall / 2, this.pattern("ready"));
    else if (shape === "spin") box(0, tall, this.pattern("spin"));
    else if (shape === "sleep") box(tall - 4, 2, this.colour("sleep"));
    else if (shape === "deep") box(tall - 9, 9, this.pattern("deep"));
    else if (shape === "stopped") { c.strokeStyle = this.colour("sleep"); c.lineWidth = 1.5; c.strokeRect(x + 1, y + tall - 8, Math.max(1, wide - 2), 6); }
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
    if (!label || wide < 8 || shape === "held") return;
    const letter = label.length === 1 && RANK[shape] <= 6 && !["cpu", "queue", "lock"].includes(shape);
    c.font = `${letter ? "600 12" : "11"}px ${this.fonts}`;
    c.fillStyle = this.colour(["run", "irq", "helper"].includes(shape) ? "on-run" : ["cpu", "queue", "lock"].includes(shape) ? "on-soft" : "ink");
    if (letter) {
      c.textAlign = "center";
      const low = { run: 26, spin: 27, zombie: tall / 2 + 4, ready: 14 }[shape] ?? tall - 12;
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
    const { c } = this, seen = new Set(), tied = new Set((this.film.lost ?? []).map(([step]) => step));
    for (let i = firstMark(this.film.marks, Math.floor(this.from)); i < this.film.marks.length; i += 1) {
      const [step, kind, source, target] = this.film.marks[i];
      if (step > this.to) break;
      const x = this.x(step + 0.5), key = `${Math.floor(x / 2)} ${kind} ${source} ${target}`;
      const from = this.ties.source(source, step), to = this.tops[target];
      if (!from || seen.has(key) || (kind === "lost" && tied.has(step))) continue;
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
    c.fillText("✗ broke here", left ? x - 5 : x + 5, 12);
  }
}

function shorten(c, words, room) {
  if (c.measureText(words).width <= room) return words;
  let cut = words.length - 1;
  while (cut > 1 && c.measureText(`${words.slice(0, cut)}…`).width > room) cut -= 1;
  return cut > 2 ? `${words.slice(0, cut)}…` : "";
}
