// The dashboard's panels: each fills a place with what one answer of the service says.

import { STATUSES, interval, key, mix, mixKey, spread, table } from './charts.js';
import { dollars, make, number, percent, say, seconds, time, word } from './texts.js';

const none = () => make('p', { class: 'hint' }, say('page-no-data'));
const CHECKS = {
  errorRate: 'page-check-errors', successRate: 'page-check-success', meanResponse: 'page-check-mean', p95Response: 'page-check-p95',
};
const METRICS = {
  errorRate: ['page-metric-errors', 0, (value) => say('page-points', { value: number(value * 100, 2) })],
  unusableRate: ['page-metric-unusable', 0, (value) => say('page-points', { value: number(value * 100, 2) })],
  fallbackRate: ['page-metric-fallbacks', 0, (value) => say('page-points', { value: number(value * 100, 2) })],
  meanResponse: ['page-metric-mean', 0, (value) => `${number(value)} ms`],
  responseRatio: ['page-metric-ratio', 1, (value) => `× ${number(value, 2)}`],
};

// What a check measures: its own name where it is new to this page.
const shown = (name, value) => (/rate$/i.test(name) ? percent(value, 2) : seconds(value));

// The new arm first, then the old one, then others.
export function ordered(summary, side) {
  const rank = (arm) => ['is-new', 'is-old', 'is-other'].indexOf(side(arm.provider));
  return summary && { ...summary, providers: [...summary.providers].sort((a, b) => rank(a) - rank(b)) };
}

export function checks(place, health) {
  const list = health?.checks ?? [];
  place.replaceChildren(...list.map((check) => make('li', { class: check.status },
    `${CHECKS[check.name] ? say(CHECKS[check.name]) : check.name}: ${check.value === null ? say('page-no-data') : shown(check.name, check.value)}`)));
  if (!list.length) place.replaceChildren(make('li', { class: 'no-data' }, say('page-no-data')));
}

export function arms(place, summary, side) {
  const cards = (summary?.providers ?? []).map((arm) => make('article', { class: `arm ${side(arm.provider)}` },
    make('h3', {}, arm.provider, make('span', {}, say({ 'is-new': 'page-arm-new', 'is-old': 'page-arm-old' }[side(arm.provider)] ?? 'page-arm-other'))),
    make('dl', { class: 'facts' }, [
      ['page-requests', number(arm.totalRequests)], ['page-success', percent(arm.successRate)],
      ['page-p50', seconds(arm.p50ResponseTime)], ['page-p95', seconds(arm.p95ResponseTime)], ['page-p99', seconds(arm.p99ResponseTime)],
      ['page-fallbacks', percent(arm.fallbackRate)], ['page-cached', percent(arm.cacheHitRate)],
      ['page-agreement', percent(arm.lexiconAgreement)], ['page-found-right', percent(arm.feedbackScore, 0)],
    ].map(([name, value]) => [make('dt', {}, say(name)), make('dd', {}, value)]))));
  place.replaceChildren(...(cards.length ? cards : [none()]));
}

export function intervals(place, comparison) {
  if (!comparison) return place.replaceChildren(none());
  const rows = Object.entries(METRICS).filter(([name]) => comparison.metrics[name]).map(([name, [text, zero, write]]) => {
    const metric = comparison.metrics[name];
    const open = metric.difference === null || metric.difference === undefined;
    return [say(text), open ? '' : interval(metric, zero),
      open ? say('page-too-little') : say('page-between', { value: write(metric.difference), low: write(metric.low), high: write(metric.high) })];
  });
  place.replaceChildren(table(say('page-intervals-heading'), [[say('page-metric'), false], [say('page-interval'), false], [say('page-difference'), false]], rows));
}

export function times(place, timeline, summary, side) {
  const spreads = (timeline?.responseTimes ?? []).filter((arm) => arm.counts.some((n) => n > 0)).sort((a, b) => side(a.provider).localeCompare(side(b.provider)));
  if (!spreads.length) return place.replaceChildren(none());
  const of = (provider) => summary?.providers.find((arm) => arm.provider === provider);
  place.replaceChildren(spread(spreads.map((arm) => ({ ...arm, side: side(arm.provider) })), timeline.edgesMs),
    key(spreads.map((arm) => [side(arm.provider),
      say('page-times-key', { arm: arm.provider, p50: seconds(of(arm.provider)?.p50ResponseTime), p95: seconds(of(arm.provider)?.p95ResponseTime) })])));
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
  if (!kinds.length) return place.replaceChildren(make('p', { class: 'hint' }, say('page-no-failures')));
  place.replaceChildren(table(say('page-failures-heading'),
    [[say('page-kind'), false], ...providers.map((arm) => [arm.provider, true])],
    kinds.map((kind) => [KINDS[kind] ? say(KINDS[kind]) : kind, ...providers.map((arm) => number(arm.failures[kind] ?? 0))])));
}

