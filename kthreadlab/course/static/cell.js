/* The notebook's cell that an output belongs to, and the answer in its text. */

/** The editor (CodeMirror's view) of the cell whose output holds *element*; null where there is no such editor. */
function editorOf(element) {
  const content = element.closest(".jp-Cell")?.querySelector(".jp-InputArea-editor .cm-content");
  // what CodeMirror leaves at its element, in the order of its versions
  const view = content?.cmTile?.root?.view ?? content?.cmView?.rootView?.view ?? content?.cmView?.view;
  return view?.state?.doc && view.dispatch ? view : null;
}

/** Where a call's answer stands in the text of a cell: in quotes behind the *key* that is asked, or of the variable that
    stands there.  {from, to, value}, or null; `insert` goes before an answer that is not there yet. */
function answerIn(text, call, key) {
  const asked = new RegExp(`\\b${call}\\(\\s*(["'])${key.replace(".", "\\.")}\\1`).exec(text);
  if (!asked) return null;
  const at = asked.index + asked[0].length, rest = text.slice(at);
  const quoted = /^\s*,\s*(["'])([^"'\\\n]*)\1/.exec(rest);
  if (quoted) return { from: at + quoted[0].length - 1 - quoted[2].length, to: at + quoted[0].length - 1, value: quoted[2] };
  const named = /^\s*,\s*([A-Za-z_]\w*)\s*[,)]/.exec(rest);
  if (!named) return { from: at, to: at, value: "?", insert: ', "' };
  const held = new RegExp(`^${named[1]}[ \\t]*=[ \\t]*(["'])([^"'\\\\\\n]*)\\1`, "m").exec(text);
  if (!held) return null;
  const end = held.index + held[0].length - 1;
  return { from: end - held[2].length, to: end, value: held[2] };
}

/** The answer of an output's cell: what stands there, and how another is written there, as if it were typed. */
class Answer {
  constructor(element, call, key) { Object.assign(this, { element, call, key }); }
  find() {
    const editor = editorOf(this.element);
    return [editor, editor && answerIn(editor.state.doc.toString(), this.call, this.key)];
  }
  /** What stands there; null where nobody can look. */
  get value() { return this.find()[1]?.value ?? null; }
  /** Was it written? */
  write(value) {
    const [editor, place] = this.find();
    if (!place || editor.state.readOnly) return false;
    const { from, to, insert } = place;
    editor.dispatch({ changes: { from, to, insert: insert ? `${insert}${value}"` : value } });
    return true;
  }
}

/** Keys that are *root*'s while the focus is in it: some notebooks listen before anybody below them does, but leave a node
    with this attribute alone. */
function keepKeys(root) {
  const guard = (event) => {
    const inside = root.contains(event.target);
    root.toggleAttribute("data-lm-suppress-shortcuts", inside && !hosts(event) && event.key !== "Escape");
    if (!inside) window.removeEventListener("keydown", guard, true);
  };
  root.addEventListener("focusin", () => window.addEventListener("keydown", guard, true));
  root.addEventListener("keydown", (event) => {
    if (hosts(event)) return;
    event.stopPropagation();
    if (event.key === "Escape") { const cell = root.closest(".jp-Cell"); if (cell) cell.focus({ preventScroll: true }); else document.activeElement.blur(); }
  });
}

/** Put what *make* makes of its data in the place of the still picture beside the script that is running. */
function takeOver(script, make) {
  const shown = script.closest(".kl-shown") ?? script.parentElement.querySelector(".kl-shown");
  make(shown, JSON.parse(shown.querySelector("script[type='application/json']").textContent));
  shown.querySelector(".kl-figure").remove();
}
