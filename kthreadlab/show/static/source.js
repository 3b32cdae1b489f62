/* The source, a file at a time; the step's own line is barred, whoever goes on at a line stands beside it, and a bar in
   the margin says which lines have run. */

class Source {
  constructor(film, tip, go) {
    this.film = film;
    this.tip = tip;
    this.go = go;
    this.moment = -1;
    this.touched = [];
    this.pages = new Map(Object.entries(film.source).map(([file, lines]) => [file, this.page(file, lines)]));
    const rows = film.tasks.flatMap(({ rows }) => rows.values), outside = rows.some((row) => row?.[FILE] && !film.source[row[FILE]]);
    this.elsewhere = el("p", { class: "kl-elsewhere", hidden: !outside, tabindex: "0", role: "region", "aria-label": "Places in other files" });
    this.el = el("section", { class: "kl-panel kl-source" }, el("div", { class: "kl-tabs", role: "group", "aria-label": "Files" }, el("h4", {}, "Source"), [...this.pages.values()].map((page) => page.tab)),
      el("div", { class: "kl-pages" }, [...this.pages.values()].map((page) => page.el)), this.elsewhere);
    const names = film.tasks.map(({ name }) => name.length);
    this.el.style.setProperty("--kl-aside", `${Math.max(0, ...names) + 5}ch`);
    this.el.style.setProperty("--kl-lines", `${18 * Math.max(1, ...[...this.pages.values()].map((page) => page.rows.length)) + 6}px`);
    if (this.pages.size) this.open(this.pages.keys().next().value);
  }
  page(file, lines) {
    const words = highlighted(lines, file.endsWith(".c") ? "c" : "python");
    const rows = lines.map((_, n) => {
      const who = el("span", { class: "kl-who" });
      return { el: el("li", { value: n + 1 }, el("code", {}, words[n]), who), who, key: at(file, n + 1) };
    });
    // whoever marks some of the text does not click
    const list = el("ol", { onclick: (event) => String(getSelection()) || this.next(file, lineOf(event)) }, rows.map((row) => row.el));
    this.tip.over(list, (event) => this.told(file, lineOf(event)));
    return { rows, el: el("div", { class: "kl-page", tabindex: "0", role: "region", "aria-label": `Source of ${file}` }, list),
      tab: el("button", { type: "button", onclick: () => this.open(file) }, file) };
  }
  /** Which steps were taken at a line, and where a click leads. */
  told(file, line) {
    if (!line) return null;
    const steps = this.film.taken(at(file, line)), near = steps.length > 9 ? [...steps.slice(0, 8), "…"] : steps;
    return [`Line ${line}:`, steps.length ? `step${steps.length > 1 ? "s" : ""} ${near.join(", ")}. Click: step ${after(steps, this.moment)}.`
      : "no step is taken here."];
  }
  /** Go to the next step that was taken at a line. */
  next(file, line) {
    const step = after(this.film.taken(at(file, line)), this.moment);
    if (step) this.go(step);
  }
  open(file) {
    for (const [name, page] of this.pages) {
      page.el.classList.toggle("kl-shut", name !== file);
      page.tab.setAttribute("aria-pressed", String(name === file));
    }
    this.shown = file;
  }
  row(file, line) { return this.pages.get(file)?.rows[line - 1]; }
  show(frame) {
    const row = this.row(frame.file, frame.line);
    // looked up before anything is changed: the browser need not lay the page out twice
    if (row && this.shown !== frame.file) this.open(frame.file);
    this.here = row;
    if (this.moment >= 0) this.reveal();
    this.moment = frame.moment;
    for (const row of this.touched) { row.el.classList.remove("kl-here"); row.who.replaceChildren(); row.el.removeAttribute("aria-current"); }
    this.touched = [];
    this.cover(frame.moment);
    const elsewhere = frame.line && !row ? [`this step: ${frame.file}, line ${frame.line}`] : [];
    for (const task of frame.stopped ? [] : frame.tasks) {
      if (!task.line || task.place === "ended" || task.place === "not here yet") continue;
      const row = this.row(task.file, task.line);
      if (!row) { if (task.place !== "asleep") elsewhere.push(`${task.name}: next ${task.file}, line ${task.line}`); continue; }
      row.who.append(el("span", { class: "kl-chip", title: `${task.name} goes on here` }, `${task.name} ${task.letter}`, el("span", { class: "kl-hidden" }, ", next")));
      this.touched.push(row);
    }
    if (row) {
      row.el.classList.add("kl-here");
      row.el.setAttribute("aria-current", "step");
      this.touched.push(row);
    }
    this.elsewhere.textContent = elsewhere.join("; ");
  }
  /** Mark the lines at which a step has been taken by a moment. */
  cover(moment) {
    const { film } = this;
    for (const { rows } of this.pages.values())
      for (const row of rows) {
        const ran = film.first(row.key) <= moment;
        if (row.ran !== ran) row.el.classList.toggle("kl-ran", row.ran = ran);
      }
  }
  /** Scroll the page of source to the step's own line, and nothing around it. */
  reveal() {
    if (!this.here) return;
    const line = this.here.el, page = line.closest(".kl-page"), { offsetTop: top, offsetHeight: tall } = line;
    if (top < page.scrollTop + 20 || top + tall > page.scrollTop + page.clientHeight - 24)
      page.scrollTop = Math.max(0, top - page.clientHeight / 2);
  }
}

