// The dashboard's panels: each fills a place with what one answer of the service says.

import { STATUSES, interval, key, mix, mixKey, spread, table } from './charts.js';
import { dollars, make, number, percent, say, seconds, time, word } from './texts.js';

const none = () => make('p', { class: 'hint' }, say('board-no-data'));
const CHECKS = {
  errorRate: 'board-check-errors', successRate: 'board-check-success', meanResponse: 'board-check-mean', p95Response: 'board-check-p95',
  errorGate: 'board-check-error-gate', qualityGate: 'board-check-quality-gate', latencyGate: 'board-check-latency-gate',
};
const METRICS = {
  errorRate: ['board-metric-errors', 0, (value) => say('board-points', { value: number(value * 100, 2) })],
  unusableRate: ['board-metric-unusable', 0, (value) => say('board-points', { value: number(value * 100, 2) })],
  fallbackRate: ['board-metric-fallbacks', 0, (value) => say('board-points', { value: number(value * 100, 2) })],
  meanResponse: ['board-metric-mean', 0, (value) => `${number(value)} ms`],
  responseRatio: ['board-metric-ratio', 1, (value) => `× ${number(value, 2)}`],
};

// What a check measures. The gates count evidence, up to where it is beyond doubt.
function shown({ name, value, critical }) {
  if (/gate$/i.test(name)) return evidence(value, critical);
  return /rate$/i.test(name) ? percent(value, 2) : seconds(value);
}

const evidence = (e, threshold) => say('board-of-limit', { value: number(e, e < 10 ? 1 : 0), limit: number(threshold) });

// The new arm first, then the old one, then others.
export function ordered(summary, side) {
  const rank = (arm) => ['is-new', 'is-old', 'is-other'].indexOf(side(arm.provider));
  return summary && { ...summary, providers: [...summary.providers].sort((a, b) => rank(a) - rank(b)) };
}

export function checks(place, health) {
  const list = health?.checks ?? [];
  place.replaceChildren(...list.map((check) => make('li', { class: check.status },
    `${CHECKS[check.name] ? say(CHECKS[check.name]) : check.name}: ${check.value === null ? say('board-no-data') : shown(check)}`)));
  if (!list.length) place.replaceChildren(make('li', { class: 'no-data' }, say('board-no-data')));
}

export function arms(place, summary, side) {
  const cards = (summary?.providers ?? []).map((arm) => make('article', { class: `arm ${side(arm.provider)}` },
    make('h3', {}, arm.provider, make('span', {}, say({ 'is-new': 'board-arm-new', 'is-old': 'board-arm-old' }[side(arm.provider)] ?? 'board-arm-other'))),
    make('dl', { class: 'facts' }, [
      ['board-requests', number(arm.totalRequests)], ['board-success', percent(arm.successRate)],
      ['board-p50', seconds(arm.p50ResponseTime)], ['board-p95', seconds(arm.p95ResponseTime)], ['board-p99', seconds(arm.p99ResponseTime)],
      ['board-fallbacks', percent(arm.fallbackRate)], ['board-cached', percent(arm.cacheHitRate)],
      ['board-agreement', percent(arm.lexiconAgreement)], ['board-found-right', percent(arm.feedbackScore, 0)],
    ].map(([name, value]) => [make('dt', {}, say(name)), make('dd', {}, value)]))));
  place.replaceChildren(...(cards.length ? cards : [none()]));
}

export function intervals(place, comparison) {
  if (!comparison) return place.replaceChildren(none());
  place.replaceChildren(differences(say('board-intervals-heading'), METRICS, comparison.metrics));
}

// A table of differences with their intervals, drawn and written.
function differences(caption, names, metrics) {
  const rows = Object.entries(names).filter(([name]) => metrics[name]).map(([name, [text, zero, write]]) => {
    const metric = metrics[name];
    const open = metric.difference === null || metric.difference === undefined;
    return [say(text), open ? '' : interval(metric, zero),
      open ? say('board-too-little') : say('board-between', { value: write(metric.difference), low: write(metric.low), high: write(metric.high) })];
  });
  const drawn = table(caption, [[say('board-metric'), false], [say('board-interval'), false], [say('board-difference'), false]], rows);
  drawn.className = 'differences';
  return drawn;
}

