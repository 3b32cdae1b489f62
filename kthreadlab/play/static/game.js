/* A game: the tree of steps that somebody has made on a board, and how its goal stands. */

const LONGEST = 500;     // steps that one move makes at most
const PASTED = 20000;    // steps of a schedule that are played
const BACK = 2000;       // steps back in which a walk round is looked for

const meet = (these, those) => { for (const x of these) if (those.has(x)) return true; return false; };

class Game {
  constructor(board, goal) {
    this.board = board;
    this.goal = board.goals[goal];
    this.root = this.here = this.node(null, -1, 0);
  }
  node(parent, edge, state) {
    const made = { parent, edge, state, children: [], next: null, depth: parent ? parent.depth + 1 : 0 };
    Object.assign(made, this.told(made));
    made.broke = parent?.broke ?? (this.breaks(made) ? made.depth : null);
    made.round = parent?.round ?? (made.broke === made.depth ? this.goal.rounds.map((part) => this.round(made, part)).find(Boolean) : null) ?? null;
    return made;
  }
  /** What is told of a step here, where the state does not say who ran last on a CPU; and who has run there after it. */
  told({ parent, edge }) {
    const { board } = this, ran = parent?.ran ?? {}, told = edge < 0 ? null : board.tell(edge), mover = edge < 0 ? "" : board.movers[board.by[edge]].name;
    if (!told) return { ran, says: "", irqs: [] };
    const irqs = told[TOLD.irqs].map(([irq, on]) => [irq, Number.isInteger(on) ? ran[on] ?? "" : on]);
    const over = told[TOLD.irqs].find(([, on, over]) => over && ran[on]), stays = told[TOLD.stays];
    return { irqs, says: over ? over[2].replaceAll("⟨host⟩", ran[over[1]]) : told[TOLD.says],
      ran: stays === null ? ran : { ...Object.fromEntries(Object.entries(ran).filter(([, name]) => name !== mover)), ...(stays < 0 ? {} : { [stays]: mover }) } };
  }
  /** Is the goal broken with this step: by the step itself, at rest, or going round for ever? */
  breaks(node) {
    const { board, goal } = this, { parent, edge, state } = node;
    if (edge >= 0 && goal.breaking.has(stepKey(parent.state, board.by[edge]))) return true;
    return Boolean(goal.flags[state] & 1) || goal.rounds.some((part) => this.round(node, part));
  }
  /** The step from which the way to a node closes a walk inside a round on which everybody moves who must; or null. */
  round(node, { index, turns }) {
    const { board } = this;
    if (!index.has(node.state)) return null;
    const moved = new Set(), able = new Set(), waits = new Set();
    let x = node;
    for (let n = 0; n < BACK && x.parent && index.has(x.parent.state); n += 1) {
      moved.add(board.by[x.edge]);
      x = x.parent;
      const i = index.get(x.state);
      turns.forEach((turn, k) => { if (turn.at[i] & 1) able.add(k); if (!(turn.at[i] & 2)) waits.add(k); });
      if (x.state === node.state && turns.every(({ movers }, k) => !able.has(k) || waits.has(k) || meet(movers, moved))) return x.depth;
    }
    return null;
  }
  /** The mover of the next step on a walk round *part* that gives everybody a turn: on to who has had none, or who waits
      for something somewhere, then back to where the walk came in. */
  onward({ index, turns }, board) {
    const { here } = this, walk = [here];
    while (walk.at(-1).parent && index.has(walk.at(-1).parent.state)) walk.push(walk.at(-1).parent);
    const moved = new Set(walk.slice(0, -1).map((x) => board.by[x.edge])), first = walk.at(-1).state;
    const left = turns.filter(({ movers, at }) => !meet(movers, moved) && walk.every((x) => at[index.get(x.state)] & 2));
    const arrives = (k, t) => (left.length ? left.some(({ movers, at }) => movers.has(k) || !(at[index.get(t)] & 2)) : t === first);
    const seen = new Map([[here.state, -1]]);
    for (const n of seen.keys()) {
      for (let [e, end] = board.out(n); e < end; e += 1) {
        const t = board.targets[e], k = board.by[e], by = seen.get(n) < 0 ? k : seen.get(n);
        if (!index.has(t)) continue;
        if (arrives(k, t)) return by;
        if (!seen.has(t)) seen.set(t, by);
      }
    }
    return -1;
  }
  /** Mover *k* makes a step, if it can. */
  async move(k) {
    const { here, board } = this, e = board.step(here.state, k);
    if (e < 0) return false;
    await board.know(board.targets[e]);
    let next = here.children.find((child) => child.edge === e);
    if (!next) here.children.push(next = this.node(here, e, board.targets[e]));
    here.next = this.here = next;
    return true;
  }
  /** Mover *k* goes on until it cannot, until it comes back to where it was, or until it has broken the goal. */
  async run(k) {
    const seen = new Set();
    for (let n = 0; n < LONGEST && !seen.has(this.here.state); n += 1) {
      seen.add(this.here.state);
      if (!(await this.move(k))) return n;
      if (this.here.broke === this.here.depth) return n + 1;
    }
    return seen.size;
  }
  go(node) {
    for (let x = node; x.parent; x = x.parent) x.parent.next = x;
    this.here = node;
  }
  way(node = this.here) { const way = []; for (let x = node; x; x = x.parent) way.push(x); return way.reverse(); }
  /** The way here, and on as it was played last. */
  line() { const line = this.way(); for (let x = this.here.next; x; x = x.next) line.push(x); return line; }
  /** Every node, in the order in which a reader meets them. */
  nodes() { const found = [], todo = [this.root]; while (todo.length) { const x = todo.pop(); found.push(x); todo.push(...[...x.children].reverse()); } return found; }
  branches() { return this.nodes().filter((x) => !x.children.length); }
  names(way) { return way.slice(1).map((x) => this.board.movers[this.board.by[x.edge]].name); }
  schedule(node = this.here) { return runs(this.names(this.way(node))); }
  /** Play a schedule from the beginning, as far as it goes; says what is wrong with it, or "". */
  async paste(text) {
    const { board } = this, found = /^\s*(\S+@[0-9a-f]{8}):(.*)$/s.exec(text);
    if (found && found[1] !== board.head) return `This schedule is of ${found[1].slice(0, 80)}. Here is ${board.head}.`;
    this.go(this.root);
    let step = 0;
    for (const { word, name, times } of wordsOf(found ? found[2] : text)) {
      const k = board.movers.findIndex((mover) => mover.name === name);
      if (k < 0) return `Step ${step + 1}: nobody here is called ${word.slice(0, 40)}. There are ${board.movers.map((mover) => mover.name).join(", ")}.`;
      for (let i = 0; i < times; i += 1) {
        step += 1;
        if (step > PASTED) return `These are its first ${PASTED.toLocaleString("en")} steps: no more are played here.`;
        if (!(await this.move(k))) return `Step ${step}: ${name} cannot move here: ${board.reason(this.here.state, k)}. You see the way up to there.`;
      }
    }
    return "";
  }
  /** How the goal stands: broken, stopped, behind (another's failure came first), over, never (nobody can break it any more), doomed, blameless or open; of a board that is
      too large to be known, unknown, or what is to be seen: that it has come to a fault, or to its end. */
  standing() {
    const { here, goal, board } = this, far = goal.far[here.state], fewest = goal.far[0] - 1;
    if (goal.unknown) return { kind: here.edge >= 0 && board.tell(here.edge)[TOLD.fault] ? "fault" : board.ends(here.state) ? "end" : "unknown" };
    const kind = here.broke !== null ? "broken" : here.edge >= 0 && board.tell(here.edge)[TOLD.fault] ? "stopped" : goal.flags[here.state] & 4 ? "behind"
      : fewest < 0 ? (goal.blameless ? "blameless" : "proof") : board.ends(here.state) ? "over" : !far ? "never" : goal.flags[here.state] & 2 ? "doomed" : "open";
    return { kind, steps: here.broke ?? here.depth, left: far - 1, fewest, round: here.round, circular: goal.rounds.length > 0 };
  }
  /** The mover that makes the first step of a shortest way to break it; -1 if there is none, or nobody knows. */
  async hint() {
    const board = await this.board.whole(), n = this.here.state;
    if (!board) return -1;
    const goal = board.goals[this.goal.name], round = goal.rounds.find(({ index }) => index.has(n));
    return round ? this.onward(round, board) : nearer(board, goal, n);
  }
  /** A shortest way from the beginning to a state; where nobody knows one, as it was played. */
  async jump(state, anywhere = true) {
    const board = anywhere && await this.board.whole(), been = this.nodes().find((x) => x.state === state);
    if (!board) { this.go(been ?? this.here); return Boolean(been); }
    this.go(this.root);
    for (const k of board.wayTo(state)) await this.move(k);
    return true;
  }
}

