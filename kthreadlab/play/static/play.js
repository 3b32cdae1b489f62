/* Play: whoever looks on is the scheduler.  Every step that is possible is on the board; a click follows one.

   Keys: 1 … 9 0 a d … that mover makes a step       Shift with it  it goes on until it cannot
         ← or ⌫  →  back, and on along this way      ↑ ↓            another branch
         Home End   the ends of this way             ?              a hint
         b m s w c  branches, map, state, world, schedule           Esc  back to the notebook */

const PLAY_KEYS = [["1 … 9, 0, a, d …", "the mover with that key makes a step"], ["Shift with it", "it goes on until it cannot"], ["← →", "back, and on again"],
  ["↑ ↓", "another branch"], ["Home End", "to the beginning, to the end of this way"], ["?", "a hint"], ["b m s w c", "branches, map, state, world, schedule"], ["Tab to the map", "there the arrows go along its steps, and Enter goes to a state"], ["Esc", "back to the notebook"]];
const LANDS = /^cpu(\d+)>(.*)$/;
const LINE = 42;    // letters of a reason that fit into a line of a button
const SOON = 300;   // milliseconds after which somebody who waits is told what for
const HOLD = 450;   // milliseconds after which a click is a long one
const MOVES = "1234567890adefghijklnopqrtuvxyz";   // the keys of the movers, in their order
const FOLDS = [["play", ""], ["branches", "b"], ["map", "m"], ["state", "s"], ["world", "w"], ["schedule", "c"], ["keys", ""]];