const DISCORDANT = { failed: 'board-metric-errors', unusable: 'board-metric-unusable', slow: 'board-paired-slow' };
const WITHIN_PAIRS = {
  response: ['board-metric-mean', 0, (value) => `${number(value)} ms`],
  responseRatio: ['board-metric-ratio', 1, (value) => `× ${number(value, 2)}`],
  costUsd: ['board-cost-heading', 0, (value) => dollars(value, 5)],
};

// The same pictures, shown to both arms: what befell one of them alone, and the differences within the pairs.
export function paired(place, comparison) {
  const told = comparison?.paired;
  if (!told) return place.replaceChildren(make('p', { class: 'hint' }, say('board-paired-none')));
  const { new: fresh, old } = comparison.arms;
  place.replaceChildren(
    make('p', {}, say('board-paired-words', { pairs: number(told.pairs), answered: number(told.answered), differ: number(told.verdictsDiffer) })),
    table(say('board-paired-alone'), [[say('board-metric'), false], [say('board-paired-only', { arm: fresh }), true], [say('board-paired-only', { arm: old }), true], [say('board-paired-evidence'), true]],
      Object.entries(DISCORDANT).map(([name, text]) => [say(text), number(told[name].onlyNew), number(told[name].onlyOld), evidence(told[name].e, told[name].threshold)])),
    differences(say('board-paired-within'), WITHIN_PAIRS, told));
}

export function times(place, timeline, summary, side) {
  const spreads = (timeline?.responseTimes ?? []).filter((arm) => arm.counts.some((n) => n > 0)).sort((a, b) => side(a.provider).localeCompare(side(b.provider)));
  if (!spreads.length) return place.replaceChildren(none());
  const of = (provider) => summary?.providers.find((arm) => arm.provider === provider);
  place.replaceChildren(spread(spreads.map((arm) => ({ ...arm, side: side(arm.provider) })), timeline.edgesMs),
    key(spreads.map((arm) => [side(arm.provider),
      say('board-times-key', { arm: arm.provider, p50: seconds(of(arm.provider)?.p50ResponseTime), p95: seconds(of(arm.provider)?.p95ResponseTime) })])));
}

export function verdicts(place, timeline) {
  const bins = (timeline?.bins ?? []).map((bin) => {
    const verdicts = Object.fromEntries(STATUSES.map((status) =>
      [status, Object.values(bin.providers).reduce((sum, arm) => sum + (arm.verdicts[status] ?? 0), 0)]));
    return { at: bin.at, verdicts };
  });
  if (!bins.some((bin) => STATUSES.some((status) => bin.verdicts[status]))) return place.replaceChildren(none());
  place.replaceChildren(mix(bins, timeline.binMinutes >= 360), mixKey(bins));
}

export function failures(place, summary) {
  const providers = summary?.providers ?? [];
  const kinds = [...new Set(providers.flatMap((arm) => Object.keys(arm.failures)))].sort();
  if (!kinds.length) return place.replaceChildren(make('p', { class: 'hint' }, say('board-no-failures')));
  place.replaceChildren(table(say('board-failures-heading'),
    [[say('board-kind'), false], ...providers.map((arm) => [arm.provider, true])],
    kinds.map((kind) => [KINDS[kind] ? say(KINDS[kind]) : kind, ...providers.map((arm) => number(arm.failures[kind] ?? 0))])));
}

const KINDS = {
  timeout: 'board-kind-timeout', rate_limited: 'board-kind-rate', server: 'board-kind-server', refused: 'board-kind-refused',
  invalid: 'board-kind-invalid', network: 'board-kind-network', breaker_open: 'board-kind-breaker',
};

