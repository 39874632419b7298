// Sounds of a case: their course as a picture, speed, and a span that repeats. The keys are the
// player's own while it has the focus.
"use strict";

(() => {
  const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 1.75, 2];
  const SECONDS = 5; // per arrow key
  const KEYS = { " ": "play", ArrowLeft: "back", ArrowRight: "on", ",": "slower", ".": "faster", i: "from", o: "to", p: "free" };

  class AudioView extends HTMLElement {
    connectedCallback() {
      if (this.audio || !this.querySelector("audio")) return;
      this.audio = this.querySelector("audio");
      this.canvas = this.querySelector("canvas");
      this.peaks = [];
      this.free();
      this.audio.muted = Boolean(this.closest("#desk[data-mute]"));
      for (const name of ["play", "pause", "seeked", "ended", "loadedmetadata"]) {
        this.audio.addEventListener(name, () => this.follow());
      }
      this.addEventListener("click", (event) => this.act(event.target.closest("[data-do]")?.dataset.do));
      this.addEventListener("keydown", (event) => this.onKey(event));
      this.canvas.addEventListener("pointerdown", (event) => this.seekTo(event));
      new ResizeObserver(() => this.draw()).observe(this.canvas);
      this.load();
    }

    // Without its picture a sound can be heard all the same.
    async load() {
      const answer = await fetch(this.dataset.peaks).catch(() => null);
      this.canvas.hidden = !answer?.ok;
      if (!answer?.ok) return;
      const { seconds, peaks } = await answer.json();
      Object.assign(this, { seconds, peaks });
      this.draw();
    }

    get length() {
      return Number.isFinite(this.audio.duration) ? this.audio.duration : this.seconds || 0;
    }

    act(name) {
      const acts = {
        play: () => (this.audio.paused ? this.audio.play().catch(() => {}) : this.audio.pause()),
        back: () => this.seek(this.audio.currentTime - SECONDS),
        on: () => this.seek(this.audio.currentTime + SECONDS),
        slower: () => this.speed(-1),
        faster: () => this.speed(1),
        from: () => this.mark("from"),
        to: () => this.mark("to"),
        free: () => this.free(),
      };
      acts[name]?.();
    }

    seek(to) {
      this.audio.currentTime = Math.min(this.length, Math.max(0, to));
      this.draw();
    }

    seekTo(event) {
      const { left, width } = this.canvas.getBoundingClientRect();
      this.seek(((event.clientX - left) / width) * this.length);
    }

    speed(by) {
      const at = SPEEDS.indexOf(this.audio.playbackRate) + by;
      this.audio.playbackRate = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at))];
      this.querySelector("[data-speed]").textContent = `${this.audio.playbackRate} ×`;
    }

    mark(which) {
      const at = this.audio.currentTime;
      const span = { from: this.from ?? 0, to: this.to ?? this.length, [which]: at };
      if (span.from < span.to) Object.assign(this, span);
      else Object.assign(this, { from: at, to: this.length });
      this.say(`repeats ${clock(this.from)} to ${clock(this.to)}`);
    }

    free() {
      Object.assign(this, { from: null, to: null });
      this.say("");
    }

    say(text) {
      this.querySelector("[data-span]").textContent = text;
      this.draw();
    }

    onKey(event) {
      const name = KEYS[event.key];
      const presses = event.key === " " && event.target.matches("button");
      if (!name || !window.hitl.isPlain(event) || presses) return;
      event.preventDefault();
      event.stopPropagation();
      this.act(name);
    }

    follow() {
      this.querySelector('[data-do="play"] span').textContent = this.audio.paused ? "Play" : "Pause";
      this.draw();
      if (!this.audio.paused && !this.following) this.step();
    }

    step() {
      this.following = !this.audio.paused && this.isConnected;
      if (this.to !== null && this.audio.currentTime >= this.to) this.audio.currentTime = this.from;
      this.draw();
      if (this.following) requestAnimationFrame(() => this.step());
    }

    draw() {
      const { clientWidth: wide, clientHeight: high } = this.canvas;
      if (!wide || !this.peaks.length) return;
      const fine = window.devicePixelRatio || 1;
      this.canvas.width = wide * fine;
      this.canvas.height = high * fine;
      const pen = this.canvas.getContext("2d");
      pen.scale(fine, fine);
      const ink = getComputedStyle(this);
      const at = (seconds) => (this.length ? (seconds / this.length) * wide : 0);
      if (this.from !== null) {
        pen.fillStyle = ink.getPropertyValue("--accent-soft");
        pen.fillRect(at(this.from), 0, at(this.to) - at(this.from), high);
      }
      this.drawPeaks(pen, { wide, high, heard: at(this.audio.currentTime), ink });
    }

    drawPeaks(pen, { wide, high, heard, ink }) {
      const step = wide / this.peaks.length;
      const middle = high / 2;
      const y = (sample) => middle - sample * (middle - 2);
      this.peaks.forEach(([low, top], i) => {
        pen.fillStyle = ink.getPropertyValue(i * step < heard ? "--accent" : "--edge");
        pen.fillRect(i * step, y(top), Math.max(1, step - 0.4), Math.max(1, y(low) - y(top)));
      });
      pen.fillStyle = ink.getPropertyValue("--text");
      pen.fillRect(Math.min(wide - 2, heard), 0, 2, high);
    }
  }

  function clock(seconds) {
    const whole = Math.floor(seconds);
    const rest = String(whole % 60).padStart(2, "0");
    return `${Math.floor(whole / 60)}:${rest}.${Math.floor((seconds - whole) * 10)}`;
  }

  customElements.define("audio-view", AudioView);
})();