class Scheduler {
  /** *worlds*: where it can be played, each with what opens its board, or why there is none; *board*: that of the first. */
  constructor(host, board, worlds, { goal, dare, hints, map, witness, sentence }) {
    Object.assign(this, { worlds, dare, goalName: goal, hints, mapped: map, witness, sentence });
    this.keeper = el("span", { class: "kl-keeper", role: "status" });
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.root = el("div", { class: "kthreadlab-show kl-player kl-play", role: "group", tabindex: "0",
      "aria-label": "You are the scheduler: numbers move, the arrows go back and on; all keys are listed under Keys.",
      onkeydown: (event) => this.key(event), onclick: () => this.take(), onfocusin: () => window.addEventListener("keydown", guard, true) });
    const guard = (event) => {
      const inside = this.root.contains(event.target);
      this.root.toggleAttribute("data-lm-suppress-shortcuts", inside && !hosts(event) && event.key !== "Escape");
      if (!inside) window.removeEventListener("keydown", guard, true);
    };
    host.append(this.root);
    this.set(0, board);
    const again = () => { if (this.timeline.resize()) this.source.reveal(); this.map.resize(); };
    new ResizeObserver(again).observe(this.root);
    new IntersectionObserver(again).observe(this.root);
  }
  /** Play on another board, from its beginning. */
  set(n, board) {
    const go = (moment) => this.goTo(moment);
    Object.assign(this, { board, number: n });
    this.game = new Game(board, this.goalName);
    this.hinted = -1;
    this.trouble = "";
    this.film = new Played(board);
    this.tip = new Tip(this.root);
    this.timeline = new Timeline(this.film, this.root, this.tip, go);
    this.source = new Source(this.film, this.tip, go);
    this.rows = this.rowsOf(board);
    this.kept = {};
    // the run that a check found is of the first world
    this.map = new MapView(board, this.game, this.tip, { go: (state) => this.act(() => this.there(state)), anywhere: this.hints, witness: n ? "" : this.witness, sentence: n ? "" : this.sentence });
    this.state = new State(board);
    this.goal = el("div", { class: "kl-goal", role: "status", "aria-live": "polite" });
    this.movers = el("div", { class: "kl-movers", role: "group", "aria-label": "Who moves next?" });
    this.status = el("p", { class: "kl-says", role: "status", "aria-live": "polite", "aria-atomic": "true" });
    const head = el("div", { class: "kl-head" }, el("strong", {}, this.mapped ? `${this.goalName} in ${board.title}` : board.title), el("span", {}, board.config), this.goal);
    this.table = [el("div", { class: "kl-table" }, el("section", { class: "kl-panel" }, el("h4", {}, "Who moves next?"), this.movers, this.tools()), this.source.el), this.timeline.el];
    const folds = this.folds();
    this.root.classList.toggle("kl-mapped", this.mapped);
    this.root.replaceChildren(head, ...(this.mapped ? [this.bodies.map, this.status] : [this.table[0], this.status, this.table[1]]), ...folds, this.tip.el);
    this.root.style.setProperty("--kl-source", `${Math.max(190, 62 + 44 * Math.min(6, this.rows.length))}px`);
    this.show();
    if (this.mapped) { this.map.fog = false; this.fold("map"); }
  }
  tools() {
    const tool = (text, label, keys, act) => el("button", { type: "button", class: "kl-tool", title: `${label} (${keys})`, "aria-label": label, "aria-keyshortcuts": keys, onclick: act }, text);
    return el("div", { class: "kl-tools", role: "group", "aria-label": "Back and on" },
      tool("↶ Back", "One step back", "ArrowLeft", () => this.back()), tool("↷ On", "On along this way", "ArrowRight", () => this.on()),
      tool("⟲ Restart", "From the beginning", "Home", () => this.goTo(0)), this.hints ? tool("? Hint", "A hint", "?", () => this.hint()) : null);
  }
  /** What waits behind a control each. */
  folds() {
    this.branches = el("div", { class: "kl-branches" });
    this.compared = el("div", { class: "kl-compared" });
    this.text = el("input", { type: "text", class: "kl-schedule", spellcheck: "false", "aria-label": "The schedule so far. Paste another and press Enter.",
      onkeydown: (event) => { if (event.key === "Enter") { event.stopPropagation(); this.paste(this.text.value); } } });
    const lift = (this.lift = el("button", { type: "button", class: "kl-tool", onclick: () => { this.map.fog = !this.map.fog; this.show(); } }));
    const along = (this.along = el("button", { type: "button", class: "kl-tool", onclick: () => this.act(() => this.along_()) }, "Go along the dashes"));
    this.shown = FOLDS.filter(([name]) => name !== "play" || this.mapped);
    const body = {
      play: this.table,
      branches: [this.branches, this.compared],
      map: [this.map.el, el("div", { class: "kl-map-foot" }, this.hints ? lift : null, along, this.map.legend)],
      state: [this.state.el],
      world: [this.others()],
      schedule: [el("div", { class: "kl-tools" }, this.text, el("button", { type: "button", class: "kl-tool", onclick: () => this.copy() }, "Copy"), this.keeper)],
      keys: [el("dl", {}, PLAY_KEYS.map(([key, what]) => pair(key, what)))],
    };
    this.bodies = Object.fromEntries(this.shown.map(([name]) => [name, el("div", { class: `kl-fold kl-fold-${name}`, hidden: true }, body[name])]));
    this.controls = Object.fromEntries(this.shown.map(([name, key]) => [name, el("button", { type: "button", class: "kl-tool", "aria-expanded": "false", "aria-keyshortcuts": key || null,
      onclick: () => this.fold(name) }, name[0].toUpperCase() + name.slice(1))]));
    return [el("div", { class: "kl-tools kl-bar", role: "group", "aria-label": "More" }, Object.values(this.controls)), ...Object.values(this.bodies).filter((body) => !this.mapped || body !== this.bodies.map)];
  }
  fold(name) {
    const body = this.bodies[name];
    body.hidden = !body.hidden;
    this.controls[name].setAttribute("aria-expanded", String(!body.hidden));
    if (name === "map" && !body.hidden) this.act(() => this.map.look(), true);
    this.show(true);
    if (name === "play" && !body.hidden) { this.timeline.resize(); this.source.reveal(); }
  }
  /** The worlds to choose from: machines, and versions of the kernel. */
  others() {
    const choice = ({ name, why, kind }, n) => el("li", {}, el("button", { type: "button", class: "kl-tool", "aria-pressed": String(n === this.number), "aria-disabled": String(Boolean(why)), "data-keep": `world ${n}`,
      onclick: () => this.act(() => this.world(n)) }, kind === "version" ? `Linux ${name}` : name), why ? el("span", { class: "kl-why" }, why) : null);
    return el("ul", { class: "kl-worlds" }, this.worlds.map(choice));
  }

