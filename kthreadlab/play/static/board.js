/* A board: states, and the steps between them.  One is whole (kthreadlab/play/board.py): every state that can be
   reached is there.  Another is found out as somebody plays (kthreadlab/play/live.py), by asking a kernel. */

const SEEN = { row: 0, rests: 1, acts: 2 };
const TOLD = { says: 0, next: 1, place: 2, marks: 3, acts: 4, outside: 5, irqs: 6, program: 7, stays: 8, fault: 9 };
const FAULTS = 1 << 24;
const MANY = 65536;      // more movers than there can be

/** A state and a mover as one number. */
const stepKey = (n, k) => n * MANY + k;

/** Numbers that `packed` has packed: how wide they are, then gzip in base64. */
async function unpacked(text) {
  const zipped = Uint8Array.from(atob(text.slice(1)), (c) => c.charCodeAt(0));
  const { buffer } = new Uint8Array(await new Response(new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  return new { B: Uint8Array, H: Uint16Array, I: Uint32Array }[text[0]](buffer);
}

/** A round: its states, and who must get a turn on a walk among them. */
async function roundOf({ states, turns }) {
  const numbers = await unpacked(states), at = await Promise.all(turns.map((turn) => unpacked(turn.at)));
  return { index: new Map(Array.from(numbers, (n, i) => [n, i])), turns: turns.map(({ movers }, i) => ({ movers: new Set(movers), at: at[i] })) };
}

class Board {
  /** Is everything known of state *n*?  Here it is; elsewhere there is somebody to ask. */
  async know() {}
  /** All states, for whoever looks at them as a whole; null where nobody knows them. */
  async whole() { return this; }
  /** The steps that lead out of state *n*: from the first to before the second. */
  out(n) { return [this.offsets[n], this.offsets[n + 1]]; }
  /** The step by which mover *k* leaves state *n*; -1 if it cannot move. */
  step(n, k) {
    const [first, end] = this.out(n);
    for (let e = first; e < end; e += 1) if (this.by[e] === k) return e;
    return -1;
  }
  /** Does nothing lead on from state *n*? */
  ends(n) { const [first, end] = this.out(n); return first === end; }
  reason(n, k) { return this.reasons[this.why[k][n]]; }
  tell(e) { return this.tells[this.told[e]]; }
  /** The columns of one part of the machine: tasks, queues, locks, statics. */
  part(of) { return this.columns.filter((column) => column.of === of); }
  value(column, n) { return column.values[column.at[n]]; }
  /** Name and value of everything in a part of the machine, in state *n*. */
  table(of, n) { return this.part(of).map((column) => [column.name, this.value(column, n)]); }
  task(column, n) { return named(column, this.value(column, n)?.[SEEN.row]); }
  /** A state in one sentence. */
  sentence(n) {
    const tasks = this.part("tasks").map((column) => this.task(column, n)).filter((task) => task && task.place !== "not here yet");
    const told = tasks.filter((task) => task.name !== "khelper" || task.place !== "asleep").map((task) => `${task.name} ${doing(task)}`);
    return [...told, ...this.table("statics", n).map(([name, value]) => `${name} = ${value}`)].join("; ");
  }
}

class WholeBoard extends Board {
  /** From the data of a board, or of what a map shows of one (`atlas`, in board.py). */
  static async read(data) {
    const b = Object.assign(new WholeBoard(), data), all = (list = []) => Promise.all(list.map(unpacked));
    [b.degrees, b.targets, b.by] = await all([data.degrees, data.targets, data.by]);
    [b.told] = await all(data.told ? [data.told] : []);
    b.why = await all(data.why);
    const at = await all(data.columns.map((column) => column.at));
    b.columns = data.columns.map((column, i) => ({ ...column, at: at[i] }));
    b.goals = {};
    for (const [name, goal] of Object.entries(data.goals)) {
      const [flags, far] = await all([goal.flags, goal.far]);
      b.goals[name] = { ...goal, name, flags, far, breaking: new Set(goal.breaking.map(([n, k]) => stepKey(n, k))), rounds: await Promise.all(goal.rounds.map(roundOf)) };
    }
    b.link();
    return b;
  }
  /** Where the steps of each state begin, where they lead to, and how many steps it takes to come to each state. */
  link(known) {
    const { size, degrees, targets, stops } = this;
    this.offsets = new Uint32Array(size + 1);
    for (let n = 0; n < size; n += 1) this.offsets[n + 1] = this.offsets[n] + degrees[n];
    let fresh = 1;
    this.targets = known ?? Uint32Array.from(targets, (back) => (back >= FAULTS ? size - stops + back - FAULTS : back ? fresh - back : fresh++));
    this.levels = new Uint16Array(size).fill(65535);
    this.came = new Int32Array(size).fill(-1);
    this.levels[0] = 0;
    const queue = [0];
    for (const n of queue)
      for (let e = this.offsets[n]; e < this.offsets[n + 1]; e += 1) {
        const t = this.targets[e];
        if (this.levels[t] === 65535) { this.levels[t] = this.levels[n] + 1; this.came[t] = e; queue.push(t); }
      }
  }
  /** Which state step *e* begins in, by halving. */
  from(e) {
    let low = 0, high = this.size;
    while (low + 1 < high) { const middle = (low + high) >> 1; if (this.offsets[middle] <= e) low = middle; else high = middle; }
    return low;
  }
  /** A shortest way from the beginning to state *n*, as the movers that make it. */
  wayTo(n) {
    const movers = [];
    for (let x = n; this.came[x] >= 0; x = this.from(this.came[x])) movers.push(this.by[this.came[x]]);
    return movers.reverse();
  }
}

/** A board whose states are found as somebody comes to them: *ask* gives what is wanted of its world (live.py). */
class LiveBoard extends Board {
  static async of(start, ask) {
    const goals = await Promise.all(Object.entries(start.goals).map(async ([name, goal]) => [name, { ...goal, rounds: await Promise.all(goal.rounds.map(roundOf)) }]));
    const board = new LiveBoard({ ...start, goals: Object.fromEntries(goals) }, ask);
    await board.know(0);
    return board;
  }
  constructor(start, ask) {
    super();
    Object.assign(this, start, { ask, live: true, asking: Promise.resolve(), come: new Set(), begins: [], ends_: [], by: [], told: [], targets: [], reasons: [], tells: [] });
    this.columns = start.columns.map((column) => ({ ...column, values: [], at: [] }));
    this.why = start.movers.map(() => []);
    this.goals = Object.fromEntries(Object.entries(start.goals).map(([name, goal]) => [name, { ...goal, name, flags: [], far: [], breaking: new Set() }]));
  }
  out(n) { return [this.begins[n], this.ends_[n]]; }
  async know(n) {
    if (this.begins[n] === undefined) await this.ahead;
    await this.fetch([n]);
    this.come.add(this.latest = n);
    this.lookAhead();
  }
  /** Ask for those of some states that are not known; one question after the other, since each says what is known. */
  fetch(states) {
    const ask = async () => {
      const wanted = states.filter((n) => this.begins[n] === undefined), known = [this.reasons, this.tells, ...this.columns.map((column) => column.values)].map((values) => values.length);
      if (wanted.length) for (const [n, told] of (await this.ask({ states: wanted, known })).states) this.learn(n, told);
    };
    return (this.asking = this.asking.then(ask, ask));
  }
  /** Ask for all that can come next, while nobody waits: then a click is answered at once. */
  lookAhead() {
    const n = this.latest, after = this.targets.slice(...this.out(n)).filter((t) => this.begins[t] === undefined);
    if (this.ahead || !after.length) return;
    this.ahead = this.fetch([...new Set(after)]).finally(() => { this.ahead = null; if (this.latest !== n) this.lookAhead(); });
    // whoever comes there while it is asked for is told what went wrong
    this.ahead.catch(() => {});
  }
  async whole() {
    if (this.size === undefined) return null;
    this.asked ??= this.ask({ map: true }).then(({ map }) => WholeBoard.read(map));
    try { return await this.asked; } catch (lost) { this.asked = null; throw lost; }
  }
  /** The states that somebody has come to, as a board of their own. */
  seen() {
    const index = new Map(), size = () => index.size, seen = new WholeBoard(), degrees = [], targets = [];
    for (const n of [...this.come].sort((a, b) => a - b)) index.set(n, size());
    for (const n of index.keys()) {
      const [first, end] = this.out(n), known = this.targets.slice(first, end).filter((t) => index.has(t));
      degrees.push(known.length);
      targets.push(...known.map((t) => index.get(t)));
    }
    const numbers = [...index.keys()], columns = this.columns.map((column) => ({ ...column, at: numbers.map((n) => column.at[n]) }));
    Object.assign(seen, { size: size(), stops: 0, degrees, columns, index, ends: (i) => this.ends(numbers[i]) });
    seen.link(targets);
    seen.goals = Object.fromEntries(Object.keys(this.goals).map((name) => [name, { name, flags: new Uint8Array(size()), far: new Uint8Array(size()).fill(2), rounds: [], breaking: new Set() }]));
    return seen;
  }
  /** Take in what is told of state *n*, and the values that are new with it. */
  learn(n, { steps, why, seen, values, reasons, tells, goals }) {
    this.reasons.push(...reasons);
    this.tells.push(...tells);
    this.columns.forEach((column, i) => { column.values.push(...values[i]); column.at[n] = seen[i]; });
    this.why.forEach((column, k) => { column[n] = why[k]; });
    this.begins[n] = this.by.length;
    for (const [k, target, told] of steps) { this.by.push(k); this.targets.push(target); this.told.push(told); }
    this.ends_[n] = this.by.length;
    for (const [name, { far, flags, breaking }] of Object.entries(goals)) {
      const goal = this.goals[name];
      goal.far[n] = far;
      goal.flags[n] = flags;
      for (const k of breaking) goal.breaking.add(stepKey(n, k));
    }
  }
}

/** What a task does, in words. */
const doing = ({ place, letter, waits }) => ({
  ended: "has ended", "on a CPU": "runs", interrupting: "interrupts", "on the run queue": "could run",
  asleep: `sleeps (${letter})${waits ? ` on ${waits}` : ""}`,
}[place] ?? place);

/** The movers of a schedule, as words and how often each; null for a word that is none. */
const wordsOf = (text) => text.replace(/[()]/g, " ").split(/\s+/).filter(Boolean).map((word) => {
  const [, name, times] = /^([^*]+?)(?:\*([1-9]\d{0,5}))?$/.exec(word) ?? [];
  return { word, name, times: Number(times ?? 1) };
});

/** A schedule in one line: ``name*n`` for n times the same. */
function runs(names) {
  const found = [];
  for (const name of names) if (found.at(-1)?.[0] === name) found.at(-1)[1] += 1; else found.push([name, 1]);
  return found.map(([name, n]) => (n === 1 ? name : `${name}*${n}`)).join(" ");
}
