// The charts of a workflow's evidence: error against coverage, and proof over time. Both stand on
// the page as tables too.
"use strict";

(() => {
  const data = JSON.parse(document.getElementById("evidence-data").textContent);
  const root = document.getElementById("evidence");
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const INKS = { certified: "--cr-blind", candidate: "--cr-muted", forbidden: "--cr-bad" };
  const TINTS = { certified: "--ev-certified", candidate: "--ev-candidate", forbidden: "--ev-forbidden" };
  const SHAPES = { certified: "circle", candidate: "triangle", forbidden: "crossRot" };
  const percent = (share, digits = 1) => `${(share * 100).toFixed(digits)} %`;
  const drawn = new Map();

  // A line through the whole picture with a word beside it.
  function rule(ctx, from, to, text, ink) {
    ctx.strokeStyle = ctx.fillStyle = ink;
    ctx.setLineDash([5, 4]);
    ctx.beginPath();
    ctx.moveTo(...from);
    ctx.lineTo(...to);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.font = "600 12px system-ui, sans-serif";
    const width = ctx.measureText(text).width;
    const upright = from[0] === to[0];
    const left = upright && to[0] - width - 6 > 60;
    if (upright) ctx.fillText(text, left ? to[0] - width - 6 : to[0] + 6, to[1] + 12);
    else ctx.fillText(text, from[0] + 6, from[1] - 6);
  }

  function axes(x, y) {
    const ink = colour("--cr-muted");
    const line = colour("--cr-line");
    const title = (text) => ({ display: true, text, color: ink });
    return {
      x: {
        type: "linear",
        grid: { display: false },
        border: { color: line },
        ...x,
        title: title(x.name),
        ticks: { color: ink, maxRotation: 0, autoSkipPadding: 20, ...x.ticks },
      },
      y: {
        grid: { color: line },
        border: { display: false },
        ...y,
        title: title(y.name),
        ticks: { color: ink, maxTicksLimit: 6, callback: (value) => `${value} %` },
      },
    };
  }

  function options(scales, label) {
    return {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      layout: { padding: { top: 18, right: 12 } },
      interaction: { mode: "nearest", axis: "x", intersect: false },
      scales,
      plugins: {
        legend: { display: false },
        tooltip: {
          filter: (item) => item.raw.row,
          callbacks: { title: () => "", label: (item) => label(item.raw.row) },
        },
      },
    };
  }

  // ---- error against coverage -----------------------------------------------------------------
  function curve() {
    const rows = data.thresholds.filter((row) => row.error !== null && row.cases >= data.least);
    if (!rows.length) return null;
    const spots = (key) => rows.map((row) => ({ x: row.coverage * 100, y: row[key] * 100 }));
    const inks = rows.map((row) => colour(INKS[row.zone]));
    const band = { pointRadius: 0, pointHitRadius: 0, borderWidth: 0 };
    // Errors are all inside; a wide band may run out of the picture, its numbers are in the table.
    const top = Math.max(data.target * 3, ...rows.map((row) => row.error * 1.2)) * 100;
    const line = {
      data: spots("error").map((spot, i) => ({ ...spot, row: rows[i] })),
      pointRadius: 4,
      pointStyle: rows.map((row) => SHAPES[row.zone]),
      pointBorderWidth: 2,
      pointBorderColor: inks,
      pointBackgroundColor: inks,
      borderWidth: 1.75,
      segment: { borderColor: (at) => inks[at.p1DataIndex] },
      clip: 8,
    };
    const marks = {
      id: "marks",
      // A tint behind each point, up to half way to its neighbours, says its zone.
      beforeDatasetsDraw({ ctx, chartArea: area, scales }) {
        const at = rows.map((row) => scales.x.getPixelForValue(row.coverage * 100));
        ctx.save();
        rows.forEach((row, i) => {
          const from = i ? (at[i - 1] + at[i]) / 2 : at[i];
          const to = i + 1 < at.length ? (at[i] + at[i + 1]) / 2 : at[i];
          ctx.fillStyle = colour(TINTS[row.zone]);
          ctx.fillRect(from, area.top, to - from, area.bottom - area.top);
        });
        ctx.restore();
      },
      afterDatasetsDraw({ ctx, chartArea: area, scales }) {
        ctx.save();
        const y = scales.y.getPixelForValue(data.target * 100);
        const words = `target ${Number((data.target * 100).toPrecision(4))} %`;
        rule(ctx, [area.left, y], [area.right, y], words, colour("--cr-redo"));
        if (data.live !== null && data.coverage !== null) {
          const x = scales.x.getPixelForValue(data.coverage * 100);
          const name = data.live ? `live ${Number(data.live.toPrecision(4))}` : "live: all";
          rule(ctx, [x, area.bottom], [x, area.top - 14], name, colour("--cr-text"));
        }
        ctx.restore();
      },
    };
    const told = (row) =>
      [
        `from ${row.everything ? "any confidence" : row.threshold.toPrecision(4)}: ${row.zone}`,
        `${percent(row.coverage)} of cases, error ${percent(row.error)}`,
        `(${percent(row.low)} to ${percent(row.high)}), n ${row.cases}`,
      ];
    const scales = axes(
      {
        name: "Coverage: share of cases the model would decide",
        min: 0,
        max: 100,
        ticks: { callback: (value) => `${value} %` },
      },
      { name: "Error", min: 0, max: Math.min(100, Math.ceil(top)) },
    );
    return {
      type: "line",
      data: {
        datasets: [
          line,
          { ...band, data: spots("low") },
          { ...band, data: spots("high"), fill: "-1", backgroundColor: colour("--ev-band") },
        ],
      },
      options: options(scales, told),
      plugins: [marks],
    };
  }

  // ---- proof over time ------------------------------------------------------------------------
  function growth() {
    if (!data.days.length || !data.needed) return null;
    const ink = colour("--cr-blind");
    const points = data.days.map((row) => ({
      x: Date.parse(row.day),
      y: Math.max(-50, (100 * row.log_wealth) / data.needed),
      row,
    }));
    const day = (ms) =>
      new Date(ms).toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
    const each = 86400000 * Math.max(1, Math.ceil((points.at(-1).x - points[0].x) / 86400000 / 7));
    const needed = {
      id: "needed",
      afterDatasetsDraw({ ctx, chartArea: area, scales }) {
        ctx.save();
        const y = scales.y.getPixelForValue(100);
        rule(ctx, [area.left, y], [area.right, y], "needed", colour("--cr-redo"));
        ctx.restore();
      },
    };
    const told = (row) => [
      day(Date.parse(row.day)),
      `${row.cases} cases, ${row.errors} count as errors`,
      `log wealth ${row.log_wealth.toFixed(2)} of ${data.needed.toFixed(2)}`,
    ];
    const scales = axes(
      {
        name: "Day",
        min: points[0].x - 43200000,
        max: points.at(-1).x + 43200000,
        afterBuildTicks: (axis) => {
          axis.ticks = [];
          for (let at = points[0].x; at <= points.at(-1).x; at += each) axis.ticks.push({ value: at });
        },
        ticks: { callback: day },
      },
      { name: "Proof", suggestedMin: 0, suggestedMax: 120 },
    );
    const set = {
      data: points,
      borderColor: ink,
      backgroundColor: ink,
      borderWidth: 1.75,
      pointRadius: 3,
      clip: 8,
    };
    return {
      type: "line",
      data: { datasets: [set] },
      options: options(scales, told),
      plugins: [needed],
    };
  }

  function draw() {
    for (const [name, made] of [["curve", curve()], ["growth", growth()]]) {
      const plot = root.querySelector(`[data-chart=${name}]`);
      drawn.get(name)?.destroy();
      drawn.delete(name);
      plot.querySelector(".cr-empty").hidden = made !== null;
      plot.querySelector("canvas").hidden = made === null;
      if (made) drawn.set(name, new Chart(plot.querySelector("canvas"), made));
    }
  }

  draw();
  // The panel's theme is a class on the root: colours are read again when it changes.
  const theme = new MutationObserver(draw);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
})();