  /** Another world, with the same unfolded. */
  async world(n) {
    const { why, open: opener } = this.worlds[n];
    if (why) throw new Error(`It cannot be played there: ${why}.`);
    const open = this.shown.filter(([name]) => !this.bodies[name].hidden && !(this.mapped && name === "map"));
    this.set(n, await opener());
    for (const [name] of open) this.fold(name);
    this.keep(`world ${n}`);
  }
  /** Give the focus to what has taken the place of what had it. */
  keep(what) { if (what) this.root.querySelector(`[data-keep="${CSS.escape(what)}"]`)?.focus({ preventScroll: true }); }

  // ---- moves

  /** One thing after the other: what is asked for while a kernel still answers waits for its turn. */
  act(what, keepHint = false) {
    // a move that went wrong is reported, and keeps nobody from the next
    this.doing = (this.doing ?? Promise.resolve()).catch(() => {}).then(async () => {
      this.trouble = "";
      const waits = setTimeout(() => this.status.replaceChildren("The kernel is at work…"), SOON);
      try { await what(); } catch (lost) { this.trouble = lost.message; }
      clearTimeout(waits);
      this.show(keepHint);
    });
    return this.doing;
  }
  /** A mover, or whoever can of a row, makes a step, or goes on as long as it can. */
  move(which, whole) {
    return this.act(async () => {
      const n = this.game.here.state, k = which.row ? this.first(which, n) : which;
      if (!(await (whole ? this.game.run(k) : this.game.move(k)))) this.trouble = `${this.named(k)}: ${this.board.reason(n, k)}.`;
    });
  }
  back() { return this.act(() => { this.game.here = this.game.here.parent ?? this.game.here; }); }
  on() { return this.act(() => { const next = this.game.here.next ?? this.game.here.children[0]; if (next) this.game.go(next); }); }
  goTo(moment) { return this.act(() => { this.game.here = this.game.line()[moment] ?? this.game.here; }); }
  /** The branch before or after this one, at the same fork. */
  other(d) {
    return this.act(() => {
      const fork = this.game.way().reverse().find((x) => x.parent?.children.length > 1);
      if (fork) { const { children } = fork.parent; this.game.go(children[(children.indexOf(fork) + d + children.length) % children.length]); }
    });
  }
  hint() {
    return this.act(async () => {
      this.hinted = await this.game.hint();
      if (this.game.here.broke !== null) { this.hinted = -1; this.trouble = "It is broken. Go back, and find another way."; }
      else if (this.hinted < 0) this.trouble = this.game.goal.unknown ? "Nobody knows: there are too many states." : this.game.standing().kind === "proof" ? "There is no way to break it: it holds whatever you do." : "There is no way to break it from here. Go back.";
    }, true);
  }
  /** Play the run that the map shows. */
  async along_() {
    this.trouble = await this.game.paste(runs(this.map.witness.movers.map((k) => this.board.movers[k].name)));
  }
  /** Where the map was clicked; without hints it leads nowhere but back, or it would play the game. */
  async there(state) {
    if (!(await this.game.jump(state, this.hints))) this.trouble = "You have not been there. Without hints the map leads only back.";
  }
  paste(text) { return this.act(async () => { this.trouble = await this.game.paste(text); this.take(); }); }
  /** Offer to keep the schedule elsewhere: *keep* is given its text, and gives what to say of it. */
  keeps(label, keep) {
    const said = el("span", { class: "kl-why" }), button = el("button", { type: "button", class: "kl-tool" }, label);
    button.onclick = () => { said.textContent = keep(this.game.schedule()); };
    this.keeper.replaceChildren(button, " ", said);
  }
  copy() { const text = `${this.board.head}: ${this.game.schedule()}`; navigator.clipboard?.writeText(text); this.text.value = text; this.text.select(); }

