// The review page's keys, its drafts, its lease and what is said when the server cannot be reached.
// Nothing here decides anything: a judgement counts when the server has stored it.
"use strict";

(() => {
  const RETRY_RENEWAL = 15; // seconds between attempts while the service cannot be reached
  const KEEP_DRAFTS = 7 * 24 * 3600 * 1000; // unsent judgements older than this are given up
  const PREFIX = "hitl.draft.";
  const find = (selector) => document.querySelector(selector);
  let failed = null; // the form whose request did not get through
  let lease = null; // what is known of the lease on the screen

  // ---- drafts: what was chosen and written stays until the server has stored it ---------------

  const draftKey = (referral) => `${PREFIX}${find("#desk").dataset.person}.${referral}`;

  function keepDraft() {
    const form = find("#judgement");
    const given = new FormData(form);
    const draft = { value: given.get("value"), comment: given.get("comment"), at: Date.now() };
    localStorage.setItem(draftKey(find("#desk").dataset.referral), JSON.stringify(draft));
  }

  function restoreDraft() {
    const stored = localStorage.getItem(draftKey(find("#desk").dataset.referral));
    if (!stored) return;
    const draft = JSON.parse(stored);
    const chosen = [...document.querySelectorAll('#judgement [name="value"]')].find(
      (input) => input.value === draft.value,
    );
    if (chosen) chosen.checked = true;
    find("#comment").value = draft.comment || "";
    if (chosen || draft.comment) hint("Your unsent judgement is back: check it.");
  }

  const forgetDraft = (referral) => localStorage.removeItem(draftKey(referral));

  function giveUpOldDrafts() {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      if (Date.now() - JSON.parse(localStorage.getItem(key)).at > KEEP_DRAFTS) {
        localStorage.removeItem(key);
      }
    }
  }

  // ---- what is said --------------------------------------------------------------------------

  function hint(text) {
    const place = find("#hint");
    if (place) place.textContent = text;
  }

  function say(templateId) {
    const place = find("#notice");
    if (!place) return;
    place.replaceChildren(find(templateId).content.cloneNode(true));
    toNextKey();
  }

  const isLost = () => Boolean(find("#notice .bad"));

  function toNextKey() {
    const next = find("#notice [data-next-key]");
    if (next) next.focus();
    find("#notice").scrollIntoView({ block: "nearest" });
  }

  function localTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      time.textContent = at.toLocaleTimeString("en-GB", { hourCycle: "h23" });
      time.title = at.toString();
    }
  }

  // ---- the desk ------------------------------------------------------------------------------

  function arrive() {
    failed = null;
    watchLease();
    if (find("#desk").dataset.referral) {
      restoreDraft();
      find("#choices")?.focus({ preventScroll: true });
    } else {
      find("#nothing")?.focus({ preventScroll: true });
    }
    window.scrollTo(0, 0);
  }

  function openSkip(open) {
    const panel = find("#skip");
    if (!panel) return;
    panel.hidden = !open;
    find("#skip-open").setAttribute("aria-expanded", String(open));
    if (open) {
      find("#skip-reasons").focus();
      panel.scrollIntoView({ block: "nearest" });
    } else {
      find("#choices").focus();
    }
  }

  function choose(key) {
    const form = find(find("#skip").hidden ? "#judgement" : "#skip");
    const input = form.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!input) return false;
    input.checked = true;
    input.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return true;
  }

  // The digit printed on the key, also where a keyboard needs Shift for it.
  const digitOf = (event) =>
    /^[0-9]$/.test(event.key) ? event.key : (/^(?:Digit|Numpad)([0-9])$/.exec(event.code) || [])[1];

  const LETTERS = {
    s: () => openSkip(true),
    c: () => find("#comment").focus(),
    g: () => find("#release").click(),
  };

  function onEnter(event) {
    const target = event.target;
    if (target.closest("button, a") || event.shiftKey) return;
    const form = target.form || find("#judgement");
    event.preventDefault();
    form.requestSubmit();
  }

  function onKey(event) {
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing);
    if (!find("#judgement") || !plain || event.repeat) return;
    if (find("#judgement.htmx-request, #skip.htmx-request")) return;
    const writing = event.target.matches("textarea, input:not([type=radio])");
    const digit = digitOf(event);
    if (event.key === "Enter") onEnter(event);
    else if (event.key === "Escape" && !find("#skip").hidden) openSkip(false);
    else if (event.key === "Escape" && writing) find("#choices").focus();
    else if (writing) return;
    else if (digit && choose(digit)) event.preventDefault();
    else if (find("#skip").hidden && LETTERS[event.key.toLowerCase()]) {
      event.preventDefault();
      LETTERS[event.key.toLowerCase()]();
    }
  }

  // ---- the lease -----------------------------------------------------------------------------

  function watchLease() {
    const mark = find("#lease");
    const now = Date.now();
    lease = mark && {
      mark,
      ends: now + 1000 * Number(mark.dataset.left),
      renewAt: now + 1000 * Number(mark.dataset.renew),
    };
  }

  function tick() {
    if (!lease) return;
    const left = Math.max(0, Math.floor((lease.ends - Date.now()) / 1000));
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    lease.mark.querySelector("b").textContent = left ? text : "is over";
    lease.mark.classList.toggle("short", left > 0 && left <= 60);
    lease.mark.classList.toggle("over", left === 0);
    if (!document.hidden && !isLost() && Date.now() >= lease.renewAt) {
      lease.renewAt = Date.now() + 1000 * RETRY_RENEWAL;
      htmx.trigger(lease.mark, "renew");
    }
  }

  // ---- requests ------------------------------------------------------------------------------

  // The token in the page is older than a sign-in in another window; the cookie is not.
  function freshToken(event) {
    const cookie = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    if (cookie) event.detail.headers["X-CSRFToken"] = cookie[1];
    if (cookie && event.detail.parameters.csrfmiddlewaretoken) {
      event.detail.parameters.csrfmiddlewaretoken = cookie[1];
    }
  }

  function beforeRequest(event) {
    const asker = event.detail.elt;
    if (document.hidden && asker.hasAttribute("data-while-visible")) event.preventDefault();
    if (asker.id === "judgement") hint("");
  }

  // A notice that is already on the screen is not said again every few seconds.
  function beforeSwap(event) {
    const { target, serverResponse } = event.detail;
    if (target.id !== "notice") return;
    if (target.dataset.told === serverResponse && target.children.length) {
      event.detail.shouldSwap = false;
    }
    target.dataset.told = serverResponse;
  }

  function afterSwap(event) {
    const target = event.detail.target;
    if (target.id === "notice") {
      const state = find("#said").dataset.state;
      if (state === "done" || state === "skipped") forgetDraft(find("#desk").dataset.referral);
      toNextKey();
    } else if (target.id === "lease") watchLease();
    else if (target.id === "desk") arrive();
  }

  function notReached(event, templateId) {
    const asker = event.detail.elt;
    if (asker.id === "lease") return; // tried again soon; the lease itself says when it is short
    if (!asker.hasAttribute("data-while-visible")) {
      failed = asker;
      say(templateId);
    }
  }

  function onServiceError(event) {
    if (event.detail.xhr.status >= 500) notReached(event, "#service-failed");
  }

  function onClick(event) {
    if (event.target.closest("#skip-open")) openSkip(find("#skip").hidden);
    else if (event.target.closest("#skip-close")) openSkip(false);
    else if (event.target.closest("[data-retry]") && failed) {
      find("#notice").replaceChildren();
      failed.requestSubmit();
    }
  }

  function onInvalid(event) {
    event.preventDefault(); // said in the page's own place instead of in a bubble
    hint("Choose an answer first: press its key.");
    find("#choices").focus();
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("invalid", onInvalid, true);
  document.addEventListener("input", (event) => {
    if (event.target.closest("#judgement")) {
      hint("");
      keepDraft();
    }
  });
  document.body.addEventListener("htmx:configRequest", freshToken);
  document.body.addEventListener("htmx:beforeRequest", beforeRequest);
  document.body.addEventListener("htmx:beforeSwap", beforeSwap);
  document.body.addEventListener("htmx:afterSwap", afterSwap);
  document.body.addEventListener("htmx:oobAfterSwap", (event) => localTimes(event.detail.target));
  document.body.addEventListener("htmx:sendError", (event) => notReached(event, "#no-connection"));
  document.body.addEventListener("htmx:timeout", (event) => notReached(event, "#no-connection"));
  document.body.addEventListener("htmx:responseError", onServiceError);
  document.body.addEventListener("hitl:stored", (event) => forgetDraft(event.detail.referral));
  window.setInterval(tick, 1000);
  giveUpOldDrafts();
  arrive();
})();
