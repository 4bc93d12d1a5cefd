// The try-it page: an upload to a verdict, told of on the way, and what people say of it.

import { credentials, keep } from './key.js';
import { language, make, say } from './texts.js';
import { show } from './verdict.js';

const at = (id) => document.getElementById(id);
// The service says something every 15 s while it works: a longer silence is a lost connection.
const SILENCE_MS = 45000;
let running = null;
let last = null;
let shown = [];
let challenge = null;

for (const id of ['film', 'snap', 'choose']) {
  const take = () => {
    const files = [...at(id).files];
    at(id).value = '';
    if (files.length) send(files);
  };
  at(id).addEventListener('change', take);
  // What was chosen while this script was still on its way.
  queueMicrotask(take);
}

const drop = at('drop');
for (const kind of ['dragenter', 'dragover']) {
  addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add('over'); });
}
addEventListener('dragleave', (event) => { if (!event.relatedTarget) drop.classList.remove('over'); });
addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  if (event.dataTransfer.files.length) send([...event.dataTransfer.files]);
});
addEventListener('paste', (event) => { if (event.clipboardData?.files.length) send([...event.clipboardData.files]); });

at('typed').addEventListener('submit', (event) => {
  event.preventDefault();
  const body = JSON.stringify({ text: at('text').value, preferredLanguage: language });
  begin([], () => post('/analyze-text', body, { 'Content-Type': 'application/json' }));
});
at('cancel').addEventListener('click', () => {
  running?.abort();
  finish();
  ended(say('page-cancelled'));
});
at('retry').addEventListener('click', () => last?.());

at('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  keep(challenge, at('key').value.trim());
  at('key').value = '';
  last?.();
});

function send(files) {
  begin(files, () => {
    const form = new FormData();
    form.set('preferredLanguage', language);
    form.set('includeLabelImage', 'true');
    for (const file of files) form.append(files.length > 1 ? 'images' : 'file', file);
    post('/analyze', form, {});
  });
}

function begin(files, work) {
  last = () => begin(files, work);
  running?.abort();
  at('failure').hidden = true;
  challenge = null;
  at('verdict').hidden = true;
  at('main').classList.remove('answered');
  at('work').hidden = false;
  preview(files);
  progress(0, say('page-uploading'));
  at('work').scrollIntoView({ block: 'nearest' });
  work();
}

function preview(files) {
  shown.forEach(URL.revokeObjectURL);
  shown = files.slice(0, 1).map((file) => URL.createObjectURL(file));
  const film = files[0]?.type.startsWith('video/');
  const pictures = shown.map((src) => (film ? make('video', { src, muted: true, playsinline: true, 'aria-hidden': 'true' }) : make('img', { src, alt: '' })));
  // What a browser cannot draw (HEIC in most of them) is left out.
  pictures.forEach((picture) => picture.addEventListener('error', () => picture.remove()));
  at('preview').replaceChildren(...pictures);
}

// One request, its answer read while it comes: XMLHttpRequest alone tells how far an upload is.
function post(path, body, headers) {
  const request = new XMLHttpRequest();
  running = request;
  let read = 0;
  const hear = () => {
    if (!(request.getResponseHeader('Content-Type') ?? '').startsWith('text/event-stream')) return;
    for (let end; (end = request.responseText.indexOf('\n\n', read)) >= 0; read = end + 2) {
      event(request.responseText.slice(read, end));
    }
  };
  let silence = null;
  const listen = () => {
    clearTimeout(silence);
    silence = setTimeout(() => { if (request === running) fail({ message: say('page-no-connection') }); request.abort(); }, SILENCE_MS);
  };
  request.upload.addEventListener('progress', listen);
  request.addEventListener('progress', listen);
  request.addEventListener('loadend', () => clearTimeout(silence));
  request.open('POST', path);
  request.setRequestHeader('Accept', 'text/event-stream, application/json');
  request.setRequestHeader('Accept-Language', language);
  Object.entries({ ...headers, ...credentials() }).forEach(([name, value]) => request.setRequestHeader(name, value));
  request.upload.addEventListener('progress', ({ loaded, total }) => {
    // The upload is the first tenth of the way; the service tells the rest.
    progress((loaded / total) * 10, say('page-uploading-percent', { percent: Math.round((loaded / total) * 100) }));
  });
  request.addEventListener('progress', hear);
  request.addEventListener('load', () => {
    hear();
    if (request === running) whole(request);
  });
  request.addEventListener('error', () => { if (request === running) fail({ message: say('page-no-connection') }); });
  request.send(body);
  listen();
}

// An answer that was no stream, or a stream that ended without one.
function whole(request) {
  const answer = parsed(request.responseText);
  if (request.status === 200 && answer) done(answer);
  else fail(answer ?? { message: say('page-no-connection') }, request);
}

function event(text) {
  const fields = text.split('\n').map((line) => line.split(/: (.*)/s));
  const name = fields.find(([field]) => field === 'event')?.[1];
  const data = parsed(fields.filter(([field]) => field === 'data').map(([, value]) => value).join('\n'));
  if (!running || !data) return;
  if (name === 'progress') progress(10 + data.percent * 0.9, data.message);
  else if (name === 'result') done(data);
  else if (name === 'error') fail(data);
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

function progress(percent, stage) {
  at('progress').value = percent;
  at('percent').textContent = `${Math.round(percent)} %`;
  if (stage && at('stage').textContent !== stage) {
    at('stage').textContent = stage;
    // Every percent of an upload would be too much to listen to.
    if (!/\d/.test(stage)) speak(stage);
  }
}

function speak(text) {
  at('spoken').textContent = text;
}

function finish() {
  running = null;
  at('work').hidden = true;
}

function done(answer) {
  finish();
  show(at('verdict'), answer);
  at('main').classList.add('answered');
  at('verdict').hidden = false;
  speak('');
  at('verdict').focus({ preventScroll: true });
  // On a phone the ways to ask again stay above what was answered.
  scrollTo({ top: matchMedia('(max-width: 40rem)').matches ? at('verdict').offsetTop - 12 : 0 });
}

function fail(problem, request) {
  finish();
  challenge = request?.status === 401 ? request.getResponseHeader('WWW-Authenticate') : null;
  ended(say('page-failure-heading'), problem.message ?? say('page-no-connection'), problem.requestId);
}

// Work that came to no answer: what happened, and the way to try again with the same file.
function ended(heading, message = '', id = '') {
  at('failure').classList.toggle('calm', !message);
  at('failure-heading').textContent = heading;
  at('key-form').hidden = !challenge;
  at('retry').hidden = Boolean(challenge);
  at('failure-message').textContent = message;
  at('failure-id').textContent = id ? say('page-failure-id', { id }) : '';
  at('failure').hidden = false;
  at('failure').focus({ preventScroll: true });
  at('failure').scrollIntoView({ block: 'nearest' });
}

document.documentElement.dataset.ready = 'yes';
