// A page of charts, drawn from what /status.json says at one time and at the next.
#include "server/status_page.h"

namespace wserve::server {

const char* const kStatusPage = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>wserve</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --paper: #f6f8fa; --card: #fff; --line: #0969da; --bad: #cf222e }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9198a1; --paper: #0d1117; --card: #161b22; --line: #4493f8; --bad: #f85149 }
}
* { box-sizing: border-box }
body { margin: 0; padding: 1rem; font: 16px/1.4 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
main { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(20rem, 100%), 1fr)) }
section { background: var(--card); border-radius: .5rem; padding: 1rem; min-width: 0 }
h1 { font-size: 1.2rem; margin: 0 0 1rem }
h2 { font-size: .9rem; font-weight: 600; color: var(--soft); margin: 0 }
output { font-size: 1.6rem; font-variant-numeric: tabular-nums; display: block }
svg { width: 100%; height: 4rem; display: block }
polyline { fill: none; stroke: var(--line); stroke-width: 2; vector-effect: non-scaling-stroke }
table { width: 100%; border-collapse: collapse; font-size: .85rem }
td { padding: .15rem 0; overflow-wrap: anywhere }
td + td { text-align: right; font-variant-numeric: tabular-nums }
.bad { color: var(--bad) }
details { margin-top: 1rem }
</style>
</head>
<body>
<h1>wserve <span id="state" role="status"></span></h1>
<main id="charts"></main>
<details><summary>All numbers</summary><table><tbody id="numbers"></tbody></table></details>
<noscript>This page needs scripts; <a href="/status.json">/status.json</a> and <a href="/metrics">/metrics</a> do not.</noscript>
<script>
"use strict";
const period = 2000, kept = 120;
const sum = (now, pattern) => Object.keys(now).filter(name => pattern.test(name)).reduce((all, name) => all + now[name], 0);
const rate = pattern => (now, before, seconds) => (sum(now, pattern) - sum(before, pattern)) / seconds;
const value = pattern => now => sum(now, pattern);
// The bound below which this share of what has come since then lies, in milliseconds.
const quantile = (name, share) => (now, before) => {
  const counts = now[name].buckets.map((count, i) => count - before[name].buckets[i]);
  const wanted = counts.reduce((a, b) => a + b, 0) * share;
  let seen = 0;
  for (let i = 0; i < counts.length; ++i) {
    seen += counts[i];
    if (seen > 0 && seen >= wanted) {
      return now[name].bounds[Math.min(i, counts.length - 2)] / 1000;
    }
  }
  return 0;
};
const charts = [
  ["Requests per second", rate(/^requests_(un)?safe_/), ""],
  ["Errors (5xx) per second", rate(/^requests_.*_5xx$/), ""],
  ["Service time, half of them below", quantile("service_times", 0.5), " ms"],
  ["Service time, 95 % below", quantile("service_times", 0.95), " ms"],
  ["Service time, 99 % below", quantile("service_times", 0.99), " ms"],
  ["Queue time, 95 % below", quantile("queue_times", 0.95), " ms"],
  ["Requests that wait", value(/^waiting$/), ""],
  ["Busy workers", value(/^workers_busy$/), ""],
  ["Connections", value(/^connections$/), ""],
  ["Connections that are answered", value(/^connections_(answer|client)$/), ""],
  ["Refusals per second", rate(/^refused_/), ""],
  ["Time limits over, per second", rate(/^timeouts_/), ""],
  ["Event loop is late by", value(/^loop_delay$/), " ms"],
  ["KiB sent per second", (now, before, seconds) => rate(/^bytes_out$/)(now, before, seconds) / 1024, ""],
].map(([title, of, unit]) => {
  const section = document.createElement("section");
  section.innerHTML = `<h2></h2><output>–</output><svg viewBox="0 0 ${kept - 1} 40" preserveAspectRatio="none" aria-hidden="true"><polyline/></svg>`;
  section.querySelector("h2").textContent = title;
  document.getElementById("charts").append(section);
  return { of, unit, values: [], output: section.querySelector("output"), line: section.querySelector("polyline") };
});
const short = number => number >= 100 ? number.toFixed(0) : +number.toFixed(2);
function draw(chart, number) {
  chart.values.push(number);
  chart.values.splice(0, chart.values.length - kept);
  chart.output.textContent = short(number) + chart.unit;
  const max = Math.max(1e-9, ...chart.values);
  const first = kept - chart.values.length;
  chart.line.setAttribute("points", chart.values.map((v, i) => `${first + i},${38 - 36 * v / max}`).join(" "));
}
function list(now) {
  const rows = Object.entries(now).filter(([, number]) => typeof number === "number").map(([name, number]) => {
    const row = document.createElement("tr");
    row.append(document.createElement("td"), document.createElement("td"));
    row.firstChild.textContent = name;
    row.lastChild.textContent = number;
    return row;
  });
  document.getElementById("numbers").replaceChildren(...rows);
}
function say(text, isBad) {
  const state = document.getElementById("state");
  state.textContent = text;
  state.className = isBad ? "bad" : "";
}
let before, asked;
async function look() {
  try {
    const now = await (await fetch("/status.json", { cache: "no-store" })).json();
    const time = performance.now();
    if (before) {
      charts.forEach(chart => draw(chart, chart.of(now, before, (time - asked) / 1000)));
    }
    [before, asked] = [now, time];
    list(now);
    say(now.draining ? "stops" : "serves", now.draining);
  } catch {
    say("does not answer", true);
  }
  setTimeout(look, period);
}
look();
</script>
</body>
</html>
)html";

}  // namespace wserve::server
