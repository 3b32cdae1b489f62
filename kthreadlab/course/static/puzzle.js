/* A puzzle: lines to drag, or to move by keys and buttons; of some only one belongs there.

   The answer is kept in the text of the notebook's cell and nowhere else. */

class Puzzle {
  constructor(host, data) {
    this.data = data;
    this.answer = new Answer(host, "arrange", data.key);
    this.blocks = data.blocks.map((letters) => ({ letters, taken: letters.length === 1 ? letters[0] : "" }));
    this.restore(this.answer.value ?? data.answer);
    this.says = el("p", { class: "kl-verdict", role: "status" }, data.says, data.dropped ? ` ${data.dropped} has dropped out: it belongs nowhere.` : "");
    this.list = el("ol", { class: "kl-lines", "aria-label": "Lines, in their order" });
    this.root = el("div", { class: "kthreadlab-show kl-asks", role: "group", "aria-label": data.text }, el("p", { class: "kl-asked" }, data.text),
      this.frame(data.before), this.list, this.frame(data.after), this.says,
      el("p", { class: "kl-how" }, "Drag a line, or tab to its ⠿ and move it with ↑ ↓."));
    keepKeys(this.root);
    for (const block of this.blocks) block.row = this.row(block);
    host.append(this.root);
    // what stands right above the lines is what they go on from
    for (const frame of this.root.querySelectorAll(".kl-frame")) if (frame.nextSibling === this.list) frame.scrollTop = frame.scrollHeight;
    this.draw();
  }
  /** The letters of the lines that are taken, in their order. */
  order() { return this.blocks.map(({ taken }) => taken).filter(Boolean).join(" "); }
  frame(text) { return text.trim() && el("pre", { class: "kl-frame", tabindex: "0" }, text); }
  /** The order that a text says, the last if there are several, as far as it says one. */
  restore(text) {
    const letters = [...text.split("/").findLast((part) => part.trim())?.replace(/[\s,]/g, "") ?? ""];
    for (const block of this.blocks) block.taken = block.letters.find((x) => letters.includes(x)) ?? block.taken;
    const place = ({ taken }) => (letters.includes(taken) ? letters.indexOf(taken) : letters.length);
    this.blocks.sort((a, b) => place(a) - place(b));
  }
  row(block) {
    const { letters } = block, several = letters.length > 1;
    const grip = el("button", { type: "button", class: "kl-grip", "aria-keyshortcuts": "ArrowUp ArrowDown",
      onkeydown: (event) => this.key(event, block) }, several ? "⠿" : `⠿ ${letters}`);
    const move = (by, sign, where) => el("button", { type: "button", class: "kl-move", "aria-label": `${letters.join(" or ")} ${where}`, title: where, onclick: () => this.move(block, by) }, sign);
    const name = `kl-either-${Puzzle.made += 1}`;
    const code = letters.map((letter) => several
      ? el("label", {}, el("input", { type: "radio", name, value: letter, checked: letter === block.taken, onchange: () => this.take(block, letter) }), el("kbd", {}, letter), el("pre", {}, this.data.pieces[letter]))
      : el("pre", {}, this.data.pieces[letter]));
    block.grip = grip;
    const body = several ? el("fieldset", {}, el("legend", {}, `one of ${letters.join(" and ")}`), code) : code;
    const row = el("li", { class: "kl-line", draggable: "true" }, grip, el("div", { class: "kl-code" }, body), el("div", { class: "kl-moves" }, move(-1, "↑", "up"), move(1, "↓", "down")));
    row.addEventListener("dragstart", (event) => { this.dragged = block; event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", letters.join(" ")); row.classList.add("kl-dragged"); });
    row.addEventListener("dragend", () => { this.dragged = null; row.classList.remove("kl-dragged"); });
    row.addEventListener("dragover", (event) => { if (this.dragged) { event.preventDefault(); event.stopPropagation(); } });
    row.addEventListener("drop", (event) => {
      if (!this.dragged) return;
      event.preventDefault();
      event.stopPropagation();
      this.move(this.dragged, this.blocks.indexOf(block) - this.blocks.indexOf(this.dragged));
    });
    return row;
  }
  key(event, block) {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (hosts(event) || !by) return;
    event.preventDefault();
    this.move(block, by);
  }
  move(block, by) {
    const from = this.blocks.indexOf(block), to = Math.max(0, Math.min(this.blocks.length - 1, from + by)), focused = document.activeElement;
    if (to !== from) { this.blocks.splice(from, 1); this.blocks.splice(to, 0, block); }
    this.draw();
    if (block.row.contains(focused)) focused.focus({ preventScroll: true });
    this.changed(`${block.letters.join(" or ")} is line ${to + 1} of ${this.blocks.length}.`);
  }
  take(block, letter) {
    block.taken = letter;
    this.changed(`${letter} is taken.`);
  }
  draw() {
    this.list.replaceChildren(...this.blocks.map(({ row }) => row));
    this.blocks.forEach(({ grip, letters }, n) => grip.setAttribute("aria-label", `${letters.join(" or ")}, line ${n + 1} of ${this.blocks.length}: up and down move it`));
  }
  /** Write the order into the cell, behind the tries that were wrong. */
  changed(what) {
    const order = [...this.data.tries, this.order()].join(" / ");
    const open = this.blocks.find(({ taken }) => !taken);
    const todo = open ? ` Take one of ${open.letters.join(" and ")}.` : " Run the cell (Shift+Enter) to have it judged.";
    this.says.textContent = this.answer.write(order) ? what + todo : `${what} Put "${order}" between the quotes of the cell, to keep it.`;
    this.says.classList.remove("kl-right");
  }
}
Puzzle.made = 0;

/** The puzzle of the figure beside the script that is running. */
function arrange(script) { takeOver(script, (shown, data) => new Puzzle(shown, data)); }
