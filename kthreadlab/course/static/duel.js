/* A duel: a game whose schedule is kept in the text of its cell, and which goes on from what is kept there. */

async function duelOf(script) {
  const shown = script.closest(".kl-shown") ?? script.parentElement.querySelector(".kl-shown");
  const { key, schedule, breaks, map } = JSON.parse(shown.querySelector("script[type='application/json']").textContent);
  const game = await schedulerOf(script), answer = new Answer(shown, "duel", key);
  if (map) return;
  if (!breaks) asksFor(game, game.dare);
  const kept = answer.value ?? schedule;
  if (kept && kept !== "?") game.paste(kept);
  game.keeps("Keep as my answer", (text) => (!text ? "Nobody has moved yet." : answer.write(text) ? "It stands in the cell above: run the next one."
    : "Copy it, and put it between the quotes."));
}

/** A visit: what is asked for stands where a duel says how far it is, in every world, and nothing breaks. */
function asksFor(game, text) {
  const set = game.set;
  const ask = () => {
    game.game.breaks = () => false;
    game.goal.className = "kl-goal";
    game.goal.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }));
  };
  game.standing = () => {};
  game.set = (...world) => { set.apply(game, world); ask(); };
  ask();
}