/** The number of the line that an event happens at. */
const lineOf = (event) => event.target.closest?.("li")?.value ?? 0;

// ---- words in a text -------------------------------------------------------------------------------------------------

const KEYWORDS = {
  python: "and as assert break class continue def del elif else False for from global if import in is lambda None nonlocal not or pass return True while with yield",
  c: "auto break case char const continue default do double else enum extern float for goto if inline int long register return short signed sizeof static struct switch typedef union unsigned void volatile while NULL u8 u16 u32 u64 s8 s16 s32 s64",
};
const STRINGS = String.raw`"(?:\\[^]|[^"\\\n])*"?|'(?:\\[^]|[^'\\\n])*'?`;
const REMARKS = { python: [String.raw`#[^\n]*`, String.raw`"""[^]*?(?:"""|(?![^]))|'''[^]*?(?:'''|(?![^]))`], c: [String.raw`\/\/[^\n]*|\/\*[^]*?(?:\*\/|(?![^]))`, String.raw`^[ \t]*#[^\n]*`] };
/** What there is to be told apart in a text: the names of the groups are the classes. */
const WORDS_OF = Object.fromEntries(Object.entries(REMARKS).map(([language, [remark, more]]) => [language,
  new RegExp(`(?<remark>${remark})|(?<text>${language === "python" ? `${more}|` : ""}${STRINGS})|(?<key>${language === "c" ? `${more}|` : ""}\\b(?:${KEYWORDS[language].replaceAll(" ", "|")})\\b)|(?<number>\\b\\d\\w*)`, "gm")]));

/** The lines of a text, each as what its element holds: strings, and elements for what stands out. */
function highlighted(lines, language) {
  const rule = WORDS_OF[language], whole = lines.join("\n"), made = [[]];
  const put = (text, kind) => text.split("\n").forEach((piece, i) => {
    if (i) made.push([]);
    if (piece) made.at(-1).push(kind ? el("span", { class: `kl-word-${kind}` }, piece) : piece);
  });
  let end = 0;
  for (const found of rule ? whole.matchAll(rule) : []) {
    put(whole.slice(end, found.index));
    put(found[0], Object.entries(found.groups).find(([, text]) => text !== undefined)[0]);
    end = found.index + found[0].length;
  }
  put(whole.slice(end));
  return made.map((pieces) => (pieces.length ? pieces : [" "]));
}
