// Finds words in all that is to be read of a case. Marks are drawn over the text: nothing in it
// moves, and nothing of it is ever read as HTML.
"use strict";

(() => {
  const MOST = 2000; // marks; who finds more writes another letter
  const paint = (name, ranges) => window.CSS?.highlights?.set(name, new Highlight(...ranges));

  class TextSearch extends HTMLElement {
    connectedCallback() {
      if (this.field) return;
      this.field = this.querySelector("input");
      this.found = [];
      this.at = 0;
      const keys = document.querySelector("#desk")?.dataset.keys;
      this.querySelector("kbd").textContent = ((keys && JSON.parse(keys).search) || "f").toUpperCase();
      this.field.addEventListener("input", () => this.search());
      this.field.addEventListener("keydown", (event) => this.onKey(event));
      this.addEventListener("click", (event) => {
        const by = event.target.closest("[data-by]")?.dataset.by;
        if (by) this.go(Number(by));
      });
    }

    disconnectedCallback() {
      this.clear();
    }

    search() {
      const words = this.field.value.trim();
      this.found = words ? ranges(this.parentElement, words) : [];
      this.at = 0;
      paint("found", this.found);
      this.say(words);
    }

    say(words) {
      const many = this.found.length;
      const now = this.found[this.at];
      paint("found-now", now ? [now] : []);
      if (now) scrollTo(now);
      const count = `${this.at + 1} of ${many}${many === MOST ? " or more" : ""}`;
      this.querySelector("output").textContent = words ? (now ? count : "not found") : "";
    }

    go(by) {
      if (!this.found.length) return;
      this.at = (this.at + by + this.found.length) % this.found.length;
      this.say(this.field.value.trim());
    }

    onKey(event) {
      if (event.key === "Enter") {
        event.preventDefault();
        this.go(event.shiftKey ? -1 : 1);
      } else if (event.key === "Escape") this.clear();
    }

    clear() {
      this.field.value = "";
      this.search();
    }
  }

  function ranges(root, words) {
    const wanted = new RegExp(words.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"), "gi");
    const found = [];
    for (const place of root.querySelectorAll(".searched")) {
      const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        for (const match of walker.currentNode.data.matchAll(wanted)) {
          if (found.length === MOST) return found;
          const range = new Range();
          range.setStart(walker.currentNode, match.index);
          range.setEnd(walker.currentNode, match.index + match[0].length);
          found.push(range);
        }
      }
    }
    return found;
  }

  // Each thing that scrolls around it, from the inside out.
  function scrollTo(range) {
    for (let box = range.startContainer.parentElement; box; box = box.parentElement) {
      const isPage = box === document.documentElement;
      const inner = isPage ? { top: 0, bottom: window.innerHeight } : box.getBoundingClientRect();
      if (!isPage && box.scrollHeight <= box.clientHeight) continue;
      const { top, bottom } = range.getBoundingClientRect();
      if (top < inner.top || bottom > inner.bottom) box.scrollTop += top - (inner.top + inner.bottom) / 2;
    }
  }

  customElements.define("text-search", TextSearch);
  window.hitl ??= {};
  window.hitl.search = () => {
    const shown = [...document.querySelectorAll("text-search")].find((one) => one.getClientRects().length);
    shown?.field.focus();
    shown?.field.select();
  };
})();