/** The mover that comes nearer from state *n* to where *goal* is broken; -1 if nobody does. */
function nearer(board, goal, n) {
  for (let [e, end] = board.out(n); e < end; e += 1) {
    const far = goal.far[board.targets[e]];
    if (goal.breaking.has(stepKey(n, board.by[e])) || (far && far < goal.far[n])) return board.by[e];
  }
  return -1;
}

/** A run that breaks *goal*, as states and movers: a schedule, or a shortest way, up to where a round begins. */
function brokenBy(board, goal, schedule) {
  const states = [0], movers = [];
  const on = (k) => {
    const e = k < 0 ? -1 : board.step(states.at(-1), k);
    if (e >= 0) { states.push(board.targets[e]); movers.push(k); }
    return e >= 0;
  };
  if (schedule) {
    const names = wordsOf(schedule).flatMap(({ name, times }) => Array(Math.min(times, PASTED)).fill(name)).slice(0, PASTED);
    names.every((name) => on(board.movers.findIndex((mover) => mover.name === name)));
  } else {
    let n = 0, k = 0;
    // a step may break it by itself, wherever it leads
    do { n = states.at(-1); k = goal.far[n] > 1 ? nearer(board, goal, n) : -1; } while (on(k) && !goal.breaking.has(stepKey(n, k)));
  }
  return { states, movers };
}