  // ---- what is seen

  /** Show where the game stands: the only way anything changes. */
  show(keepHint = false) {
    const { board, game, film } = this, { here } = game, line = game.line(), told = here.edge < 0 ? null : board.tell(here.edge);
    const focused = this.root.contains(document.activeElement) && document.activeElement;
    if (!keepHint) this.hinted = -1;
    if (here.broke !== null) this.map.fog = false;
    film.follow(line, here.broke);
    this.timeline.sight.steps = Math.max(20, film.steps);
    this.timeline.sight.hold(here.depth);
    this.timeline.show(here.depth);
    this.timeline.draw();
    const [who, file, place] = told ? told[TOLD.place] : ["", "", 0];
    this.source.show({ moment: here.depth, who, file, line: place, stopped: Boolean(told?.[TOLD.fault]), tasks: board.part("tasks").map((task) => board.task(task, here.state)).filter(Boolean) });
    this.status.replaceChildren(...(this.trouble ? [el("span", { class: "kl-broken" }, this.trouble)] : [el("span", { class: "kl-step" }, here.depth ? `Step ${here.depth}. ` : ""), told ? here.says : this.mapped && this.hints ? "Choose a state in the map: a shortest way there is played." : "Nothing has happened yet. You say who moves."]));
    this.buttons(here.state);
    this.standing();
    this.along.hidden = this.map.fog || !this.map.witness?.movers.length;
    this.lift.hidden = game.goal.unknown || game.standing().kind === "proof";
    this.lift.textContent = this.map.fog ? "Show which are bad" : "Hide which are bad";
    if (!this.bodies.map.hidden) this.map.path();
    if (!this.bodies.state.hidden) this.state.show(here.state, here.parent?.state);
    if (!this.bodies.branches.hidden) this.tree();
    if (here.broke !== null && !this.offered) { this.offered = true; if (this.bodies.schedule.hidden) this.fold("schedule"); }
    if (document.activeElement !== this.text || !this.trouble) this.text.value = `${here.broke === null ? "" : `${board.head}: `}${game.schedule()}`;
    this.root.dataset.moment = String(here.depth);
    this.root.dataset.state = String(here.state);
    // what had the focus may be gone; without it the next key would go astray
    if (focused && !this.root.contains(document.activeElement)) (this.movers.querySelector(`[data-mover="${CSS.escape(focused.dataset?.mover ?? "")}"]`) ?? this.root).focus({ preventScroll: true });
  }
  /** A mover by the name that people read: who it is, and where it would land. */
  named(k) {
    const { name } = this.board.movers[k], [, cpu, whole] = LANDS.exec(name) ?? [null, null, name];
    const [, kind, rest] = /^([^/]*)\/(.*)$/.exec(whole) ?? [null, "", whole];
    const words = { kill: `SIGKILL → ${rest}`, spurious: `wake ${rest} for nothing`, fail: `${rest} fails`, irq: `⚡ ${rest}`, softirq: `timer ${rest}`, "": rest };
    const shown = words[kind] ?? (kind.startsWith("SIG") ? `${kind} → ${rest}` : `${kind} ${rest}`);
    return cpu === null ? shown : `${shown} → CPU ${cpu}`;
  }
  /** Who stands where, once for a board: a row for each mover, or for all that lands on one CPU or another; whoever is
      not always shown comes last, so that nobody else's place or number ever changes. */
  rowsOf(board) {
    const rows = new Map();
    board.movers.forEach(({ name }, k) => {
      const whole = LANDS.exec(name)?.[2] ?? name;
      rows.set(whole, [...(rows.get(whole) ?? []), k]);
    });
    const always = (row) => row.some((k) => board.movers[k].shown), all = [...rows.values()];
    return [...all.filter(always), ...all.filter((row) => !always(row))].map((row) => ({ row, lands: row.filter((k) => LANDS.test(board.movers[k].name)) }));
  }
  /** The mover that a row's number moves in state *n*: one that can. */
  first({ row, lands }, n) { return row.find((k) => this.board.step(n, k) >= 0) ?? row.find((k) => !lands.includes(k)) ?? row[0]; }
  /** The buttons.  They stay the same elements: whoever points at one, holds it or has its focus keeps it. */
  buttons(n) {
    const { board } = this;
    const shown = this.rows.map((one, i) => {
      const { row, lands } = one, open = lands.filter((k) => board.step(n, k) >= 0);
      if (!row.some((k) => board.movers[k].shown || board.step(n, k) >= 0)) return null;
      // what has landed goes on under its own name
      return lands.length > 1 && open.length ? this.landing(n, one, open[0], MOVES[i] ?? "") : this.mover(n, this.first(one, n), MOVES[i] ?? " ", lands.length > 1);
    }).filter(Boolean);
    if (shown.length !== this.movers.children.length || shown.some((each, i) => each !== this.movers.children[i])) this.movers.replaceChildren(...shown);
  }
  /** The row of what can land on several CPUs in state *n*. */
  landing(n, { row, lands }, open, number) {
    const name = this.named(row[0]).replace(/ → CPU \d+$/, ""), words = el("span", { class: "kl-next-call" });
    const { body, next } = (this.kept[`row ${row[0]}`] ??= {
      body: el("div", { class: "kl-landing", role: "group", "aria-label": name }, el("kbd", {}, number), el("span", { class: "kl-mover-name" }, name),
        el("span", { class: "kl-chips" }, lands.map((k) => this.mover(n, k, ""))), words), next: words });
    lands.forEach((k) => this.mover(n, k, ""));
    next.textContent = this.board.tell(this.board.step(n, open))[TOLD.next];
    return body;
  }
  /** The button of a mover in state *n*, with its *number*; without, of one CPU that it can land on. */
  mover(n, k, number, roomy = false) {
    const { board } = this, e = board.step(n, k), told = e < 0 ? board.reason(n, k) : board.tell(e)[TOLD.next];
    const { button, words } = (this.kept[number ? k : `cpu ${k}`] ??= this.newMover(k, number, roomy));
    button.setAttribute("aria-disabled", String(e < 0));
    button.title = `${this.named(k)}: ${told}`;
    button.classList.toggle("kl-hinted", k === this.hinted);
    if (e < 0 && told.length > LINE) button.classList.add("kl-long");
    words.className = e < 0 ? "kl-why" : "kl-next-call";
    words.textContent = number ? told : "";
    return button;
  }
  newMover(k, number, roomy) {
    const { name, inner } = this.board.movers[k], key = number.trim() || null, words = el("span", {});
    let timer = 0, held = false;
    const stop = () => clearTimeout(timer);
    const body = number ? [el("kbd", {}, key ?? ""), el("span", { class: "kl-mover-name" }, this.named(k)), words] : [`CPU ${LANDS.exec(name)[1]}`];
    const button = el("button", { type: "button", class: `kl-mover ${number ? "" : "kl-cpu"} ${inner ? "" : "kl-world"} ${roomy ? "kl-roomy" : ""}`, "data-mover": name, "aria-keyshortcuts": key,
      onpointerup: stop, onpointerleave: stop, onpointercancel: stop,
      onpointerdown: () => { held = false; stop(); timer = setTimeout(() => { held = true; this.move(k, true); }, HOLD); },
      onclick: (event) => { if (!held) this.move(k, event.shiftKey); held = false; } }, body);
    // room for the longest reason that there will be: a button must not grow under the mouse
    button.classList.toggle("kl-long", Boolean(number) && [...new Set(Object.values(this.board.why[k]))].some((reason) => this.board.reasons[reason].length > LINE));
    return { button, words };
  }
  standing() {
    const s = this.game.standing(), steps = (n) => `${n} step${n === 1 ? "" : "s"}`, told = !this.map.fog, size = this.board.size?.toLocaleString("en");
    const kind = s.kind === "doomed" && !told ? "open" : s.kind;
    const [head, words] = {
      broken: [s.steps ? `✗ You broke it in ${steps(s.steps)}` : "✗ It is broken from the start", s.round !== null && s.round !== undefined ? `steps ${s.round + 1} to ${s.steps} can go on for ever` : s.steps === s.fewest ? `${s.fewest} is the fewest` : `the fewest is ${s.circular ? "at least " : ""}${s.fewest}`],
      stopped: ["The machine has stopped", `and that is another failure: not ${this.goalName}`],
      proof: ["✓ Nobody can ever break it", size === "1" ? "there is one state, and it holds in it" : `${size} states, and it holds in all of them`],
      behind: ["Another failure came first", `and so it is not kept: it is not ${this.goalName} that failed`],
      blameless: ["Nobody can break it by itself", `what goes wrong here is another failure: not ${this.goalName}`],
      over: ["✓ It is over, and it held", "go back, and try another way"],
      never: ["✓ From here nobody can break it any more", "go back, and try another way"],
      unknown: ["Not known: too many states", this.dare],
      end: ["It is over", "nobody can move any more: is the goal kept?"],
      fault: ["The machine has stopped", "a fault has stopped it"],
      doomed: ["It will break now, whatever you do", "play on and see it happen"],
      open: this.mapped && !s.steps && told ? ["✗ It can be broken", s.circular ? "and go on for ever" : `in ${steps(s.fewest)}, and in no fewer`] : ["Still open", this.hinted < 0 ? this.dare : !s.circular ? `${steps(s.left)} from here at best` : s.left ? `at least ${steps(s.left)} from here` : "here it can go round for ever"],
    }[kind];
    this.goal.className = `kl-goal kl-goal-${kind}`;
    if (this.goal.textContent !== head + words) this.goal.replaceChildren(el("b", {}, head), el("span", {}, words));
  }
  /** Every branch, from where it leaves this one; and side by side with this way, the one that is asked for. */
  tree() {
    const { game } = this, mine = new Set(game.line()), all = game.branches(), focused = this.branches.contains(document.activeElement) && document.activeElement.dataset.keep;
    const rows = all.map((leaf, n) => {
      const way = game.way(leaf), fork = way.findIndex((x) => !mine.has(x)), from = fork < 0 ? "this way" : `from step ${fork}`;
      const names = fork < 0 ? game.names(way) : game.names(way.slice(fork - 1));
      return el("li", {}, el("button", { type: "button", class: "kl-tool", "aria-pressed": String(fork < 0), "data-keep": `branch ${n}`, onclick: () => this.act(() => game.go(leaf)) }, `${n + 1}`),
        el("span", { class: "kl-step" }, `${from}: `), el("code", {}, runs(names) || "nothing yet"), leaf.broke === null ? "" : el("span", { class: "kl-broken" }, " ✗ broken"),
        fork < 0 ? null : el("button", { type: "button", class: "kl-jump", "data-keep": `compare ${n}`, onclick: () => { this.other_ = leaf; this.tree(); } }, "compare"));
    });
    this.branches.replaceChildren(el("ol", {}, rows));
    this.keep(focused);
    const other = this.other_ && all.includes(this.other_) && !mine.has(this.other_) ? game.way(this.other_) : null;
    this.compared.replaceChildren(...(other ? [this.beside(game.line(), other)] : []));
  }
  /** Two ways side by side, from the first step in which they differ. */
  beside(mine, other) {
    const { board } = this, fork = mine.findIndex((x, i) => x !== other[i]), first = fork < 0 ? mine.length : fork, rows = [];
    const cell = (x) => (x ? [x.says, x.broke === x.depth ? el("span", { class: "kl-broken" }, " ✗ broken") : ""] : []);
    for (let i = first; i < Math.max(mine.length, other.length); i += 1)
      rows.push(el("tr", { class: i === first ? "kl-first" : null }, el("th", { scope: "row" }, String(i)), el("td", {}, cell(mine[i])), el("td", {}, cell(other[i]))));
    return el("table", {}, el("caption", {}, `The same up to step ${first - 1}; from there:`),
      el("thead", {}, el("tr", {}, ["Step", "This way", "The other"].map((head) => el("th", { scope: "col" }, head)))), el("tbody", {}, rows));
  }

