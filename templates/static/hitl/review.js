// The review page's keys, drafts, lease, undo and look ahead, and what is said when the server
// cannot be reached. Nothing here decides anything: a judgement counts when the server has it.
"use strict";

(() => {
  const RETRY_RENEWAL = 15; // seconds between attempts while the service cannot be reached
  const RETRY_DRAFT = 5000; // the same for drafts, in milliseconds
  const PAUSE = 900; // from a change until the draft is sent, so that a few go together
  const SPAN = 2000; // at least this long from one draft sent to the next
  const AFTER_PAINT = 200; // the case on the screen comes before the look ahead
  const KEEP_DRAFTS = 7 * 24 * 3600 * 1000; // unsent judgements older than this are given up
  const PREFIX = "hitl.draft.";
  const find = (selector) => document.querySelector(selector);
  let failed = null; // the form whose request did not get through
  let lease = null; // what is known of the lease on the screen
  let undoEnds = 0; // when the last judgement can no longer be taken back
  let skew = 0; // the server's clock less ours: drafts of several browsers are told apart by it
  let sending = null; // the timer of the next draft to be sent
  let sent = { at: 0, busy: false, text: "" }; // the last draft that was sent
  let lookedFrom = ""; // the case from which the next one was reserved
  let written = false; // whether something was changed since the person's last request

  // ---- drafts: in this browser at once, at the server within two seconds ----------------------

  const serverNow = () => Date.now() + skew;
  const onDesk = () => find("#desk").dataset.referral;
  const draftKey = (referral) => `${PREFIX}${find("#desk").dataset.person}.${referral}`;

  function onScreen() {
    const given = new FormData(find("#judgement"));
    const draft = { value: given.get("value"), comment: given.get("comment") };
    if (!find("#skip").hidden) {
      const skip = new FormData(find("#skip"));
      Object.assign(draft, { kind: skip.get("kind") || "", reason: skip.get("reason") });
    }
    return draft;
  }

  function inBrowser(referral) {
    try {
      return JSON.parse(localStorage.getItem(draftKey(referral)));
    } catch {
      return null; // no storage here, or not one of ours: the server's draft is what there is
    }
  }

  function toBrowser(referral, draft) {
    try {
      localStorage.setItem(draftKey(referral), JSON.stringify(draft));
    } catch {
      // A browser that keeps nothing: the server does.
    }
  }

  const forgetDraft = (referral) => localStorage.removeItem(draftKey(referral));

  function keepDraft() {
    const base = Number(find("#desk").dataset.draftAt); // the server's draft that this one follows
    toBrowser(onDesk(), { ...onScreen(), at: serverNow(), dirty: true, base });
    sendSoon();
  }

  // Not put off by further changes: who writes without a pause is kept too.
  function sendSoon(least = PAUSE) {
    sending ??= setTimeout(sendDraft, Math.max(least, sent.at + SPAN - Date.now()));
  }

  function sendDraft() {
    noMoreDrafts();
    const mark = find("#draft");
    if (!mark || sent.busy || isLost() || find("#judgement.htmx-request, #skip.htmx-request")) return;
    const values = onScreen();
    sent = { at: Date.now(), busy: true, text: JSON.stringify(values) };
    values.value ??= "";
    const token = find("#judgement [name=token]").value;
    const asked = { source: mark, values: { ...values, token } };
    htmx.ajax("POST", mark.dataset.address, asked).catch(() => {}); // afterRequest says so
  }

  function drafted(event) {
    const { referral, at } = event.detail;
    const now = onScreen();
    const changed = JSON.stringify(now) !== sent.text; // while it was under way
    find("#desk").dataset.draftAt = at;
    const kept = changed ? inBrowser(referral) : { ...now, at };
    if (kept) toBrowser(referral, { ...kept, dirty: changed, base: at });
    find("#stored").replaceChildren();
    reachedAgain();
    find("#drafted").textContent = `draft saved ${clock(new Date(at - skew))}`;
    if (changed) sendSoon();
  }

  // The draft got through, so what was said about the connection is not true any more.
  function reachedAgain() {
    if (!find("#notice [data-unreached]")) return;
    const here = inNotice();
    failed = null;
    find("#notice").replaceChildren();
    hint("The service is back and has your draft. Submit it when you are ready.");
    if (here) toFirstKey();
  }

  // In `#stored`, which is read out: the one thing about drafts that a person must not miss.
  function draftNotSent() {
    find("#drafted").textContent = "";
    const said = document.createElement("span");
    said.className = "kept-here";
    said.textContent = "draft kept in this browser only";
    if (!find("#stored .kept-here")) find("#stored").replaceChildren(said);
    sendSoon(RETRY_DRAFT);
  }

  function noMoreDrafts() {
    clearTimeout(sending);
    sending = null;
  }

  // The server's draft is filled in already. This browser's goes on top where it is newer: changed
  // after what the server had from it, unless somebody kept another one elsewhere since.
  function restoreDraft() {
    const draft = inBrowser(onDesk());
    if (!draft) return;
    const server = Number(find("#desk").dataset.draftAt);
    const newer = draft.dirty ? server <= draft.base || draft.at > server : !server;
    if (!newer) return;
    for (const input of document.querySelectorAll('#judgement [name="value"]')) {
      input.checked = input.value === draft.value;
    }
    find("#comment").value = draft.comment || "";
    restoreSkip(draft);
    if (draft.value || draft.comment || draft.reason) {
      hint("Your draft is back: check it, then submit.");
    }
    if (draft.dirty) sendSoon();
  }

  function restoreSkip(draft) {
    const skips = Boolean(draft.kind || draft.reason);
    find("#skip").hidden = !skips;
    find("#skip-open").setAttribute("aria-expanded", String(skips));
    for (const input of document.querySelectorAll('#skip [name="kind"]')) {
      input.checked = input.value === draft.kind;
    }
    find("#reason").value = draft.reason || "";
  }

  function giveUpOldDrafts() {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      if (Date.now() - JSON.parse(localStorage.getItem(key)).at > KEEP_DRAFTS) {
        localStorage.removeItem(key);
      }
    }
  }

  // ---- what is said --------------------------------------------------------------------------

  function hint(text) {
    const place = find(find("#skip")?.hidden === false ? "#skip-hint" : "#hint");
    if (place && place.textContent !== text) place.textContent = text;
  }

  function unhint() {
    for (const place of document.querySelectorAll(".hint")) place.textContent = "";
  }

  function say(templateId, asker) {
    const place = find("#notice");
    if (!place) return;
    const here = inNotice();
    place.replaceChildren(find(templateId).content.cloneNode(true));
    noticed(asker, here);
  }

  // The case is not ours any more, or nobody is signed in: asking again would be refused again.
  const isLost = () => Boolean(find("#notice [data-lost]"));
  const isCaseLost = () => Boolean(find('#notice [data-lost="case"]'));
  const inNotice = () => Boolean(find("#notice")?.contains(document.activeElement));
  const isWriting = (element) => element.matches("textarea, input:not([type=radio])");

  // What the page asks by itself, so that nobody waits for its answer.
  const isOwnDoing = (asker) => asker.matches("#lease, #ahead, #draft, [data-while-visible]");

  // A field in use keeps the keys: they move only after what the person asked for, and not if the
  // person has gone on writing meanwhile; or from one notice to the one that takes its place.
  function noticed(asker, wasInNotice) {
    const submits = asker.matches("#judgement, #skip") && !written;
    const asked = !isOwnDoing(asker) && !isWriting(document.activeElement);
    if (wasInNotice || submits || asked) toNextKey();
    find("#notice").scrollIntoView({ block: "nearest" });
    tickLease();
  }

  function toNextKey() {
    const next = find("#notice [data-next-key]");
    if (next) next.focus();
  }

  const clock = (at) => at.toLocaleTimeString("en-GB", { hourCycle: "h23" });

  function localTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      time.textContent = clock(at);
      time.title = at.toString();
    }
  }

  // ---- the desk ------------------------------------------------------------------------------

  function arrive() {
    failed = null;
    skew = Number(find("#desk").dataset.now) - Date.now();
    noMoreDrafts();
    sent.busy = false;
    find("#drafted").textContent = "";
    watchLease();
    watchUndo();
    if (onDesk()) {
      restoreDraft();
      toFirstKey();
      setTimeout(lookAhead, AFTER_PAINT);
    } else {
      find("#nothing")?.focus({ preventScroll: true });
    }
    window.scrollTo(0, 0);
  }

  const toFirstKey = () =>
    find(find("#skip").hidden ? "#choices" : "#skip-kinds").focus({ preventScroll: true });

  // Once per case, and only for somebody who looks: what is reserved is kept from others.
  function lookAhead() {
    const ahead = find("#ahead");
    if (!ahead || document.hidden || lookedFrom === onDesk()) return;
    lookedFrom = onDesk();
    htmx.trigger(ahead, "ahead");
  }

  function leave() {
    if (!lookedFrom) return;
    const said = new FormData();
    said.append("csrfmiddlewaretoken", csrf());
    navigator.sendBeacon(find("#desk").dataset.leave, said);
    lookedFrom = "";
  }

  function openSkip(open) {
    const panel = find("#skip");
    if (!panel) return;
    panel.hidden = !open;
    unhint();
    find("#skip-open").setAttribute("aria-expanded", String(open));
    toFirstKey();
    if (open) panel.scrollIntoView({ block: "nearest" });
  }

  function choose(key) {
    const form = find(find("#skip").hidden ? "#judgement" : "#skip");
    const input = form.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!input) return false;
    check(input);
    return true;
  }

  function check(input) {
    input.checked = true;
    const next = input.name === "kind" ? find("#reason") : input; // a reason is asked for next
    next.focus();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // An adjudicator takes over what somebody said: it is chosen, not yet submitted.
  function takeOver(button) {
    const { value, kind } = button.dataset;
    openSkip(Boolean(kind));
    const inputs = document.querySelectorAll(kind ? '#skip [name="kind"]' : '#judgement [name="value"]');
    const input = [...inputs].find((one) => one.value === (kind || value));
    if (input) check(input);
  }

  // The digit printed on the key, also where a keyboard needs Shift for it.
  const digitOf = (event) =>
    /^[0-9]$/.test(event.key) ? event.key : (/^(?:Digit|Numpad)([0-9])$/.exec(event.code) || [])[1];

  const LETTERS = {
    s: () => openSkip(true),
    m: () => find("#comment").focus(),
    l: () => find("#release").click(),
  };

  function onLetter(key) {
    const take = find(`[data-letter="${CSS.escape(key.toUpperCase())}"]`);
    const act = take ? () => takeOver(take) : LETTERS[key];
    if (act) act();
    return Boolean(act);
  }

  function onEnter(event) {
    const target = event.target;
    if (target.closest("button, a") || event.shiftKey) return;
    const form = target.form || find(find("#skip").hidden ? "#judgement" : "#skip");
    event.preventDefault();
    form.requestSubmit();
  }

  function onUndoKey() {
    const button = find("#undo-button");
    if (button && !button.disabled) button.click();
    else hint("There is nothing to undo.");
  }

  // Where the case is lost only the notice's own button acts, when it is pressed itself.
  function onKeyLost(event) {
    if (event.key !== "Enter" || event.target.closest("button, a") || event.shiftKey) return;
    event.preventDefault();
    toNextKey();
  }

  function onKey(event) {
    const plain = !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing);
    const writing = isWriting(event.target);
    if (!plain || event.repeat || find("form.htmx-request")) return;
    if (isLost()) {
      onKeyLost(event);
      return;
    }
    const key = event.key.toLowerCase();
    if (key === "u" && !writing) onUndoKey();
    if (!find("#judgement")) return;
    const digit = digitOf(event);
    if (key === "enter") onEnter(event);
    else if (key === "escape" && !find("#skip").hidden) closeSkip();
    else if (key === "escape" && writing) find("#choices").focus();
    else if (writing) return;
    else if (digit && choose(digit)) event.preventDefault();
    else if (find("#skip").hidden && onLetter(key)) event.preventDefault();
  }

  function closeSkip() {
    openSkip(false);
    keepDraft(); // the reason to skip is no part of it any more
  }

  // ---- the lease, and the time to undo -------------------------------------------------------

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
    const left = isCaseLost() ? 0 : Math.max(0, Math.floor((lease.ends - Date.now()) / 1000));
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    lease.mark.querySelector("b").textContent = left ? text : "is over";
    lease.mark.classList.toggle("short", left > 0 && left <= 60);
    lease.mark.classList.toggle("over", left === 0);
    if (!document.hidden && !isLost() && Date.now() >= lease.renewAt) {
      lease.renewAt = Date.now() + 1000 * RETRY_RENEWAL;
      htmx.trigger(lease.mark, "renew");
    }
  }

  function watchUndo() {
    const form = find("#undo");
    undoEnds = form ? Date.now() + 1000 * Number(form.dataset.left) : 0;
  }

  function tickUndo() {
    const button = find("#undo-button");
    if (!undoEnds || !button) return;
    const left = Math.max(0, Math.ceil((undoEnds - Date.now()) / 1000));
    find("#undo-left").textContent = left ? `${left} s` : "";
    if (left) return;
    undoEnds = 0;
    if (document.activeElement === button && find("#judgement")) toFirstKey();
    button.disabled = true;
  }

  function tick() {
    tickLease();
    tickUndo();
  }

  // ---- requests ------------------------------------------------------------------------------

  // The token in the page is older than a sign-in in another window; the cookie is not.
  const csrf = () => (/(?:^|; )csrftoken=([^;]+)/.exec(document.cookie) || [])[1] || "";

  function freshToken(event) {
    const token = csrf();
    if (!token) return;
    event.detail.headers["X-CSRFToken"] = token;
    if (event.detail.parameters.csrfmiddlewaretoken) {
      event.detail.parameters.csrfmiddlewaretoken = token;
    }
  }

  function beforeRequest(event) {
    const asker = event.detail.elt;
    if (document.hidden && asker.hasAttribute("data-while-visible")) event.preventDefault();
    if (!isOwnDoing(asker)) written = false;
    if (asker.matches("#judgement, #skip")) {
      noMoreDrafts(); // the judgement itself is on its way
      unhint();
    }
    if (asker.id === "undo" && inBrowser(onDesk())?.dirty) sendDraft(); // this case comes back later
  }

  // A notice that is already on the screen is not said again every few seconds, and none is said
  // about a case that is gone from it.
  function beforeSwap(event) {
    const { target, serverResponse, requestConfig } = event.detail;
    const asker = requestConfig.elt;
    const submits = find("#judgement.htmx-request, #skip.htmx-request");
    if (!asker.isConnected || (asker.id === "draft" && submits)) event.detail.shouldSwap = false;
    if (target.id !== "notice") return;
    if (target.dataset.told === serverResponse && target.children.length) {
      event.detail.shouldSwap = false;
    }
    target.dataset.told = serverResponse;
    target.dataset.held = inNotice() ? "focus" : "";
  }

  function afterSwap(event) {
    const { target, requestConfig } = event.detail;
    if (target.id === "notice") {
      const state = find("#said").dataset.state;
      if (state === "done" || state === "skipped") forgetDraft(onDesk());
      noticed(requestConfig.elt, target.dataset.held === "focus");
    } else if (target.id === "lease") watchLease();
    else if (target.id === "desk") arrive();
  }

  function afterRequest(event) {
    if (event.detail.elt.id !== "draft") return;
    sent.busy = false;
    if (!event.detail.successful && !isLost()) draftNotSent();
  }

  // What the page asks by itself is tried again by itself: the lease says when it is short, the
  // draft where it is kept.
  function notReached(event, templateId) {
    const asker = event.detail.elt;
    if (isOwnDoing(asker)) return;
    failed = asker;
    say(templateId, asker);
    if (asker.matches("#judgement, #skip")) sendSoon(RETRY_DRAFT); // at least that is there then
  }

  function onServiceError(event) {
    if (event.detail.xhr.status >= 500) notReached(event, "#service-failed");
  }

  function onClick(event) {
    const take = event.target.closest("[data-take]");
    if (take) takeOver(take);
    else if (event.target.closest("#skip-open")) openSkip(find("#skip").hidden);
    else if (event.target.closest("#skip-close")) closeSkip();
    else if (event.target.closest("[data-retry]") && failed) {
      find("#notice").replaceChildren();
      failed.requestSubmit();
    }
  }

  // Said in the page's own place instead of in a bubble.
  const MISSING = {
    value: "Choose an answer first: press its key.",
    kind: "Choose why first: press its key.",
    reason: "Say why in a few words.",
  };

  function onInvalid(event) {
    event.preventDefault();
    const form = event.target.form;
    const first = form.querySelector(":invalid:not(fieldset)");
    if (event.target !== first) return;
    hint(MISSING[first.name] || first.validationMessage);
    if (first.name === "reason") first.focus();
    else form.querySelector("fieldset").focus();
  }

  function onInput(event) {
    if (!event.target.closest("#judgement, #skip")) return;
    written = true;
    unhint();
    keepDraft();
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("click", onClick);
  document.addEventListener("invalid", onInvalid, true);
  document.addEventListener("input", onInput);
  document.addEventListener("visibilitychange", () => lookAhead());
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
  window.addEventListener("online", () => sending && sendDraft());
  document.body.addEventListener("htmx:configRequest", freshToken);
  document.body.addEventListener("htmx:beforeRequest", beforeRequest);
  document.body.addEventListener("htmx:beforeSwap", beforeSwap);
  document.body.addEventListener("htmx:afterSwap", afterSwap);
  document.body.addEventListener("htmx:afterRequest", afterRequest);
  document.body.addEventListener("htmx:oobAfterSwap", (event) => localTimes(event.detail.target));
  document.body.addEventListener("htmx:sendError", (event) => notReached(event, "#no-connection"));
  document.body.addEventListener("htmx:timeout", (event) => notReached(event, "#no-connection"));
  document.body.addEventListener("htmx:responseError", onServiceError);
  document.body.addEventListener("hitl:stored", (event) => forgetDraft(event.detail.referral));
  document.body.addEventListener("hitl:drafted", drafted);
  window.setInterval(tick, 500);
  giveUpOldDrafts();
  arrive();
})();
