// One answer as people read it: the verdict, every ingredient, the label, and whether it was right.

import { credentials } from './key.js';
import { dollars, language, make, number, percent, say, seconds, sign, word } from './texts.js';

// Fills `place` with an answer of the service. Everything in it may come from a label, and becomes text.
export function show(place, answer) {
  place.className = `verdict ${answer.status}`;
  const items = answer.ingredientList.filter((item) => item.source === 'declared');
  place.replaceChildren(
    banner(answer),
    make('div', { class: 'found' }, make('div', {}, ingredients(items, answer), traces(answer)), make('div', {}, label(answer, items), facts(answer))),
    opinion(answer, items),
  );
}

function banner(answer) {
  const sure = answer.status === 'unknown' ? null : make('p', { class: 'meta' }, say('page-confidence', { percent: percent(answer.confidence, 0) }));
  return make('div', { class: 'banner' },
    make('h2', { id: 'answer-word' }, sign(answer.status), word(answer.status)),
    make('p', { class: 'reasoning' }, answer.reasoning),
    answer.uncertainReasons.length > 1 ? make('ul', {}, answer.uncertainReasons.map((reason) => make('li', {}, reason))) : null,
    answer.watchedIngredients.length ? make('p', {}, say('page-watched', { names: answer.watchedIngredients.join(', ') })) : null,
    sure);
}

const decides = (item, answer) =>
  answer.status === item.status || (answer.status === 'uncertain' && item.status === 'unknown');

function ingredients(items, answer) {
  if (!items.length) return null;
  const list = items.map((item) => {
    const other = item.translatedName && item.translatedName.toLowerCase() !== item.name.toLowerCase() ? ` ${item.translatedName}` : '';
    const deciding = answer.status !== 'vegan' && decides(item, answer);
    return make('li', { class: `${item.status}${deciding ? ' deciding' : ''}` },
      sign(item.status),
      make('span', { class: 'name' }, item.name, make('span', { class: 'also' }, other)),
      make('span', { class: 'word' }, word(item.status)),
      make('p', { class: 'why' }, item.reason, note(item)));
  });
  return make('section', { 'aria-labelledby': 'items-heading' },
    make('h3', { id: 'items-heading' }, say('page-ingredients', { count: items.length })), make('ul', { class: 'items' }, list));
}

// How a name was recognised, where that is worth a word.
function note(item) {
  if (item.match === 'fuzzy') return ' ' + say('page-match-fuzzy');
  if (item.match === 'compound' && item.canonicalName) return ' ' + say('page-match-compound', { name: item.canonicalName });
  return '';
}

function traces(answer) {
  if (!answer.traceIngredients.length) return null;
  return make('p', { class: 'meta' }, say('page-traces', { names: answer.traceIngredients.join(', ') }));
}

function label(answer, items) {
  const deciding = items.filter((item) => decides(item, answer) && answer.status !== 'vegan').map((item) => item.name);
  const picture = answer.labelImage?.startsWith('data:image/')
    ? make('figure', { class: 'label' },
      strip(answer.labelImage),
      make('figcaption', {}, shown(answer.media)))
    : null;
  const words = deciding.length ? make('p', { class: 'decided' }, say('page-decided', { names: deciding.join(', ') })) : null;
  const text = answer.labelText
    ? make('div', { class: 'read', lang: answer.detectedLanguage ?? language }, marked(answer.labelText, deciding))
    : null;
  if (!picture && !text) return null;
  return make('section', { 'aria-labelledby': 'label-heading' },
    make('h3', { id: 'label-heading' }, say('page-label')), picture, words, text);
}

// The picture; on a narrow screen a label far wider than high stays as high as it can be read, and is moved sideways.
function strip(src) {
  const place = make('div', { class: 'strip', role: 'group', 'aria-label': say('page-label') });
  const picture = make('img', { src, alt: say('page-label-alt') });
  picture.addEventListener('load', () => {
    const long = picture.naturalWidth > 2.4 * picture.naturalHeight;
    place.classList.toggle('long', long);
    if (long) place.tabIndex = 0;
  });
  place.append(picture);
  return place;
}

