// Images and documents of a case: zoom, move, turn, pages; and what is veiled until somebody looks.
"use strict";

window.hitl ??= {};
window.hitl.isField = (target) => target.matches("textarea, select, input:not([type=radio], [type=checkbox])");
window.hitl.isPlain = (event) => !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing);

class ImageView extends HTMLElement {
  static LARGEST = 16;
  static STEP = 1.25;
  static MOVE = 60; // pixels per arrow key

  connectedCallback() {
    if (this.stage || !this.querySelector(".stage")) return;
    this.stage = this.querySelector(".stage");
    this.image = this.stage.querySelector("img");
    this.fit();
    this.addEventListener("click", (event) => this.onClick(event));
    this.stage.addEventListener("wheel", (event) => this.onWheel(event), { passive: false });
    this.stage.addEventListener("pointerdown", (event) => this.onGrab(event));
    this.image.addEventListener("load", () => this.draw());
    this.image.addEventListener("error", () => this.failed());
  }

  act(name) {
    const acts = {
      in: () => this.zoom(ImageView.STEP),
      out: () => this.zoom(1 / ImageView.STEP),
      turn: () => this.turn(),
      fit: () => this.fit(),
    };
    acts[name]?.();
    return name in acts;
  }

  zoom(by) {
    const scale = Math.min(ImageView.LARGEST, Math.max(1, this.scale * by));
    const ratio = scale / this.scale;
    Object.assign(this, { scale, x: this.x * ratio, y: this.y * ratio });
    this.draw();
  }

  move(x, y) {
    this.x += x;
    this.y += y;
    this.draw();
  }

  turn() {
    Object.assign(this, { quarters: (this.quarters + 1) % 4, x: 0, y: 0 });
    this.draw();
  }

  fit() {
    Object.assign(this, { x: 0, y: 0, scale: 1, quarters: 0 });
    this.draw();
  }

  // Lying on its side an image has other room: as large as it may be there too.
  sideways() {
    const { naturalWidth: w, naturalHeight: h } = this.image;
    const { clientWidth: wide, clientHeight: high } = this.stage;
    if (this.quarters % 2 === 0 || !w || !wide) return 1;
    return Math.min(wide / h, high / w) / Math.min(wide / w, high / h);
  }

  draw() {
    const most = (side) => (side * (this.scale - 1)) / 2 + (this.scale > 1 ? side / 4 : 0);
    const within = (value, limit) => Math.min(limit, Math.max(-limit, value));
    this.x = within(this.x, most(this.stage.clientWidth));
    this.y = within(this.y, most(this.stage.clientHeight));
    const size = this.scale * this.sideways();
    this.image.style.transform = `translate(${this.x}px, ${this.y}px) rotate(${90 * this.quarters}deg) scale(${size})`;
    this.stage.classList.toggle("zoomed", this.scale > 1);
    const said = this.querySelector("[data-zoom]");
    if (said) said.textContent = `${Math.round(100 * this.scale)} %`;
  }

  failed() {
    if (this.querySelector("[data-failed]")) return;
    const said = document.createElement("p");
    said.dataset.failed = "";
    said.setAttribute("role", "alert");
    said.textContent = "This cannot be loaded. Reload the page; if it stays away, skip the case and say so.";
    this.stage.after(said);
  }

  onClick(event) {
    const button = event.target.closest("[data-do]");
    if (button) this.act(button.dataset.do);
  }

  // What is as small as can be lets the page scroll on.
  onWheel(event) {
    const inward = event.deltaY < 0;
    if (!event.deltaY || (!inward && this.scale === 1)) return;
    event.preventDefault();
    this.zoom(inward ? ImageView.STEP : 1 / ImageView.STEP);
  }

