// By keyboard alone: on every kind of page each control is reached, in order, seen, and left again.

import { summary } from "./access.mjs";
import { open, serveFolder } from "./browse.mjs";
import { address, examples } from "./kinds.mjs";

// Everything a person can do on the page as it is now, by a number that each gets.
function controls() {
  const wanted = "a[href], button, input, select, textarea, summary, [tabindex]";
  const all = [...document.querySelectorAll(wanted)].filter((element) => {
    if (element.disabled || element.closest("[hidden], [inert]")) return false;
    if (element.tabIndex < 0 || !element.checkVisibility({ visibilityProperty: true })) return false;
    // Of radio buttons of one name, the arrows choose.
    if (element.type !== "radio" || element.checked) return true;
    const named = document.getElementsByName(element.name);
    return ![...named].some((one) => one.checked) && named[0] === element;
  });
  all.forEach((element, at) => element.setAttribute("data-test-control", at));
  return all.length;
}

// What has the focus, and whether that can be seen.
function focused() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const seen = (one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 1.5;
  };
  // A card or a switch shows the focus of what is in it.
  const shows = [element, element.closest(".card"), element.closest("label")].filter(Boolean);
  const box = element.getBoundingClientRect();
  const middle = [box.left + box.width / 2, box.top + Math.min(box.height / 2, 10)];
  const top = document.elementFromPoint(...middle);
  return {
    number: element.getAttribute("data-test-control"),
    name: element.outerHTML.slice(0, 110).replace(/\s+/g, " "),
    seen: shows.some(seen),
    inside: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    // The bar at the top may not lie over it.
    covered: Boolean(top?.closest(".top")) && !element.closest(".top, .skip"),
  };
}

async function walk(page) {
  const complaints = [];
  const wanted = await page.evaluate(controls);
  let last = -1;
  // Where the page itself chose a field, back to the beginning first.
  for (let n = 0; n < wanted && (await page.evaluate(focused)); n += 1) {
    last = Number((await page.evaluate(focused)).number);
    if (last === 0) break;
    await page.keyboard.press("Shift+Tab");
  }
  for (let n = 0; n <= wanted; n += 1) {
    await page.keyboard.press("Tab");
    const now = await page.evaluate(focused);
    // After the last comes the browser's own, or the first again.
    if (!now || (now.number === "0" && last === wanted - 1)) break;
    if (now.number === null) {
      complaints.push(`the focus is on what was not there before: ${now.name}`);
      break;
    }
    if (!now.seen) complaints.push(`the focus cannot be seen: ${now.name}`);
    if (!now.inside) complaints.push(`the focus is off the screen: ${now.name}`);
    if (now.covered) complaints.push(`the focus is covered: ${now.name}`);
    if (Number(now.number) !== last + 1) {
      complaints.push(`after control ${last} comes ${now.number}: ${now.name}`);
    }
    last = Number(now.number);
  }
  if (last !== wanted - 1) complaints.push(`ends at control ${last} of ${wanted}`);
  return complaints;
}

const cases = {};
for (const width of [390, 1280]) {
  cases[`the keyboard alone goes through every kind of page at ${width} px`] = async (world) => {
    const browser = await world.browser();
    const complaints = [];
    let seen = 0;
    const catalog = world.small();
    const server = await serveFolder(catalog.public);
    const { page, faults, close } = await open(browser, server.origin, { width });
    for (const [kind, file] of examples(catalog.pages())) {
      if (kind === "not found") continue;
      await page.goto(server.url + address(file), { waitUntil: "load" });
      seen += 1;
      for (const complaint of [...faults.splice(0), ...(await walk(page))]) {
        complaints.push(`${kind} /${address(file)}: ${complaint}`);
      }
    }
    await close();
    server.stop();
    if (seen === 0) complaints.push("there was no page to walk");
    if (complaints.length > 0) throw new Error(summary(complaints));
  };
}

export default cases;
