/* A board (kthreadlab/play/board.py): every state that can be reached, and every step between them. */

const SEEN = { row: 0, rests: 1, acts: 2 };
const TOLD = { says: 0, next: 1, place: 2, marks: 3, acts: 4, outside: 5, irqs: 6, program: 7, given: 8, fault: 9 };
const FAULTS = 1 << 24;

/** Numbers that `packed` has packed: how wide they are, then gzip in base64. */
async function unpacked(text) {
  const zipped = Uint8Array.from(atob(text.slice(1)), (c) => c.charCodeAt(0));
  const { buffer } = new Uint8Array(await new Response(new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer());
  return new { B: Uint8Array, H: Uint16Array, I: Uint32Array }[text[0]](buffer);
}

class Board {
  static async read(data) {
    const b = Object.assign(new Board(), data), all = (list) => Promise.all(list.map(unpacked));
    [b.degrees, b.targets, b.by, b.told] = await all([data.degrees, data.targets, data.by, data.told]);
    b.why = await all(data.why);
    const at = await all(data.columns.map((column) => column.at));
    b.columns = data.columns.map((column, i) => ({ ...column, at: at[i] }));
    b.goals = {};
    for (const [name, goal] of Object.entries(data.goals)) {
      const [flags, far] = await all([goal.flags, goal.far]);
      b.goals[name] = { ...goal, name, flags, far, breaking: new Set(goal.breaking.map(([n, k]) => n * 256 + k)), rounds: goal.rounds.map((part) => new Set(part)) };
    }
    b.link();
    return b;
  }
  /** Where the steps of each state begin, where they lead to, and how many steps it takes to come to each state. */
  link() {
    const { size, degrees, targets, stops } = this;
    this.offsets = new Uint32Array(size + 1);
    for (let n = 0; n < size; n += 1) this.offsets[n + 1] = this.offsets[n] + degrees[n];
    let fresh = 1;
    this.targets = targets.map((back) => (back >= FAULTS ? size - stops + back - FAULTS : back ? fresh - back : fresh++));
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
  /** The step by which mover *k* leaves state *n*; -1 if it cannot move. */
  step(n, k) {
    for (let e = this.offsets[n]; e < this.offsets[n + 1]; e += 1) if (this.by[e] === k) return e;
    return -1;
  }
  /** Does nothing lead on from state *n*? */
  ends(n) { return this.offsets[n] === this.offsets[n + 1]; }
  reason(n, k) { return this.reasons[this.why[k][n]]; }
  tell(e) { return this.tells[this.told[e]]; }
  /** Which state step *e* begins in, by halving. */
  from(e) {
    let low = 0, high = this.size;
    while (low + 1 < high) { const middle = (low + high) >> 1; if (this.offsets[middle] <= e) low = middle; else high = middle; }
    return low;
  }
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

/** What a task does, in words. */
const doing = ({ place, letter, waits }) => ({
  ended: "has ended", "on a CPU": "runs", interrupting: "interrupts", "on the run queue": "could run",
  asleep: `sleeps (${letter})${waits ? ` on ${waits}` : ""}`,
}[place] ?? place);

/** A schedule in one line: ``name*n`` for n times the same. */
function runs(names) {
  const found = [];
  for (const name of names) if (found.at(-1)?.[0] === name) found.at(-1)[1] += 1; else found.push([name, 1]);
  return found.map(([name, n]) => (n === 1 ? name : `${name}*${n}`)).join(" ");
}
