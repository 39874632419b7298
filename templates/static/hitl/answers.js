// The form of an answer, whatever its type: choosing by digits, taking a suggestion into it or
// starting an own answer, and fields that are confirmed one after the other.
"use strict";

window.hitlReview.answers = (() => {
  const page = window.hitlReview;
  const { find, every } = page;
  const { control, options, isEmpty, overwrite, dress } = page.written;

  const changed = (input) => input.dispatchEvent(new Event("input", { bubbles: true }));
  const rows = () => every("#judgement .row");
  const here = () => document.activeElement.closest?.(".row") || rows().find((row) => row.matches(".now"));
  const isConfirmed = (row) => row.querySelector(".confirmed").checked;

  // ---- where the keys go ----------------------------------------------------------------------

  function first() {
    if (!rows().length) return find("#judgement [data-first-key]");
    const next = rows().find((row) => !isConfirmed(row));
    return next ? entrance(next) : find("#submit");
  }

  // What is written goes into a field at once; where there is a choice the row has the keys.
  function entrance(row) {
    mark(row);
    return control(row) || row;
  }

  // Out of a field, to where the page's keys work.
  const outside = (field) => field.closest(".row") || find("#choices, #answer");

  function mark(row) {
    for (const one of rows()) one.classList.toggle("now", one === row);
  }

  function go(row) {
    if (!row) return;
    const place = isConfirmed(row) ? row.querySelector("[data-reopen]") : entrance(row);
    mark(row);
    place.focus();
    if (place.matches("input")) place.select(); // what is typed now takes its place
    row.scrollIntoView({ block: "nearest" });
  }

  function step(by) {
    const all = rows();
    const at = all.indexOf(here());
    if (at >= 0) go(all[at + by]);
  }

  // ---- choosing -------------------------------------------------------------------------------

  function choose(key, form) {
    const row = form.id === "judgement" && rows().length ? here() : null;
    if (row && isConfirmed(row)) return false;
    const name = row ? "data-field-key" : "data-key";
    const input = (row || form).querySelector(`[${name}="${CSS.escape(key)}"]`);
    if (!input) return false;
    check(input);
    if (row) onRow("confirm", row);
    return true;
  }

  function check(input) {
    input.checked = input.type === "radio" || !input.checked;
    (input.name === "kind" ? find("#reason") : input).focus(); // a reason is asked for next
    changed(input);
  }

  // None of them stands alone: it goes when another is chosen, and the others when it is.
  function settleAlone(input) {
    const alone = find("[data-alone]")?.dataset.alone;
    if (!alone || input.type !== "checkbox" || !input.checked) return;
    for (const other of every('#choices [name="value"]')) {
      if ((other.value === alone) !== (input.value === alone)) other.checked = false;
    }
  }

  // ---- a suggestion, an own answer ------------------------------------------------------------

  // Nothing but the answer changes; the comment stays, and own words can be had back.
  function put(given) {
    const field = find("#judgement #value");
    if (field) overwrite(field, given.value?.[0] || "");
    else page.drafts.fill({ ...given, comment: [find("#comment").value] });
    page.unhint();
    page.drafts.keep();
  }

  function toAnswer() {
    const field = find("#judgement #value");
    const place = field || find("#choices input:checked") || find("#choices");
    place?.focus();
    field?.setSelectionRange?.(field.value.length, field.value.length);
  }

  function accept() {
    const box = find("#suggestion[data-given]");
    if (rows().length) return onRow("accept", here());
    if (!box) return page.hint("No suggestion with this case: judge by yourself.");
    put(JSON.parse(box.dataset.given));
    toAnswer();
  }

  // As the person answered before the suggestion was shown; without that, nothing chosen. What is
  // written is never emptied.
  function edit() {
    if (rows().length) return onRow("edit", here());
    if (find("#suggestion [data-action=edit]")) put(JSON.parse(find("#suggestion").dataset.first || "{}"));
    toAnswer();
  }

  // Enter where nothing is written yet; whether there was something to take.
  function takeInto(field) {
    if (field.id !== "value" || field.value.trim() || !find("#suggestion[data-given]")) return false;
    accept();
    return true;
  }

  // An adjudicator takes over what somebody said: it is chosen, not yet submitted.
  function takeOver(button) {
    const { given, kind } = button.dataset;
    page.keys.openSkip(Boolean(kind));
    if (kind) check(every('#skip [name="kind"]').find((one) => one.value === kind));
    else {
      put(JSON.parse(given));
      for (const row of rows()) confirm(row, true);
      if (rows().length) find("#submit").focus();
      else toAnswer();
    }
  }

  // ---- fields, one after the other ------------------------------------------------------------

  function write(row, value) {
    const plain = control(row);
    if (plain) overwrite(plain, value);
    for (const option of options(row)) option.checked = option.value === value;
  }

  const read = (row) =>
    control(row)?.value.trim() ?? options(row).find((one) => one.checked)?.value ?? "";

  function shown(row) {
    const label = options(row).find((one) => one.checked)?.closest("label").querySelector("span");
    return (label ? label.textContent : read(row)) || "not there";
  }

  function confirm(row, yes) {
    row.querySelector(".confirmed").checked = yes;
    fold(row);
  }

  function fold(row) {
    const done = row.querySelector("[data-reopen]");
    done.hidden = !isConfirmed(row);
    row.querySelector(".open").hidden = isConfirmed(row);
    done.querySelector(".value").textContent = shown(row);
    dress();
  }

  function onRow(what, row) {
    if (!row || isConfirmed(row)) return;
    const suggested = "suggested" in row.dataset;
    if (what === "edit") return own(row);
    if (what === "accept" && !suggested) return page.hint("No suggestion with this case: judge by yourself.");
    if (what === "confirm" && !control(row) && isEmpty(row)) {
      return page.hint("Choose an answer first: press its key.");
    }
    if (what === "accept") write(row, row.dataset.suggested);
    if (what === "nothing") write(row, "");
    onward(row);
    page.drafts.keep();
  }

  function own(row) {
    (control(row) || options(row).find((one) => one.checked) || options(row)[0]).focus();
  }

  // Not there, said with one key where nothing is written.
  function nothing(field) {
    const row = field.closest("#judgement .row");
    if (!row || !control(row) || !isEmpty(row)) return false;
    onRow("nothing", row);
    return true;
  }

  function onward(row) {
    if ("required" in row.dataset && !read(row)) {
      page.hint("This field is always there: fill it in.");
      return;
    }
    blame(row, "");
    confirm(row, true);
    page.unhint();
    const all = rows();
    const after = [...all.slice(all.indexOf(row)), ...all];
    const next = after.find((one) => !isConfirmed(one));
    if (next) go(next);
    else find("#submit").focus();
  }

  function reopen(row) {
    confirm(row, false);
    go(row);
    page.drafts.keep();
  }

  // Enter takes the suggestion where nothing is said, else confirms; the one that confirms the
  // last field submits.
  function onEnter(row) {
    if (!isConfirmed(row) && isEmpty(row) && "suggested" in row.dataset) return onRow("accept", row);
    onRow("confirm", row);
    if (rows().every(isConfirmed)) find("#judgement").requestSubmit();
  }

  // ---- what is wrong --------------------------------------------------------------------------

  function blame(row, said) {
    const place = row.querySelector(".error");
    place.textContent = said;
    for (const input of every("[name^='value']", row)) {
      if (said) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }

  // What the server found stands at its field; the rest stays in the notice.
  function showProblems() {
    const told = [];
    for (const item of every("#notice [data-pointer]")) {
      const row = find(`[data-error-for="${CSS.escape(item.dataset.pointer)}"]`)?.closest(".row");
      if (!row) continue;
      confirm(row, false);
      blame(row, item.textContent);
      item.hidden = true;
      told.push(row);
    }
    if (told.length) go(rows().find((row) => told.includes(row)));
    return told.length > 0;
  }

  // What is missing before it can be sent; '' if it can.
  function missing() {
    const open = rows().filter((row) => !isConfirmed(row));
    if (open.length) {
      go(open[0]);
      return `${open.length === 1 ? "1 field is" : `${open.length} fields are`} not confirmed yet.`;
    }
    const many = find("#choices.many");
    if (!many || many.querySelector(":checked")) return "";
    many.focus();
    return "Choose an answer first: press its key.";
  }

  function onInput(input) {
    settleAlone(input);
    dress();
    const row = input.closest(".row");
    if (row) blame(row, "");
  }

  function onClick(target) {
    const row = target.closest(".row");
    if (!row) return;
    mark(row);
    if (target.closest("[data-reopen]")) reopen(row);
    const asked = target.closest("[data-row-action]");
    if (asked) onRow(asked.dataset.rowAction, row);
  }

  function arrive() {
    for (const row of rows()) fold(row);
    page.written.arrive();
  }

  document.addEventListener("focusin", (event) => {
    const row = event.target.closest?.("#judgement .row");
    if (row) mark(row);
  });

  return {
    accept, arrive, check, choose, edit, first, missing, nothing, onClick, onEnter,
    onInput, outside, showProblems, step, takeInto, takeOver,
  };
})();