export function cost(place, summary, side) {
  const providers = summary?.providers ?? [];
  if (!providers.length) return place.replaceChildren(none());
  const total = providers.reduce((sum, arm) => sum + arm.costUsd, 0);
  const count = (tokens) => number(tokens.input + tokens.cached + tokens.output + tokens.thinking);
  place.replaceChildren(make('p', { class: 'big' }, dollars(total, total < 1 ? 4 : 2)),
    table(say('board-cost-heading'), [[say('board-arm'), false], [say('board-each'), true], [say('board-sum'), true], [say('board-tokens'), true]],
      providers.map((arm) => [make('span', { class: `tag ${side(arm.provider)}` }, arm.provider), dollars(arm.costPerAnalysisUsd, 5), dollars(arm.costUsd), count(arm.tokens)])));
}

export function media(place, newest) {
  const films = (newest?.analyses ?? []).map((analysis) => analysis.media).filter((facts) => facts?.kind === 'video');
  if (!films.length) return place.replaceChildren(none());
  const sum = (field) => films.reduce((all, facts) => all + facts[field], 0);
  const [decoded, sent] = [sum('framesDecoded'), sum('imagesSent')];
  place.replaceChildren(make('p', { class: 'big' }, say('board-media-share', { share: percent(1 - sent / decoded) })),
    make('p', {}, say('board-media-words', {
      films: number(films.length), frames: number(decoded), pictures: number(sent),
      flat: number(films.filter((facts) => facts.flattened).length), kilobytes: number(sum('bytesSent') / films.length / 1000, 0), tokens: number(sum('imageTokens') / films.length),
    })));
}

export function history(place, lines) {
  if (!lines.length) return place.replaceChildren(none());
  place.replaceChildren(table(say('board-history-heading'),
    [[say('board-when'), false], [say('board-what'), false], [say('board-share'), false], [say('board-who'), false], [say('board-why'), false]],
    lines.map((line) => {
      const [what, why] = deed(line);
      return [time(line.at), what, shares(line), line.who, make('span', { class: 'why-cell' }, why)];
    })));
}

// From which share to which a line of the log went.
export function shares({ before, after }) {
  const share = (value) => (value === null || value === undefined ? '–' : `${number(value, value % 1 ? 2 : 0)} %`);
  return `${share(before)} → ${share(after)}`;
}

const ACTIONS = {
  start: 'board-did-start', pause: 'board-did-pause', resume: 'board-did-resume', approve: 'board-did-approve', promote: 'board-did-promote',
  rollback: 'board-did-rollback', set: 'board-did-set', environment: 'board-did-environment',
};
const DECISIONS = { advance: 'board-did-advance', hold: 'board-did-hold', 'roll-back': 'board-did-rollback' };

// What was done and why: in words of ours where the service decided, else as its author wrote it.
export function deed({ action, decision, why }) {
  if (action === 'decide' && DECISIONS[decision?.action]) return [say(DECISIONS[decision.action]), say(`rollout-because-${decision.reason}`)];
  return [ACTIONS[action] ? say(ACTIONS[action]) : action, why];
}

// An analysis carries the time of its making in its id (UUIDv7: the first 48 bits are milliseconds).
const made = (id) => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

export function recent(place, newest) {
  const list = newest?.analyses ?? [];
  if (!list.length) return place.replaceChildren(none());
  place.replaceChildren(table(say('board-recent-heading'),
    [[say('board-when'), false], [say('board-verdict'), false], [say('board-because'), false], [say('page-reader'), false], [say('page-time'), true], [say('page-price'), true]],
    list.slice(0, 50).map((analysis) => [time(made(analysis.analysisId)), make('span', { class: `tag ${analysis.status}` }, word(analysis.status)),
      make('span', { class: 'why-cell' }, analysis.problemIngredient ?? ''), analysis.degraded ? say('board-fell-back', { reader: analysis.provider, arm: analysis.assignment.arm }) : analysis.provider,
      seconds(analysis.timings.totalMs), analysis.usage.costUsd > 0 ? dollars(analysis.usage.costUsd) : '–'])));
}
