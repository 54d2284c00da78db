// The workbench: the text is read again on each pause in typing, saved when that is asked for, and watched outside.

import { codeEditor } from "./code_editor.js";
import { LivePage, MAKING } from "./frame.js";
import { divide } from "./panes.js";
import { ask, leave } from "./server.js";
import { textEditor } from "./text_editor.js";

const PAUSE = 300, LOOK = 1000, AGAIN = 400; // milliseconds: after the last key, between two looks, after a refusal
const HINT = "title One neuron\ninput x = 0.5\nparam w = 0.2\nz = w*x\nL = (z - 1)^2\nL ~= 0.81";
const OLD = "The text has mistakes; this is the page before them";
const LATER = "The page comes when the text has no mistakes";
const NOTHING = "The live page comes with the first line: input x = 0.5, say";

const element = (id) => document.getElementById(id);
const page = new LivePage(element("frames"), element("note"), keys);
let editor = null, base = { digest: "", text: "" }; // what stands in the file, as far as this tab knows
let reading = { mistakes: [], ends: [], names: [], notes: [] };
let timer = 0, busy = false, wanted = false, saving = false, saves = 0, outside = "", ended = false;

// ── opening ──

async function open(take = false) {
  const given = await ask("open", { take });
  element("elsewhere").close();
  if (!editor) await makeEditor(given);
  const keeps = isUnsaved();
  base = { digest: given.digest, text: given.text };
  if (!keeps) editor.begin(given.draft ?? given.text);
  editor.lock(false);
  editor.focus();
  showState();
  clearTimeout(timer);
  read();
}

async function makeEditor(given) {
  const about = {
    name: `Sheet ${given.name}`, patterns: given.patterns, words: given.words, names: () => reading.names, hint: HINT,
    nonce: document.body.dataset.nonce, changed, moved: say,
  };
  const make = document.body.dataset.bundle ? codeEditor : textEditor;
  editor = await make(element("editor"), about);
}

/** Another tab has the sheet: this one may have it instead. */
function elsewhere(error) {
  editor?.lock(true);
  const dialog = element("elsewhere");
  dialog.querySelector("h2").textContent = error.message;
  dialog.querySelector("p").textContent = editor
    ? "The text that stands here is kept. Taking over makes the other tab wait."
    : "Taking over brings its text here, and makes the other tab wait.";
  if (!dialog.open) dialog.showModal();
}

async function begin() {
  try {
    await open();
  } catch (error) {
    if (error.status !== 409) return fail(error);
    await new Promise((resolve) => setTimeout(resolve, AGAIN)); // it may be this tab's own past, which is leaving
    await open().catch(fail);
  }
}

// ── reading ──

const isUnsaved = () => Boolean(editor) && editor.text() !== base.text;

function changed() {
  element("editor").classList.add("old");
  showState();
  clearTimeout(timer);
  timer = setTimeout(read, PAUSE);
}

async function read() {
  if (busy) { wanted = true; return; }
  busy = true;
  wanted = false;
  const text = editor.text();
  try {
    const found = await ask("read", { text, unsaved: text !== base.text });
    if (editor.text() !== text) return; // and the next pause comes
    show(found, text);
    if (!reading.mistakes.length && text.trim()) await draw();
  } catch (error) {
    if (error.status === 503) { wanted = true; await new Promise((resolve) => setTimeout(resolve, AGAIN)); }
    else fail(error);
  } finally {
    busy = false;
    if (wanted) { clearTimeout(timer); timer = setTimeout(read, 0); }
  }
}

async function draw() {
  if (!page.frame) page.say(MAKING);
  const { page: number, problem } = await ask("draw");
  if (problem) page.say(`There is no page of this text: ${problem}`);
  else page.show(number);
}

function show(found, text) {
  const isBlank = !text.trim();
  if (found.problem) found = { ...reading, mistakes: [{ line: 0, start: 0, end: 0, message: found.problem }] };
  reading = isBlank ? { ...found, mistakes: [] } : { ...found, names: found.mistakes.length ? reading.names : found.names };
  element("editor").classList.toggle("old", reading.mistakes.length > 0);
  editor.show(reading);
  if (isBlank) page.say(NOTHING);
  else if (found.mistakes.length) page.say(page.frame ? OLD : LATER);
  listMistakes();
  say();
}

