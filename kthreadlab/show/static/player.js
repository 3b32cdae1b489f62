/* The player: a recorded film of the machine, stepped through by hand.

   It never runs anything and asks nobody for anything: a film holds every moment there was.  These files are one
   script (kthreadlab/show/page.py puts them together); its one entry is `play`.

   `mount(host, film, { until: N })` shows nothing beyond moment N, nor that there is more, until `reveal()` is called on
   the player it returns.  `reveal({ moment, words, right })` also tells *words* (a text) at that moment, before its
   sentence: with a ✓ if *right* is true, a ✗ if it is false.
   The player's `root` stays the same element; it sends "moment" (its detail is the number) at every step, "reveal" once.

   Keys, wherever the focus is in the player:
     ← →  a step back or forward      Home End  first or last      Space  play or pause
     b    where it broke              + -       nearer or farther  f      the whole film, or near again
     n    the next step at this line  1 … 9     the next step of the first … ninth lane
     /    find a word, a task or a variable: Enter or ↓ leads to its next step, ↑ to the one before
     Esc  back to the notebook
   Keys with Ctrl, Meta or Alt, Tab, and Shift+Enter are the host's. */

const KEYS = [["← →", "a step back or forward"], ["Home End", "first or last"], ["Space", "play or pause"],
  ["b", "where it broke"], ["n", "the next step at this line"], ["1 … 9", "the next step of the first … ninth lane"],
  ["/", "find a word, a task, a variable; there ↓ ↑ lead to its steps"], ["+ -", "nearer or farther"], ["f", "the whole film, or near again"], ["Esc", "back to the notebook"]];
const SPEEDS = [1, 2, 5, 20, 60];

