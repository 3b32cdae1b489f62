
/* What anywidget asks for, behind the script of play: a board that asks its kernel for each state. */
const PATIENCE = 8000;   // milliseconds until a kernel that does not answer is said to be gone
export default {
  async render({ model, el: host }) {
    const start = JSON.parse(model.get("start")), waiting = new Map();
    model.on("msg:custom", ({ number, state }) => { waiting.get(number)?.(JSON.parse(state)); waiting.delete(number); });
    const ask = (n) => new Promise((told, lost) => {
      const gone = () => lost(new Error("The kernel does not answer. What you see stays; to go on, run the cell again."));
      waiting.set(n, told);
      setTimeout(gone, PATIENCE);
      try { model.send({ state: n }); } catch { gone(); }
    });
    const board = await LiveBoard.of(start, ask);
    await board.know(0);
    new Scheduler(host, [board], start);
  },
};
