/* What the timeline draws inside bars, and between lanes: interrupts, names of calls, lost wake-ups, who waits for whom. */

/* Where in a lane names may stand, by the shape that is there; kinds of names, in the order in which they get their room,
   are the film's (kthreadlab/show/calls.py). */
const ZONES = { run: "bar", spin: "spin", sleep: "line", deep: "line" };
const INSET = 5, RING = 7, NAMED = 6;
const irqName = (actor) => actor.replace(/^irq\//, "");

/** Who waits for whom at a moment: {waiter, lock, holders}; without a lock, for the holders themselves. */
function waitsAt(film, moment) {
  const tasks = film.tasks.map((entry) => film.task(entry, moment)).filter(Boolean);
  const locks = new Set(film.lanes.filter(({ kind }) => kind === "lock").map(({ name }) => name)), names = new Set(tasks.map(({ name }) => name));
  const found = tasks.flatMap(({ name, waits }) => {
    const lock = waits.replace(/^the (mutex|semaphore) /, ""), other = waits.replace(/^the end of /, "");
    if (locks.has(lock)) return [{ waiter: name, lock, holders: tasks.filter((task) => task.locks.includes(lock)).map((task) => task.name) }];
    return other !== waits && names.has(other) ? [{ waiter: name, lock: "", holders: [other] }] : [];
  });
  const spinning = new Set(found.map(({ waiter }) => waiter));
  const held = film.lanes.flatMap((lane) => insideAt(lane, moment - 1).filter((irq) => spinning.has(irq)).map((irq) => ({ waiter: lane.name, lock: "", holders: [irq] })));
  return [...found, ...held];
}

/** Waits of which each is for whom the next one waits, and the last for the first; [] if there are none. */
function circleIn(waits) {
  const by = new Map(waits.map((wait) => [wait.waiter, wait]));
  const closes = (wait, first, way, seen) => {
    seen.add(wait.waiter);
    way.push(wait);
    for (const holder of wait.holders)
      if (holder === first || (by.has(holder) && !seen.has(holder) && closes(by.get(holder), first, way, seen))) return true;
    way.pop();
    return false;
  };
  for (const first of waits) {
    const way = [];
    if (closes(first, first.waiter, way, new Set())) return way;
  }
  return [];
}

/** The interrupts that are inside a lane at a step, the innermost last. */
function insideAt({ inside = [], names }, step) {
  const found = [];
  for (let i = 0; i < inside.length; i += 4) if (inside[i] <= step && step < inside[i + 1]) found[inside[i + 2]] = names[inside[i + 3]];
  return found.filter(Boolean);
}

/** What the lanes of a film mean by what is drawn inside and between them. */
function tieWords(film) {
  const some = (what) => film.lanes.some((lane) => lane[what]?.length);
  return [some("inside") && "notched, inside a bar: an interrupt, and whom it interrupts", some("calls") && "small words: what is done from that step on",
    film.lost?.length && "ring with a cross: a wake-up that woke nobody; dashed from it: to the sleep that it missed",
    film.lanes.some(({ kind }) => kind === "lock") && "arrows beside the step: dashed to the lock that somebody waits for, plain to whoever has it"].filter(Boolean);
}

/** What is done in a lane, as (start, end, number of its name) flat; a film holds gaps and lengths. */
function callsOf(lane) {
  if (lane.spread) return lane.spread;
  let start = 0;
  lane.spread = lane.calls.slice();
  for (let i = 0; i < lane.spread.length; i += 3) {
    start += lane.calls[i];
    lane.spread[i] = start;
    lane.spread[i + 1] = start + lane.calls[i + 1];
  }
  return lane.spread;
}

/** An element of a drawing. */
function svgPart(tag, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Draws them on a timeline's canvas, or, what changes with each step, in a drawing above it. */
class Ties {
  constructor(timeline) {
    this.t = timeline;
    this.svg = svgPart("svg", { "aria-hidden": "true", style: "position:absolute;left:0;top:0;width:100%;height:100%;pointer-events:none" });
  }
  /** Where somebody is: a lane by its name, an interrupt in the lane of whom it interrupts. */
  place(name, moment) {
    const { film, tops } = this.t, host = film.lanes.find((lane) => insideAt(lane, moment - 1).includes(name));
    return host ? tops[host.kind + host.name] : tops[name] ?? (/^irq\//.test(name) ? tops.interrupts : undefined);
  }

  /** Where a mark begins: an interrupt's, in the lane that whoever made that step is drawn in. */
  source(name, step) {
    const { film, tops } = this.t;
    return name === "interrupts" ? this.place(film.places.at(step + 1)[0].replace(/^cpu\d+>/, ""), step + 1) : tops[name];
  }

  // -- inside a lane

  /** The interrupts that a lane's bars hold, each with its notch and, if there is room, its name. */
  inside(lane) {
    const { inside = [], names } = lane, { t } = this, { c } = t, { y } = t.tops[lane.kind + lane.name], low = y + HEIGHTS[lane.kind] - 3;
    let drawn = -1;
    for (let i = 0; i < inside.length; i += 4) {
      const [start, end, depth] = inside.slice(i, i + 3), x = t.x(start), whole = (end - start) * t.scale;
      if (end < t.from || start > t.to || Math.floor(x + whole) === drawn) continue;
      drawn = Math.floor(x + whole);
      const wide = Math.max(2, whole - (whole > 6 ? 1 : 0)), top = y + INSET + 4 * depth, notch = Math.min(6, wide / 2);
      c.fillStyle = t.colour("irq");
      c.beginPath();
      [[x, top], [x + wide, top], [x + wide, low - 6], [x + notch, low], [x, low - 6]].forEach(([a, b], n) => (n ? c.lineTo(a, b) : c.moveTo(a, b)));
      c.fill();
      if (depth) continue;
      c.font = `11px ${t.fonts}`;
      c.textAlign = "left";
      c.fillStyle = t.colour("on-run");
      const left = Math.max(x, 0), words = shorten(c, irqName(names[inside[i + 3]]), x + wide - left - 6);
      if (words) c.fillText(words, left + 4, y + 17);
    }
  }
  /** The names of the calls in a lane's bars, as far as there is room: those that wait first, none over another. */
  names(lane) {
    const { t } = this, { c } = t, found = [];
    if (t.scale < NAMED || !lane.calls) return;
    const calls = callsOf(lane), zones = this.zones(lane);
    for (let i = Math.max(0, firstRun(calls, t.from) - 6); i < calls.length && calls[i] < t.to; i += 3) found.push(i);
    found.sort((a, b) => lane.names[calls[a + 2]][1] - lane.names[calls[b + 2]][1] || a - b);
    c.font = `10px ${t.fonts}`;
    c.textAlign = "left";
    for (const i of found) {
      const [start, end, n] = calls.slice(i, i + 3), [name, rank] = lane.names[n];
      const zone = rank ? zones.findLast((z) => ["bar", "irq"].includes(z.kind) && z.start <= start && start < z.end)
        : zones.find((z) => ["line", "spin"].includes(z.kind) && z.start < end && start < z.end);
      if (!zone || (rank && start < t.from)) continue;
      const x = Math.max(t.x(Math.max(start, zone.start)), 0) + 3, right = x + c.measureText(name).width;
      const limit = Math.min(t.x(zone.kind === "line" ? Math.min(zone.end, end) : zone.end), t.wide) - 2;
      if (right > limit || zone.taken.some(([a, b]) => right + 4 > a && b + 4 > x)) continue;
      zone.taken.push([x, right]);
      this.name(name, zone.kind, x, right - x, t.tops[lane.kind + lane.name].y);
    }
  }
  name(name, kind, x, wide, y) {
    const { t } = this, { c } = t, low = y + (kind === "irq" ? 28 : 11);
    c.fillStyle = t.colour(kind === "bar" || kind === "irq" ? "on-run" : "ink");
    if (kind === "spin") t.plate(x - 1, low - 9, wide + 2, 11);
    if (kind === "bar" || kind === "irq") { c.globalAlpha = 0.6; c.fillRect(x - 3, low - 8, 1, 9); c.globalAlpha = 1; }
    c.fillText(name, x, low);
  }
  /** Where in sight names may stand; within an interrupt, its own, and nobody else's. */
  zones({ runs, kinds, inside = [] }) {
    const { from, to } = this.t, found = [], frames = [];
    for (let i = firstRun(runs, from); i < runs.length && runs[i] < to; i += 3) {
      const kind = ZONES[kinds[runs[i + 2]][0]], last = found.at(-1);
      if (kind === "bar" && last?.kind === kind && last.end === runs[i]) last.end = runs[i + 1];
      else if (kind) found.push({ start: runs[i], end: runs[i + 1], kind, depth: -1 });
    }
    for (let i = 0; i < inside.length; i += 4)
      if (inside[i] < to && inside[i + 1] > from) frames.push({ start: inside[i], end: inside[i + 1], kind: "irq", depth: inside[i + 2] });
    return [...found, ...frames].flatMap((zone) => besideDeeper(zone, frames)).sort((a, b) => a.start - b.start || a.end - b.end);
  }

  // -- between lanes

  /** A way, with a halo to be seen on bars. */
  stroke(c, colour, wide, dash, draw) {
    for (const [width, name, dashes] of [[wide + 2.5, "paper", []], [wide, colour, dash]]) {
      c.lineWidth = width;
      c.strokeStyle = this.t.colour(name);
      c.setLineDash(dashes);
      c.beginPath();
      draw();
      c.stroke();
    }
    c.setLineDash([]);
  }
  dot(c, x, y, r) { c.beginPath(); c.arc(x, y, r, 0, 7); c.fill(); }
  /** Each wake-up that found nobody: a ring with a cross where it missed, and from it a way to the sleep that it missed. */
  lost() {
    const { t } = this, { c, film } = t;
    for (const [step, source, task, since] of film.lost ?? []) {
      const from = t.tops[source], to = t.tops[task];
      if (!from || !to || Math.max(step, since) < t.from || step > t.to) continue;
      const down = to.y >= from.y, x = t.x(step + 0.5), asleep = t.x(since), tall = HEIGHTS[to.lane.kind];
      const start = from.y + (down ? HEIGHTS[from.lane.kind] - 7 : 7), edge = down ? to.y - 2 : to.y + tall + 2, low = to.y + tall - 3;
      this.stroke(c, "broke", 2, [], () => { c.moveTo(x, start); c.lineTo(x, edge); });
      if (asleep > x) this.stroke(c, "broke", 2, [3, 2.5], () => { c.moveTo(x, edge); c.bezierCurveTo((x + asleep) / 2, edge, (x + asleep) / 2, low, asleep, low); });
      c.fillStyle = t.colour("broke");
      if (asleep > x) this.dot(c, asleep, low, 4);
      this.dot(c, x, start, 3);
      c.fillStyle = t.colour("paper");
      this.dot(c, x, edge, RING);
      this.stroke(c, "broke", 2, [], () => {
        c.moveTo(x + RING, edge); c.arc(x, edge, RING, 0, 7);
        c.moveTo(x - 4, edge - 4); c.lineTo(x + 4, edge + 4); c.moveTo(x + 4, edge - 4); c.lineTo(x - 4, edge + 4);
      });
      this.words(c, "woke nobody", x - RING - 5, edge + 4, "right");
    }
  }
  words(c, words, x, y, align) {
    const { t } = this;
    c.font = `600 11px ${t.fonts}`;
    c.textAlign = align;
    c.lineJoin = "round";
    c.lineWidth = 4;
    c.strokeStyle = t.colour("paper");
    c.strokeText(words, x, y);
    c.fillStyle = t.colour("broke");
    c.fillText(words, x, y);
  }
  /** Who waits for whom now: beside the current step, a dashed arrow to the lock, a plain one to whoever has it. */
  show(moment) {
    const { t } = this, waits = t.wide ? waitsAt(t.film, moment) : [], around = circleIn(waits), room = 24 * waits.length + 16;
    const right = t.x(moment), sign = right + room <= t.wide || right - t.scale - room < 0 ? 1 : -1;
    const x = (sign > 0 ? Math.min(right, t.wide - room) : right - t.scale) + 2 * sign;
    let out = x + 14 * sign;
    this.svg.replaceChildren(...waits.map((wait) => {
      const circling = around.includes(wait), from = this.place(wait.waiter, moment), between = wait.lock ? t.tops[wait.lock] : from;
      const group = svgPart("g", { "data-waits": JSON.stringify([wait.waiter, wait.lock, wait.holders]) });
      if (from && between && wait.lock) group.append(...tieArrow(circling, "4 3", halfway(from) + 6, halfway(between) - 4, x, out, sign));
      for (const holder of wait.holders) {
        const to = this.place(holder, moment);
        if (between && to && to.y !== between.y) group.append(...tieArrow(circling, "", halfway(between) + (wait.lock ? 4 : 0), halfway(to) - 6, x, out + 12 * sign, sign));
      }
      out += 24 * sign;
      return group;
    }));
    if (around.length) this.svg.append(svgPart("text", { x: x + 6 * sign, y: t.top - 9, "text-anchor": sign > 0 ? "start" : "end",
      style: "font:600 11px var(--kl-font);fill:var(--kl-broke);paint-order:stroke;stroke:var(--kl-paper);stroke-width:4px" }, "deadlock"));
  }
}

/** Out of a lane, along, and back into a lane, with the tip there; bolder where it is part of a circle. */
function tieArrow(circling, dash, start, end, x, out, sign) {
  const colour = `var(--kl-${circling ? "broke" : "ink"})`, d = `M${x} ${start}H${out}V${end}H${x + 6 * sign}`, wide = circling ? 2 : 1.5;
  return [svgPart("path", { d, style: `fill:none;stroke:var(--kl-paper);stroke-width:${wide + 2.5}` }),
    svgPart("path", { d, style: `fill:none;stroke:${colour};stroke-width:${wide}`, "stroke-dasharray": dash || "none" }),
    svgPart("path", { d: `M${x} ${end}l${7 * sign} -4.5v9z`, style: `fill:${colour}` })];
}

/** What of a zone is left beside the interrupts that are deeper. */
function besideDeeper({ start, end, kind, depth }, frames) {
  const left = [];
  for (const inner of frames.filter((frame) => frame.depth > depth && frame.start < end && start < frame.end)) {
    if (start < inner.start) left.push({ start, end: inner.start, kind, taken: [] });
    start = inner.end;
  }
  return start < end ? [...left, { start, end, kind, taken: [] }] : left;
}

const halfway = ({ y, lane }) => y + HEIGHTS[lane.kind] / 2;
