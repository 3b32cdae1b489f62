/* What there is at a moment: one panel in parts, each with room for the most it will ever hold. */

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const changed = () => el("span", { class: "kl-hidden" }, " (changed)");
const panel = (title, ...body) => el("section", { class: "kl-panel" }, el("h4", {}, title), body);
/** A part of the panel: its title beside its body. */
const part = (title, ...body) => el("section", { class: "kl-part" }, el("h4", {}, title), body);
/** A part that is folded; what its title says of a moment, `line`, is there at all times. */
const folded = (title, line, ...body) => el("details", { class: "kl-part kl-folded" }, el("summary", {}, el("h4", {}, title), line), body);

/** A part whose body is drawn from facts; as long as they stay the same, so does the body. */
class Pane {
  /** *draw* makes the body of some facts; *most* are those with the largest bodies. */
  constructor(title, draw, most) {
    this.draw = draw;
    this.live = el("div");
    this.el = part(title, steady(this.live, most.map((facts) => draw(...facts))));
  }
  show(...facts) {
    const key = JSON.stringify(facts);
    if (this.key !== key) this.live.replaceChildren(this.draw(...facts));
    this.key = key;
  }
}

/** Name and value, marked where the step changed it: by a dot and a word as well as by weight. */
function pair(name, value, fresh) {
  return el("div", {}, el("dt", {}, name), el("dd", { class: fresh ? "kl-fresh" : null }, value, fresh ? changed() : null));
}

const chips = (names, none) => (names.length ? el("span", { class: "kl-chips" }, names.map((name) => el("span", { class: "kl-chip" }, name)))
  : el("span", { class: "kl-none" }, none));
/** How much room names take as chips, or a text. */
const room = (value) => (Array.isArray(value) ? value.reduce((sum, name) => sum + name.length + 3, 0) : String(value).length);

/** Of a column of tables: the names that have another value at some moment, and those that never have. */
function moving(column) {
  const known = new Map(), moves = new Set();
  for (const table of column.values)
    for (const [name, value] of table) {
      if (moves.has(name)) continue;
      const first = known.get(name);
      if (!known.has(name)) known.set(name, value);
      else if (first !== value && !same(first, value)) moves.add(name);
    }
  return { moves, still: [...known].filter(([name]) => !moves.has(name)) };
}

/** A part of names and values, each with room for the largest of the values it ever has; *show* draws one. */
class Facts {
  constructor(title, entries, show) {
    this.draw = show;
    this.rows = entries.map(([name, values]) => ({ name, live: el("span"), most: largest(values, room, 2) }));
    this.list = el("dl", {}, this.rows.map(({ name, live, most }) => pair(name, steady(live, most.map(show), "span"))));
    this.el = part(title, this.list);
  }
  show(now, before) {
    const values = new Map(now), old = before && new Map(before);
    for (const row of this.rows) {
      const value = values.get(row.name), fresh = Boolean(old) && !same(value, old.get(row.name)), key = JSON.stringify([value, fresh]);
      if (row.key === key) continue;
      row.key = key;
      row.live.className = fresh ? "kl-fresh" : "";
      row.live.replaceChildren(...(value === undefined ? [] : [this.draw(value)]), ...(fresh ? [changed()] : []));
    }
  }
}
/** The values that each name has in a column of tables. */
function valuesOf(column) {
  const all = new Map();
  for (const table of column.values)
    for (const [name, value] of table) if (all.has(name)) all.get(name).push(value); else all.set(name, [value]);
  return all;
}
const TABLES = [["Wait queues", "queues", (names) => chips(names, "empty")], ["Locks", "locks", (holder) => (holder ? `held by ${holder}` : "free")],
  ["Variables", "statics", (value) => el("code", {}, String(value))]];

/** A part of one of the film's columns, without what never changes; null if nothing in it does. */
function facts([title, name, show], film) {
  const { moves } = moving(film[name]), entries = [...valuesOf(film[name])].filter(([name]) => moves.has(name));
  return entries.length ? new Facts(title, entries, show) : null;
}