const KINDS = {
  timeout: 'page-kind-timeout', rate_limited: 'page-kind-rate', server: 'page-kind-server', refused: 'page-kind-refused',
  invalid: 'page-kind-invalid', network: 'page-kind-network', breaker_open: 'page-kind-breaker',
};

export function cost(place, summary, side) {
  const providers = summary?.providers ?? [];
  if (!providers.length) return place.replaceChildren(none());
  const total = providers.reduce((sum, arm) => sum + arm.costUsd, 0);
  const count = (tokens) => number(tokens.input + tokens.cached + tokens.output + tokens.thinking);
  place.replaceChildren(make('p', { class: 'big' }, dollars(total, total < 1 ? 4 : 2)),
    table(say('page-cost-heading'), [[say('page-arm'), false], [say('page-each'), true], [say('page-sum'), true], [say('page-tokens'), true]],
      providers.map((arm) => [make('span', { class: `tag ${side(arm.provider)}` }, arm.provider), dollars(arm.costPerAnalysisUsd, 5), dollars(arm.costUsd), count(arm.tokens)])));
}

export function media(place, newest) {
  const films = (newest?.analyses ?? []).map((analysis) => analysis.media).filter((facts) => facts?.kind === 'video');
  if (!films.length) return place.replaceChildren(none());
  const sum = (field) => films.reduce((all, facts) => all + facts[field], 0);
  const [decoded, sent] = [sum('framesDecoded'), sum('imagesSent')];
  place.replaceChildren(make('p', { class: 'big' }, say('page-media-share', { share: percent(1 - sent / decoded) })),
    make('p', {}, say('page-media-words', {
      films: number(films.length), frames: number(decoded), pictures: number(sent),
      flat: number(films.filter((facts) => facts.flattened).length), kilobytes: number(sum('bytesSent') / films.length / 1000, 0), tokens: number(sum('imageTokens') / films.length),
    })));
}

export function history(place, lines) {
  if (!lines.length) return place.replaceChildren(none());
  const share = (value) => (value === null || value === undefined ? '–' : `${number(value, value % 1 ? 1 : 0)} %`);
  place.replaceChildren(table(say('page-history-heading'),
    [[say('page-when'), false], [say('page-what'), false], [say('page-share'), false], [say('page-who'), false], [say('page-why'), false]],
    lines.map((line) => {
      const [what, why] = deed(line);
      return [time(line.at), what, `${share(line.before)} → ${share(line.after)}`, line.who, make('span', { class: 'why-cell' }, why)];
    })));
}

const ACTIONS = {
  start: 'page-did-start', pause: 'page-did-pause', resume: 'page-did-resume', approve: 'page-did-approve', promote: 'page-did-promote',
  rollback: 'page-did-rollback', set: 'page-did-set', environment: 'page-did-environment',
};
const DECISIONS = { advance: 'page-did-advance', hold: 'page-did-hold', 'roll-back': 'page-did-rollback' };

// What was done and why: in words of ours where the service decided, else as its author wrote it.
function deed({ action, decision, why }) {
  if (action === 'decide' && DECISIONS[decision?.action]) return [say(DECISIONS[decision.action]), say(`rollout-because-${decision.reason}`)];
  return [ACTIONS[action] ? say(ACTIONS[action]) : action, why];
}

// An analysis carries the time of its making in its id (UUIDv7: the first 48 bits are milliseconds).
const made = (id) => parseInt(id.replaceAll('-', '').slice(0, 12), 16);

export function recent(place, newest) {
  const list = newest?.analyses ?? [];
  if (!list.length) return place.replaceChildren(none());
  place.replaceChildren(table(say('page-recent-heading'),
    [[say('page-when'), false], [say('page-verdict'), false], [say('page-because'), false], [say('page-reader'), false], [say('page-time'), true], [say('page-price'), true]],
    list.slice(0, 50).map((analysis) => [time(made(analysis.analysisId)), make('span', { class: `tag ${analysis.status}` }, word(analysis.status)),
      make('span', { class: 'why-cell' }, analysis.problemIngredient ?? ''), analysis.degraded ? say('page-fell-back', { reader: analysis.provider, arm: analysis.assignment.arm }) : analysis.provider,
      seconds(analysis.timings.totalMs), analysis.usage.costUsd > 0 ? dollars(analysis.usage.costUsd) : '–'])));
}