// ---- what was played, as a film --------------------------------------------------------------------------------------

const OUT = "from outside", INTERRUPTS = "interrupts", PROGRAMS = "helper programs";

/** The film of a line of play: it grows and changes under whoever shows it.  Every lane that there can be is there. */
class Played extends Film {
  constructor(board) {
    const { ever } = board;
    const lanes = [
      ...(ever.outside ? [[OUT, "world"]] : []), ...ever.tasks.map((name) => [name, "task"]),
      ...(ever.programs ? [[PROGRAMS, "helper"]] : []), ...(ever.interrupts ? [[INTERRUPTS, "irq"]] : []),
      ...["queues", "locks"].flatMap((of) => board.part(of).map((column) => [column.name, of.slice(0, -1)])),
    ];
    const none = { values: [""], changes: [0, 0] };
    super({
      title: board.title, config: board.config, schedule: "", steps: 0, opens: 0, broke: null, verdict: "", cycle: 0, ending: "", fault: false,
      lanes: lanes.map(([name, kind]) => ({ name, kind, kinds: [], runs: [] })), marks: [], log: [], source: board.source,
      tasks: Object.fromEntries(board.part("tasks").map((column) => [column.name, { values: [], changes: [] }])),
      ...Object.fromEntries(["says", "places", "queues", "locks", "statics", "heap", "frames", "helper"].map((name) => [name, none])),
    });
    this.board = board;
  }
  /** Show this line, of nodes of a game. */
  follow(line, broke) {
    const { board } = this, tells = line.map((x) => (x.edge < 0 ? null : board.tell(x.edge)));
    this.steps = line.length - 1;
    this.broke = broke !== null && broke < line.length ? broke : null;
    this.fault = Boolean(tells.at(-1)?.[TOLD.fault]);
    this.index = undefined;
    this.says = column(line.map((x) => x.says));
    this.places = column(tells.map((told) => (told ? told[TOLD.place] : ["", "", 0])));
    this.marks = tells.flatMap((told, i) => (told ? told[TOLD.marks].map((mark) => [i - 1, ...mark]) : []));
    board.part("tasks").forEach((task, i) => { this.tasks[i].rows = column(line.map((x) => board.value(task, x.state)?.[SEEN.row] ?? null)); });
    this.frames = column(line.map((x) => board.table("frames", x.state)[0]?.[1] ?? []));
    // a step that ends in a fault has changed nothing, as far as lanes tell
    const states = line.map((x, i) => (tells[i]?.[TOLD.fault] ? line[i - 1] : x).state);
    this.nest(line, states);
    this.lanes.forEach((lane) => Object.assign(lane, this.inside(lane), runsOf(tells.slice(1).map((told, i) => this.cell(lane, told, states[i + 1], i)))));
  }
  /** Every interrupt on a line, {start, end, actor, host, depth}; and which of them are there at each step. */
  nest(line, states) {
    const { board } = this, frames = states.map((n) => board.table("frames", n)[0]?.[1] ?? []), open = new Map();
    Object.assign(this, { nested: [], there: [] });
    line.slice(1).forEach(({ irqs }, i) => {
      const hosts = new Map(irqs), mover = board.movers[board.by[line[i + 1].edge]].name;
      const here = framesIn(frames[i], frames[i + 1], [...hosts.keys()], mover);
      for (const actor of open.keys()) if (!here.has(actor)) open.delete(actor);
      for (const [actor, depth] of here) {
        if (!open.has(actor)) this.nested.push(open.set(actor, { start: i, actor, host: hosts.get(actor) ?? "", depth }).get(actor));
        open.get(actor).end = i + 1;
      }
      this.there.push([...open.values()].sort(inOrder));
    });
    this.nested.sort(inOrder);
  }
  /** The interrupts inside a lane, as a film has them. */
  inside({ name, kind }) {
    const mine = kind === "task" ? this.nested.filter(({ host }) => host === name) : [], names = [...new Set(mine.map(({ actor }) => actor))];
    return { inside: mine.flatMap(({ start, end, depth, actor }) => [start, end, depth, names.indexOf(actor)]), names };
  }
  /** What a lane shows of step *i*, which led to state *n*: a shape and a label, or null. */
  cell({ name, kind }, told, n, i) {
    const { board } = this, value = (of) => board.value(board.columns.find((c) => c.of === of && c.name === name), n), irqs = this.there[i];
    if (kind === "task") {
      const cell = value("tasks")?.[told[TOLD.acts].includes(name) ? SEEN.acts : SEEN.rests] ?? null, held = irqs.some(({ host }) => host === name);
      return held ? [cell?.[0] === "spin" ? "spin" : "held", cell?.[1] ?? "R"] : cell;
    }
    const alone = () => [...new Set(irqs.filter(({ host }) => !board.ever.tasks.includes(host)).map(({ actor }) => irqName(actor)))];
    const label = { world: () => told[TOLD.outside], helper: () => told[TOLD.program], irq: () => alone().join(", "), queue: () => value("queues").join(", "), lock: () => value("locks") }[kind]();
    return label ? [kind, label] : null;
  }
}

