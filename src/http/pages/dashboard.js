// The dashboard: figures of the two arms, where the rollout stands, and the levers. The token stays in this tab.

import { draw, language, make, number, say, time } from './texts.js';
import { arms, checks, cost, failures, history, intervals, media, ordered, recent, times, verdicts } from './panels.js';

const at = (id) => document.getElementById(id);
const KEY = 'koalens-admin-token';
const EVERY_MS = 10000;
const STATES = {
  none: 'page-state-none', manual: 'page-state-manual', running: 'page-state-running', paused: 'page-state-paused',
  'rolled-back': 'page-state-rolled-back', finished: 'page-state-finished',
};
const HUES = { running: 'healthy', finished: 'healthy', paused: 'warning', 'rolled-back': 'critical' };
// Which levers there are in which state; rolling back is always there.
const LEVERS = {
  pause: ['running'], resume: ['paused'], approve: ['running'], promote: ['running', 'paused'],
  start: ['none', 'manual', 'rolled-back', 'finished'],
};
const COMMANDS = {
  rollback: ['page-rollback', 'page-rollback-ask', 'page-rollback-done'], pause: ['page-pause', 'page-pause-ask', 'page-pause-done'],
  resume: ['page-resume', 'page-resume-ask', 'page-resume-done'], approve: ['page-approve', 'page-approve-ask', 'page-approve-done'],
  promote: ['page-promote', 'page-promote-ask', 'page-promote-done'], start: ['page-start', 'page-start-ask', 'page-start-done'],
};
let rollout = null;
let pending = null;
let timer = null;
let round = 0;

// A request with the token. 401 sends back to the entrance.
async function ask(path, options = {}) {
  const answered = await fetch(path, {
    ...options, cache: 'no-store', credentials: 'omit',
    headers: { Authorization: `Bearer ${sessionStorage.getItem(KEY)}`, 'Accept-Language': language, ...options.headers },
  }).catch(() => null);
  const body = await answered?.json().catch(() => null);
  if (!answered?.ok || !body) throw Object.assign(new Error(body?.message ?? say('page-no-connection')), { status: answered?.status });
  return body;
}

function enter(problem = '') {
  clearTimeout(timer);
  at('board').hidden = true;
  at('leave').hidden = true;
  at('entrance').hidden = false;
  at('wrong').textContent = problem;
  at('token').focus();
}

at('entrance').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, at('token').value.trim());
  at('token').value = '';
  refresh();
});
at('leave').addEventListener('click', () => { sessionStorage.removeItem(KEY); enter(); });
at('window').addEventListener('change', refresh);
at('again').addEventListener('click', refresh);
document.addEventListener('visibilitychange', () => { if (!document.hidden && !at('board').hidden) refresh(); });

// Reads everything anew; what cannot be had does not keep the rest away.
async function refresh() {
  clearTimeout(timer);
  const mine = ++round;
  const minutes = at('window').value;
  try {
    const now = await ask('/rollout');
    const optional = (path) => ask(path).catch(() => null);
    const [health, comparison, summary, timeline, newest] = await Promise.all([
      optional('/rollout/health'), optional('/ab/comparison'), optional(`/ab/summary?lastMinutes=${minutes}`),
      optional(`/ab/timeline?lastMinutes=${minutes}`), optional('/analyses?limit=100'),
    ]);
    if (mine !== round) return;
    at('entrance').hidden = true;
    at('board').hidden = false;
    at('leave').hidden = false;
    rollout = now;
    stand(now, comparison);
    checks(at('checks'), health);
    const sides = sided(now.arms);
    const figures = ordered(summary, sides);
    arms(at('arms'), figures, sides);
    intervals(at('intervals'), comparison);
    times(at('times'), timeline, figures, sides);
    verdicts(at('mix'), timeline);
    failures(at('failures'), figures);
    cost(at('cost'), figures, sides);
    media(at('media'), newest);
    history(at('history'), now.history);
    recent(at('recent'), newest);
    at('fresh').textContent = say('page-fresh', { time: time(Date.now()) });
  } catch (problem) {
    if (mine !== round) return;
    if ([401, 404].includes(problem.status)) {
      sessionStorage.removeItem(KEY);
      return enter(say(problem.status === 401 ? 'page-token-wrong' : 'page-token-none'));
    }
    // The figures on the screen are old: say so, and try again.
    at('fresh').textContent = say('page-stale', { why: problem.message });
    if (at('board').hidden) enter(problem.message);
  }
  if (!document.hidden && sessionStorage.getItem(KEY)) timer = setTimeout(refresh, EVERY_MS);
}

// The new arm and the old one; others have no side.
function sided([fresh, old]) {
  return (provider) => (provider === fresh ? 'is-new' : provider === old ? 'is-old' : 'is-other');
}

function stand(now, comparison) {
  const [fresh, old] = now.arms;
  at('share').textContent = `${number(now.currentPercentage, now.currentPercentage % 1 ? 1 : 0)} % ${fresh}`;
  at('state').textContent = say(STATES[now.state] ?? 'page-state-none');
  at('state').className = `pill ${HUES[now.state] ?? 'no-data'}`;
  at('standing').textContent = say('page-standing', { rest: number(100 - now.currentPercentage, now.currentPercentage % 1 ? 1 : 0), old, requests: number(now.totalRequests) });
  at('track').replaceChildren(draw('svg', { class: 'plot is-new', viewBox: '0 0 100 1', preserveAspectRatio: 'none' },
    draw('rect', { class: 'part', width: now.currentPercentage, height: 1 })));
  at('in-words').textContent = comparison?.inWords ?? say('page-words-none');
  for (const button of document.querySelectorAll('[data-command]')) {
    const states = LEVERS[button.dataset.command];
    button.hidden = states ? !states.includes(now.state) : false;
    button.disabled = button.dataset.command === 'rollback' && now.state === 'rolled-back';
  }
}

for (const button of document.querySelectorAll('[data-command]')) {
  button.addEventListener('click', () => {
    pending = button.dataset.command;
    const [name, question] = COMMANDS[pending];
    at('confirm-heading').textContent = say(name);
    at('confirm-text').textContent = say(question, { arm: rollout.arms[0], old: rollout.arms[1] });
    at('confirm-yes').textContent = say(name);
    at('confirm-yes').className = `button${pending === 'rollback' ? ' danger' : ''}`;
    at('plan-choice').hidden = pending !== 'start';
    at('reason').value = '';
    at('confirm').returnValue = '';
    at('confirm').showModal();
    at('reason').focus();
  });
}

at('confirm').addEventListener('close', async () => {
  const command = pending;
  pending = null;
  if (at('confirm').returnValue !== 'yes' || !command) return;
  const wish = { reason: at('reason').value.trim() || undefined };
  if (command === 'start') wish.plan = at('plan').value;
  // Rolling back is never refused for what someone else did meanwhile; everything else is.
  if (command !== 'rollback') wish.version = rollout.version;
  const told = at('told');
  told.textContent = say('page-working');
  try {
    await ask(`/rollout/${command}`, { method: 'POST', body: JSON.stringify(wish), headers: { 'Content-Type': 'application/json' } });
    told.textContent = say(COMMANDS[command][2], { arm: rollout.arms[0] });
  } catch (problem) {
    told.textContent = problem.message;
  }
  refresh();
});

if (sessionStorage.getItem(KEY)) refresh();
else enter();

document.documentElement.dataset.ready = 'yes';
