// The page's sentences in its language, and small ways to make elements. Text from labels only ever becomes text nodes.

export const language = document.documentElement.lang;
const sentences = await (await fetch(`/pages/texts/${language}.json`)).json();

// A sentence by its key, its places filled.
export function say(key, places = {}) {
  const sentence = sentences[key] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
}

export const number = (value, digits = 0) =>
  value === null || value === undefined ? '–' : new Intl.NumberFormat(language, { maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value);
export const percent = (share, digits = 1) => (share === null || share === undefined ? '–' : `${number(share * 100, digits)} %`);
export const seconds = (ms) => (ms === null || ms === undefined ? '–' : `${number(ms / 1000, ms < 10000 ? 2 : 1)} s`);
export const dollars = (value, digits = 4) => (value === null || value === undefined ? '–' : `${number(value, digits)} USD`);
// How long ago that was.
export function ago(ms) {
  const passed = Math.round((Date.now() - ms) / 1000);
  const [unit, length] = passed < 90 ? ['second', 1] : passed < 5400 ? ['minute', 60] : ['hour', 3600];
  return new Intl.RelativeTimeFormat(language).format(-Math.round(passed / length), unit);
}
export const time = (ms) => new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'medium' }).format(new Date(ms));

const SVG = 'http://www.w3.org/2000/svg';

// An element with attributes and children; strings become text.
export function make(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

// The same of a drawing.
export function draw(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== undefined && value !== false && value !== null) element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SIGNS = {
  vegan: 'M5 12.5l4.5 4.5L19 7.5',
  'non-vegan': 'M6.5 6.5l11 11M17.5 6.5l-11 11',
  uncertain: 'M9 9.2a3 3 0 1 1 4.4 2.7c-.9.5-1.4 1-1.4 2.1M12 17.4v.1',
  unknown: 'M6.5 12h11',
};

// The shape that goes with a status, for those who do not see colours.
export function sign(status) {
  return draw('svg', { class: 'sign', viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    draw('circle', { cx: 12, cy: 12, r: 11, fill: 'none', stroke: 'currentColor', 'stroke-width': 2 }),
    draw('path', { d: SIGNS[status] ?? SIGNS.unknown, fill: 'none', stroke: 'currentColor', 'stroke-width': 2.6, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' }));
}

const STATUS = { vegan: 'page-vegan', 'non-vegan': 'page-non-vegan', uncertain: 'page-uncertain', unknown: 'page-unknown' };
export const word = (status) => say(STATUS[status] ?? 'page-unknown');
