// The dashboard's drawings: plain SVG whose colours come from the style sheet, each with its figures as text beside it.

import { draw, language, make, number, percent, say, seconds, word } from './texts.js';

const WIDTH = 560;

// A point and its interval on a line of its own, with the value that means "no difference" marked.
export function interval({ low, high, difference }, none) {
  const least = Math.min(low, none), most = Math.max(high, none);
  const margin = (most - least || 1) * 0.08;
  const x = (value) => ((value - least + margin) / (most - least + 2 * margin)) * 240;
  return draw('svg', { class: 'plot is-new', viewBox: '0 0 240 24', 'aria-hidden': 'true' },
    draw('line', { class: 'zero', x1: x(none), x2: x(none), y1: 0, y2: 24 }),
    draw('line', { class: 'whisker', x1: x(low), x2: x(high), y1: 12, y2: 12 }),
    draw('circle', { class: 'dot', cx: x(difference), cy: 12, r: 6 }));
}

// How response times are spread: the share of each arm's analyses by time, on a logarithmic axis.
export function spread(arms, all) {
  // The bins that hold something, with one beside them.
  const held = arms.flatMap((arm) => arm.counts.flatMap((n, bin) => (n ? [bin] : [])));
  const [first, end] = [Math.max(Math.min(...held) - 1, 0), Math.min(Math.max(...held) + 3, all.length)];
  const edges = all.slice(first, end);
  const height = 190, bottom = height - 24, left = 8;
  const place = (ms) => left + (Math.log(ms / edges[0]) / Math.log(edges[edges.length - 1] / edges[0])) * (WIDTH - 2 * left);
  const shares = arms.map((arm) => {
    const sum = arm.counts.reduce((sum, n) => sum + n, 0) || 1;
    return { ...arm, shares: arm.counts.slice(first, end - 1).map((n) => n / sum) };
  });
  const highest = Math.max(...shares.flatMap((arm) => arm.shares), 0.01);
  const y = (share) => bottom - (share / highest) * (bottom - 10);
  const lines = shares.map((arm, at) => {
    const steps = arm.shares.flatMap((share, bin) => [`${place(edges[bin])},${y(share)}`, `${place(edges[bin + 1])},${y(share)}`]);
    return draw('g', { class: arm.side },
      draw('polygon', { class: 'area', points: `${place(edges[0])},${bottom} ${steps.join(' ')} ${place(edges[edges.length - 1])},${bottom}` }),
      draw('polyline', { class: `line${at ? ' dashed' : ''}`, points: steps.join(' ') }));
  });
  const ticks = [30, 100, 300, 1000, 3000, 10000, 30000].filter((ms) => ms >= edges[0] && ms <= edges[edges.length - 1]);
  return draw('svg', { class: 'plot', viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': say('board-times-alt') },
    draw('line', { class: 'axis', x1: left, x2: WIDTH - left, y1: bottom, y2: bottom }), lines,
    ticks.map((ms) => [
      draw('line', { class: 'axis', x1: place(ms), x2: place(ms), y1: bottom, y2: bottom + 5 }),
      draw('text', { x: place(ms), y: height - 4, 'text-anchor': 'middle' }, seconds(ms)),
    ]));
}

export const STATUSES = ['vegan', 'non-vegan', 'uncertain', 'unknown'];

// Verdicts over time: one bar a bin, its parts the statuses.
export function mix(bins, withDate) {
  const height = 190, bottom = height - 24;
  const sums = bins.map((bin) => STATUSES.map((status) => bin.verdicts[status] ?? 0));
  const most = Math.max(...sums.map((parts) => parts.reduce((sum, n) => sum + n, 0)), 1);
  const step = WIDTH / bins.length;
  const bars = sums.map((parts, at) => {
    let top = bottom;
    return parts.map((n, part) => {
      const tall = (n / most) * (bottom - 18);
      top -= tall;
      return tall > 0 && draw('g', { class: STATUSES[part] },
        draw('rect', { class: 'part', x: at * step + step * 0.12, width: step * 0.76, y: top, height: Math.max(tall - 1, 0.5) }));
    });
  });
  const clock = new Intl.DateTimeFormat(language, withDate ? { day: 'numeric', month: 'numeric' } : { hour: '2-digit', minute: '2-digit' });
  const every = Math.ceil(bins.length / 6);
  return draw('svg', { class: 'plot', viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': say('board-mix-alt') },
    draw('text', { x: 0, y: 11 }, number(most)),
    draw('line', { class: 'axis', x1: 0, x2: WIDTH, y1: bottom, y2: bottom }), bars,
    bins.map((bin, at) => at % every === 0 && draw('text', { x: at * step, y: height - 4 }, clock.format(new Date(bin.at)))));
}

// What belongs to which colour, with figures.
export function key(entries) {
  return make('ul', { class: 'key' }, entries.map(([side, text]) => make('li', { class: side }, make('i', {}), text)));
}

export function mixKey(bins) {
  const total = (status) => bins.reduce((sum, bin) => sum + (bin.verdicts[status] ?? 0), 0);
  const all = STATUSES.reduce((sum, status) => sum + total(status), 0);
  return key(STATUSES.map((status) => [status, `${word(status)} ${number(total(status))} (${percent(all ? total(status) / all : null, 0)})`]));
}

// A table: heads are [text, isNumber], cells text or elements.
export function table(caption, heads, rows) {
  const cell = (name, [text, numeric]) => make(name, { class: numeric ? 'number' : undefined, scope: name === 'th' ? 'col' : undefined }, text);
  return make('table', {},
    make('caption', { class: 'spoken' }, caption),
    make('thead', {}, make('tr', {}, heads.map((head) => cell('th', head)))),
    make('tbody', {}, rows.map((row) => make('tr', {}, row.map((text, at) => cell('td', [text, heads[at][1]]))))));
}