// What the picture of the label is.
function shown(media) {
  if (media?.flattened) return say('page-label-flat');
  return media?.imagesSent > 1 ? say('page-label-one', { count: media.imagesSent }) : say('page-label-still');
}

// The label's text with the names that decided marked in it.
function marked(text, names) {
  const pieces = [];
  const plain = text.toLowerCase();
  let from = 0;
  while (from < text.length) {
    let found = null;
    for (const name of names) {
      const begin = plain.indexOf(name.toLowerCase(), from);
      if (begin >= 0 && (!found || begin < found.begin)) found = { begin, end: begin + name.length };
    }
    if (!found || found.end <= from) break;
    pieces.push(text.slice(from, found.begin), make('mark', {}, text.slice(found.begin, found.end)));
    from = found.end;
  }
  pieces.push(text.slice(from));
  return pieces;
}

function facts(answer) {
  const { media, timings } = answer;
  const rows = [
    [say('page-reader'), answer.model ? `${answer.provider} (${answer.model})` : answer.provider],
    [say('page-time'), seconds(timings.totalMs)],
    media ? [say('page-pictures'), say('page-pictures-of', { frames: number(media.framesDecoded), pictures: number(media.imagesSent) })] : null,
    answer.usage.costUsd > 0 ? [say('page-price'), dollars(answer.usage.costUsd)] : null,
    [say('page-analysis-id'), answer.analysisId],
  ];
  return make('details', { class: 'more' }, make('summary', {}, say('page-how')),
    make('dl', { class: 'facts' }, rows.filter(Boolean).map(([name, value]) => [make('dt', {}, name), make('dd', {}, value)])));
}

function opinion(answer, items) {
  const told = make('p', { role: 'status', class: 'told' });
  const tell = async (body) => {
    const answered = await fetch(`/analyses/${answer.analysisId}/feedback`, {
      method: 'POST', headers: { 'Content-Type': 'application/json', 'Accept-Language': language, ...credentials() }, body: JSON.stringify(body),
    }).catch(() => null);
    if (answered?.ok) {
      asked.hidden = true;
      form.hidden = true;
      told.textContent = say('page-thanks');
    } else {
      told.textContent = (await answered?.json().catch(() => null))?.message ?? say('page-no-connection');
    }
  };
  const option = (value, text) => make('option', { value }, text);
  const right = make('select', { id: 'right-status' },
    option('', say('page-choose-one')), ['vegan', 'non-vegan', 'uncertain'].filter((status) => status !== answer.status).map((status) => option(status, word(status))));
  const which = make('select', { id: 'wrong-item' }, option('', say('page-whole')), items.map((item) => option(item.name, item.name)));
  const comment = make('textarea', { id: 'comment', rows: 3, maxlength: 1000 });
  const form = make('form', { hidden: true, submit: (event) => {
    event.preventDefault();
    tell({ verdictCorrect: false, correctStatus: right.value || undefined, ingredient: which.value || undefined, comment: comment.value.trim() || undefined });
  } },
  make('label', { for: 'right-status' }, say('page-right-status')), right,
  make('label', { for: 'wrong-item' }, say('page-wrong-item')), which,
  make('label', { for: 'comment' }, say('page-comment')), comment,
  make('div', { class: 'row' }, make('button', { class: 'button', type: 'submit' }, say('page-send'))));
  const asked = make('div', { class: 'row' },
    make('button', { class: 'button quiet', type: 'button', id: 'was-right', click: () => tell({ verdictCorrect: true }) }, say('page-yes')),
    make('button', { class: 'button quiet', type: 'button', id: 'was-wrong', click: () => { form.hidden = false; right.focus(); } }, say('page-wrong')));
  return make('section', { class: 'opinion', 'aria-labelledby': 'opinion-heading' },
    make('h3', { id: 'opinion-heading' }, say('page-opinion')), asked, form, told);
}
