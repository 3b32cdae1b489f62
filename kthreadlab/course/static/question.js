/* A question: choices to choose from by click, by letter or by arrows; then its film, as far as it was held back.

   The answer is kept in the text of the notebook's cell and nowhere else. */

class Question {
  constructor(host, data) {
    this.data = data;
    this.answer = new Answer(host, "predict", data.key);
    this.chosen = this.choice(this.answer.value ?? data.answer);
    this.says = el("p", { class: "kl-verdict", role: "status" });
    const name = `kl-choice-${Question.made += 1}`;
    this.radios = Object.fromEntries(Object.keys(data.choices).map((letter) => [letter, el("input", { type: "radio", name, value: letter,
      checked: letter === this.chosen, onchange: () => this.choose(letter) })]));
    this.root = el("form", { class: "kthreadlab-show kl-asks", onkeydown: (event) => this.key(event), onsubmit: (event) => event.preventDefault() },
      el("fieldset", {}, el("legend", {}, data.text), Object.entries(data.choices).map(([letter, says]) =>
        el("label", {}, this.radios[letter], el("kbd", {}, letter), el("span", {}, says)))), this.says);
    keepKeys(this.root);
    host.append(this.root);
    if (data.film) this.film(host);
    this.tell();
  }
  /** The choice that a text names, or "". */
  choice(text) { const letter = text.trim().toLowerCase(); return letter in this.data.choices ? letter : ""; }
  film(host) {
    const { film, decides } = this.data;
    this.player = mount(host, film, this.chosen ? {} : { until: decides - 1 });
    this.player.root.addEventListener("moment", () => this.tell());
    if (this.chosen) this.player.reveal(this.note());
  }
  note() { return { moment: this.data.decides, words: `You said ${this.chosen}: look.` }; }
  choose(letter) {
    this.chosen = letter;
    this.radios[letter].checked = true;
    this.written = this.answer.write(letter);
    this.player?.reveal(this.note());
    this.tell();
  }
  key(event) {
    const letter = event.key.toLowerCase();
    if (hosts(event) || !(letter in this.data.choices)) return;
    event.preventDefault();
    this.radios[letter].focus();
    this.choose(letter);
  }
  /** What is so is told when it has been seen. */
  tell() {
    const { data, chosen } = this, seen = !this.player || this.player.moment >= data.decides;
    const typed = this.written === false ? `Put ${chosen} between the quotes of the cell, to keep it. ` : "";
    const words = !chosen ? (data.film ? "Choose, and see how it goes on." : "")
      : seen ? `You said ${chosen}${data.right && `: ${chosen === data.right ? "so it is" : `it is ${data.right}`}`}. ${data.why}`
        : `You said ${chosen}. Step on, to step ${data.decides}.`;
    if (this.says.textContent !== typed + words) this.says.textContent = typed + words;
    this.says.classList.toggle("kl-right", Boolean(chosen) && seen && chosen === data.right);
  }
}
Question.made = 0;

/** The question of the figure beside the script that is running. */
function ask(script) { takeOver(script, (shown, data) => new Question(shown, data)); }
