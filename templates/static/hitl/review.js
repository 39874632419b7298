// The review page itself: what is asked of the server, what is said when it cannot be reached, and
// what happens when a case arrives. Nothing here decides anything: a judgement counts when the
// server has it.
"use strict";

(() => {
  const page = window.hitlReview;
  const { find, every, onDesk, drafts, answers, keys, time } = page;
  const AFTER_PAINT = 200; // the case on the screen comes before the look ahead
  let failed = null; // the form whose request did not get through
  let lookedFrom = ""; // the case from which the next one was reserved
  let written = false; // whether something was changed since the person's last request

  // ---- what is said ---------------------------------------------------------------------------

  function say(templateId, asker) {
    const place = find("#notice");
    if (!place) return;
    const here = page.inNotice();
    place.replaceChildren(find(templateId).content.cloneNode(true));
    noticed(asker, here);
  }

  // The draft got through, so what was said about the connection is not true any more.
  page.reachedAgain = () => {
    if (!find("#notice [data-unreached]")) return;
    const here = page.inNotice();
    failed = null;
    find("#notice").replaceChildren();
    page.hint("The service is back and has your draft. Submit it when you are ready.");
    if (here) page.toFirstKey();
  };

  // What the page asks by itself, so that nobody waits for its answer.
  const isOwnDoing = (asker) => asker.matches("#lease, #ahead, #draft, [data-while-visible]");

  // A field in use keeps the keys: they move only after what the person asked for, and not if the
  // person has gone on writing meanwhile; or from one notice to the one that takes its place.
  function noticed(asker, wasInNotice) {
    const submits = asker.matches("#judgement, #skip") && !written;
    const asked = !isOwnDoing(asker) && !page.isField(document.activeElement);
    const told = asker.id === "judgement" && answers.showProblems();
    if (!told && (wasInNotice || submits || asked)) find("#notice [data-next-key]")?.focus();
    if (!told) find("#notice").scrollIntoView({ block: "nearest" });
    time.tickLease();
  }

  function localTimes(root) {
    for (const shown of every("time[datetime]", root)) {
      const at = new Date(shown.dateTime);
      shown.textContent = page.clock(at);
      shown.title = at.toString();
    }
  }

  // ---- the desk -------------------------------------------------------------------------------

  function arrive() {
    failed = null;
    drafts.arrive();
    time.arrive();
    keys.arrive();
    answers.arrive();
    if (onDesk()) {
      page.toFirstKey();
      setTimeout(lookAhead, AFTER_PAINT);
    } else {
      find("#nothing")?.focus({ preventScroll: true });
    }
    window.scrollTo(0, 0);
  }

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
    said.append("csrfmiddlewaretoken", page.csrf());
    navigator.sendBeacon(find("#desk").dataset.leave, said);
    lookedFrom = "";
  }

  // ---- requests -------------------------------------------------------------------------------

  function freshToken(event) {
    const token = page.csrf();
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
      drafts.stop(); // the judgement itself is on its way
      page.unhint();
    }
    const leads = asker.matches("#undo, #history form"); // this case comes back later
    if (leads && onDesk() && drafts.isUnsent()) drafts.send();
  }

  // A notice that is already on the screen is not said again every few seconds, and none is said
  // about a case that is gone from it.
  function beforeSwap(event) {
    const { target, serverResponse, requestConfig } = event.detail;
    const asker = requestConfig.elt;
    if (!asker.isConnected || (asker.id === "draft" && page.isSending())) {
      event.detail.shouldSwap = false;
    }
    if (target.id !== "notice") return;
    if (target.dataset.told === serverResponse && target.children.length) {
      event.detail.shouldSwap = false;
    }
    target.dataset.told = serverResponse;
    target.dataset.held = page.inNotice() ? "focus" : "";
  }

  function afterSwap(event) {
    const { target, requestConfig } = event.detail;
    if (target.id === "notice") {
      const state = find("#said").dataset.state;
      if (state === "done" || state === "skipped") drafts.forget(onDesk());
      noticed(requestConfig.elt, target.dataset.held === "focus");
    } else if (target.id === "lease") time.watchLease();
    else if (target.id === "desk") arrive();
  }

  function afterRequest(event) {
    if (event.detail.elt.id === "draft") drafts.after(event.detail.successful);
  }

  // What the page asks by itself is tried again by itself: the lease says when it is short, the
  // draft where it is kept.
  function notReached(event, templateId) {
    const asker = event.detail.elt;
    if (isOwnDoing(asker)) return;
    failed = asker;
    say(templateId, asker);
    if (asker.matches("#judgement, #skip")) drafts.again(); // at least that is there then
  }

  function onServiceError(event) {
    if (event.detail.xhr.status >= 500) notReached(event, "#service-failed");
  }

  // ---- what people do -------------------------------------------------------------------------

  function onClick(event) {
    const { target } = event;
    const take = target.closest("[data-take]");
    if (take) answers.takeOver(take);
    else if (target.closest("#judgement .row")) answers.onClick(target);
    else if (target.closest("#break button")) time.putAway();
    else if (target.closest("[data-retry]") && failed) {
      find("#notice").replaceChildren();
      failed.requestSubmit();
    } else keys.onClick(target);
  }

  // Said in the page's own place instead of in a bubble.
  const MISSING = {
    value: "Give an answer first.",
    kind: "Choose why first: press its key.",
    reason: "Say why in a few words.",
  };

  function onInvalid(event) {
    event.preventDefault();
    const form = event.target.form;
    const first = form.querySelector(":invalid:not(fieldset)");
    if (event.target !== first) return;
    const chosen = first.type === "radio" && first.name === "value";
    page.hint(
      chosen ? "Choose an answer first: press its key." : MISSING[first.name] || first.validationMessage,
    );
    if (first.type === "radio") form.querySelector("fieldset").focus();
    else first.focus();
  }

  function onSubmit(event) {
    if (event.target.id !== "judgement") return;
    const missing = answers.missing();
    if (!missing) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    page.hint(missing);
  }

  function onInput(event) {
    if (!event.target.closest("#judgement, #skip")) return;
    written = true;
    page.unhint();
    answers.onInput(event.target);
    drafts.keep();
  }

  document.addEventListener("click", onClick);
  document.addEventListener("invalid", onInvalid, true);
  document.addEventListener("submit", onSubmit, true);
  document.addEventListener("input", onInput);
  document.addEventListener("visibilitychange", () => lookAhead());
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());
  document.body.addEventListener("htmx:configRequest", freshToken);
  document.body.addEventListener("htmx:beforeRequest", beforeRequest);
  document.body.addEventListener("htmx:beforeSwap", beforeSwap);
  document.body.addEventListener("htmx:afterSwap", afterSwap);
  document.body.addEventListener("htmx:afterRequest", afterRequest);
  document.body.addEventListener("htmx:oobAfterSwap", (event) => localTimes(event.detail.target));
  document.body.addEventListener("htmx:sendError", (event) => notReached(event, "#no-connection"));
  document.body.addEventListener("htmx:timeout", (event) => notReached(event, "#no-connection"));
  document.body.addEventListener("htmx:responseError", onServiceError);
  arrive();
})();