/** What is the same at every moment, behind one control. */
function unchanging(film) {
  const rows = TABLES.flatMap(([, name, show]) => moving(film[name]).still.map(([name, value]) => pair(name, show(value))));
  return rows.length ? folded("Never changes", el("span", { class: "kl-none" }, String(rows.length)), el("dl", {}, rows)) : null;
}

// ---- who runs --------------------------------------------------------------------------------------------------------

const RUNQUEUE = "run queue";
const stands = (place) => place === "on the run queue";

/** Whoever could run and has no CPU, and the wait queues. */
class Queues extends Facts {
  constructor(film) {
    const names = [...valuesOf(film.queues)].filter(([name]) => moving(film.queues).moves.has(name));
    super("Queues", [[RUNQUEUE, film.fault ? [...crowded(film), STOPPED] : crowded(film)], ...names], (names) => (names === STOPPED ? names : chips(names, "empty")));
  }
  all(frame) { return frame && [[RUNQUEUE, frame.stopped ? STOPPED : frame.tasks.filter((task) => stands(task.place)).map((task) => task.name)], ...frame.queues]; }
  show(now, before) { super.show(this.all(now), this.all(before)); }
}
const STOPPED = "the machine has stopped";

/** All those who are ever on the run queue together. */
function crowded(film) {
  const changes = film.tasks.flatMap(({ name, rows }) => rows.moments.map((moment, i) => [moment, name, stands(rows.values[rows.numbers[i]]?.[PLACE])]));
  const there = new Set(), found = new Map([["", []]]);
  changes.sort((a, b) => a[0] - b[0]).forEach(([moment, name, stands], i) => {
    there[stands ? "add" : "delete"](name);
    if (changes[i + 1]?.[0] === moment) return;
    const all = [...there], key = all.join();
    if (!found.has(key)) found.set(key, all);
  });
  return [...found.values()];
}

// ---- the tasks -------------------------------------------------------------------------------------------------------

const LETTERS = { R: "runs, or could run", S: "sleeps; a wake-up or a signal ends it", D: "sleeps; only a wake-up ends it, no signal", T: "stopped by a signal",
  t: "stopped by a debugger", Z: "zombie: has ended, and nobody has asked how", X: "dead: has ended, and is gone" };
const LINKS = { since: (step) => `since step ${step}`, lost: (step, who) => `lost wake-up: step ${step}, ${who}`, woke: (step, who) => `woken: step ${step}, ${who}` };

/** What a task waits for and holds, in words. */
const circumstances = (task) => (task.waits ? `, waits for ${task.waits}` : "") + (task.locks.length ? `, holds ${task.locks.join(", ")}` : "");
/** What else is unusual about it. */
const unusual = (task) => (task.irqsOff ? ", interrupts off" : "") + (task.preempt ? `, preempt_count ${counted(task)}` : "") + (task.signals.length ? `, pending ${task.signals.join(" ")}` : "");
const counted = ({ preempt }) => (preempt > 9 ? `0x${preempt.toString(16)}` : String(preempt));

/** Is a task on the machine?  One that has not come yet, or is gone, is in the table all the same. */
const away = (task) => !task || task.place === "not here yet" || (task.place === "ended" && task.letter === "X");
function whereabouts(task) {
  if (away(task)) return task?.place === "ended" ? "ended" : "not here";
  return (task.place + circumstances(task) + unusual(task)).replace("asleep, waits for ", "asleep: ");
}

/** The tasks: state, and what each does now, with the steps that say why as buttons that lead there.

    There is a row for everybody who is ever there, and in each cell room for the most it will hold. */