function listMistakes() {
  const list = element("mistakes"), count = reading.mistakes.length;
  list.hidden = !count;
  list.querySelector("h2").textContent = count === 1 ? "1 mistake" : `${count} mistakes`;
  list.querySelector("ol").replaceChildren(...reading.mistakes.map(({ line, start, message }) => {
    const item = document.createElement("li"), button = item.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = line ? `line ${line}: ${message}` : message;
    button.addEventListener("click", () => editor.go(line || 1, start));
    return item;
  }));
}

/** What there is to say of the line where the cursor is; of others, what there is to say of the sheet. */
function say() {
  if (!editor) return;
  const line = editor.line(), wrong = reading.mistakes.filter((each) => each.line === line);
  const ends = reading.mistakes.length ? [] : reading.ends.filter((each) => each.line === line).map((each) => each.said);
  const said = wrong.length ? wrong.map((each) => each.message) : ends.length ? ends : reading.notes ?? [];
  const text = said.join("; ");
  if (element("said").textContent !== text) element("said").textContent = text;
}

// ── saving ──

/** Write the text into the file, over what has that digest. */
async function save(over = base.digest) {
  if (!editor || saving) return;
  saving = true;
  saves += 1;
  const text = editor.text();
  showState();
  try {
    const { digest } = await ask("save", { text, over });
    base = { digest, text };
    tell("");
  } catch (error) {
    if (error.status !== 412) fail(error);
    else {
      const anyway = () => save(error.answer.digest);
      tell(`${error.message}.`, { "Save mine over it": anyway, "Load theirs": load, "Not now": () => tell("") });
    }
  } finally {
    saving = false;
    showState();
  }
}

function showState() {
  const isNew = base.digest === "";
  element("state").textContent = saving ? "saving …" : isUnsaved() ? "not saved" : isNew ? "new" : "saved";
  element("state").classList.toggle("unsaved", isUnsaved());
  element("save").disabled = !editor || saving || !(isUnsaved() || isNew);
  document.title = `${isUnsaved() ? "• " : ""}${element("name").textContent} · microgrid`;
}

async function load() {
  try {
    const { digest, text } = await ask("load");
    base = { digest, text };
    outside = "";
    tell("");
    editor.replace(text);
    editor.focus();
    showState();
  } catch (error) { fail(error); }
}

// ── what happens outside ──

async function look() {
  if (!editor || saving || element("elsewhere").open) return;
  const before = saves, known = base.digest, name = element("name").textContent;
  try {
    const { digest } = await ask("look");
    if (ended) { ended = false; tell(""); read(); } // it was only out of reach
    if (before !== saves || known !== base.digest) return; // saved or loaded meanwhile
    const found = digest === known ? "" : digest || "gone";
    if (found === outside) return; // and told already
    outside = found;
    if (!found) tell("");
    else if (!digest) tell(`${name} is gone; saving makes it anew.`, { "Keep mine": () => keep(digest) });
    else tell(`${name} was changed outside.`, { "Load theirs": load, "Keep mine": () => keep(digest) });
  } catch (error) {
    if (error.status !== 422 || error.message !== outside) fail(error);
    if (error.status === 422) outside = error.message;
  }
}

/** Go on with the text that is here: the next save writes it over theirs. */
function keep(digest) {
  base = { digest, text: "\0" }; // which no text is: there is something to save
  outside = "";
  tell("");
  showState();
}

function fail(error) {
  if (error.status === 409) return elsewhere(error);
  if (!(error.status >= 0)) throw error;
  ended = error.status === 0 || error.status === 403;
  tell(error.message, ended ? {} : { OK: () => tell("") });
}

/** One line that asks for attention, with what can be done about it. */
function tell(text, choices = {}) {
  const banner = element("banner");
  if (text && !banner.hidden && banner.textContent === text + Object.keys(choices).join("")) return; // it is said once
  banner.hidden = !text;
  banner.querySelector("p").textContent = text;
  banner.querySelector(".choices").replaceChildren(...Object.entries(choices).map(([name, act]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = name;
    button.addEventListener("click", () => { act(); if (banner.hidden) editor?.focus(); });
    return button;
  }));
}

function keys(event) {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  save();
}

addEventListener("keydown", keys);
addEventListener("beforeunload", (event) => { if (isUnsaved()) event.preventDefault(); });
addEventListener("pagehide", () => { if (editor && !element("elsewhere").open) leave(); });
addEventListener("pageshow", (event) => { if (event.persisted) begin(); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
element("save").addEventListener("click", () => save().finally(() => editor.focus())); // a button that is off loses the focus
element("take").addEventListener("click", () => open(true).catch(fail));
element("elsewhere").addEventListener("cancel", (event) => event.preventDefault());
setInterval(look, LOOK);
divide(element("divider"));
begin();