const inOrder = (a, b) => a.start - b.start || a.depth - b.depth;
/** The interrupts that are there during a step of *mover*, each with its depth: those that are there after it, and those
    that do something in it (kthreadlab/show/nested.py has the same rule, for traces). */
function framesIn(before, after, acting, mover) {
  const here = new Map(), cpus = new Map(), is = ([cpu, irq]) => ([other, name]) => cpu === other && irq === name;
  for (const [cpu, irq] of [...before.filter((x) => acting.includes(x[1]) || x[1] === mover || after.some(is(x))), ...after]) {
    if (here.has(irq)) continue;
    here.set(irq, cpus.get(cpu) ?? 0);
    cpus.set(cpu, here.get(irq) + 1);
  }
  for (const irq of acting) if (!here.has(irq)) here.set(irq, 0);
  return here;
}

/** A column of these values, one for each moment. */
function column(values) {
  const numbers = new Map(), kept = [];
  return recorded(values.map((value) => {
    const key = JSON.stringify(value);
    if (!numbers.has(key)) { numbers.set(key, kept.length); kept.push(value); }
    return numbers.get(key);
  }), kept);
}
function recorded(numbers, values) {
  const changes = numbers.flatMap((number, i) => (i && numbers[i - 1] === number ? [] : [i, number]));
  return new Column({ values, changes });
}

/** Equal neighbours become one run: what there is, and (start, end, number of it) flat. */
function runsOf(cells) {
  const kinds = [], keys = new Map(), runs = [];
  cells.forEach((cell, i) => {
    if (!cell) return;
    const key = cell.join("\n");
    if (!keys.has(key)) { keys.set(key, kinds.length); kinds.push(cell); }
    const kind = keys.get(key), last = runs.length - 3;
    if (last >= 0 && runs[last + 1] === i && runs[last + 2] === kind) runs[last + 1] = i + 1; else runs.push(i, i + 1, kind);
  });
  return { kinds, runs };
}