class Tasks {
  constructor(film, tip, go) {
    Object.assign(this, { film, tip, go });
    this.rows = film.tasks.map((entry) => this.row(entry));
    const heads = ["Task", "State", "Now"].map((head) => el("th", { scope: "col" }, head));
    this.el = el("div", { class: "kl-scroll kl-tasks", tabindex: "0", role: "region", "aria-label": "Tasks" },
      el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, this.rows.map((row) => row.el))));
  }
  row(entry) {
    const letter = el("button", { type: "button", class: "kl-letter-of" }), now = el("span");
    const told = () => (letter.textContent ? [`${letter.textContent}:`, LETTERS[letter.textContent]] : null);
    this.tip.over(letter, told);
    this.tip.on(letter, told);
    const made = el("tr", {}, el("th", { scope: "row" }, entry.name), el("td", {}, letter), el("td", {}, steady(now, this.most(entry), "span")));
    return { entry, el: made, letter, now };
  }
  /** Of all that is ever said of a task, what takes the most room: for each of its rows, the longest links beside it. */
  most({ name, rows }) {
    const links = this.film.links[name] ?? new Column(NOTHING_EVER), longest = new Map();
    const sizes = links.values.map((all) => all.reduce((sum, [kind, step, who]) => sum + kind.length + String(step).length + who.length + 9, 0)), best = new Map();
    let k = 0;
    rows.moments.forEach((moment, i) => {
      // the links that come with this row, and those that come before the next
      const next = rows.moments[i + 1] ?? Infinity, row = rows.numbers[i];
      while (links.moments[k + 1] <= moment) k += 1;
      for (let j = k; links.moments[j] < next; j += 1) {
        const number = links.numbers[j];
        if (!(sizes[number] <= best.get(row))) { best.set(row, sizes[number]); longest.set(row, links.values[number]); }
      }
    });
    // none of what a button says can be broken
    const words = (all) => all.map(([kind, ...of]) => ` ${`   ${LINKS[kind](...of)}`.replaceAll(" ", "\u00a0")}`).join("");
    return largest([...longest].map(([row, all]) => whereabouts(named({ name }, rows.values[row])) + words(all)), undefined, 3);
  }
  show({ moment, who, stopped }, before) {
    for (const { entry, el: row, letter, now } of this.rows) {
      const task = this.film.task(entry, moment), was = before && this.film.task(entry, before.moment), gone = away(task);
      row.className = gone ? "kl-away" : entry.name === who ? "kl-on" : "";
      letter.classList.toggle("kl-unseen", gone);
      letter.textContent = gone ? "" : task.letter;
      letter.setAttribute("aria-label", gone ? "" : `${task.letter}: ${LETTERS[task.letter]}`);
      letter.parentElement.className = before && !gone && !away(was) && was.letter !== task.letter ? "kl-fresh" : "";
      const words = whereabouts(task), fresh = before && words !== whereabouts(was);
      now.className = fresh ? "kl-fresh" : "";
      now.replaceChildren(words, ...(fresh ? [changed()] : []), ...(stopped ? [] : this.film.told(entry.name, moment).map((link) => this.jump(link))));
    }
  }
  /** Scroll the table, if it is one that scrolls, to a task's row. */
  reveal(who) {
    const row = this.rows.find(({ entry }) => entry.name === who)?.el, box = this.el;
    if (!row || box.scrollHeight <= box.clientHeight) return;
    const { offsetTop: top, offsetHeight: tall } = row;
    if (top < box.scrollTop || top + tall > box.scrollTop + box.clientHeight) box.scrollTop = Math.max(0, top - box.clientHeight / 2);
  }
  jump([kind, step, who]) { return el("button", { type: "button", class: "kl-jump", onclick: () => this.go(step) }, LINKS[kind](step, who)); }
}

