// What the workbench asks of the program that serves it: tasks, for one tab.

const tab = [...crypto.getRandomValues(new Uint32Array(4))].map((number) => number.toString(36)).join("-");
const ENDED = "microgrid edit has ended; the text is still here: start it again, and copy the text over";

/** A task that was refused; status 0 where nobody answers any more. */
export class RefusedError extends Error {
  constructor(status, answer) {
    super(answer.error);
    this.status = status;
    this.answer = answer;
  }
}

/** Do a task; its answer. Throws RefusedError. */
export async function ask(task, given = {}) {
  let response, answer;
  try {
    response = await fetch(task, request(given));
    answer = await response.json();
  } catch {
    throw new RefusedError(0, { error: ENDED });
  }
  if (!response.ok) throw new RefusedError(response.status, answer);
  return answer;
}

/** Give the sheet free: the tab closes, and hears no answer. */
export function leave() {
  fetch("leave", { ...request({}), keepalive: true }).catch(() => {});
}

function request(given) {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ tab, ...given }) };
}
