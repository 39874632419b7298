// Drafts of a judgement: in this browser at once, at the server within two seconds. All that the
// form can say is kept, whatever its type: each name with its values.
"use strict";

window.hitlReview.drafts = (() => {
  const page = window.hitlReview;
  const { find, every, onDesk } = page;
  const RETRY = 5000; // milliseconds between attempts while the service cannot be reached
  const PAUSE = 900; // from a change until the draft is sent, so that a few go together
  const SPAN = 2000; // at least this long from one draft sent to the next
  const KEEP = 7 * 24 * 3600 * 1000; // unsent judgements older than this are given up
  const PREFIX = "hitl.draft.";
  const OWN = ["token", "csrfmiddlewaretoken", "guidelines_no"]; // of the form, not of the answer
  let skew = 0; // the server's clock less ours: drafts of several browsers are told apart by it
  let sending = null; // the timer of the next draft to be sent
  let sent = { at: 0, busy: false, text: "" }; // the last draft that was sent

  const serverNow = () => Date.now() + skew;

  // The final answer of two has a draft of its own.
  const keyOf = (referral) =>
    `${PREFIX}${find("#desk").dataset.person}.${referral}${find("#desk").dataset.stage || ""}`;

  function onScreen() {
    const given = {};
    for (const [name, value] of new FormData(find("#judgement"))) {
      if (!OWN.includes(name)) (given[name] ??= []).push(value);
    }
    if (!page.skips()) return { given };
    const skip = new FormData(find("#skip"));
    return { given, kind: skip.get("kind") || "", reason: skip.get("reason") };
  }

  // The names that are missing say that nothing is chosen there.
  function fill(given) {
    for (const input of find("#judgement").elements) {
      if (!input.name || OWN.includes(input.name)) continue;
      const values = given[input.name] || [];
      if (input.matches("[type=radio], [type=checkbox]")) input.checked = values.includes(input.value);
      else input.value = values[0] || "";
    }
  }

  function inBrowser(referral) {
    try {
      return JSON.parse(localStorage.getItem(keyOf(referral)));
    } catch {
      return null; // no storage here, or not one of ours: the server's draft is what there is
    }
  }

  function toBrowser(referral, draft) {
    try {
      localStorage.setItem(keyOf(referral), JSON.stringify(draft));
    } catch {
      // A browser that keeps nothing: the server does.
    }
  }

  function forget(referral) {
    const mine = `${PREFIX}${find("#desk").dataset.person}.${referral}`;
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(mine)) localStorage.removeItem(key);
    }
  }

  // Own words that a suggestion took the place of: kept beside the draft, and forgotten with it.
  function keepOwn(text) {
    toBrowser(`${onDesk()}.own`, { text, at: serverNow() });
  }

  const ownWords = () => inBrowser(`${onDesk()}.own`)?.text || "";

  function keep() {
    if (!onDesk()) return;
    const base = Number(find("#desk").dataset.draftAt); // the server's draft that this one follows
    toBrowser(onDesk(), { ...onScreen(), at: serverNow(), dirty: true, base });
    soon();
  }

  // Not put off by further changes: who writes without a pause is kept too.
  function soon(least = PAUSE) {
    sending ??= setTimeout(send, Math.max(least, sent.at + SPAN - Date.now()));
  }

  function send() {
    stop();
    const mark = find("#draft");
    if (!mark || sent.busy || page.isLost() || page.isSending()) return;
    const now = onScreen();
    sent = { at: Date.now(), busy: true, text: JSON.stringify(now) };
    const { given, ...skip } = now;
    const token = find("#judgement [name=token]").value;
    const asked = { source: mark, values: { ...given, ...skip, token } };
    htmx.ajax("POST", mark.dataset.address, asked).catch(() => {}); // afterRequest says so
  }

  function onDrafted(event) {
    const { referral, at } = event.detail;
    const now = onScreen();
    const changed = JSON.stringify(now) !== sent.text; // while it was under way
    find("#desk").dataset.draftAt = at;
    const kept = changed ? inBrowser(referral) : { ...now, at };
    if (kept) toBrowser(referral, { ...kept, dirty: changed, base: at });
    find("#stored").replaceChildren();
    page.reachedAgain();
    find("#drafted").textContent = `draft saved ${page.clock(new Date(at - skew))}`;
    if (changed) soon();
  }

  // In `#stored`, which is read out: the one thing about drafts that a person must not miss.
  function notSent() {
    find("#drafted").textContent = "";
    const said = document.createElement("span");
    said.className = "kept-here";
    said.textContent = "draft kept in this browser only";
    if (!find("#stored .kept-here")) find("#stored").replaceChildren(said);
    soon(RETRY);
  }

  function stop() {
    clearTimeout(sending);
    sending = null;
  }

  // The server's draft is filled in already. This browser's goes on top where it is newer: changed
  // after what the server had from it, unless somebody kept another one elsewhere since.
  function restore() {
    const draft = inBrowser(onDesk());
    if (!draft?.given) return;
    const server = Number(find("#desk").dataset.draftAt);
    const newer = draft.dirty ? server <= draft.base || draft.at > server : !server;
    if (!newer) return;
    fill(draft.given);
    restoreSkip(draft);
    const said = Object.values(draft.given).flat().some(Boolean);
    if (said || draft.reason) page.hint("Your draft is back: check it, then submit.");
    if (draft.dirty) soon();
  }

  function restoreSkip(draft) {
    const skips = Boolean(draft.kind || draft.reason);
    find("#skip").hidden = !skips;
    find("#skip-open").setAttribute("aria-expanded", String(skips));
    for (const input of every('#skip [name="kind"]')) input.checked = input.value === draft.kind;
    find("#reason").value = draft.reason || "";
  }

  function giveUpOld() {
    for (const key of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      if (Date.now() - JSON.parse(localStorage.getItem(key)).at > KEEP) localStorage.removeItem(key);
    }
  }

  function arrive() {
    skew = Number(find("#desk").dataset.now) - Date.now();
    stop();
    sent.busy = false;
    find("#drafted").textContent = "";
    if (onDesk()) restore();
  }

  // Of the request that keeps a draft: it is over, and got through or did not.
  function after(reached) {
    sent.busy = false;
    if (!reached && !page.isLost()) notSent();
  }

  window.addEventListener("online", () => sending && send());
  document.body.addEventListener("hitl:drafted", onDrafted);
  document.body.addEventListener("hitl:stored", (event) => forget(event.detail.referral));
  giveUpOld();

  const again = () => soon(RETRY);
  const isUnsent = () => Boolean(inBrowser(onDesk())?.dirty);
  return { fill, keep, keepOwn, ownWords, send, stop, forget, arrive, after, again, isUnsent };
})();