  // ---- the focus and the keys: never taken unasked, never kept

  take() { if (!this.root.contains(document.activeElement)) this.root.focus({ preventScroll: true }); }
  leave() {
    const cell = this.root.closest(".jp-Cell");
    if (cell) cell.focus({ preventScroll: true }); else document.activeElement.blur();
  }
  key(event) {
    const cell = event.key === "Enter" && event.shiftKey && this.root.closest(".jp-Cell");
    // run again, this cell would begin a new game: on to the next
    if (cell?.nextElementSibling) { event.stopPropagation(); event.preventDefault(); cell.nextElementSibling.focus(); return; }
    if (hosts(event)) return;
    if (event.key === "Escape") { this.leave(); return; }
    event.stopPropagation();
    if (event.target === this.text) return;
    const key = /^(?:Digit|Numpad)([0-9])$/.exec(event.code)?.[1] ?? event.key.toLowerCase(), row = key.length === 1 ? this.rows[MOVES.indexOf(key)] : null;
    const acts = { Backspace: () => this.back(), ArrowLeft: () => this.back(), ArrowRight: () => this.on(), ArrowUp: () => this.other(-1), ArrowDown: () => this.other(1),
      Home: () => this.goTo(0), End: () => this.goTo(this.game.line().length - 1), "?": () => this.hints && this.hint(), ...Object.fromEntries(this.shown.filter(([, key]) => key).map(([name, key]) => [key, () => this.fold(name)])) };
    const act = row ? () => this.move(row, event.shiftKey) : Object.hasOwn(acts, event.key) && acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

/** The machine's state in a few lines: queues, locks, variables, and who is where. */
class State {
  constructor(board) {
    this.board = board;
    this.el = el("div", { class: "kl-state" });
  }
  show(n, before) {
    const { board } = this, was = (of) => new Map(before === undefined ? [] : board.table(of, before));
    const lines = (of, show) => { const old = was(of); return board.table(of, n).map(([name, value]) => pair(name, show(value), before !== undefined && !same(value, old.get(name)))); };
    const tasks = board.part("tasks").map((task) => [board.task(task, n), before === undefined ? null : board.task(task, before)]).filter(([task]) => task);
    const where = (task) => `${task.letter} ${task.place}${circumstances(task)}${task.irqsOff ? ", interrupts off" : ""}${task.signals.length ? `, pending: ${task.signals.join(" ")}` : ""}${task.letter === "R" && task.state !== "TASK_RUNNING" ? `, ${task.state}` : ""}`;
    this.el.replaceChildren(
      el("dl", {}, tasks.map(([task, old]) => pair(task.name, where(task), old && where(old) !== where(task)))),
      el("dl", {}, lines("queues", (names) => chips(names, "empty")), lines("locks", (holder) => (holder ? `held by ${holder}` : "free")), lines("statics", (value) => el("code", {}, String(value)))));
  }
}

/** Put a scheduler of these boards in the place of the still picture beside the script that is running. */
async function schedulerOf(script) {
  const shown = script.closest(".kl-shown") ?? script.parentElement.querySelector(".kl-shown");
  const { boards, worlds, ...words } = JSON.parse(shown.querySelector("script[type='application/json']").textContent), [first] = boards, read = [];
  // what is alike in all worlds is said of the first
  const open = async ({ board: n, ...own }) => Object.assign(Object.create(await (read[n] ??= WholeBoard.read({ ...first, ...boards[n] }))), own);
  const all = worlds.map(({ board, config, head, ...world }) => ({ ...world, open: () => open({ board, ...(config ? { config, head } : {}) }) }));
  const made = new Scheduler(shown, await all[0].open(), all, words);
  shown.querySelector(".kl-figure").remove();
  return made;
}