class Player {
  constructor(host, data, { until = null } = {}) {
    this.data = data;
    this.note = null;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.root = el("div", { class: "kthreadlab-show kl-player", role: "group", tabindex: "0",
      onkeydown: (event) => this.key(event), onclick: () => this.take(), onfocusin: () => window.addEventListener("keydown", guard, true) });
    // Some JupyterLabs listen before anybody below them does, but leave a node with this attribute alone: it is there
    // while the focus is, for each key that is ours.
    const guard = (event) => {
      const inside = this.root.contains(event.target);
      this.root.toggleAttribute("data-lm-suppress-shortcuts", inside && !hosts(event) && event.key !== "Escape");
      if (!inside) window.removeEventListener("keydown", guard, true);
    };
    host.append(this.root);
    this.build(until === null ? data : firstMoments(data, until));
    // a first time before the first frame, when all has its place; and whenever it comes into sight again
    const again = () => { if (this.timeline.resize()) this.source.reveal(); this.fit(); this.reach(); };
    new ResizeObserver(again).observe(this.root);
    new IntersectionObserver(again).observe(this.root);
  }
  /** Everything anew, of a film's data; it opens where the film says. */
  build(data) {
    const go = (moment) => this.go(moment);
    this.film = new Film(data);
    this.moment = -1;
    this.tip = new Tip(this.root);
    this.timeline = new Timeline(this.film, this.root, this.tip, go);
    this.source = new Source(this.film, this.tip, go);
    this.machine = machine(this.film, this.tip, go);
    this.root.setAttribute("aria-label", `Player of ${data.steps} steps. Arrow keys step; the keys are listed at its end.`);
    this.root.style.setProperty("--kl-lanes", `${this.timeline.height}px`);
    this.root.replaceChildren(this.head(), el("div", { class: "kl-top" }, this.controls(), this.says()), (this.lanes = el("div", { class: "kl-lanes", role: "group", "aria-label": "Lanes" }, this.timeline.el)),
      el("div", { class: "kl-below" }, this.source.el, this.machine.el), this.foot(), this.tip.el);
    this.go(data.opens);
  }
  /** What scrolls can be reached by keys. */
  reach() { this.lanes.toggleAttribute("tabindex", false); if (this.lanes.scrollHeight > this.lanes.clientHeight + 1) this.lanes.tabIndex = 0; }
  /** Show what was held back, at the same moment; *note* is told at its moment from now on. */
  reveal(note = null) {
    const { moment } = this, focused = this.root.contains(document.activeElement);
    this.play(false);
    this.note = note;
    this.build({ ...this.data, opens: moment });
    this.timeline.resize();
    if (focused) this.take();
    this.root.dispatchEvent(new CustomEvent("reveal"));
  }
  head() {
    const { film } = this;
    const hint = el("div", { class: "kl-hint kl-steady", "aria-hidden": "true" }, el("span", { class: "kl-outside" }, "click here, then → ←"),
      el("span", { class: "kl-inside" }, "→ ← step, Esc leaves"));
    return el("div", { class: "kl-head" }, el("strong", {}, film.title), el("span", {}, film.config), hint);
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
      "aria-keyshortcuts": "b", onclick: () => this.go(film.broke) }, "✗", el("span", {}, " broke here"));
    return el("div", { class: "kl-controls", role: "group", "aria-label": "Steps" }, Object.values(this.buttons), this.speed,
      el("span", { class: "kl-goto" }, el("span", {}, "step"), this.number, `of ${film.steps}`), broke, this.slider, this.find());
  }
  /** What is said of each step, in a box with room for the longest of it. */
  says() {
    const { film } = this, lines = film.places.values, [[, file, line]] = [largest(lines, ([, file, line]) => `${file}${line}`.length, 1)[0]];
    const longest = largest(film.says.values).map((says) => this.said({ moment: film.steps, file, line, says }, false));
    const ends = [...new Set([film.broke ?? 0, film.steps, this.note?.moment ?? 0])].map((moment) => this.said({ moment, file, line, says: film.says.at(moment) }));
    this.status = el("p", { role: "status", "aria-live": "polite", "aria-atomic": "true" });
    const box = steady(this.status, [...longest, ...ends]);
    box.classList.add("kl-says");
    return box;
  }
  said({ moment, file, line, says }, marked = true, explains = false) {
    const { film } = this, where = line ? `, ${file} line ${line}` : "";
    const parts = [el("span", { class: "kl-step" }, moment ? `Step ${moment}${where}. ` : ""), ...(explains ? explained(says, this.data.words ?? [], this.tip) : [says])];
    if (moment === this.note?.moment) parts.unshift(this.noted());
    if (marked && moment === film.broke) parts.push(el("span", { class: "kl-broken" }, ` ✗ Here it broke${film.verdict && `: ${film.verdict}`}.`));
    if (marked && moment === film.steps) parts.push(el("span", { class: "kl-end" }, ` ${film.ending}`));
    return parts;
  }
  noted() {
    const { words, right } = this.note, sign = right === undefined ? "" : right ? "✓ " : "✗ ";
    return el("strong", { class: right === undefined ? null : right ? "kl-good" : "kl-broken" }, `${sign}${words} `);
  }
  /** A field that finds steps, and says which of them this is. */
  find() {
    const names = el("datalist", { id: `kl-names-${Player.made += 1}` });
    const suggest = () => { if (!names.children.length) names.append(...[...this.film.known().keys()].map((name) => el("option", { value: name }))); };
    this.sought = el("input", { type: "search", placeholder: "find  /", "aria-label": "Find a word, a task or a variable", "aria-keyshortcuts": "/", list: names.id, spellcheck: "false", onfocus: suggest,
      oninput: () => this.counted(), onkeydown: (event) => this.seek(event) });
    this.count = el("span", { class: "kl-count", "aria-live": "polite" });
    return el("span", { class: "kl-find" }, this.sought, this.count, names);
  }
  seek(event) {
    const way = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (hosts(event) || (!way && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    if (!way) { this.root.focus({ preventScroll: true }); return; }
    const steps = this.film.find(this.sought.value), step = way > 0 ? after(steps, this.moment) : (steps.findLast((step) => step < this.moment) ?? steps.at(-1));
    if (step) this.go(step);
    this.counted();
  }
  counted() {
    const { value } = this.sought, steps = this.film.find(value), n = steps.indexOf(this.moment) + 1;
    this.count.textContent = !value.trim() ? "" : steps.length ? `${n || "–"} of ${steps.length}` : "none";
  }
  foot() {
    const { film } = this;
    const keys = el("details", {}, el("summary", {}, "Keys"), el("dl", {}, KEYS.map(([key, what]) => pair(key, what))));
    const shapes = new Set(film.lanes.flatMap((lane) => lane.kinds.map(([shape]) => shape)));
    const words = [["run", "full height: runs"], ["run", "a stripe in it: has declared that it will sleep"], ["ready", "half, hatched: could run"],
      ["sleep", "thin line: sleeps in S"], ["deep", "cross-hatched: sleeps in D"], ["spin", "upright stripes: spins"], ["stopped", "low outline: stopped, or traced"], ["zombie", "outline: zombie"],
      ["irq", "notched: interrupt"]].filter(([shape]) => shapes.has(shape)).map(([, told]) => told);
    const kinds = new Set(film.marks.map(([, kind]) => kind));
    if (kinds.has("wake")) words.push("arrow: wakes");
    if (kinds.has("lost")) words.push("dashed, with a cross: comes to nothing");
    const letters = Object.entries(LETTERS).map(([letter, what]) => pair(letter, what));
    words.push(...tieWords(film));
    const legend = el("details", {}, el("summary", {}, "How to read the lanes"), el("ul", {}, words.map((told) => el("li", {}, told))));
    const states = el("details", {}, el("summary", {}, "Letters R S D T t Z X"), el("dl", {}, letters));
    const again = film.schedule && el("details", {}, el("summary", {}, "Schedule"), el("pre", {}, film.schedule));
    return el("div", { class: "kl-foot" }, legend, states, keys, again);
  }

  /** Show moment *m*: the only way anything changes. */
  go(m) {
    const moment = Math.max(0, Math.min(this.film.steps, Math.round(m) || 0));
    if (moment === this.moment) { this.number.value = String(moment); return; }
    const frame = this.film.frame(moment), before = moment ? this.film.frame(moment - 1) : null;
    const focused = this.root.contains(document.activeElement);
    this.moment = moment;
    this.root.dataset.moment = String(moment);
    // what is looked up in the layout comes before anything that changes it
    this.machine.reveal(frame.who);
    this.uncover(frame.who);
    this.source.show(frame);
    this.status.replaceChildren(...this.said(frame, true, true));
    if (this.long) this.status.parentElement.scrollTop = 0;
    this.timeline.show(moment);
    this.machine.show(frame, before);
    this.counted();
    this.tip.hide();
    this.slider.value = String(moment);
    this.slider.setAttribute("aria-valuetext", `step ${moment} of ${this.film.steps}`);
    this.number.value = String(moment);
    for (const [name, at] of [["first", 0], ["back", 0], ["forward", this.film.steps], ["last", this.film.steps]])
      this.buttons[name].setAttribute("aria-disabled", String(moment === at));
    if (moment === this.film.steps) this.play(false);
    // what had the focus may be gone; without it the next key would go astray
    if (focused) this.take();
    this.root.dispatchEvent(new CustomEvent("moment", { detail: moment }));
  }

  /** In a narrow window the sentence's box scrolls where it must; then it takes the focus, so that keys can do that. */
  fit() {
    const box = this.status.parentElement;
    this.long = box.scrollHeight > box.clientHeight;
    box.toggleAttribute("tabindex", this.long);
    if (this.long) box.setAttribute("tabindex", "0");
  }
  /** Scroll the lanes, if they are too many for their box, to that of whoever acts. */
  uncover(who) {
    const box = this.timeline.el.parentElement, lane = this.timeline.tops[who];
    if (!lane || this.timeline.height <= box.clientHeight) return;
    if (lane.y < box.scrollTop || lane.y + 40 > box.scrollTop + box.clientHeight) box.scrollTop = Math.max(0, lane.y - box.clientHeight / 2);
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
      if (!this.root.isConnected) { this.play(false); return; }
      // somebody who asked for less motion gets a step a second and no faster
      const wait = 1000 / (this.calm.matches ? 1 : Number(this.speed.value));
      if (now >= due + wait) { due = Math.max(due + wait, now - wait); this.go(this.moment + 1); }
      if (this.timer) this.timer = requestAnimationFrame(tick);
    };
    this.timer = requestAnimationFrame(tick);
  }

  // -- the focus and the keys: never taken unasked, never kept

  /** The focus, unless something in here has it: after a click anywhere, the keys step. */
  take() { if (!this.root.contains(document.activeElement)) this.root.focus({ preventScroll: true }); }
  /** Back to the notebook's cell, whose keys then work at once; on a page of its own, away. */
  leave() {
    const cell = this.root.closest(".jp-Cell");
    if (cell) cell.focus({ preventScroll: true }); else document.activeElement.blur();
  }
  key(event) {
    if (hosts(event)) return;
    if (event.key === "Escape") { this.leave(); return; }
    const on = event.target, typing = on === this.number || on === this.speed || on === this.sought;
    const pressing = on.closest("button, summary") && on !== this.root;
    const acts = {
      ArrowLeft: () => this.go(this.moment - 1), ArrowRight: () => this.go(this.moment + 1),
      Home: () => this.go(0), End: () => this.go(this.film.steps), " ": () => this.play(!this.timer),
      b: () => this.film.broke !== null && this.go(this.film.broke), f: () => this.timeline.toggle(),
      "+": () => this.timeline.zoom(2), "=": () => this.timeline.zoom(2), "-": () => this.timeline.zoom(0.5),
      "/": () => this.sought.focus(),
      n: () => { const { file, line } = this.film.frame(this.moment); this.source.next(file, line); },
    };
    for (let n = 1; n <= 9; n += 1) acts[n] = () => this.timeline.follow(n - 1);
    event.stopPropagation();
    if (typing || (pressing && event.key === " ") || !Object.hasOwn(acts, event.key)) return;
    event.preventDefault();
    if (event.key !== " ") this.play(false);
    acts[event.key]();
  }
}

Player.made = 0;

/** Put a player of a film into an element; what `until` is, and the player that this gives, is told above. */
function mount(host, data, { until = null } = {}) {
  return new Player(host, data, { until });
}

/** Put a player in the place of the still picture beside the script that is running.  If that fails, the picture stays. */
function play(script) {
  const shown = script.closest(".kl-shown") ?? script.parentElement.querySelector(".kl-shown");
  mount(shown, JSON.parse(shown.querySelector("script[type='application/json']").textContent));
  shown.querySelector(".kl-figure").remove();
}
