/* A film (kthreadlab/show/film.py): every moment there was, and questions about it.  Moment m is the machine after m
   steps; step s leads from moment s to moment s + 1, and people count steps from 1. */

const TASK = ["letter", "state", "place", "waits", "file", "line", "irqsOff", "preempt", "locks", "signals", "command",
  "pid", "ppid", "context"];
const PLACE = TASK.indexOf("place"), FILE = TASK.indexOf("file");
const COLUMNS = ["says", "places", "queues", "locks", "statics", "heap", "frames", "helper", "locals"];
const NOTHING_EVER = { values: [[]], changes: [0, 0] };

/** A value for every moment, of which only the changes are written down. */
class Column {
  constructor({ values, changes }) {
    this.values = values;
    this.moments = changes.filter((_, i) => i % 2 === 0);
    this.numbers = changes.filter((_, i) => i % 2 === 1);
  }
  /** Which of the changes is the last by that moment. */
  position(moment) {
    let low = 0, high = this.moments.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.moments[middle] <= moment) low = middle; else high = middle - 1;
    }
    return low;
  }
  at(moment) { return this.values[this.numbers[this.position(moment)]]; }
}

class Film {
  constructor(data) {
    Object.assign(this, data);
    for (const name of COLUMNS) this[name] = new Column(data[name] ?? NOTHING_EVER);
    this.links = Object.fromEntries(Object.entries(data.links ?? {}).map(([name, column]) => [name, new Column(column)]));
    this.tasks = Object.entries(data.tasks).map(([name, column]) => ({ name, rows: new Column(column) }));
  }
  /** The task at a moment, as an object; null before it exists. */
  task(entry, moment) { return named(entry, entry.rows.at(moment)); }
  /** The steps that say why a task is asleep, or who woke it: what it is to it, the step, and who took it. */
  told(name, moment) { return this.links[name]?.at(moment) ?? []; }
  /** Has the machine stopped by then, for good? */
  stopped(moment) { return this.fault && moment === this.steps; }
  /** Is there ever anything of that kind? */
  ever(name) { return this[name].values.some((value) => value !== null && value.length !== 0); }
  /** Everything there is to see at a moment.  Two calls with the same moment give equal values. */
  frame(moment) {
    const [who, file, line] = this.places.at(moment);
    return {
      moment, who, file, line, stopped: this.stopped(moment), says: this.says.at(moment),
      tasks: this.tasks.map((entry) => this.task(entry, moment)).filter(Boolean),
      queues: this.queues.at(moment), locks: this.locks.at(moment), statics: this.statics.at(moment),
      heap: this.heap.at(moment), frames: this.frames.at(moment), helper: this.helper.at(moment), locals: this.locals.at(moment),
      log: this.log.filter(([when]) => when <= moment).map(([, line]) => line),
    };
  }
  /** The steps that a task took, by its name, and those taken at a line, by `line of file`. */
  taken(what) {
    this.index ??= this.indexed();
    return this.index.get(what) ?? [];
  }
  /** The first step that was taken at a line, by `line of file`; undefined if none ever is. */
  first(what) {
    if (this.firstsOf !== this.places) {
      const { moments, numbers, values } = (this.firstsOf = this.places), left = new Set(values.keys());
      this.firsts = new Map();
      for (let i = 0; i < moments.length && left.size; i += 1) {
        const [, file, line] = values[numbers[i]];
        if (left.delete(numbers[i]) && line && !this.firsts.has(at(file, line))) this.firsts.set(at(file, line), Math.max(1, moments[i]));
      }
    }
    return this.firsts.get(what);
  }
  indexed() {
    const { moments, numbers, values } = this.places, index = new Map();
    moments.forEach((first, i) => {
      const [who, file, line] = values[numbers[i]], end = moments[i + 1] ?? this.steps + 1;
      for (const key of [who, line && at(file, line)].filter(Boolean)) {
        if (!index.has(key)) index.set(key, []);
        for (let step = Math.max(1, first); step < end; step += 1) index.get(key).push(step);
      }
    });
    return index;
  }
  /** The steps of which a text is told, that a task of that name takes, or that change what has that name. */
  find(text) {
    const sought = text.trim().toLowerCase(), found = new Set();
    if (!sought) return [];
    this.says.numbers.forEach((number, i) => {
      if (!this.says.values[number].toLowerCase().includes(sought)) return;
      for (let step = Math.max(1, this.says.moments[i]); step < (this.says.moments[i + 1] ?? this.steps + 1); step += 1) found.add(step);
    });
    for (const [name, steps] of this.known()) if (name.toLowerCase() === sought) steps.forEach((step) => found.add(step));
    return [...found].sort((a, b) => a - b);
  }
  /** Everything that has a name, with the steps that a task takes, or that change it. */
  known() {
    if (this.names) return this.names;
    const names = (this.names = new Map(this.tasks.map(({ name }) => [name, this.taken(name)])));
    for (const of of ["statics", "locks", "queues", "locals"]) {
      const { numbers, moments, values } = this[of], flat = values.map((value) => new Map(of === "locals" ? value.flatMap(([, held]) => held) : value));
      numbers.forEach((number, i) => {
        const now = flat[number], before = i ? flat[numbers[i - 1]] : now;
        for (const name of new Set([...now.keys(), ...before.keys()])) {
          if (!names.has(name)) names.set(name, []);
          if (JSON.stringify(now.get(name)) !== JSON.stringify(before.get(name))) names.get(name).push(moments[i]);
        }
      });
    }
    return names;
  }
  /** The steps at which something new begins in a lane: a task's own; of anything else, its runs. */
  begins(lane) {
    return lane.kind === "task" ? this.taken(lane.name) : lane.runs.filter((_, i) => i % 3 === 0).map((start) => start + 1);
  }
}

