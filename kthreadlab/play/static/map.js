/* The map: every state that can be reached, from left to right by how many steps it takes to come there. */

const WHOLE = 40000;    // states that are drawn one by one; of more, those that look alike are one
const TINY = 1.6;       // pixels: of what is smaller nobody sees the shape
const NEAR = 1024;      // so many places are told apart between two rows
const [SAFE, STILL_OPEN, DOOMED, BROKEN] = [0, 1, 2, 3];
const KINDS = [["safe", "in which nobody can break it any more"], ["open", "still open"], ["doomed", "in which it will break, whatever comes"], ["broken", "broken"]];
const LEGEND = { safe: "nobody can break it any more", open: "still open", doomed: "will break, whatever comes", broken: "broken", rest: "square: at rest", been: "where you have been", way: "your way" };

/** How the goal stands in state *n*. */
const kindOf = ({ flags, far }, n) => (flags[n] & 1 || far[n] === 1 ? BROKEN : flags[n] & 2 ? DOOMED : far[n] ? STILL_OPEN : SAFE);

/** The nodes of a map: the states themselves, or groups of those in which everybody is in the same place. */
function nodesOf(board, goal, most = WHOLE) {
  const of = new Uint32Array(board.size);
  if (board.size <= most) {
    for (let n = 0; n < board.size; n += 1) of[n] = n;
    return drawn(board, goal, of, board.size);
  }
  const columns = [...board.part("tasks"), ...board.part("queues")].map(({ of: part, at, values }) => {
    const kinds = new Map();
    const number = values.map((value) => {
      const row = value?.[SEEN.row], key = part === "tasks" ? row && [row[0], row[2], row[3]].join() : String(value);
      if (!kinds.has(key)) kinds.set(key, kinds.size);
      return kinds.get(key);
    });
    return { at, number };
  });
  const groups = new Map();
  for (let n = 0; n < board.size; n += 1) {
    const key = [kindOf(goal, n), ...columns.map(({ at, number }) => number[at[n]])].join();
    if (!groups.has(key)) groups.set(key, groups.size);
    of[n] = groups.get(key);
  }
  return drawn(board, goal, of, groups.size);
}

function drawn(board, goal, of, size) {
  const whole = size === board.size, first = new Int32Array(size).fill(-1), count = new Uint32Array(size);
  const kind = new Uint8Array(size), rest = new Uint8Array(size), level = new Uint16Array(size), from = [], to = [], pairs = new Set();
  for (let n = 0; n < board.size; n += 1) {
    const g = of[n];
    count[g] += 1;
    if (board.ends(n)) rest[g] = 1;
    if (first[g] < 0) { first[g] = n; level[g] = board.levels[n]; kind[g] = kindOf(goal, n); }
    for (let e = board.offsets[n]; e < board.offsets[n + 1]; e += 1) {
      const t = of[board.targets[e]], pair = g * size + t;
      if (t === g || (!whole && pairs.has(pair))) continue;
      if (!whole) pairs.add(pair);
      from.push(g);
      to.push(t);
    }
  }
  return { of, size, whole, first, count, kind, rest, level, from: Uint32Array.from(from), to: Uint32Array.from(to) };
}

/** Where the nodes lie: x is the level; y is near the middle of a node's neighbours, as far as there is room for all. */
function laidOut({ size, level, from, to }, sweeps = 8) {
  const used = [...new Set(level)].sort((a, b) => a - b), place = new Map(used.map((l, i) => [l, i]));
  const x = Float32Array.from(level, (l) => place.get(l)), y = new Float32Array(size), rows = used.map(() => []);
  for (let n = 0; n < size; n += 1) rows[x[n]].push(n);
  for (const row of rows) row.forEach((n, i) => { y[n] = i - (row.length - 1) / 2; });
  const sum = new Float64Array(size), weight = new Uint32Array(size);
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    const both = sweep > sweeps / 2, forward = sweep % 2 === 0;
    sum.fill(0);
    weight.fill(0);
    for (let e = 0; e < from.length; e += 1) {
      const a = from[e], b = to[e], right = x[a] < x[b];
      if (x[a] === x[b]) continue;
      if (both || forward === right) { sum[b] += y[a]; weight[b] += 1; }
      if (both || forward !== right) { sum[a] += y[b]; weight[a] += 1; }
    }
    for (const row of rows) apart(row, y, (n) => (weight[n] ? sum[n] / weight[n] : y[n]));
  }
  const least = (a, b) => Math.min(a, b), most = (a, b) => Math.max(a, b);
  return { x, y, columns: used.length, low: y.reduce(least, 0), high: y.reduce(most, 0) };
}