  onGrab(event) {
    if (event.button || this.scale === 1) return;
    const stage = this.stage;
    const drag = (moved) => this.move(moved.movementX, moved.movementY);
    stage.setPointerCapture(event.pointerId);
    stage.addEventListener("pointermove", drag);
    const drop = () => stage.removeEventListener("pointermove", drag);
    stage.addEventListener("pointerup", drop, { once: true });
    stage.addEventListener("pointercancel", drop, { once: true });
  }

  onKey(event) {
    const name = { "+": "in", "=": "in", "-": "out", r: "turn", Home: this.isIn(event) && "fit" }[event.key];
    const moves = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    const move = event.target === this.stage && moves[event.key];
    if (move) this.move(move[0] * ImageView.MOVE, move[1] * ImageView.MOVE);
    else if (name) this.act(name);
    return Boolean(move || name);
  }

  isIn(event) {
    return this.contains(event.target);
  }
}

class PagesView extends ImageView {
  connectedCallback() {
    if (this.stage || !this.dataset.pages) return;
    super.connectedCallback();
    this.count = 0;
    this.number = 1;
    fetch(this.dataset.pages)
      .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.statusText))))
      .then(({ pages }) => this.counted(pages))
      .catch(() => this.failed());
  }

  counted(pages) {
    this.count = pages;
    this.show(this.number);
  }

  address(number) {
    return `${this.dataset.pages}/${number}?width=${this.isFine ? 2400 : 1200}`;
  }

  act(name) {
    if (name === "on") this.show(this.number + 1);
    else if (name === "back") this.show(this.number - 1);
    else return super.act(name);
    return true;
  }

  show(number) {
    if (number < 1 || number > this.count) return;
    if (number !== this.number) this.fit();
    this.number = number;
    this.put(this.address(number));
    this.image.alt = this.image.alt.replace(/page \d+$/, `page ${number}`);
    this.querySelector("[data-page]").textContent = `Page ${number} of ${this.count}`;
    this.querySelector('[data-do="back"]').disabled = number === 1;
    this.querySelector('[data-do="on"]').disabled = number === this.count;
    if (number < this.count) new Image().src = this.address(number + 1);
  }

  put(address) {
    if (this.image.getAttribute("src") !== address) this.image.src = address;
  }

  // Drawn anew where the first drawing would be seen to be coarse.
  zoom(by) {
    super.zoom(by);
    if (this.isFine || this.scale < 2 || !this.count) return;
    this.isFine = true;
    this.put(this.address(this.number));
  }

  onKey(event) {
    const name = { PageDown: "on", PageUp: "back" }[event.key];
    return name ? this.act(name) : super.onKey(event);
  }
}

(() => {
  const shown = (view) => view.stage && view.getClientRects().length > 0;
  const inUse = (target) =>
    target.closest("image-view, pages-view") ||
    [...document.querySelectorAll(".case :is(image-view, pages-view)")].find(shown);

  function onKey(event) {
    const isOurs = window.hitl.isPlain(event) && !window.hitl.isField(event.target);
    if (!isOurs || document.querySelector("dialog[open]")) return;
    if (event.key.toLowerCase() === "b" && reveal(true)) event.preventDefault();
    else if (inUse(event.target)?.onKey?.(event)) event.preventDefault();
  }

  // What the page veils is seen while a key or the button is held, and not longer.
  function reveal(seen) {
    const desk = document.querySelector("#desk[data-blur]");
    desk?.toggleAttribute("data-reveal", seen);
    return Boolean(desk);
  }

  function onButton(event) {
    if (!event.target.closest("[data-reveal]:not(#desk)")) return;
    if (event.type === "pointerdown" || event.key === " " || event.key === "Enter") reveal(true);
  }

  const hide = () => reveal(false);
  document.addEventListener("keydown", onKey, { capture: true });
  document.addEventListener("keydown", onButton);
  document.addEventListener("pointerdown", onButton);
  for (const end of ["keyup", "pointerup", "pointercancel"]) document.addEventListener(end, hide);
  window.addEventListener("blur", hide);
  customElements.define("image-view", ImageView);
  customElements.define("pages-view", PagesView);
})();
