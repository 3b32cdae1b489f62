/* A duel: a game whose schedule is kept in the text of its cell, and which goes on from what is kept there. */

async function duelOf(script) {
  const shown = script.closest(".kl-shown") ?? script.parentElement.querySelector(".kl-shown");
  const { key, schedule, map } = JSON.parse(shown.querySelector("script[type='application/json']").textContent);
  const game = await schedulerOf(script), answer = new Answer(shown, "duel", key);
  if (map) return;
  const kept = answer.value ?? schedule;
  if (kept && kept !== "?") game.paste(kept);
  game.keeps("Keep as my answer", (text) => (!text ? "Nobody has moved yet." : answer.write(text) ? "It stands in the cell above: run the next one."
    : "Copy it, and put it between the quotes."));
}