/** The local variables of each task that ever has any, marked where the step changed them. */
class Locals {
  constructor(film) {
    const names = [...new Set(film.locals.values.flat().map(([name]) => name))], size = (held) => held.reduce((sum, [name, value]) => sum + name.length + Math.min(value.length, LONG_VALUE) + 5, 0);
    this.rows = names.map((name) => {
      const live = el("span"), most = largest(film.locals.values.map((all) => heldBy(all, name)), size, 2);
      return { name, live, el: el("div", {}, el("dt", { class: names.length > 1 ? null : "kl-hidden" }, name), el("dd", {}, steady(live, most.map((held) => variables(held)), "span"))) };
    });
    this.el = part("Locals", el("dl", {}, this.rows.map((row) => row.el)));
    this.el.classList.add("kl-locals");
  }
  show(now, before) {
    for (const { name, live } of this.rows) live.replaceChildren(variables(heldBy(now, name), before && heldBy(before, name)));
  }
}
const LONG_VALUE = 20;
const heldBy = (all, name) => all.find(([task]) => task === name)?.[1] ?? [];
/** Names and values; what is too long is told whole to the pointer. */
function variables(held, before) {
  const old = new Map(before ?? []);
  return el("span", { class: "kl-variables" }, held.map(([name, value]) => {
    const fresh = before && old.get(name) !== value;
    return el("span", { class: fresh ? "kl-variable kl-fresh" : "kl-variable", title: value.length > LONG_VALUE ? `${name} = ${value}` : null }, el("code", {}, `${name} = `), el("code", { class: "kl-value" }, value), fresh ? changed() : null);
  }));
}

const HEADS = ["PID", "PPID", "STAT", "COMMAND", "Next line", "preempt_count", "IRQs", "Signals"];

/** A task's cells, in the order of HEADS. */
function cells(task, stopped = false) {
  if (away(task)) return HEADS.map(() => "");
  const [pid, ppid] = task.context === "irq" ? ["", ""] : [task.pid, task.ppid];
  return [pid, ppid, task.letter, task.command, stopped ? "" : task.line || "", counted(task), task.irqsOff ? "off" : "on", task.signals.join(" ") || "none"].map(String);
}

