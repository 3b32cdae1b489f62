/* A report above a player (kthreadlab/show/stories.py): a row that has a story is a button that loads it. */

/** Put a player in the place of the still picture beside the script that is running, and a button into each row of the
    report above that has a story.  If that fails, table and picture stay as they are. */
function stories(script) {
  const shown = script.closest(".kl-shown"), told = JSON.parse(shown.querySelector("script[type='application/json']").textContent);
  const rows = [...(shown.previousElementSibling?.querySelectorAll("[data-story]") ?? [])], buttons = new Map();
  let player = null;
  // a notebook would take Enter for itself, and leave the button unpressed
  shown.previousElementSibling?.addEventListener("keydown", (event) => {
    if (["Enter", " "].includes(event.key) && !hosts(event) && event.target.closest("button, summary")) event.stopPropagation();
  });
  const load = (name) => {
    player?.play(false);
    player?.root.remove();
    player = mount(shown, { source: told.source, ...told.films[name] });
    for (const [other, made] of buttons) {
      made.setAttribute("aria-pressed", String(other === name));
      made.closest("tr").classList.toggle("now", other === name);
    }
  };
  for (const head of rows) {
    const name = head.dataset.story, title = head.firstChild, row = head.closest("tr");
    if (told.left.includes(name)) title.after(el("small", {}, " (too long to be played here) "));
    if (!Object.hasOwn(told.films, name)) continue;
    const choose = () => { load(name); player.root.focus({ preventScroll: true }); player.root.scrollIntoView({ block: "nearest" }); };
    buttons.set(name, el("button", { type: "button", class: "story", onclick: choose }, title.textContent.trim()));
    title.replaceWith(buttons.get(name), " ");
    row.classList.add("told");
    // a click anywhere in the row, but for what has a click of its own, or a text that somebody has marked
    row.addEventListener("click", ({ target }) => {
      if (!target.closest("button, summary, details, a") && getSelection().isCollapsed) choose();
    });
  }
  const report = shown.previousElementSibling, tip = report && new Tip(report);
  for (const head of rows) explain(head, told.words, tip);
  if (tip) report.append(tip.el);
  load(told.first);
  shown.querySelector(".kl-figure").remove();
}