/** Put the nodes of a column as near to where they wish to be as a distance of 1 allows: least squares, by pooling. */
function apart(row, y, wish) {
  // what is nearly equal is equal, or the last bit of a sum would say who lies above whom
  const wished = row.map((n) => [Math.round(wish(n) * NEAR) / NEAR, n]).sort((a, b) => a[0] - b[0] || a[1] - b[1]), blocks = [];
  const mean = (block) => block.sum / block.n;
  wished.forEach(([w], i) => {
    blocks.push({ sum: w - i, n: 1 });
    while (blocks.length > 1 && mean(blocks.at(-2)) > mean(blocks.at(-1))) {
      const { sum, n } = blocks.pop();
      blocks.at(-1).sum += sum;
      blocks.at(-1).n += n;
    }
  });
  let i = 0;
  for (const block of blocks) for (let k = 0; k < block.n; k += 1, i += 1) y[wished[i][1]] = mean(block) + i;
}

const crossAt = (c, x, y, q) => { c.moveTo(x - q, y - q); c.lineTo(x + q, y + q); c.moveTo(x + q, y - q); c.lineTo(x - q, y + q); };

class MapView {
  constructor(board, game, tip, { go, anywhere, witness, sentence }) {
    Object.assign(this, { live: board, game, go, anywhere, given: witness, sentence, fog: true });
    this.lines = el("canvas", { class: "kl-canvas", "aria-hidden": "true" });
    this.canvas = el("canvas", { class: "kl-canvas kl-map-states", role: "img", onclick: (event) => this.choose(this.near(event)) });
    this.top = el("canvas", { class: "kl-canvas kl-map-top", "aria-hidden": "true" });
    this.words = el("p", { class: "kl-map-words" });
    this.dashes = el("p", { class: "kl-map-dashes" });
    this.box = el("div", { class: "kl-map-box" }, this.lines, this.canvas, this.top);
    this.legend = el("ul", { class: "kl-legend" });
    this.cursor = new MapCursor(this, tip, (n) => this.choose(n));
    this.el = el("div", { class: "kl-map" }, this.box, this.cursor.says, this.words, this.dashes);
    this.canvas.addEventListener("transitionrun", () => { this.soon ??= requestAnimationFrame(() => { this.soon = null; this.draw(); }); });
    tip.over(this.canvas, (event) => this.told(event));
  }
  /** Find out what there is to draw: all states, or, where nobody knows them, those that somebody has come to. */
  async look() {
    if (this.at && !this.partial) { this.draw(); return; }
    const all = await this.live.whole();
    this.partial = !all;
    this.board = all ?? this.live.seen();
    this.board.movers ??= this.live.movers;
    this.goal = this.board.goals[this.game.goal.name];
    this.nodes = nodesOf(this.board, this.goal);
    this.at = laidOut(this.nodes);
    this.cursor.way = [];
    this.witness = this.partial ? { states: [], movers: [] } : brokenBy(this.board, this.goal, this.given);
    // a map of few rows is no higher than they are
    this.box.style.maxHeight = `${Math.max(110, 60 + 34 * (this.at.high - this.at.low))}px`;
    this.draw();
  }
  /** The node of a state of the game. */
  node(state) { return this.nodes.of[this.partial ? this.board.index.get(state) : state]; }
  /** Draw it for the first time, or again with other colours or another width. */
  draw() {
    const { width, height } = this.box.getBoundingClientRect(), ratio = devicePixelRatio || 1, layers = [this.lines, this.canvas, this.top];
    if (!width || !this.at) return;
    Object.assign(this, { wide: width, high: height });
    const style = getComputedStyle(this.el), colours = {};
    this.ink = (name) => (colours[name] ??= style.getPropertyValue(`--kl-${name}`).trim() || "#888");
    for (const canvas of layers) {
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.place();
    this.edges(this.lines.getContext("2d"));
    this.states();
  }
  /** Draw the states, in the fog or as they are; the steps between them stay. */
  states() {
    const c = this.canvas.getContext("2d");
    c.clearRect(0, 0, this.wide, this.high);
    if (this.fog) this.dots(c, new Set(this.game.nodes().map((x) => this.node(x.state))));
    else {
      this.run(c);
      for (const kind of [STILL_OPEN, SAFE, DOOMED, BROKEN]) this.shapes(c, kind);
      this.crosses(c);
    }
    this.told_ = this.fog;
    this.legend.replaceChildren(...this.seen().map((what) => el("li", { class: `kl-kind-${what}` }, LEGEND[what])));
    this.path();
  }
  /** The shapes that are on it. */
  seen() {
    if (this.fog || this.partial) return ["been", "way"];
    const { kind, rest } = this.nodes, kinds = new Set(kind), crossed = kinds.has(BROKEN) || this.goal.breaking.size;
    return [...KINDS.map(([name]) => name).filter((name, k) => (k === BROKEN ? crossed : kinds.has(k))), ...(this.r >= TINY && rest.some((rests, n) => rests && kind[n] !== BROKEN) ? ["rest"] : []), "way"];
  }
  /** The run that breaks it, under the states that it goes through: dashes, so that the way played can lie upon it. */
  run(c) {
    if (!this.witness.movers.length) return;
    c.strokeStyle = this.ink("broke");
    this.trail(c, this.witness.states.map((n) => this.nodes.of[n]), Math.max(4, this.r), [7, 6]);
    c.setLineDash([]);
  }
  /** Where each node is, in pixels. */
  place() {
    const { x, y, columns, low, high } = this.at, { size } = this.nodes, px = (this.px = new Float32Array(size)), py = (this.py = new Float32Array(size));
    const dx = Math.min(46, (this.wide - 32) / Math.max(1, columns - 1)), dy = Math.min(34, (this.high - 24) / Math.max(1, high - low));
    for (let n = 0; n < size; n += 1) { px[n] = 16 + x[n] * dx; py[n] = this.high / 2 + (y[n] - (low + high) / 2) * dy; }
    this.r = Math.max(1, Math.min(5.5, dy * 0.36, dx * 0.36));
  }
  edges(c) {
    const { from, to, size, whole } = this.nodes, { px, py } = this, { x } = this.at;
    c.lineWidth = size > 3000 ? 0.5 : 1;
    c.globalAlpha = Math.max(0.06, Math.min(1, (whole ? 600 : 150) / from.length));
    c.strokeStyle = this.ink("edge");
    c.beginPath();
    for (let e = 0; e < from.length; e += 1) {
      const a = from[e], b = to[e], lift = Math.min(30, 8 + Math.abs(px[b] - px[a]) / 8);
      c.moveTo(px[a], py[a]);
      if (size > 3000 || x[b] === x[a] + 1) c.lineTo(px[b], py[b]);
      else c.bezierCurveTo(px[a], py[a] - lift, px[b], py[b] - lift, px[b], py[b]);
    }
    c.stroke();
    c.globalAlpha = 1;
  }
  /** In the fog: a dot for each node, a larger one for those that are *known*. */
  dots(c, known) {
    const r = [Math.max(1, this.r * 0.5), Math.max(1, this.r * 0.8)];
    for (const [seen, ink] of ["edge", "accent"].entries()) {
      c.fillStyle = this.ink(ink);
      c.beginPath();
      for (let n = 0; n < this.nodes.size; n += 1) if (known.has(n) === Boolean(seen)) this.circle(c, n, r[seen]);
      c.fill();
    }
  }
  /** In the fog: somebody has come to this node. */
  been(n) {
    const c = this.canvas.getContext("2d");
    c.fillStyle = this.ink("accent");
    c.beginPath();
    this.circle(c, n, Math.max(1, this.r * 0.8));
    c.fill();
  }
  /** The nodes of one kind, in one go: circle open, ring safe, diamond doomed, cross broken; square, if it is at rest. */
  shapes(c, k) {
    const { r } = this, { kind, rest, size } = this.nodes, draw = k === BROKEN ? this.cross : k === DOOMED ? this.diamond : this.circle;
    c.fillStyle = c.strokeStyle = this.ink(["run", "sleep", "deep", "broke"][k]);
    c.lineWidth = k === BROKEN ? 2.5 : 1.5;
    c.beginPath();
    for (let n = 0; n < size; n += 1) if (kind[n] === k) (rest[n] && k !== BROKEN ? this.square : draw).call(this, c, n, r);
    if (k === SAFE && r >= TINY) c.fillStyle = this.ink("paper");
    if (k !== BROKEN) c.fill();
    if (k === BROKEN || (k === SAFE && r >= TINY)) c.stroke();
  }
  square(c, n, r) { c.rect(this.px[n] - r, this.py[n] - r, 2 * r, 2 * r); }
  circle(c, n, r) {
    if (r < TINY) { this.square(c, n, r); return; }
    c.moveTo(this.px[n] + r, this.py[n]);
    c.arc(this.px[n], this.py[n], r, 0, 7);
  }
  diamond(c, n, r) {
    if (r < TINY) { this.square(c, n, r); return; }
    const x = this.px[n], y = this.py[n], q = r * 1.25;
    c.moveTo(x, y - q); c.lineTo(x + q, y); c.lineTo(x, y + q); c.lineTo(x - q, y); c.closePath();
  }
  cross(c, n, r) { crossAt(c, this.px[n], this.py[n], Math.max(r, 4)); }
  /** The steps that break it themselves, wherever they lead to: each has a cross before its end. */
  crosses(c) {
    const { px, py, board, goal } = this, q = Math.max(3, Math.min(5, this.r));
    c.strokeStyle = this.ink("broke");
    c.lineWidth = 2;
    c.beginPath();
    for (const key of goal.breaking) {
      const n = Math.floor(key / MANY), a = this.nodes.of[n], b = this.nodes.of[board.targets[board.step(n, key % MANY)]];
      const x = px[a] + 0.6 * (px[b] - px[a]), y = py[a] + 0.6 * (py[b] - py[a]);
      crossAt(c, x, y, q);
    }
    c.stroke();
  }
  /** A line through these nodes; one that goes round often is no slower to draw than the round. */
  trail(c, nodes, width, dash) {
    const { px, py } = this, drawn = new Set();
    c.lineWidth = width;
    c.lineJoin = "round";
    c.lineCap = dash.length === 2 && dash[0] > dash[1] ? "butt" : "round";
    c.setLineDash(dash);
    c.beginPath();
    nodes.forEach((n, i) => {
      const before = nodes[i - 1] ?? n, pair = before * this.nodes.size + n;
      if (drawn.has(pair)) return;
      drawn.add(pair);
      c.moveTo(px[before], py[before]);
      c.lineTo(px[n], py[n]);
    });
    c.stroke();
  }
  /** The way that was played, on a canvas of its own: a step must not draw the map again. */
  path() {
    if (!this.px) return;
    if (this.partial && this.game.line().some((x) => !this.board.index.has(x.state))) { this.look(); return; }
    if (this.told_ !== this.fog) { this.states(); return; }
    const { top, game, px, py } = this, c = top.getContext("2d");
    if (this.fog) this.been(this.node(game.here.state));
    c.clearRect(0, 0, this.wide, this.high);
    const line = game.line().map((x) => this.node(x.state)), done = game.here.depth;
    c.strokeStyle = this.ink("accent");
    c.globalAlpha = 0.5;
    this.trail(c, line.slice(done), 3, [1, 6]);
    this.trail(c, line.slice(0, done + 1), Math.max(3, this.r * 0.9), []);
    c.globalAlpha = 1;
    c.setLineDash([]);
    c.lineWidth = 3;
    c.beginPath();
    c.arc(px[line[done]], py[line[done]], Math.max(7, this.r + 4), 0, 7);
    c.stroke();
    this.cursor.draw(c);
    this.say();
  }
  /** How many states there are of each kind. */
  counts() {
    if (this.counted?.of === this.board) return this.counted;
    const { size } = this.board, counts = (this.counted = Object.assign([0, 0, 0, 0], { of: this.board }));
    for (let n = 0; n < size; n += 1) counts[kindOf(this.goal, n)] += 1;
    return counts;
  }
  /** Draw it again if there is another width for it. */
  resize() { if (this.at && this.box.getBoundingClientRect().width !== this.wide) this.draw(); }
  /** The map in words, with the same counts. */
  say() {
    const { size, stops } = this.board, many = (n) => `${n.toLocaleString("en")} state${n === 1 ? "" : "s"}`;
    const all = this.partial ? `You have come to ${many(size)}; nobody knows how many there are`
      : `${many(size - stops)} can be reached${stops ? `, and ${stops.toLocaleString("en")} in which a fault has stopped the machine` : ""}`;
    const groups = this.nodes.whole ? "" : `, drawn as ${this.nodes.size.toLocaleString("en")} groups`, seen = new Set(this.game.nodes().map((x) => x.state)).size;
    const counts = this.counts(), told = counts.map((n, kind) => [n, KINDS[kind][1]]).reverse(), steps = this.goal.breaking.size;
    told.splice(1, 0, [steps, `step${steps === 1 ? " that breaks" : "s that break"} it`]);
    this.words.textContent = this.partial ? `${all}.` : this.fog ? `${all}${groups}; you have seen ${seen.toLocaleString("en")} of them.`
      : counts[SAFE] === size ? `${all}${groups}, and nobody can break it in any of them.`
        : `${all}${groups}: ${told.filter(([n]) => n).map(([n, words]) => `${n.toLocaleString("en")} ${words}`).join(", ")}.`;
    const { movers } = this.witness, names = movers.map((k) => this.live.movers[k].name);
    this.dashes.replaceChildren(...(this.fog || !movers.length ? [] : [`Dashes: ${this.given ? "the run that was found" : "a shortest way to break it"}, ${movers.length} step${movers.length === 1 ? "" : "s"}: `,
      el("code", {}, runs(names)), this.goal.rounds.length && !this.given ? ", from where it can go round for ever. " : ". ", this.sentence]));
    this.canvas.setAttribute("aria-label", `Map of the states, from left to right by steps. ${this.words.textContent}`);
  }
  near(event) {
    const { left, top } = this.canvas.getBoundingClientRect(), x = event.clientX - left, y = event.clientY - top;
    let best = -1, close = 200;
    for (let n = 0; n < this.nodes.size; n += 1) {
      const d = (this.px[n] - x) ** 2 + (this.py[n] - y) ** 2;
      if (d < close) { close = d; best = n; }
    }
    return best;
  }
  told(event) {
    const n = this.px ? this.near(event) : -1;
    return n < 0 ? null : this.wordsOf(n, "Click");
  }
  /** What is said of a node: what it is, and a sentence; *how* one goes there. */
  wordsOf(n, how) {
    const { first, count, kind, whole } = this.nodes, many = whole ? "A state:" : `${count[n].toLocaleString("en")} states like:`;
    return [many, `${this.board.sentence(first[n])}.${this.fog || this.partial ? "" : ` It is one ${KINDS[kind[n]][1]}.`}${this.anywhere ? ` ${how}: go there.` : ""}`];
  }
  choose(n) { if (n >= 0) this.go(this.partial ? [...this.board.index.keys()][n] : this.nodes.first[n]); }
}
