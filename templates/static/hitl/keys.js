// One key per action, as the person chose them; each acts like its button. The digits choose.
"use strict";

window.hitlReview.keys = (() => {
  const page = window.hitlReview;
  const { find, every, answers } = page;
  let cameFrom = null; // what had the keys before something was opened

  // ---- what opens and closes ------------------------------------------------------------------

  function openSkip(open) {
    const panel = find("#skip");
    if (!panel) return;
    panel.hidden = !open;
    page.unhint();
    find("#skip-open").setAttribute("aria-expanded", String(open));
    page.toFirstKey();
    if (open) panel.scrollIntoView({ block: "nearest" });
  }

  function closeSkip() {
    openSkip(false);
    page.drafts.keep(); // the reason to skip is no part of it any more
  }

  const guidelinesKey = () => `hitl.guidelines.${find("#desk").dataset.leave}`;

  function openGuidelines(open, focus = true) {
    const panel = find("#guidelines");
    if (!panel) return;
    panel.hidden = !open;
    find("[data-action=guidelines]").setAttribute("aria-expanded", String(open));
    sessionStorage.setItem(guidelinesKey(), open ? "open" : "");
    if (!focus) return;
    if (open) cameFrom = document.activeElement;
    back(open ? panel : cameFrom);
  }

  function openHelp() {
    const help = find("#help");
    if (help.open) return help.close();
    for (const row of every("[data-helps=search]", help)) row.hidden = !find("text-search");
    cameFrom = document.activeElement;
    help.showModal();
  }

  // The keys go back to where they were, or to the answer if that is gone.
  function back(place) {
    if (place?.isConnected && place !== document.body) place.focus();
    else page.toFirstKey();
  }

  // ---- actions --------------------------------------------------------------------------------

  const shown = (element) => element && element.getClientRects().length > 0;

  const ACTIONS = {
    skip: () => openSkip(!page.skips()),
    accept: () => answers.accept(),
    edit: () => answers.edit(),
    comment: () => find("#comment").focus(),
    leave: () => find("#release").click(),
    undo: onUndo,
    guidelines: () => openGuidelines(find("#guidelines")?.hidden),
    history: () => every("#history .past").find(shown)?.focus(),
    help: openHelp,
    search: () => window.hitl?.search?.(),
  };

  const ALWAYS = ["undo", "history", "help"]; // also where no case is on the desk

  function onUndo() {
    const button = find("#undo-button");
    if (button && !button.disabled) button.click();
    else page.hint("There is nothing to undo.");
  }

  function actionOf(key) {
    const keys = JSON.parse(find("#desk").dataset.keys);
    return Object.keys(ACTIONS).find((action) => keys[action] === key);
  }

  function act(key) {
    const take = find(`[data-letter="${CSS.escape(key.toUpperCase())}"]`);
    const action = actionOf(key);
    if (take && page.onDesk()) answers.takeOver(take);
    else if (action && (page.onDesk() || ALWAYS.includes(action))) ACTIONS[action]();
    else return false;
    return true;
  }

  // ---- keys -----------------------------------------------------------------------------------

  // The digit printed on the key, also where a keyboard needs Shift for it.
  const digitOf = (event) =>
    /^[0-9]$/.test(event.key) ? event.key : (/^(?:Digit|Numpad)([0-9])$/.exec(event.code) || [])[1];

  function onEnter(event) {
    const target = event.target;
    if (target.closest("button, a, summary") || event.shiftKey) return;
    if (answers.takeInto(target)) return event.preventDefault();
    if (target.matches("#value") && target.matches("textarea")) return; // a new line
    event.preventDefault();
    const row = target.closest(".row");
    if (row) answers.onEnter(row);
    else submit(target.form);
  }

  function submit(form) {
    (form || find(page.skips() ? "#skip" : "#judgement")).requestSubmit();
  }

  function onEscape(writing, target) {
    if (page.skips()) closeSkip();
    else if (find("#guidelines")?.contains(target)) openGuidelines(false);
    else if (writing) answers.outside(target).focus();
    else if (target.closest("#history")) page.toFirstKey();
  }

  function onArrow(event) {
    const by = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const past = event.target.closest("#history") && every("#history .past").filter(shown);
    if (past) past[past.indexOf(event.target) + by]?.focus();
    else if (event.target.closest(".row") && !event.target.matches("textarea, [type=radio]")) {
      if (event.key.endsWith("t")) return; // left and right move within the field
      answers.step(by);
    } else return;
    event.preventDefault();
  }

  // Where the case is lost only the notice's own button acts, when it is pressed itself.
  function onKeyLost(event) {
    if (event.key !== "Enter" || event.target.closest("button, a") || event.shiftKey) return;
    event.preventDefault();
    find("#notice [data-next-key]")?.focus();
  }

  function onKey(event) {
    const withCtrl = event.key === "Enter" && (event.ctrlKey || event.metaKey);
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing);
    if (event.repeat && event.key === "Enter") event.preventDefault();
    const takes = event.key === "Enter" && event.altKey && page.isField(event.target);
    if (!(plain || withCtrl || takes) || event.repeat || find("form.htmx-request") || find("#help").open) return;
    if (event.defaultPrevented) return; // the case's own controls
    if (page.isLost()) onKeyLost(event);
    else if (withCtrl) withEnter(event);
    else if (takes) withAlt(event);
    else onPlainKey(event);
  }

  // The model's answer also over what is written, without leaving the field.
  function withAlt(event) {
    if (!event.target.closest("#answer")) return;
    event.preventDefault();
    answers.accept();
  }

  function withEnter(event) {
    if (!page.onDesk()) return;
    event.preventDefault();
    submit();
  }

  function onPlainKey(event) {
    const writing = page.isField(event.target); // everything typed there is text
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const digit = digitOf(event);
    const asks = find("#judgement") && !event.target.closest("#history, .case button, .case input");
    if (key === "Escape") onEscape(writing, event.target);
    else if (key.startsWith("Arrow")) onArrow(event);
    else if (key === "Enter" && asks) onEnter(event);
    else if (key === "Delete" && writing && answers.nothing(event.target)) event.preventDefault();
    else if (writing || (key === "Enter" && !asks)) return;
    else if (digit && asks) {
      if (answers.choose(digit, find(page.skips() ? "#skip" : "#judgement"))) event.preventDefault();
    } else if (!(page.skips() && actionOf(key) !== "help") && act(key)) event.preventDefault();
  }

  function onClick(target) {
    const action = target.closest("[data-action]")?.dataset.action;
    const clicked = ["skip", "accept", "edit", "guidelines", "help"];
    if (clicked.includes(action)) ACTIONS[action]();
    else if (target.closest("#own-words")) page.written.bringBack();
    else if (target.closest("#skip-close")) closeSkip();
    else if (target.closest("[data-close=guidelines]")) openGuidelines(false);
  }

  function arrive() {
    if (sessionStorage.getItem(guidelinesKey())) openGuidelines(true, false);
  }

  document.addEventListener("keydown", onKey);
  find("#help").addEventListener("close", () => back(cameFrom));
  find("#help").addEventListener("keydown", (event) => {
    if (actionOf(event.key) !== "help") return;
    event.preventDefault();
    event.currentTarget.close();
  });

  return { arrive, onClick, openSkip };
})();
