// Looks at the pages in the frames and says what is wrong with each.
"use strict";
const problems = [];

function lookAt(name, doc, view) {
  const say = (text) => problems.push(name + ": " + text);
  const width = doc.documentElement.scrollWidth;
  if (width > view.innerWidth) say("is " + width + " wide in a window of " + view.innerWidth);
  const seen = (element) => element.getClientRects().length > 0;

  for (const text of doc.querySelectorAll(".map text")) {
    if (!seen(text)) continue;
    const box = text.parentNode.querySelector("rect").getBoundingClientRect();
    const own = text.getBoundingClientRect();
    if (own.right > box.right + 1 || own.bottom > box.bottom + 1) say("the label " + text.textContent + " leaves its box");
  }
  for (const svg of doc.querySelectorAll(".chart svg")) {
    if (!seen(svg)) continue;
    const frame = svg.getBoundingClientRect();
    const labels = Array.from(svg.querySelectorAll("text"), (text) => [text.textContent, text.getBoundingClientRect()]);
    labels.forEach(([text, own], i) => {
      if (own.left < frame.left - 1 || own.right > frame.right + 1 || own.top < frame.top - 1 || own.bottom > frame.bottom + 1) say("the label " + text + " leaves the chart");
      for (const [other, box] of labels.slice(0, i)) {
        if (own.left < box.right && box.left < own.right && own.top + 2 < box.bottom && box.top + 2 < own.bottom) say("the labels " + text + " and " + other + " overlap");
      }
    });
  }
  contrasts(doc, view, seen, say);
  const page = name.startsWith("audit");
  const tables = doc.querySelectorAll("table.sorts");
  for (const table of tables) sorting(table, page, say);
}

// Colours: what is drawn over what, and how well it can be told apart.
function parse(colour) {
  const [r, g, b, a = 1] = colour.match(/[\d.]+/g).map(Number);
  return { rgb: [r, g, b], a };
}
function over(top, opacity, ground) {
  return ground.map((c, i) => top[i] * opacity + c * (1 - opacity));
}
function contrast(a, b) {
  const light = (rgb) => {
    const [r, g, bl] = rgb.map((c) => (c / 255 > 0.03928 ? ((c / 255 + 0.055) / 1.055) ** 2.4 : c / 255 / 12.92));
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}
function ground(element, view) {
  for (let e = element; e; e = e.parentElement) {
    const colour = parse(view.getComputedStyle(e).backgroundColor);
    if (colour.a === 1) return colour.rgb;
  }
  return [255, 255, 255];
}
function contrasts(doc, view, seen, say) {
  const least = 4.5;
  const poor = new Set();
  const body = ground(doc.body, view);
  for (const text of doc.querySelectorAll(".map text, .map tspan")) {
    if (!seen(text)) continue;
    const tile = view.getComputedStyle(text.closest("g").querySelector("rect"));
    const below = over(parse(tile.fill).rgb, Number(tile.fillOpacity), body);
    const style = view.getComputedStyle(text);
    const ratio = contrast(over(parse(style.fill).rgb, Number(style.fillOpacity), below), below);
    if (least > ratio) poor.add("a label on " + text.closest("g").querySelector("rect").getAttribute("class") + " has a contrast of " + ratio.toFixed(1));
  }
  for (const element of doc.querySelectorAll("main *, header *, footer *")) {
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!own || !seen(element) || element.closest("svg")) continue;
    const ratio = contrast(parse(view.getComputedStyle(element).color).rgb, ground(element, view));
    if (least > ratio) poor.add(element.tagName + "." + element.className + " has a contrast of " + ratio.toFixed(1));
  }
  for (const text of poor) say(text);
}

function sorting(table, script, say) {
  const heads = Array.from(table.tHead.rows[0].cells);
  const buttons = table.querySelectorAll("th button");
  if (!script) {
    if (buttons.length > 0) say("has a script");
    return;
  }
  if (buttons.length !== heads.filter((head) => head.textContent.trim() !== "").length) say("not every heading of " + table.id + " can be clicked");
  const before = table.tBodies[0].rows.length;
  for (const button of buttons) {
    const head = button.closest("th");
    const at = heads.indexOf(head);
    const cells = () => Array.from(table.tBodies[0].rows, (row) => row.cells[at]);
    const numeric = cells().every((cell) => "value" in cell.dataset);
    const order = (a, b) => (numeric ? a.dataset.value - b.dataset.value : a.textContent.localeCompare(b.textContent));
    for (const way of numeric ? ["descending", "ascending"] : ["ascending", "descending"]) {
      button.click();
      if (head.getAttribute("aria-sort") !== way) say(table.id + " says " + head.getAttribute("aria-sort") + ", want " + way);
      const now = cells();
      const wrong = now.slice(1).some((cell, i) => (way === "ascending" ? order(now[i], cell) > 0 : 0 > order(now[i], cell)));
      if (wrong) say(table.id + " is not sorted by " + head.textContent + ", " + way);
    }
    if (heads.filter((other) => /ing$/.test(other.getAttribute("aria-sort") ?? "")).length !== 1) say(table.id + " marks more than one column");
  }
  if (table.tBodies[0].rows.length !== before) say(table.id + " lost rows");
}

addEventListener("load", () => {
  for (const frame of document.querySelectorAll("iframe")) {
    try {
      lookAt(frame.dataset.name, frame.contentDocument, frame.contentWindow);
    } catch (err) {
      problems.push(frame.dataset.name + ": " + err.stack);
    }
  }
  const answer = new XMLHttpRequest(); // before the browser ends
  answer.open("POST", "/said", false);
  answer.send(JSON.stringify(problems));
});
