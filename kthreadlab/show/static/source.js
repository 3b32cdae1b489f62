/* The source, a file at a time; the step's own line is barred, and whoever goes on at a line stands beside it. */

class Source {
  constructor(film, tip, go) {
    this.film = film;
    this.tip = tip;
    this.go = go;
    this.moment = -1;
    this.files = Object.keys(film.source);
    this.rows = {};
    this.tabs = this.files.map((file) => el("button", { type: "button", onclick: () => this.open(file) }, file));
    this.pages = this.files.map((file) => this.page(file));
    const rows = film.tasks.flatMap(({ rows }) => rows.values), outside = rows.some((row) => row?.[FILE] && !film.source[row[FILE]]);
    this.elsewhere = el("p", { class: "kl-elsewhere", hidden: !outside });
    this.el = el("section", { class: "kl-panel kl-source" }, el("h4", {}, "Source"),
      el("div", { class: "kl-tabs", role: "group", "aria-label": "Files" }, this.tabs), el("div", { class: "kl-pages" }, this.pages), this.elsewhere);
    const names = film.tasks.map(({ name }) => name.length);
    this.el.style.setProperty("--kl-aside", `${Math.max(0, ...names) + 5}ch`);
    if (this.files.length) this.open(this.files[0]);
  }
  page(file) {
    this.rows[file] = this.film.source[file].map((line, n) => {
      const who = el("span", { class: "kl-who" });
      return { el: el("li", { value: n + 1 }, el("code", {}, line || " "), who), who };
    });
    // whoever marks some of the text does not click
    const list = el("ol", { onclick: (event) => String(getSelection()) || this.next(file, lineOf(event)) }, this.rows[file].map((row) => row.el));
    this.tip.over(list, (event) => this.told(file, lineOf(event)));
    return el("div", { class: "kl-page", tabindex: "0", role: "region", "aria-label": `Source of ${file}` }, list);
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
    this.files.forEach((name, i) => {
      this.pages[i].classList.toggle("kl-shut", name !== file);
      this.tabs[i].setAttribute("aria-pressed", String(name === file));
    });
    this.shown = file;
  }
  show(frame) {
    const row = this.rows[frame.file]?.[frame.line - 1];
    // looked up before anything is changed: the browser need not lay the page out twice
    if (row && this.shown !== frame.file) this.open(frame.file);
    this.here = row;
    if (this.moment >= 0) this.reveal();
    this.moment = frame.moment;
    for (const row of this.touched ?? []) { row.el.className = ""; row.who.replaceChildren(); row.el.removeAttribute("aria-current"); }
    this.touched = [];
    const elsewhere = frame.line && !row ? [`this step: ${frame.file}, line ${frame.line}`] : [];
    for (const task of frame.stopped ? [] : frame.tasks) {
      if (!task.line || task.place === "ended" || task.place === "not here yet") continue;
      const row = this.rows[task.file]?.[task.line - 1];
      if (!row) { if (task.place !== "asleep") elsewhere.push(`${task.name}: next ${task.file}, line ${task.line}`); continue; }
      row.who.append(el("span", { class: "kl-chip", title: `${task.name} goes on here` }, `${task.name} ${task.letter}`, el("span", { class: "kl-hidden" }, ", next")));
      this.touched.push(row);
    }
    if (row) {
      row.el.className = "kl-here";
      row.el.setAttribute("aria-current", "step");
      this.touched.push(row);
    }
    this.elsewhere.textContent = elsewhere.join("; ");
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