/** A film's data up to a moment, as if it had ended there and nobody knew how it goes on. */
function firstMoments(data, until) {
  const steps = Math.max(0, Math.min(Math.round(until) || 0, data.steps));
  if (steps === data.steps) return data;
  const cut = (value) => (isColumn(value) ? firstOf(value, steps) : value);
  const broke = data.broke !== null && data.broke <= steps;
  return {
    ...Object.fromEntries(Object.entries(data).map(([key, value]) => [key, cut(value)])),
    steps, opens: Math.min(data.opens, steps), broke: broke ? data.broke : null, verdict: broke ? data.verdict : "",
    schedule: "", cycle: 0, ending: "", fault: false, lost: [], words: rowsFor(cut(data.says).values, data.words ?? []),
    lanes: data.lanes.map((lane) => ({ ...lane, ...firstRuns(lane, steps), ...firstInside(lane, steps) })),
    marks: data.marks.filter(([step]) => step < steps), log: data.log.filter(([moment]) => moment <= steps),
    tasks: Object.fromEntries(Object.entries(data.tasks).map(([name, column]) => [name, cut(column)])),
    links: Object.fromEntries(Object.entries(data.links ?? {}).map(([name, column]) => [name, cut(column)])),
  };
}

const isColumn = (value) => Array.isArray(value?.values) && Array.isArray(value.changes);
/** A column up to a moment, with the values that it has by then and no others. */
function firstOf({ values, changes }, until) {
  const end = changes.findIndex((moment, i) => i % 2 === 0 && moment > until), kept = end < 0 ? changes : changes.slice(0, end);
  const used = [...new Set(kept.filter((_, i) => i % 2))], numbers = new Map(used.map((number, i) => [number, i]));
  return { values: used.map((number) => values[number]), changes: kept.map((x, i) => (i % 2 ? numbers.get(x) : x)) };
}
/** A lane's runs up to a moment, with the shapes and labels that it has by then and no others. */
function firstRuns({ kinds, runs }, until) {
  const kept = [], used = [];
  for (let i = 0; i < runs.length && runs[i] < until; i += 3) {
    if (!used.includes(runs[i + 2])) used.push(runs[i + 2]);
    kept.push(runs[i], Math.min(runs[i + 1], until), used.indexOf(runs[i + 2]));
  }
  return { kinds: used.map((kind) => kinds[kind]), runs: kept };
}

/** What is drawn inside a lane's runs up to a moment: interrupts, and what is done (film.py's `_lane`). */
function firstInside({ inside = [], calls = [], names = [] }, until) {
  const used = new Set(), cut = { inside: [], calls: [] };
  for (let i = 0; i < inside.length; i += 4)
    if (inside[i] < until) { cut.inside.push(inside[i], Math.min(inside[i + 1], until), inside[i + 2], inside[i + 3]); used.add(inside[i + 3]); }
  for (let i = 0, start = 0; i < calls.length; i += 3) {
    start += calls[i];
    if (start < until) { cut.calls.push(calls[i], Math.min(calls[i + 1], until - start), calls[i + 2]); used.add(calls[i + 2]); }
  }
  const kept = [...used].sort((a, b) => a - b), number = (n) => kept.indexOf(n);
  return {
    inside: inside.length ? cut.inside.map((x, i) => (i % 4 === 3 ? number(x) : x)) : undefined,
    calls: calls.length ? cut.calls.map((x, i) => (i % 3 === 2 ? number(x) : x)) : undefined,
    names: names.length ? kept.map((n) => names[n]) : undefined,
  };
}

const named = (entry, row) => row && Object.fromEntries([["name", entry.name], ...TASK.map((key, i) => [key, row[i]])]);
const at = (file, line) => `${line} of ${file}`;
/** The next of some steps after a moment, and after the last the first again; undefined if there is none. */
const after = (steps, moment) => steps.find((step) => step > moment) ?? steps[0];

/** The number of the first run, of (start, end, kind) each, that reaches beyond a step, by halving. */
function firstRun(runs, step) {
  let low = 0, high = runs.length / 3;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle * 3 + 1] <= step) low = middle + 1; else high = middle;
  }
  return low * 3;
}

function firstMark(marks, step) {
  let low = 0, high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (marks[middle][0] < step) low = middle + 1; else high = middle;
  }
  return low;
}
