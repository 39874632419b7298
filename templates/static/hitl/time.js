// What runs out while a person works: the lease, the time to undo, and the time to a break.
"use strict";

window.hitlReview.time = (() => {
  const page = window.hitlReview;
  const { find, every } = page;
  const RETRY = 15; // seconds between renewals while the service cannot be reached
  const MINUTE = 60_000;
  const PAUSE = 5 * MINUTE; // so long without a key or a click is a break
  const WORKED = "hitl.worked";
  let lease = null; // what is known of the lease on the screen
  let undoEnds = 0; // when the last judgement can no longer be taken back

  // ---- the lease ------------------------------------------------------------------------------

  function watchLease() {
    const mark = find("#lease");
    const now = Date.now();
    lease = mark && {
      mark,
      ends: now + 1000 * Number(mark.dataset.left),
      renewAt: now + 1000 * Number(mark.dataset.renew),
    };
  }

  function tickLease() {
    if (!lease) return;
    const left = page.isCaseLost() ? 0 : Math.max(0, Math.floor((lease.ends - Date.now()) / 1000));
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    lease.mark.querySelector("b").textContent = left ? text : "is over";
    lease.mark.classList.toggle("short", left > 0 && left <= 60);
    lease.mark.classList.toggle("over", left === 0);
    if (!document.hidden && !page.isLost() && Date.now() >= lease.renewAt) {
      lease.renewAt = Date.now() + 1000 * RETRY;
      htmx.trigger(lease.mark, "renew");
    }
  }

  // ---- the time to undo -----------------------------------------------------------------------

  function watchUndo() {
    const form = find("#undo");
    undoEnds = form ? Date.now() + 1000 * Number(form.dataset.left) : 0;
    for (const past of every("#history [data-ends]")) {
      past.dataset.until = Date.now() + 1000 * Number(past.dataset.ends);
    }
  }

  function tickUndo() {
    for (const past of every("#history [data-until]")) {
      if (Date.now() >= Number(past.dataset.until)) close(past);
    }
    const button = find("#undo-button");
    if (!undoEnds || !button) return;
    const left = Math.max(0, Math.ceil((undoEnds - Date.now()) / 1000));
    find("#undo-left").textContent = left ? `${left} s` : "";
    if (left) return;
    undoEnds = 0;
    if (document.activeElement === button && find("#judgement")) page.toFirstKey();
    button.disabled = true;
  }

  // What stood behind it takes its place: the case is looked at instead of taken back.
  function close(past) {
    const instead = past.nextElementSibling;
    instead.hidden = false;
    if (past.contains(document.activeElement)) {
      if (instead.matches("a")) instead.focus();
      else page.toFirstKey();
    }
    past.remove();
  }

  // ---- the time to a break --------------------------------------------------------------------

  function worked() {
    try {
      return JSON.parse(sessionStorage.getItem(WORKED)) || { from: Date.now(), last: Date.now() };
    } catch {
      return { from: Date.now(), last: Date.now() };
    }
  }

  function work() {
    const now = Date.now();
    const { from, last } = worked();
    const since = now - last >= PAUSE ? now : from;
    sessionStorage.setItem(WORKED, JSON.stringify({ from: since, last: now }));
    if (since === now) find("#break").hidden = true;
  }

  function tickBreak() {
    const minutes = Number(find("#desk").dataset.break);
    const { from, last } = worked();
    const done = Math.floor((last - from) / MINUTE);
    const place = find("#break");
    if (!minutes || done < minutes || !place.hidden) return;
    place.querySelector("[data-worked]").textContent = done;
    place.hidden = false;
  }

  function putAway() {
    const now = Date.now();
    sessionStorage.setItem(WORKED, JSON.stringify({ from: now, last: now }));
    find("#break").hidden = true;
    page.toFirstKey();
  }

  function tick() {
    tickLease();
    tickUndo();
    tickBreak();
  }

  function arrive() {
    watchLease();
    watchUndo();
  }

  document.addEventListener("keydown", work);
  document.addEventListener("pointerdown", work);
  window.setInterval(tick, 500);

  return { arrive, putAway, tickLease, watchLease };
})();
