// What is written in an answer: put there as if it were typed, and never beyond recovery.
"use strict";

window.hitlReview.written = (() => {
  const page = window.hitlReview;
  const { find, every } = page;

  const control = (row) => row.querySelector("input[type=text], input:not([type]), textarea");
  const options = (row) => every("input[type=radio]", row);
  const isEmpty = (row) =>
    control(row) ? !control(row).value.trim() : !options(row).some((one) => one.checked);
  const value = () => find("#judgement #value");
  const suggested = () => JSON.parse(find("#suggestion")?.dataset.given || "{}").value?.[0];

  // Typed, so that the browser itself can undo it; what is longer than may be typed is set.
  function overwrite(field, text) {
    if (field.value === text) return;
    keepOwn(field);
    field.focus();
    field.select();
    document.execCommand(text ? "insertText" : "delete", false, text);
    if (field.value !== text) field.value = text;
    dress();
  }

  // The words that a suggestion took the place of stay within reach until the answer is sent.
  function keepOwn(field) {
    if (!find("#own-words") || !field.value.trim() || field.value === suggested()) return;
    page.drafts.keepOwn(field.value);
    find("#own-words").hidden = false;
  }

  function bringBack() {
    overwrite(value(), page.drafts.ownWords());
    page.drafts.keep();
    value().focus();
  }

  // Enter where nothing is said takes what the model says, so its button says so.
  function dress() {
    for (const one of every("#judgement [data-when]")) {
      const row = one.closest(".row");
      const empty = row ? isEmpty(row) : !value().value.trim();
      one.hidden = (one.dataset.when === "empty") !== empty;
    }
  }

  function arrive() {
    if (find("#own-words")) find("#own-words").hidden = !page.drafts.ownWords();
    dress();
  }

  return { arrive, bringBack, control, dress, isEmpty, options, overwrite };
})();
