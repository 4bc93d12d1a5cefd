// Where the rollout stands, and the levers that change it: each asks first, and says what came of it.

import { ask } from './request.js';
import { draw, number, say, time } from './texts.js';
import { deed, history, shares } from './panels.js';

const at = (id) => document.getElementById(id);
const STATES = {
  none: 'board-state-none', manual: 'board-state-manual', running: 'board-state-running', paused: 'board-state-paused',
  'rolled-back': 'board-state-rolled-back', finished: 'board-state-finished', off: 'board-state-off',
};
const HUES = { running: 'healthy', finished: 'healthy', paused: 'warning', off: 'warning', 'rolled-back': 'critical' };
// Which levers there are in which state; rolling back and setting the share are always there.
const LEVERS = {
  pause: ['running'], resume: ['paused'], approve: ['running'], promote: ['running', 'paused'],
  start: ['none', 'manual', 'rolled-back', 'finished'],
};
const COMMANDS = {
  rollback: ['board-rollback', 'board-rollback-ask', 'board-rollback-done'], pause: ['board-pause', 'board-pause-ask', 'board-pause-done'],
  resume: ['board-resume', 'board-resume-ask', 'board-resume-done'], approve: ['board-approve', 'board-approve-ask', 'board-approve-done'],
  promote: ['board-promote', 'board-promote-ask', 'board-promote-done'], start: ['board-start', 'board-start-ask', 'board-start-done'],
  set: ['board-set', 'board-set-ask', 'board-set-done'],
};
const buttons = [...document.querySelectorAll('[data-command]')];
let rollout = null;
let pending = null;

const share = (percent) => number(percent, percent % 1 ? 2 : 0);
const named = (now) => say(STATES[state(now)] ?? 'board-state-none');

// The state that counts: what the settings switch off is off, whatever was wanted.
function state(now) {
  return now.enabled || now.state === 'rolled-back' ? now.state : 'off';
}

// Shows where the rollout stands.
export function stand(now) {
  rollout = now;
  const [fresh, old] = now.arms;
  at('share').textContent = `${share(now.currentPercentage)} % ${fresh}`;
  at('state').textContent = named(now);
  at('state').className = `pill ${HUES[state(now)] ?? 'no-data'}`;
  at('standing').textContent = say('board-standing', { rest: share(100 - now.currentPercentage), old, requests: number(now.totalRequests) });
  at('track').replaceChildren(draw('svg', { class: 'plot is-new', viewBox: '0 0 100 1', preserveAspectRatio: 'none' },
    draw('rect', { class: 'part', width: now.currentPercentage, height: 1 })));
  history(at('history'), now.history);
  const line = change(now);
  at('latest').textContent = line ? latest(line) : '';
  for (const button of buttons) {
    const states = LEVERS[button.dataset.command];
    button.hidden = states ? !states.includes(now.state) : false;
    button.disabled = button.dataset.command === 'rollback' && now.state === 'rolled-back';
  }
}

// The newest line of the log that changed something: the service also writes down that it waits.
const change = (now) => now.history.find((line) => line.after !== null);

// It as a sentence: a change is seen to be made where it was asked for.
function latest(line) {
  const [what, why] = deed(line);
  return say('board-latest', { time: time(line.at), what, share: shares(line), who: line.who, why: why ?? '' }).trim();
}

// Says what came of a lever.
export function tell(text, failed = false) {
  at('told').textContent = text;
  at('told').className = failed ? 'told failed' : 'told';
}

// Lets each lever ask, act, and then call `refresh`.
export function connect(refresh) {
  buttons.forEach((button) => button.addEventListener('click', () => question(button)));
  at('percentage').addEventListener('input', words);
  at('confirm').addEventListener('close', async () => {
    const wished = pending;
    pending = null;
    if (at('confirm').returnValue === 'yes' && wished) await act(wished, refresh);
  });
}

function question(button) {
  const { command } = button.dataset;
  // The version that is asked about is the one on the screen now: the page goes on to read newer ones meanwhile.
  pending = { command, button, version: rollout.version, before: rollout.currentPercentage };
  at('confirm-heading').textContent = say(COMMANDS[command][0]);
  at('confirm-yes').textContent = say(COMMANDS[command][0]);
  at('confirm-yes').className = `button${command === 'rollback' ? ' danger' : ''}`;
  at('plan-choice').hidden = command !== 'start';
  at('share-choice').hidden = command !== 'set';
  at('percentage').disabled = command !== 'set';
  at('percentage').value = rollout.currentPercentage;
  at('reason').value = '';
  at('confirm').returnValue = '';
  words();
  at('confirm').showModal();
  at(command === 'set' ? 'percentage' : 'reason').select();
}

function words() {
  if (!pending) return;
  const [arm, old] = rollout.arms;
  const after = at('percentage').value === '' ? '?' : share(Number(at('percentage').value));
  at('confirm-text').textContent = say(COMMANDS[pending.command][1], { arm, old, before: share(pending.before), after });
}

async function act({ command, button, version }, refresh) {
  const wish = { reason: at('reason').value.trim() || undefined };
  if (command === 'start') wish.plan = at('plan').value;
  if (command === 'set') wish.percentage = Number(at('percentage').value);
  // Rolling back is never refused for what someone else did meanwhile; everything else is.
  if (command !== 'rollback') wish.version = version;
  const [method, path] = command === 'set' ? ['PUT', '/rollout'] : ['POST', `/rollout/${command}`];
  buttons.forEach((each) => { each.disabled = true; });
  tell(say('board-working'));
  try {
    stand(await ask(path, { method, body: JSON.stringify(wish), headers: { 'Content-Type': 'application/json' } }));
    tell(say(COMMANDS[command][2], { arm: rollout.arms[0], share: share(rollout.currentPercentage) }));
    await refresh();
  } catch (problem) {
    stand(rollout);
    await refresh();
    tell(why(problem), true);
  }
  (button.hidden || button.disabled ? at('told') : button).focus();
}

// Why a lever did nothing, and what is to be done now.
function why(problem) {
  if (problem.code === 'STALE_VERSION') {
    const line = change(rollout);
    return say('board-overtaken', { share: `${share(rollout.currentPercentage)} % ${rollout.arms[0]}`, state: named(rollout), who: line?.who ?? '–', time: line ? time(line.at) : '–' });
  }
  return say(problem.code ? 'board-not-done' : 'board-unsure', { why: problem.message });
}
