// The control room's live parts: times, counts and the chart. Without it the page shows them as
// they were when it was opened.
"use strict";

(() => {
  const EVERY = 5000; // counts change with every case
  const CHART_EVERY = 60000; // workers measure every minute
  const room = document.getElementById("control-room");

  // ---- times: relative, with the time itself on hover; UTC, like all that the server says ---
  const UTC = { timeZone: "UTC", hourCycle: "h23" };
  const STEPS = [
    [86400, "day"],
    [3600, "hour"],
    [60, "minute"],
  ];
  const words = new Intl.RelativeTimeFormat("en", { numeric: "always" });

  function tellTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      const seconds = (at.getTime() - Date.now()) / 1000; // below 0: it is over
      const [size, unit] = STEPS.find(([length]) => Math.abs(seconds) >= length) ?? [];
      time.textContent = unit ? words.format(Math.trunc(seconds / size), unit) : "just now";
      time.title = `${at.toLocaleString("en-GB", { ...UTC, dateStyle: "medium", timeStyle: "medium" })} UTC`;
    }
  }

  // The panel is hidden until its library has started: only then can anything take the focus.
  const first = document.querySelector(".cr [autofocus]");
  const focus = () => document.activeElement === document.body && first?.focus();
  for (const ready of ["DOMContentLoaded", "alpine:initialized", "load"]) {
    window.addEventListener(ready, () => requestAnimationFrame(focus));
  }

  // ---- who ticks a case means the ticked ones ----------------------------------------------
  const scope = document.querySelector(".cr-scope");
  scope?.form.addEventListener("change", ({ target }) => {
    if (target.name === "case" && target.checked) scope.form.elements.scope.value = "chosen";
  });

  // ---- pools that are being named can be chosen at once ------------------------------------
  const pools = document.querySelector(".cr-pools");

  function offerPools() {
    const named = [...pools.querySelectorAll("input[name$=_name]")];
    const names = new Set(named.map((input) => input.value.trim()).filter(Boolean));
    const list = document.getElementById("pool-names");
    list.replaceChildren(...[...names].map((name) => new Option(name, name)));
    const select = document.querySelector("select[name=adjudication_pool]");
    const chosen = select.value;
    const offered = [...names].map((name) => new Option(name, name, false, name === chosen));
    select.replaceChildren(select.options[0], ...offered);
  }

  pools?.addEventListener("change", offerPools);

  // ---- a new workflow: only what its task type asks for -------------------------------------
  const types = document.querySelector(".cr-form select[name=task_type]");

  function askForType() {
    for (const part of document.querySelectorAll("[data-types]")) {
      part.hidden = !part.dataset.types.split(" ").includes(types.value);
      const box = part.querySelector("textarea[data-examples]");
      if (box) box.placeholder = JSON.parse(box.dataset.examples)[types.value] ?? "";
    }
  }

  types?.addEventListener("change", askForType);
  if (types) askForType();

  tellTimes(document);
  setInterval(() => tellTimes(document), 30000);
  if (!room) return;

  // ---- counts ------------------------------------------------------------------------------
  const counts = document.getElementById("counts");
  const countsState = document.getElementById("counts-state");
  let tag = "";
  let last = "";
  let shown = "";

  const clock = () => `${new Date().toLocaleTimeString("en-GB", UTC)} UTC`;

  async function refreshCounts() {
    if (document.hidden) return;
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch(room.dataset.counts, { headers, cache: "no-store" });
      if (answer.redirected || answer.status === 403 || answer.status === 404) {
        countsState.textContent = "You are signed out, or may not see this any more. Reload.";
        return;
      }
      if (answer.status === 200) {
        const text = await answer.text();
        tag = answer.headers.get("ETag") ?? "";
        if (text !== shown) {
          counts.innerHTML = text;
          const standing = counts.querySelector("[data-conditions]");
          document.getElementById("conditions").replaceChildren(...standing.childNodes);
          shown = text;
          tellTimes(room);
        }
      } else if (answer.status !== 304) {
        throw new Error(`${answer.status}`);
      }
      last = clock();
      countsState.textContent = `live, ${last}`;
    } catch {
      countsState.textContent = last
        ? `No answer since ${last}. Trying again.`
        : "No answer. Trying again.";
    }
  }

  setInterval(refreshCounts, EVERY);
  document.addEventListener("visibilitychange", refreshCounts);
  for (const change of ["online", "offline"]) window.addEventListener(change, refreshCounts);

  // ---- chart -------------------------------------------------------------------------------
  const NAMES = { agreement_blind: "blind", agreement: "all answers", redo_rate: "redo rate" };
  const COLOURS = { agreement_blind: "--cr-blind", agreement: "--cr-all", redo_rate: "--cr-redo" };
  const chartState = document.getElementById("chart-state");
  const drawn = new Map();
  let view = room.querySelector("[data-window][aria-pressed=true]").dataset.window;
  let data = null;

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const percent = (share) => `${(share * 100).toFixed(1)} %`;

  function told(point) {
    const range =
      point.low === null ? "" : ` (${(point.low * 100).toFixed(1)}–${(point.high * 100).toFixed(1)})`;
    return point.value === null ? `no value, n ${point.n}` : `${percent(point.value)}${range}, n ${point.n}`;
  }

  function moment(ms, window) {
    const at = new Date(ms);
    if (window === "day") {
      return at.toLocaleDateString("en-GB", { ...UTC, day: "numeric", month: "short" });
    }
    return at.toLocaleString("en-GB", {
      ...UTC,
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
  }

  // Ticks on round times; a day's name only where a day begins.
  const EACH = { minute: 15 * 60000, hour: 6 * 3600000, day: 7 * 86400000 };

  function ticks(window) {
    const each = EACH[window];
    const found = [];
    let at = Math.ceil(data.since / each) * each;
    for (; at <= data.until; at += each) found.push({ value: at });
    return found;
  }

  function tick(ms, window) {
    const at = new Date(ms);
    if (window === "day" || (at.getUTCHours() === 0 && at.getUTCMinutes() === 0)) {
      return moment(ms, "day");
    }
    return at.toLocaleTimeString("en-GB", { ...UTC, hour: "2-digit", minute: "2-digit" });
  }

  const ends = () => data.since + Math.ceil((data.until - data.since) / data.step) * data.step;

  // A gap in time is a gap in the line.
  function spots(points, key) {
    const found = [];
    for (const point of points) {
      const before = found.at(-1);
      if (before && point.start - before.from > data.step) {
        found.push({ x: (point.start + before.from + data.step) / 2, y: null, from: before.from });
      }
      const y = point[key] === null ? null : point[key] * 100;
      found.push({ x: point.start + data.step / 2, y, from: point.start, point });
    }
    return found;
  }

  // A point that few cases stand behind is small.
  const weight = (found) => {
    const n = found.raw?.point?.n ?? 0;
    return n < 5 ? 1.5 : n < 30 ? 2.5 : 3.5;
  };

  function sets(metric, banded) {
    const ink = colour(COLOURS[metric.name]);
    const thin = { pointRadius: 0, pointHitRadius: 0, borderWidth: 0, spanGaps: false };
    const line = {
      label: NAMES[metric.name],
      data: spots(metric.points, "value"),
      borderColor: ink,
      backgroundColor: ink,
      borderWidth: 1.75,
      borderDash: metric.name === "agreement" ? [6, 4] : [],
      pointRadius: weight,
      clip: 8,
      pointStyle: metric.name === "agreement" ? "rect" : "circle",
      spanGaps: false,
      main: true,
    };
    if (!banded) return [line];
    return [
      line,
      { ...thin, data: spots(metric.points, "low") },
      { ...thin, data: spots(metric.points, "high"), fill: "-1", backgroundColor: `${ink}26` },
    ];
  }

  // Thin vertical lines where a revision came in; its number stands on top where there is room.
  const marks = {
    id: "marks",
    beforeDatasetsDraw(chart) {
      const { ctx, chartArea: area, scales } = chart;
      let free = area.left - 1;
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = colour("--cr-mark");
      ctx.setLineDash([2, 3]);
      ctx.font = "11px system-ui, sans-serif";
      for (const mark of data.revisions) {
        const x = scales.x.getPixelForValue(mark.at);
        if (x < area.left || x > area.right) continue;
        ctx.beginPath();
        ctx.moveTo(x, area.top);
        ctx.lineTo(x, area.bottom);
        ctx.stroke();
        const text = `#${mark.no}`;
        const width = ctx.measureText(text).width;
        if (chart.options.named && x - width / 2 > free) {
          ctx.fillText(text, x - width / 2, area.top - 5);
          free = x + width / 2 + 4;
        }
      }
      ctx.restore();
    },
  };

  const LINE = 16; // pixels from one name to the next

  // Each line is named at its end; names keep a line's height apart.
  const labels = {
    id: "labels",
    afterDatasetsDraw(chart) {
      if (room.clientWidth <= 600) return; // a legend names them there
      const { ctx, chartArea: area } = chart;
      const ends = [];
      chart.data.datasets.forEach((set, i) => {
        const end = set.main && chart.getDatasetMeta(i).data.findLast((spot) => !spot.skip);
        if (end) ends.push({ text: set.label, ink: set.borderColor, x: end.x, y: end.y });
      });
      ends.sort((a, b) => a.y - b.y);
      ctx.save();
      ctx.font = "600 12px system-ui, sans-serif";
      ctx.textBaseline = "middle";
      let free = area.top;
      for (const end of ends) {
        end.y = Math.max(end.y, free);
        free = end.y + LINE;
      }
      let below = area.bottom - 2; // from the bottom up again: none is pushed out of the picture
      for (const end of ends.reverse()) {
        end.y = Math.min(end.y, below);
        below = end.y - LINE;
        ctx.fillStyle = end.ink;
        ctx.fillText(end.text, Math.min(end.x + 10, area.right + 8), end.y);
      }
      ctx.restore();
    },
  };

  function limits(metrics) {
    // Every point is inside; a wide band may run out of the picture, its numbers are in the table.
    const values = metrics.flatMap((metric) => metric.points.map((point) => point.value));
    const known = values.filter((value) => value !== null).map((value) => value * 100);
    if (metrics[0].name === "redo_rate") {
      return { min: 0, max: Math.max(4, Math.ceil((Math.max(...known) * 1.2) / 4) * 4) };
    }
    return { min: Math.max(0, Math.floor((Math.min(...known) - 1) / 20) * 20), max: 100 };
  }

  function options(metrics) {
    const text = colour("--cr-muted");
    const line = colour("--cr-line");
    const window = data.window;
    const y = limits(metrics);
    const named = metrics[0].name !== "redo_rate";
    const wide = room.clientWidth > 600;
    return {
      named,
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { right: wide ? 84 : 8, top: named ? 16 : 8 } },
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales: {
        x: {
          type: "linear",
          min: data.since,
          max: ends(),
          grid: { display: false },
          border: { color: line },
          afterBuildTicks: (axis) => (axis.ticks = ticks(window)),
          ticks: {
            color: text,
            maxRotation: 0,
            autoSkipPadding: 20,
            callback: (value) => tick(value, window),
          },
        },
        y: {
          ...y,
          grid: { color: line },
          border: { display: false },
          title: {
            display: true,
            text: named ? "Agreement" : "Redo rate",
            color: text,
          },
          afterFit: (scale) => (scale.width = 64), // both plots begin at the same place
          ticks: { color: text, stepSize: (y.max - y.min) / 4, callback: (value) => `${value} %` },
        },
      },
      plugins: {
        legend: {
          display: !wide,
          labels: {
            color: text,
            usePointStyle: true,
            boxHeight: 7,
            pointStyleWidth: 10,
            filter: (item, all) => all.datasets[item.datasetIndex].main,
          },
        },
        tooltip: {
          filter: (item) => item.dataset.main && item.raw.point,
          callbacks: {
            title: (items) => (items[0] ? `from ${moment(items[0].raw.point.start, window)}` : ""),
            label: (item) => `${item.dataset.label}: ${told(item.raw.point)}`,
          },
        },
      },
    };
  }

  function draw() {
    for (const plot of room.querySelectorAll(".cr-plot")) {
      const names = plot.dataset.metrics.split(" ");
      const metrics = names.map((name) => data.metrics.find((metric) => metric.name === name));
      const empty = !metrics.some((metric) => metric.points.some((point) => point.value !== null));
      drawn.get(plot)?.destroy();
      drawn.delete(plot);
      plot.querySelector(".cr-empty").hidden = !empty;
      plot.querySelector("canvas").hidden = empty;
      if (empty) continue;
      // One band, of the first line that has intervals: two on top of each other hide both.
      const banded = metrics.find((metric) => metric.points.some((point) => point.low !== null));
      drawn.set(
        plot,
        new Chart(plot.querySelector("canvas"), {
          type: "line",
          data: { datasets: metrics.flatMap((metric) => sets(metric, metric === banded)) },
          options: options(metrics),
          plugins: [marks, labels],
        }),
      );
    }
    fillTable();
  }

  function fillTable() {
    const order = ["agreement_blind", "agreement", "redo_rate"];
    const rows = new Map();
    for (const metric of data.metrics) {
      for (const point of metric.points) {
        rows.set(point.start, { ...rows.get(point.start), [metric.name]: point });
      }
    }
    const body = document.getElementById("chart-rows");
    body.replaceChildren();
    for (const start of [...rows.keys()].sort((a, b) => b - a)) {
      const row = body.insertRow();
      const head = document.createElement("th");
      head.scope = "row";
      head.textContent = moment(start, data.window);
      row.append(head);
      for (const name of order) {
        const point = rows.get(start)[name];
        row.insertCell().textContent = point ? told(point) : "no data";
      }
    }
    if (!rows.size) body.insertRow().insertCell().textContent = "No data in this span.";
  }

  async function loadChart() {
    if (document.hidden) return;
    try {
      const answer = await fetch(`${room.dataset.chart}?window=${view}`);
      if (answer.redirected || !answer.ok) throw new Error(`${answer.status}`);
      const found = await answer.json();
      if (found.window !== view) return;
      data = found;
      draw();
      chartState.textContent = "The band is the 95 % interval, thin lines with a number are revisions.";
    } catch {
      chartState.textContent = "The chart's data could not be read. Trying again in a minute.";
    }
  }

  for (const button of room.querySelectorAll("[data-window]")) {
    button.addEventListener("click", () => {
      view = button.dataset.window;
      for (const other of room.querySelectorAll("[data-window]")) {
        other.setAttribute("aria-pressed", String(other === button));
      }
      const csv = document.getElementById("chart-csv");
      csv.href = `${room.dataset.chart}?window=${view}&format=csv`;
      loadChart();
    });
  }

  loadChart();
  setInterval(loadChart, CHART_EVERY);
  // The panel's theme is a class on the root: colours are read again when it changes.
  const theme = new MutationObserver(() => data && draw());
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
})();
