/* A cursor on the map, for the keyboard: right and left go along the steps, up and down among those that follow, or come
   before, the same state; Enter goes there, Home to where the game stands. */

class MapCursor {
  /** *go*: what a choice of a node does. */
  constructor(map, tip, go) {
    Object.assign(this, { map, tip, go, way: [] });
    this.says = el("p", { class: "kl-hidden", role: "status" });
    Object.entries({ tabindex: "0", role: "application", "aria-label": "Map of the states: the arrows go along the steps, Enter goes to a state." }).forEach(([key, value]) => map.box.setAttribute(key, value));
    map.box.addEventListener("keydown", (event) => this.key(event));
    map.box.addEventListener("focus", () => { if (map.box.matches(":focus-visible")) this.home(); });
    map.box.addEventListener("blur", () => { this.way = []; this.says.textContent = ""; tip.hide(); map.path(); });
    // a click chooses, and leaves the keys to the game
    map.box.addEventListener("mousedown", (event) => event.preventDefault());
  }
  /** The node that it is at; undefined while nobody looks for it. */
  get at() { return this.way.at(-1)?.node; }
  /** Of some nodes each once, as they lie from top to bottom. */
  sorted(nodes) { const { y } = this.map.at; return [...new Set(nodes)].sort((a, b) => y[a] - y[b] || a - b); }
  after(node) { const { from, to } = this.map.nodes; return this.sorted(to.filter((_, e) => from[e] === node)); }
  before(node) { const { from, to } = this.map.nodes; return this.sorted(from.filter((_, e) => to[e] === node)); }
  home() {
    const { map } = this, { here } = map.game, node = map.node(here.state);
    this.way = [{ node, beside: here.parent ? this.after(map.node(here.parent.state)) : [node] }];
    this.show();
  }
  /** On to a state that follows: the one that was played, if any was, else the uppermost. */
  right() {
    const { game } = this.map, line = game.line().map((x) => this.map.node(x.state)), beside = this.after(this.at), played = line[line.indexOf(this.at) + 1];
    if (beside.length) this.way.push({ node: line.includes(this.at) && beside.includes(played) ? played : beside[0], beside });
  }
  /** Back to where it came from, else to a state before. */
  left() {
    if (this.way.length > 1) { this.way.pop(); return; }
    const beside = this.before(this.at), line = this.map.game.way().map((x) => this.map.node(x.state)), played = line[line.lastIndexOf(this.at) - 1];
    if (beside.length) this.way = [{ node: beside.includes(played) ? played : beside[0], beside }];
  }
  beside(d) {
    const last = this.way.at(-1), i = last.beside.indexOf(last.node) + d;
    last.node = last.beside[i] ?? last.node;
  }
  key(event) {
    const acts = { ArrowRight: () => this.right(), ArrowLeft: () => this.left(), ArrowUp: () => this.beside(-1), ArrowDown: () => this.beside(1), Home: () => this.home(), Enter: () => this.go(this.at) };
    if (hosts(event) || !Object.hasOwn(acts, event.key)) return;
    event.stopPropagation();
    event.preventDefault();
    if (!this.map.at) return;
    if (this.at === undefined) this.home();
    acts[event.key]();
    this.show();
  }
  /** Say what is there, as the mouse is told, and mark it. */
  show() {
    const { map } = this, { node, beside } = this.way.at(-1), [head, words] = map.wordsOf(node, "Enter"), i = beside.indexOf(node);
    const where = beside.length > 1 ? ` It is ${i + 1} of ${beside.length}, from the top.` : "", { left, top } = map.box.getBoundingClientRect();
    this.says.textContent = `${head} ${words}${where}`;
    this.tip.show({ clientX: left + map.px[node], clientY: top + map.py[node] }, [head, words + where]);
    map.path();
  }
  /** Four corners around the node. */
  draw(c) {
    if (this.at === undefined) return;
    const { map } = this, x = map.px[this.at], y = map.py[this.at], q = Math.max(10, map.r + 7);
    c.strokeStyle = map.ink("ink");
    c.lineWidth = 2;
    c.beginPath();
    for (const [a, b] of [[-1, -1], [1, -1], [1, 1], [-1, 1]]) { c.moveTo(x + a * q, y + b * q / 2); c.lineTo(x + a * q, y + b * q); c.lineTo(x + a * q / 2, y + b * q); }
    c.stroke();
  }
}
