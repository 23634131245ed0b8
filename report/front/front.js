(() => {
'use strict';
const $ = (q, at = document) => at.querySelector(q), $$ = (q, at = document) => [...at.querySelectorAll(q)];
const root = $('.front'), D = JSON.parse($('#front-data').textContent), F = D.factors, N = D.arms.length;
const at = new Map(D.arms.map((bits, k) => [bits, k])), PART = N < 2 ** F.length;
document.documentElement.classList.add('js');
root.classList.add('live');
$('#front-all').open = false;

// Numbers come as words; for drawing they are read back.
const numbers = (words) => (words.match(/[+−]?[\d.]+/g) || []).map((x) => +x.replace('−', '-'));
const capital = (s) => s[0].toUpperCase() + s.slice(1);
const plural = (n, noun) => `${n} ${noun}${n === 1 ? '' : 's'}`;
const html = (s) => s.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const icon = (id, c = 'i') => `<svg class="${c}" aria-hidden="true"><use href="#front-${id}"/></svg>`;
const has = (k, i) => D.arms[k] >> i & 1;
const WORDS = { helps: 'helps', hurts: 'hurts', none: 'within the band', undecided: 'undecided', silent: 'too few seeds' };

// State, kept in the address as #mnist1d/test_accuracy/dropout+augmentation, and /120 after so many epochs.
const start = { set: D.sets[0], metric: D.metrics[0], arm: D.start, length: D.sets[0].lengths.length - 1 };
const S = { ...start };
const link = () => `#${S.set.id}/${S.metric.id}/${D.names[S.arm]}`
  + (S.length < S.set.lengths.length - 1 ? `/${S.set.lengths[S.length]}` : '');
function bits(name) {
  if (name === 'none') return 0;
  if (name === 'all') return 2 ** F.length - 1;
  const places = name.split('+').map((word) => F.findIndex((f) => f.id === word));
  return places.includes(-1) ? undefined : places.reduce((sum, i) => sum | 1 << i, 0);
}
function arm(bits) { // its place; a fraction's others are set behind those that were run, and estimated
  if (!at.has(bits) && PART && bits < 2 ** F.length) {
    const on = F.filter((f, i) => bits >> i & 1), end = on.length ? on.length === F.length && ['all', `all ${D.number}`] : ['none', 'none'];
    at.set(bits, D.arms.push(bits) - 1);
    D.names.push(end ? end[0] : on.map((f) => f.id).join('+'));
    D.words.push(end ? end[1] : on.map((f) => f.label).join(' + '));
  }
  return at.get(bits);
}
function read(hash) {
  let parts;
  try { parts = decodeURIComponent(hash.slice(1)).split('/'); } catch { return false; }
  const set = D.sets.find((x) => x.id === parts[0]), metric = D.metrics.find((x) => x.id === parts[1]);
  const found = arm(bits(parts[2] || ''));
  if (!set || !metric || found === undefined) return false;
  const length = parts[3] ? set.lengths.indexOf(+parts[3]) : set.lengths.length - 1;
  if (length < 0) return false;
  Object.assign(S, { set, metric, arm: found, length });
  return true;
}
let timer;
function keep() { // not at every step of a drag: browsers limit how often the address may change
  clearTimeout(timer);
  timer = setTimeout(() => {
    try { history.replaceState(history.state, '', link()); } catch { location.replace(link()); }
  }, 120);
}
function choose(changes) {
  const before = `${S.set.id}${S.metric.id}${S.length}`;
  if (changes.set) changes.length = changes.set.lengths.length - 1;
  Object.assign(S, changes);
  if (before !== `${S.set.id}${S.metric.id}${S.length}`) draw();
  show(S.arm);
  keep();
}
const memo = new Map();
function view() {
  const raw = S.set.views[S.metric.id][S.length];
  if (!memo.has(raw)) memo.set(raw, { ...raw, est: raw.means.map(numbers), best: raw.order[N - 1] });
  return memo.get(raw);
}
const rank = (k) => N - view().order.indexOf(k);
const alike = (k, j) => parseInt(view().level[k][j >> 2], 16) >> (j & 3) & 1;
// A fraction leaves arms out. They, and differences to them, are estimated from each seed's mean, main effects and pairs, for
// each way to read a training out; what such estimates miss the arms by that were run is in their intervals.
function terms(b) {
  const s = F.map((f, i) => (b >> i & 1 ? 1 : -1)).filter((x, i) => !view().model.split.includes(i));
  return [1, ...s.map((x) => x / 2), ...s.flatMap((x, i) => s.slice(i + 1).map((y) => x * y / 4))];
}
function reached(b) { // one number a seed, and by how much an estimate misses
  if (at.get(b) < N) return [view().seeds[at.get(b)], 0];
  const { split, layers, misses } = view().model, t = terms(b), on = split.reduce((sum, i) => sum | b & 1 << i, 0);
  return [layers[on].map((c) => c.reduce((sum, x, n) => sum + x * t[n], 0)), misses[on]];
}
function estimate(b, less, q) { // mean and interval, q standard errors to either side
  const [own, off] = reached(b), [base, more] = less === null ? [own.map(() => 0), 0] : reached(less), v = own.map((x, i) => x - base[i]);
  const n = v.length, mean = v.reduce((x, y) => x + y) / n;
  const half = q && q * Math.sqrt(v.reduce((x, y) => x + (y - mean) ** 2, 0) / (n - 1) / n + off ** 2 + more ** 2);
  return [mean, mean - half, mean + half];
}
function words([mean, low, high], signed) {
  const band = signed && S.metric.band, inside = (x) => Boolean(band) && Math.abs(x) < band;
  const moved = (x, d, y = +x.toFixed(d)) => Math.sign(x) !== Math.sign(y) || inside(x) !== inside(y);
  let d = high - low >= 2 ? 1 : 2; // and more where an end would be rounded onto zero, into the band or out of it
  while (d < D.places && (moved(low, d) || moved(high, d))) d++;
  const put = (x, plus) => (+x.toFixed(d) ? (x < 0 ? '−' : plus) : '') + Math.abs(x).toFixed(d);
  return S.set.t ? `${put(mean, signed ? '+' : '')} [${put(low, '')}, ${put(high, '')}]` : put(mean, signed ? '+' : '');
}
// An estimated difference in words, as those of arms that were run come; a verdict takes arms that were.
const guessed = (b, less) => [D.kinds.indexOf(S.set.seeds.length < D.fewest ? 'silent' : 'undecided'), words(estimate(b, less, S.set.t && S.set.t[1]), true), true];
const flips = (k) => F.map((f, i) => (k < N && view().flips[k][i]) || (PART ? guessed(D.arms[k] ^ 1 << i, D.arms[k]) : null));
const against = (k) => (k < N ? view().none[k] : null) || (PART && D.arms[k] ? guessed(D.arms[k], 0) : null);
const mean = (k) => (k < N ? view().means[k] : words(estimate(D.arms[k], null, S.set.t && S.set.t[0])));

// What is made once.
function radios(box, group, list, pick) {
  box.insertAdjacentHTML('beforeend', list.map((x) =>
    `<label><input class="front-vh" type="radio" name="${group}" value="${x.id}"><span>${html(x.label)}</span></label>`).join(''));
  box.addEventListener('change', (e) => pick(list.find((x) => x.id === e.target.value)));
}
radios($('#front-sets'), 'front-set', D.sets, (set) => choose({ set }));
radios($('#front-metrics'), 'front-metric', D.metrics, (metric) => choose({ metric }));
$$('[name=front-grid]').forEach((r) => r.addEventListener('change', () => choose({ metric: D.metrics.find((m) => m.id === r.value) })));
$('#front-lengths input').addEventListener('input', (e) => choose({ length: +e.target.value }));
$('#front-rows').innerHTML = F.map((f, i) => `<div class="row"><button type="button" role="switch" aria-checked="false"
  aria-describedby="front-flip${i} front-ci${i}" data-i="${i}">${icon(`m-${f.id}`, 'mk')}<b>${html(f.label)}</b><span class="track"></span></button>
  <div><svg class="flip" viewBox="-100 0 200 24" preserveAspectRatio="none" aria-hidden="true"><path class="z" d="M0 0v24"/><rect y="5" height="14"/><path class="w"/></svg>
  <p class="ci" id="front-ci${i}"></p></div><p id="front-flip${i}"></p></div>`).join('');
$('#front-rows').addEventListener('click', (e) => {
  const button = e.target.closest('[role=switch]');
  if (button) choose({ arm: arm(D.arms[S.arm] ^ 1 << +button.dataset.i) });
});
const presets = [['none', () => arm(0)], ...F.map((f, i) => [`${icon(`m-${f.id}`, 'mk')}${html(f.label)}<span class="front-vh"> alone</span>`, () => arm(1 << i)]),
  [`all ${D.number}`, () => arm(2 ** F.length - 1)], ['best here', () => view().best],
  ['what the textbook would do', () => D.textbook < 0 ? undefined : D.textbook]].filter(([, find], n) => n === F.length + 2 || find() !== undefined);
$('.front .presets').innerHTML = presets.map(([label], n) => `<button type="button" data-n="${n}">${label}</button>`).join('');
$('.front .presets').addEventListener('click', (e) => {
  const button = e.target.closest('button');
  if (button) choose({ arm: presets[button.dataset.n][1]() });
});

// The curve: drawn for a data set, metric and length; `show` marks the chosen arm in it.
const nice = (x) => [1, 2, 5, 10].map((n) => n * 10 ** Math.floor(Math.log10(x))).find((n) => n >= x);
const box = $('#front-curve');
let X, Y, L;
function axis(lo, hi, y, left, right) {
  const gap = nice((hi - lo) / 5), places = Math.max(0, -Math.floor(Math.log10(gap)));
  let s = '';
  for (let n = Math.ceil(lo / gap); n * gap < hi; n++) s += `<path class="gl" d="M${left} ${y(n * gap)}H${right}"/><text x="${left - 8}" y="${y(n * gap) + 4}" text-anchor="end">${(n * gap).toFixed(places)}</text>`;
  return s;
}
function draw() {
  const { est, order, seeds } = view(), W = Math.round(box.clientWidth), m = S.metric;
  if (!W) return;
  const wide = W > 440, top = 32, step = wide ? 18 : 17, h = wide ? 236 : 206, H = h + 16 + step * F.length;
  const ends = est.flatMap((e) => e.filter((v) => !isNaN(v))), least = Math.min(...ends), great = Math.max(...ends);
  // The axis holds every interval, and single seeds unless they would squeeze it.
  const all = seeds.flat(), room = (great - least) / 2 || 1;
  const lo = Math.max(Math.min(least, ...all), least - room), hi = Math.min(Math.max(great, ...all), great + room);
  const out = all.filter((v) => v < lo || v > hi).length;
  Y = (v) => +(h - 8 - (v - lo) / (hi - lo) * (h - top - 18)).toFixed(1);
  L = wide ? 102 : 38;
  const col = (W - L - 4) / N, size = Math.min(11, col - 0.5);
  X = (r) => +(L + col * (r + 0.5)).toFixed(1);
  let s = axis(lo, hi, Y, L, W);
  s += `<text x="0" y="11">${[capital(m.name), m.unit].filter(Boolean).join(', ')}${m.better < 0 ? ', less is better' : ''}${out ? `; ${plural(out, 'single seed')} beyond the axis` : ''}</text>`;
  s += `<rect class="hl" y="${top}" rx="3" width="${Math.max(col, 11) + 2}" height="${H - top}"/>`;
  if (at.get(0) < N) s += `<path class="ref" d="M${L} ${Y(est[at.get(0)][0])}H${W}"/>`;
  s += `<path class="sd" d="${order.map((k, r) => seeds[k].filter((v) => v >= lo && v <= hi).map((v) => `M${X(r)} ${Y(v)}h0`).join('')).join('')}"/>`;
  s += F.map((f, i) => (wide ? `<text x="${L - 8}" y="${h + 22 + step * i}" text-anchor="end">${html(f.label)}</text>`
    : `<use href="#front-m-${f.id}" x="${L - 20}" y="${h + 12 + step * i}" width="12" height="12"/>`)).join('');
  order.forEach((k, r) => {
    const x = X(r), [mean, a, b] = est[k];
    s += `<g class="arm" role="radio" data-k="${k}" aria-checked="false" tabindex="-1" aria-label="Rank ${N - r} of ${N}: ${html(D.words[k])}, ${view().means[k]} ${m.unit}"><rect class="hit" x="${(x - col / 2).toFixed(1)}" y="${top}" width="${col.toFixed(1)}" height="${H - top}"/>`
      + (isNaN(a) || isNaN(b) ? '' : `<path class="ci" d="M${x} ${Y(a)}V${Y(b)}"/>`) + `<circle class="dot" cx="${x}" cy="${Y(mean)}" r="${Math.min(wide ? 4 : 3, Math.max(1.5, col / 2))}"/>`
      + F.map((f, i) => (has(k, i) ? size < 4 ? `<rect x="${(x - col / 2).toFixed(2)}" y="${h + 13 + step * i}" width="${col.toFixed(2)}" height="10" fill="${f.colour}"/>` : `<use href="#front-m-${f.id}" x="${(x - size / 2).toFixed(1)}" y="${(h + 18 + step * i - size / 2).toFixed(1)}" width="${size.toFixed(1)}" height="${size.toFixed(1)}"/>`
        : size < 4 ? '' : `<circle class="off" cx="${x}" cy="${h + 18 + step * i}" r="${Math.min(1.5, col / 4)}"/>`)).join('') + '</g>';
  });
  box.innerHTML = `<svg viewBox="0 0 ${W} ${H}" role="radiogroup" aria-label="All ${N} combinations on ${html(S.set.label)}, worst to best by ${m.name}; arrow keys move along">${s}<text class="now" y="${top - 5}" text-anchor="middle"></text></svg>`;
  for (const [group, value] of [['front-set', S.set.id], ['front-metric', m.id], ['front-grid', m.id]]) $(`[name=${group}][value="${value}"]`).checked = true;
  const shaded = $('#front-shaded');
  if (shaded) shaded.hidden = !m.band;
  const slider = $('#front-lengths');
  slider.hidden = S.set.lengths.length < 2;
  $('input', slider).max = S.set.lengths.length - 1;
  $('input', slider).value = S.length;
  const words = `${S.set.lengths[S.length]} of ${S.set.lengths[S.set.lengths.length - 1]} epochs`;
  $('output', slider).textContent = words;
  $('input', slider).setAttribute('aria-valuetext', words);
  const level = view().order.filter((k) => alike(view().best, k)).length;
  $('#front-explorer-title').textContent = `${capital(D.words[view().best])} leads the ${N} on ${S.set.label} by ${m.name}, ${level ? `level with ${plural(level, 'other')}` : 'clear of all others'}`;
}
function show(k) {
  const { order } = view(), m = S.metric, run = k < N, flip = flips(k), bare = against(k), unit = m.unit === '%' ? '\u00a0%' : m.unit && ` ${m.unit}`;
  const others = run ? order.filter((j) => alike(k, j)) : [], few = flip.some((f) => f && D.kinds[f[0]] === 'silent');
  const [middle, ...ends] = mean(k).split(/ (?=\[)/);
  $('#front-say').innerHTML = `<b>${html(capital(D.words[k]))}</b> on ${html(S.set.label)}: ${m.name} <b>${middle}${unit}</b> <span class="nb">${ends.join('')}</span> over ${plural(S.set.seeds.length, 'seed')}, <b class="nb">${run ? `rank ${rank(k)} of ${N}` : 'estimated'}</b>`
    + (bare ? `; against none ${bare[1]} ${m.change}. ` : '. ')
    + `<span class="soft">${few ? 'Too few seeds to tell arms apart.' : !run ? 'This combination was not run: main effects and pairs of the fraction say what it would reach, within what they miss others by.' : others.length ? `${plural(others.length, 'other')} cannot be told from it.` : 'All others are clearly better or worse.'}${S.set.trained === 'converged' ? '' : ` ${capital(S.set.trained)}: a longer training may say otherwise.`}</span>`;
  const most = Math.max(...(PART ? flip : view().flips.flat()).filter(Boolean).map((f) => Math.abs(numbers(f[1])[0]))) * 1.1 || 1;
  $$('#front-rows .row').forEach((row, i) => {
    const on = has(k, i), one = flip[i], kind = one ? D.kinds[one[0]] : 'silent';
    $('[role=switch]', row).setAttribute('aria-checked', !!on);
    const [x, a, b] = (one ? numbers(one[1]) : [0, 0, 0]).map((z) => Math.max(-108, Math.min(108, z * m.better / most * 100)));
    const bar = $('rect', row);
    bar.setAttribute('class', kind); bar.setAttribute('x', Math.min(0, x)); bar.setAttribute('width', Math.abs(x));
    $('.w', row).setAttribute('d', isNaN(a) || isNaN(b) ? '' : `M${a} 12H${b}`);
    const [change, ...range] = one ? one[1].split(/ (?=\[)/) : [''];
    $(`#front-flip${i}`).innerHTML = one ? `${on ? 'remove' : 'add'} <b>${change}</b><br><span class="v">${one[2] ? 'estimated' : icon(`i-${kind}`) + WORDS[kind]}</span>` : 'that arm was not run';
    $(`#front-ci${i}`).textContent = range.join('');
  });
  $$('.front .presets button').forEach((b, n) => b.setAttribute('aria-pressed', presets[n][1]() === k));
  learn(k);
  if (!X) return;
  $$('.arm', box).forEach((g) => {
    const j = +g.dataset.k;
    g.classList.toggle('tie', run && !!alike(k, j)); g.setAttribute('aria-checked', j === k); g.setAttribute('tabindex', j === k ? 0 : -1);
  });
  const r = order.indexOf(k), hl = $('.hl', box), now = $('.now', box), W = box.clientWidth;
  hl.style.display = now.style.display = run ? '' : 'none';
  if (!run) { $('.arm', box).setAttribute('tabindex', 0); return; }
  hl.setAttribute('x', X(r) - hl.getAttribute('width') / 2);
  now.textContent = middle;
  now.setAttribute('x', Math.max(24, Math.min(X(r), W - 24)));
}

// What is followed on validation examples over training, of an arm and of none.
function learn(k) {
  const place = $('#front-learning'), W = Math.round(place.clientWidth), { epochs, values, stops } = S.set.curves;
  const own = values[D.arms[k]] || values[trunk(k)], base = values[0];
  $('#front-training').hidden = !own || epochs.length < 2;
  if (!own || epochs.length < 2 || !W) return;
  const H = 150, left = 38, both = [own, base].filter(Boolean).flat(), lo = Math.min(...both), hi = Math.max(...both) + 0.1;
  const end = epochs[epochs.length - 1], x = (e) => +(left + (W - left - 8) * e / end).toFixed(1), y = (v) => +(118 - (v - lo) / (hi - lo) * 92).toFixed(1);
  const line = (v, c) => `<path class="${c}" d="M${v.map((z, n) => `${x(epochs[n])} ${y(z)}`).join('L')}"/>`;
  const stop = stops[D.arms[k]], last = own[own.length - 1], bare = base && base[base.length - 1];
  const gap = bare !== undefined && Math.abs(y(last) - y(bare)) < 14 ? 14 : 0, up = last >= bare ? -1 : 1;
  place.innerHTML = `<svg viewBox="0 0 ${W} ${H}" aria-hidden="true">${axis(lo, hi, y, left, W)}<text x="0" y="11">Validation ${D.followed}, %</text>
    <text x="${W - 8}" y="${H - 2}" text-anchor="end">${end} epochs</text>${base ? line(base, 'base') : ''}${line(own, 'own')}`
    + (stop ? `<path class="stop" d="M${x(stop)} 22V122"/><text x="${x(stop) + (x(stop) < W / 2 ? 4 : -4)}" y="134" text-anchor="${x(stop) < W / 2 ? 'start' : 'end'}">early stopping: epoch ${stop}</text>` : '')
    + (k && base ? `<text class="end" x="${W - 8}" y="${y(bare) - (up > 0 ? 5 + gap : -13 - gap)}" text-anchor="end">none</text>` : '') + '</svg>';
}
function trunk(k) { // the same training without early stopping and averaging, which only read it
  return F.reduce((b, f, i) => (['earlystopping', 'averaging'].includes(f.id) ? b & ~(1 << i) : b), D.arms[k]);
}

// Pointing looks, clicking keeps.
const under = (e) => {
  const svg = $('svg', box).getBoundingClientRect(), x = (e.clientX - svg.left) * box.clientWidth / svg.width, col = X(1) - X(0);
  return view().order[Math.max(0, Math.min(N - 1, Math.round((x - L) / col - 0.5)))];
};
let peeked;
box.addEventListener('pointermove', (e) => {
  if (e.pointerType !== 'mouse') return choose({ arm: under(e) });
  const k = under(e);
  if (k !== peeked) show(k);
  peeked = k;
});
box.addEventListener('pointerleave', () => { if (peeked !== undefined) show(S.arm); peeked = undefined; });
box.addEventListener('click', (e) => choose({ arm: e.clientX ? under(e) : +(e.target.closest('.arm') || { dataset: { k: S.arm } }).dataset.k }));
box.addEventListener('keydown', (e) => {
  const { order } = view(), r = order.indexOf(S.arm), step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[e.key];
  const to = e.key === 'Home' ? 0 : e.key === 'End' ? N - 1 : step ? Math.max(0, Math.min(N - 1, r + step)) : -1;
  if (to < 0) return;
  e.preventDefault();
  choose({ arm: order[to] });
  $(`.arm[data-k="${order[to]}"]`, box).focus();
});
box.addEventListener('focusin', () => $('#front-say').setAttribute('aria-live', 'off'));
box.addEventListener('focusout', () => $('#front-say').removeAttribute('aria-live'));

// The grid: arrow keys move, a cell's words are read out below it.
const readout = $('#front-readout');
let held;
function tell(c) {
  readout.textContent = `${c.dataset.say} `;
  readout.append(Object.assign(document.createElement('a'), { href: `#${c.dataset.go}`, textContent: 'Try it in the explorer' }));
  readout.classList.add('on');
}
$$('.front .g').forEach((grid) => {
  const cells = $$('.c', grid), wide = D.sets.length;
  cells.forEach((c, i) => {
    c.setAttribute('role', 'button'); c.setAttribute('aria-describedby', 'front-readout'); c.tabIndex = i ? -1 : 0;
    c.addEventListener('focus', () => { cells.forEach((x) => { x.tabIndex = x === c ? 0 : -1; }); if (c.matches(':focus-visible')) tell(c); });
    c.addEventListener('pointerenter', (e) => e.pointerType === 'mouse' && tell(c));
    c.addEventListener('click', () => { if (held) held.classList.remove('on'); held = c; c.classList.add('on'); tell(c); });
    c.addEventListener('keydown', (e) => {
      if (e.key === 'Enter' || e.key === ' ') { e.preventDefault(); c.click(); return; }
      const to = { ArrowRight: i + 1, ArrowLeft: i - 1, ArrowDown: i + wide, ArrowUp: i - wide, Home: 0, End: cells.length - 1 }[e.key];
      if (to !== undefined && cells[to]) { e.preventDefault(); cells[to].focus(); }
    });
  });
  grid.addEventListener('pointerleave', () => held && tell(held));
});

// Copying and saving.
async function copy(text, button) {
  try { await navigator.clipboard.writeText(text); } catch {
    const area = document.body.appendChild(Object.assign(document.createElement('textarea'), { value: text, className: 'front-vh' }));
    area.select(); document.execCommand('copy'); area.remove(); button.focus();
  }
  const label = button.textContent;
  button.textContent = 'Copied'; $('#front-note').textContent = 'Copied to the clipboard';
  setTimeout(() => { button.textContent = label; $('#front-note').textContent = ''; }, 1600);
}
$('#front-copy').addEventListener('click', (e) => copy(location.href.split('#')[0] + link(), e.target));
function csv() { // a row an arm of what is shown; differences are those of one flip of the chosen arm
  const { order, est, seeds } = view(), own = flips(S.arm);
  const head = ['arm', 'rank', 'mean', 'ci_low', 'ci_high', `minus_${D.names[S.arm]}`, 'joint_low', 'joint_high', ...S.set.seeds.map((n) => `seed_${n}`)];
  const rows = [...(S.arm < N ? [] : [S.arm]), ...[...order].reverse()].map((k) => {
    const i = F.findIndex((f, n) => (D.arms[k] ^ D.arms[S.arm]) === 1 << n), flip = i < 0 ? null : own[i];
    return [D.names[k], k < N ? rank(k) : 'estimated', ...(k < N ? est[k] : numbers(mean(k))).slice(0, 3), ...[0, 1, 2].map((n) => (flip ? numbers(flip[1])[n] : '')), ...(k < N ? seeds[k] : [])].join(',');
  });
  return `${head.join(',')}\n${rows.join('\n')}\n`;
}
$('#front-csv').addEventListener('click', () => {
  const file = URL.createObjectURL(new Blob([csv()], { type: 'text/csv' }));
  Object.assign(document.createElement('a'), { href: file, download: `${link().slice(1).replace(/\//g, '-')}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(file), 1000);
});
$$('[data-cite]').forEach((b) => { b.hidden = false; b.addEventListener('click', () => copy($(b.dataset.cite).textContent.trim(), b)); });

addEventListener('hashchange', () => {
  if (!read(location.hash)) return;
  draw(); show(S.arm);
  const title = $('#front-explorer-title');
  title.scrollIntoView(); title.focus({ preventScroll: true });
});
new ResizeObserver(() => { draw(); show(S.arm); }).observe(box);
// Once all is there: what shows one page at a time begins at the top.
if (read(location.hash)) addEventListener('load', () => $('#front-explorer-title').scrollIntoView());
draw(); show(S.arm);
})();
