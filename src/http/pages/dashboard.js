// The dashboard: figures of the two arms, where the rollout stands, and the levers.

import { connect, stand, tell } from './levers.js';
import { arms, checks, cost, failures, intervals, media, ordered, paired, recent, times, verdicts } from './panels.js';
import { ask, token } from './request.js';
import { ago, say, time } from './texts.js';

const at = (id) => document.getElementById(id);
const EVERY_MS = 10000;
// The newest answer of each path: what cannot be had now is shown as it was.
const kept = new Map();
let seenAt = null;
let timer = null;
let round = 0;

function enter(problem = '') {
  clearTimeout(timer);
  outage('');
  tell('');
  at('board').hidden = true;
  at('leave').hidden = true;
  at('entrance').hidden = false;
  at('wrong').textContent = problem;
  at('token').focus();
}

// What keeps the page from telling how things are now; nothing, when all is well.
function outage(text) {
  at('outage').hidden = !text;
  // Said again only when it changed: whoever listens hears it once.
  if (at('outage-text').textContent !== text) at('outage-text').textContent = text;
}

at('entrance').addEventListener('submit', (event) => {
  event.preventDefault();
  token.keep(at('token').value.trim());
  at('token').value = '';
  refresh();
});
at('leave').addEventListener('click', () => { token.forget(); enter(); });
at('window').addEventListener('change', refresh);
for (const id of ['again', 'outage-again']) at(id).addEventListener('click', refresh);
document.addEventListener('visibilitychange', () => { if (!document.hidden && token.known()) refresh(); });

// Reads everything anew; what cannot be had does not keep the rest away.
async function refresh() {
  clearTimeout(timer);
  const mine = ++round;
  const minutes = at('window').value;
  const missing = [];
  const part = async (path) => {
    try {
      kept.set(path, await ask(path));
    } catch (problem) {
      // Before a rollout has begun there is nothing to tell of it.
      if (problem.status === 404) kept.set(path, null);
      else missing.push(problem);
    }
    return kept.get(path) ?? null;
  };
  try {
    const now = await ask('/rollout');
    const [health, comparison, summary, timeline, newest] = await Promise.all([
      part('/rollout/health'), part('/ab/comparison'), part(`/ab/summary?lastMinutes=${minutes}`),
      part(`/ab/timeline?lastMinutes=${minutes}`), part('/analyses?limit=100'),
    ]);
    if (mine !== round) return;
    at('entrance').hidden = true;
    at('board').hidden = false;
    at('leave').hidden = false;
    stand(now);
    at('in-words').textContent = comparison?.inWords ?? say('board-words-none');
    checks(at('checks'), health);
    const sides = sided(now.arms);
    const figures = ordered(summary, sides);
    arms(at('arms'), figures, sides);
    intervals(at('intervals'), comparison);
    paired(at('paired'), comparison);
    times(at('times'), timeline, figures, sides);
    verdicts(at('mix'), timeline);
    failures(at('failures'), figures);
    cost(at('cost'), figures, sides);
    media(at('media'), newest);
    recent(at('recent'), newest);
    seenAt = Date.now();
    at('fresh').textContent = say('board-fresh', { time: time(seenAt) });
    outage(missing.length ? say('board-partly', { why: missing[0].message }) : '');
  } catch (problem) {
    if (mine !== round) return;
    if ([401, 404].includes(problem.status)) {
      const lost = at('board').hidden ? 'board-token-wrong' : 'board-token-lost';
      token.forget();
      return enter(say(problem.status === 401 ? lost : 'board-token-none'));
    }
    if (seenAt) outage(say('board-stale', { age: ago(seenAt), time: time(seenAt), why: problem.message }));
    else outage(say('board-waiting', { why: problem.message }));
    // A token that could not be tried is not asked for again.
    at('entrance').hidden = true;
  }
  if (!document.hidden && token.known()) timer = setTimeout(refresh, EVERY_MS);
}

// The new arm and the old one; others have no side.
function sided([fresh, old]) {
  return (provider) => (provider === fresh ? 'is-new' : provider === old ? 'is-old' : 'is-other');
}

connect(refresh);
if (token.known()) refresh();
else enter();

document.documentElement.dataset.ready = 'yes';