/** The tasks as ps lists them, with what ps does not know; folded, and drawn while it is open. */
class Ps {
  constructor(film) {
    this.film = film;
    this.rows = film.tasks.map((entry) => ({ entry, cells: HEADS.map(() => el("td")) }));
    const table = el("table", {}, el("thead", {}, el("tr", {}, ["Task", ...HEADS].map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, this.rows.map(({ entry, cells }) => el("tr", {}, el("th", { scope: "row" }, entry.name), cells))));
    this.el = folded("ps", "", el("div", { class: "kl-scroll kl-ps", tabindex: "0", role: "region", "aria-label": "Tasks as ps lists them" }, table));
    this.el.addEventListener("toggle", () => this.draw());
  }
  show(now) { this.now = now; if (this.el.open) this.draw(); }
  draw() {
    const { moment, stopped } = this.now;
    for (const { entry, cells: row } of this.rows) {
      const now = cells(this.film.task(entry, moment), stopped), past = moment ? cells(this.film.task(entry, moment - 1)) : now;
      row.forEach((cell, i) => {
        const fresh = now[i] !== past[i] && HEADS[i] !== "Next line";
        cell.replaceChildren(el("span", { class: fresh ? "kl-fresh" : null }, now[i], fresh ? changed() : null));
      });
    }
  }
}

// ---- heap, helper, log -----------------------------------------------------------------------------------------------

function heap(film) {
  const draw = (now, before) => {
    const fresh = before && !same(now, before);
    return now.length ? el("ul", { class: fresh ? "kl-fresh" : null }, now.map((line) => el("li", {}, line)))
      : el("p", { class: fresh ? "kl-fresh" : "kl-none" }, "nothing allocated", fresh ? changed() : null);
  };
  const { values } = film.heap;
  return new Pane("Heap", draw, [...largest(values, room, 3), ...largest(values, (lines) => lines.length, 1)].map((lines) => [lines]));
}

/** What the last program was given: its path; folded, a box for each string of argv and envp. */
class Helper {
  constructor(film) {
    this.line = el("code", { class: "kl-line" });
    this.live = el("div");
    const most = largest(film.helper.values, (value) => JSON.stringify(value).length);
    this.el = folded("Helper", this.line, steady(this.live, most.map((value) => this.body(value))));
    this.el.classList.add("kl-wide");
  }
  body(now) {
    // what the kernel could not read has no boxes, and above all no end
    const boxes = (words, outcome) => (outcome === "failed" && !words.length ? el("span", { class: "kl-none" }, "cannot be read") : el("ol", { class: "kl-boxes", start: "0" }, [...words, "NULL"].map((word) => el("li", {}, word))));
    if (!now) return el("p", { class: "kl-none" }, "none yet");
    const [, outcome, argv, envp] = now;
    return el("dl", {}, pair("argv", boxes(argv, outcome)), pair("envp", boxes(envp, outcome)));
  }
  show(now, before) {
    const fresh = before !== undefined && !same(now, before);
    this.line.className = fresh ? "kl-line kl-fresh" : "kl-line";
    this.line.replaceChildren(now ? `${now[2].join(" ") || now[0]}${now[1] === "ok" ? "" : ` (not run: ${now[1]})`}` : "none yet", ...(fresh ? [changed()] : []));
    this.live.replaceChildren(this.body(now));
  }
}

/** The kernel's log: its last line; folded, room for all there will be, up to six lines of it and a bar to scroll with. */
class Log {
  constructor(film) {
    this.live = el("pre");
    this.line = el("code", { class: "kl-line" });
    const all = film.log.map(([, line]) => line);
    this.box = el("div", { class: "kl-log", tabindex: "0", role: "region", "aria-label": "The kernel's log" },
      steady(this.live, [latest(all)], "pre"));
    this.el = folded("Log", this.line, this.box);
    this.el.classList.add("kl-wide");
    this.el.addEventListener("toggle", () => this.last());
  }
  show(lines, before) {
    const text = latest(lines), fresh = before && before.length !== lines.length;
    this.line.className = fresh ? "kl-line kl-fresh" : "kl-line";
    this.line.replaceChildren(lines.at(-1) ?? "empty", ...(fresh ? [changed()] : []));
    if (text === this.text) return;
    this.text = this.live.textContent = text;
    this.last();
  }
  last() { this.box.scrollTop = this.live.offsetHeight - this.box.clientHeight; }
}

const latest = (lines) => lines.slice(-40).join("\n");

/** The panel of the machine's state, and `show`, which has every part of it show a moment beside the one before. */
function machine(film, tip, go) {
  const shown = [];
  const show = (each, facts) => { shown.push((now, before) => each.show(...facts(now, before))); return each.el; };
  const column = (name) => (now, before) => [now[name], before?.[name]];
  const ever = (name, make) => (film.ever(name) ? show(make(), column(name)) : null);
  const [locks, variables] = TABLES.slice(1).map((of) => { const made = facts(of, film); return made && show(made, column(of[1])); });
  const tasks = new Tasks(film, tip, go), both = (now, before) => [now, before], body = show(tasks, both), queues = show(new Queues(film), both);
  const parts = [ever("locals", () => new Locals(film)), queues, locks, variables, ever("heap", () => heap(film))].filter(Boolean);
  const folds = [ever("helper", () => new Helper(film)), film.log.length ? show(new Log(film), (now, before) => [now.log, before?.log]) : null,
    unchanging(film), show(new Ps(film), (now) => [now])].filter(Boolean);
  const made = el("section", { class: "kl-panel kl-machine" }, el("h4", { class: "kl-hidden" }, "State"), body, el("div", { class: "kl-parts" }, parts), el("div", { class: "kl-folds" }, folds));
  return { el: made, reveal: (who) => tasks.reveal(who), show: (now, before) => shown.forEach((each) => each(now, before)) };
}
