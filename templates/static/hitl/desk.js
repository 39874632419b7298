// What the review page's scripts share: places on the page, what is said, where the keys go.
"use strict";

window.hitlReview = (() => {
  const find = (selector) => document.querySelector(selector);
  const every = (selector, root = document) => [...root.querySelectorAll(selector)];
  const onDesk = () => find("#desk").dataset.referral;
  const clock = (at) => at.toLocaleTimeString("en-GB", { hourCycle: "h23" });
  const skips = () => find("#skip")?.hidden === false;

  // The token in the page is older than a sign-in in another window; the cookie is not.
  const csrf = () => (/(?:^|; )csrftoken=([^;]+)/.exec(document.cookie) || [])[1] || "";

  // A field that takes every key.
  const isField = (element) => element.matches("textarea, input:not([type=radio], [type=checkbox])");
  const isSending = () => Boolean(find("#judgement.htmx-request, #skip.htmx-request"));

  function hint(text) {
    const place = find(skips() ? "#skip-hint" : "#hint");
    if (place && place.textContent !== text) place.textContent = text;
  }

  function unhint() {
    for (const place of every(".hint")) place.textContent = "";
  }

  // The case is not ours any more, or nobody is signed in: asking again would be refused again.
  const isLost = () => Boolean(find("#notice [data-lost]"));
  const isCaseLost = () => Boolean(find('#notice [data-lost="case"]'));
  const inNotice = () => Boolean(find("#notice")?.contains(document.activeElement));

  // Where the next key is expected.
  function toFirstKey() {
    const first = skips() ? find("#skip-kinds") : window.hitlReview.answers.first();
    first?.focus({ preventScroll: true });
  }

  return {
    find, every, onDesk, clock, skips, csrf, isField, isSending, hint, unhint,
    isLost, isCaseLost, inNotice, toFirstKey,
  };
})();
