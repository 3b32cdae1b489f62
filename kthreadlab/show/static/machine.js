/* What there is at a moment: panels, each with room for the most it will ever hold. */

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const changed = () => el("span", { class: "kl-hidden" }, " (changed)");
const panel = (title, ...body) => el("section", { class: "kl-panel" }, el("h4", {}, title), body);

/** A panel whose body is drawn from facts; as long as they stay the same, so does the body. */
class Pane {
  /** *draw* makes the body of some facts; *most* are those with the largest bodies. */
  constructor(title, draw, most) {
    this.draw = draw;
    this.live = el("div");
    this.el = panel(title, steady(this.live, most.map((facts) => draw(...facts))));
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

function pairs(show) {
  return (now, before) => {
    const old = new Map(before ?? []);
    return now.length ? el("dl", {}, now.map(([name, value]) => pair(name, show(value), before && !same(value, old.get(name)))))
      : el("p", { class: "kl-none" }, "none");
  };
}

const chips = (names, none) => (names.length ? el("span", { class: "kl-chips" }, names.map((name) => el("span", { class: "kl-chip" }, name)))
  : el("span", { class: "kl-none" }, none));
/** How much room names take as chips, or a text. */
const room = (value) => (Array.isArray(value) ? value.reduce((sum, name) => sum + name.length + 3, 0) : String(value).length);

/** Of a column of tables: every name that is ever in one, each with the value that takes the most room. */
function widest(column) {
  const most = new Map();
  for (const [name, value] of column.values.flat())
    if (!most.has(name) || room(value) > room(most.get(name))) most.set(name, value);
  return [...most];
}

/** A panel of names and values, one of the film's columns. */
const table = (title, film, name, show) => new Pane(title, pairs(show), [[widest(film[name])]]);

// ---- who runs --------------------------------------------------------------------------------------------------------

const interrupts = (frames) => frames.map(([cpu, name]) => `${name.replace("irq/", "")} on CPU ${cpu}`);

/** Who is on a CPU, who could be, and, in a film with interrupts, which of them are under way. */
function queued({ tasks, frames, stopped }, film) {
  if (stopped) return "stopped";
  const at = (place) => tasks.filter((task) => task.place === place).map((task) => task.name);
  return [["on a CPU", at("on a CPU")], ["could run", at("on the run queue")], ...(film.ever("frames") ? [["interrupt", interrupts(frames)]] : [])];
}

/** For each place, those who are there together and take the most room. */
function crowded(film) {
  const changes = film.tasks.flatMap(({ name, rows }) => rows.moments.map((moment, i) => [moment, name, rows.values[rows.numbers[i]]?.[PLACE]]));
  const where = new Map(film.tasks.map(({ name }) => [name, null])), most = { "on a CPU": [], "on the run queue": [] };
  const seen = new Set();
  changes.sort((a, b) => a[0] - b[0]).forEach(([moment, name, place], i) => {
    where.set(name, place);
    const all = changes[i + 1]?.[0] === moment ? null : [...where.values()].join();
    if (all === null || seen.has(all)) return;
    seen.add(all);
    for (const place of Object.keys(most)) {
      const here = [...where.keys()].filter((name) => where.get(name) === place);
      if (room(here) > room(most[place])) most[place] = here;
    }
  });
  const [irqs] = largest(film.frames.values.map(interrupts), room, 1);
  return [["on a CPU", most["on a CPU"]], ["could run", most["on the run queue"]], ...(film.ever("frames") ? [["interrupt", irqs]] : [])];
}

function runQueue(film) {
  const rows = pairs((names) => chips(names, "nobody"));
  const draw = (now, old) => (now === "stopped" ? el("p", {}, "The machine has stopped: nobody runs any more.") : rows(now, old === "stopped" ? null : old));
  return new Pane("Run queue", draw, [[crowded(film)], ...(film.fault ? [["stopped"]] : [])]);
}

// ---- the tasks -------------------------------------------------------------------------------------------------------

const HEADS = ["PID", "PPID", "STAT", "COMMAND", "Now", "Next line", "preempt_count", "IRQs", "Signals"];
const SINCE = "since step", LOST = "lost wake-up: step";
const NOW = HEADS.indexOf("Now"), NEXT = HEADS.indexOf("Next line");

/** What a task waits for and holds, in words. */
const circumstances = (task) => (task.waits ? `, waits for ${task.waits}` : "") + (task.locks.length ? `, holds ${task.locks.join(", ")}` : "");

/** Is a task on the machine?  One that has not come yet, or is gone, is in the table all the same. */
const away = (task) => !task || task.place === "not here yet" || (task.place === "ended" && task.letter === "X");

/** A task's cells, in the order of HEADS. */
function cells(task, stopped = false) {
  if (away(task)) return HEADS.map((_, i) => (i === NOW ? (task?.place === "ended" ? "ended" : "not here") : ""));
  const [pid, ppid] = task.context === "irq" ? ["", ""] : [task.pid, task.ppid];
  return [pid, ppid, task.letter, task.command, task.place + circumstances(task), stopped ? "" : task.line || "",
    task.preempt > 9 ? `0x${task.preempt.toString(16)}` : task.preempt, task.irqsOff ? "off" : "on", task.signals.join(" ") || "none"].map(String);
}

/** The tasks as ps lists them, with what ps does not know; beside a sleeper, the steps that say why it sleeps.

    There is a row for everybody who is ever there, and in each cell room for the most it will hold. */
class Ps {
  constructor(film, go) {
    this.film = film;
    this.go = go;
    this.rows = film.tasks.map((entry) => this.row(entry));
    const heads = ["Task", ...HEADS].map((head) => el("th", { scope: "col" }, head));
    this.el = panel("Tasks (ps)", el("div", { class: "kl-scroll", tabindex: "0", role: "region", "aria-label": "Tasks as ps lists them" },
      el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, this.rows.map((row) => row.el)))));
    this.el.classList.add("kl-ps");
  }
  row(entry) {
    const live = HEADS.map(() => el("span")), most = HEADS.map(() => new Set());
    for (const row of [null, ...entry.rows.values])
      cells(named(entry, row)).forEach((text, i) => most[i].add(i === NOW && row?.[PLACE] === "asleep" ? `${text}${this.longest()}` : text));
    const cell = (i) => steady(live[i], largest(most[i], undefined, 3), "span");
    const made = el("tr", {}, el("th", { scope: "row" }, entry.name), HEADS.map((_, i) => el("td", {}, cell(i))));
    return { entry, el: made, live };
  }
  show({ moment, stopped }) {
    for (const { entry, el: row, live } of this.rows) {
      const task = this.film.task(entry, moment), was = moment ? this.film.task(entry, moment - 1) : null;
      const now = cells(task, stopped), past = moment && cells(was), came = away(task) || away(was);
      row.className = away(task) ? "kl-away" : task.place === "on a CPU" ? "kl-on" : "";
      live.forEach((cell, i) => {
        const fresh = past && past[i] !== now[i] && i !== NEXT && (!came || i === NOW);
        cell.className = fresh ? "kl-fresh" : "";
        cell.replaceChildren(now[i], ...(fresh ? [changed()] : []), ...(i === NOW ? this.why(task, moment) : []));
      });
    }
  }
  /** The steps that say why a task sleeps, as buttons that lead there. */
  why(task, moment) {
    const found = task && task.letter !== "X" && this.film.why(task.name, moment);
    if (!found || !found.since) return [];
    const lost = found.lost && this.film.queues.at(moment).some(([name]) => name === task.waits);
    const jump = (words, step) => el("button", { type: "button", class: "kl-jump", onclick: () => this.go(step) }, `${words} ${step}`);
    return [jump(SINCE, found.since), ...(lost ? [jump(LOST, found.lost)] : [])];
  }
  /** As much room as they can take; like a button, neither can be broken. */
  longest() {
    const { marks, steps } = this.film, words = [SINCE, ...(marks.some(([, kind]) => kind === "lost") ? [LOST] : [])];
    return words.map((word) => ` ${`   ${word} ${steps}`.replaceAll(" ", "\u00a0")}`).join("");
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

/** What the last program was given: its path, and a box for each string of argv and envp. */
function helper(film) {
  // what the kernel could not read has no boxes, and above all no end
  const boxes = (words, outcome) => outcome === "failed" && !words.length ? el("span", { class: "kl-none" }, "cannot be read") : el("ol", { class: "kl-boxes", start: "0" }, [...words, "NULL"].map((word) => el("li", {}, word)));
  const draw = (now) => {
    if (!now) return el("p", { class: "kl-none" }, "none yet");
    const [path, outcome, argv, envp] = now;
    return el("div", {}, el("p", {}, el("code", {}, path), outcome === "ok" ? "" : ` (not run: ${outcome})`),
      el("dl", {}, pair("argv", boxes(argv, outcome)), pair("envp", boxes(envp, outcome))));
  };
  return new Pane("Helper", draw, largest(film.helper.values, (value) => JSON.stringify(value).length).map((value) => [value]));
}

/** The kernel's log: room for all there will be, up to six lines of it and a bar to scroll with. */
class Log {
  constructor(film) {
    this.live = el("pre");
    const all = film.log.map(([, line]) => line);
    this.box = el("div", { class: "kl-log", tabindex: "0", role: "region", "aria-label": "The kernel's log" },
      steady(this.live, [latest(all)], "pre"));
    this.el = panel("Log (dmesg)", this.box);
  }
  show(lines) {
    const text = latest(lines);
    if (text === this.text) return;
    this.text = this.live.textContent = text;
    this.box.scrollTop = this.live.offsetHeight - this.box.clientHeight;
  }
}

const latest = (lines) => lines.slice(-40).join("\n");
