/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Draws the document of migration_drawn() (tools/skerry/migration_drawn.c). Fetches nothing; puts text on the page only as textContent.
 * Every picture is a function of the document and of where the reader stands in it, and can be drawn again.
 */
'use strict';
const doc = JSON.parse(document.getElementById('doc').textContent);
const $ = id => document.getElementById(id);
const W = 1180;

/* ---- words, colours, elements ---- */

const num = n => n === undefined ? '-' : n.toLocaleString('en');
const dur = ns => ns === undefined ? '-' : ns < 1e3 ? Math.round(ns) + ' ns' : ns < 1e6 ? (ns / 1e3).toPrecision(3) + ' µs' :
    ns < 1e9 ? (ns / 1e6).toPrecision(3) + ' ms' : (ns / 1e9).toPrecision(4) + ' s';
/* On an axis: as many digits as it takes to be exact. */
const mark = ns => ns === 0 ? '0' : ns < 1e3 ? ns + ' ns' : ns < 1e6 ? +(ns / 1e3).toFixed(3) + ' µs' : ns < 1e9 ? +(ns / 1e6).toFixed(3) + ' ms' : +(ns / 1e9).toFixed(3) + ' s';
const percent = (part, all) => all > 0 ? (100 * part / all).toFixed(1) + ' %' : '-';
/* All times on the page count from the first thing that it shows. */
const base = Math.min(...[doc.parts.length ? doc.begin_ns : Infinity, ...doc.traffic.slice(0, 1).map(r => r[0]), ...doc.cuts.slice(0, 1).map(s => s.t_ns)].concat(doc.last_ns));
const since = ns => ns === base ? '0' : dur(ns - base);
const partName = n => '0x' + n.toString(16);

const eight = ['#4e79a7', '#f28e2b', '#59a14f', '#e15759', '#b07aa1', '#76b7b2', '#edc948', '#9c755f'];
const colour = core => doc.cores <= 8 ? eight[core % 8] : 'hsl(' + (core * 137.5) % 360 + ' ' + (45 + core % 3 * 15) + '% ' + (45 + core % 2 * 14) + '%)';
const ink = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function svg(name, attributes, parent, text) {
    const e = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const k in attributes) e.setAttribute(k, attributes[k]);
    if (text !== undefined) e.textContent = text;
    if (parent) parent.appendChild(e);
    return e;
}
function el(name, text, parent, cls) {
    const e = document.createElement(name);
    if (text !== undefined) e.textContent = text;
    if (cls) e.className = cls;
    if (parent) parent.appendChild(e);
    return e;
}
const picture = (id, height, label) => {
    $(id).textContent = '';
    return svg('svg', {class: 'g', viewBox: '0 0 ' + W + ' ' + height, role: 'img', 'aria-label': label}, $(id));
};
function key(id, rows) {
    $(id).textContent = '';
    for (const [cls, paint, text] of rows) {
        const li = el('li', undefined, $(id)), i = el('i', undefined, li, cls);
        if (paint) i.style.background = paint;
        li.append(text);
    }
}
/* Round places on an axis: 1, 2 or 5 times a power of ten apart. */
function ticks(low, high, most) {
    const raw = Math.max((high - low) / most, 1e-9), p = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].find(k => k * p >= raw) * p, list = [];
    for (let t = Math.ceil(low / step) * step; t <= high; t += step) list.push(t);
    return list;
}

/* ---- how it went ---- */

function card(label, value, note, cls) {
    const li = el('li', undefined, $('strip'), cls);
    el('span', label, li, 'l'); el('b', value, li, 'v'); el('span', note, li, 't');
}
function how() {
    const b = doc.blackout_ns, s = doc.stress, m = doc.messages;
    $('sub').textContent = (doc.board || 'unknown board') + ', ' + doc.cores + ' cores';
    card('moves done', num(doc.done), num(doc.not_done) + ' not done; ' + num(doc.parts_all) + ' partitions', 'good');
    card('stood still, p50', dur(b.p50), 'p99 ' + dur(b.p99) + ', max ' + dur(b.max));
    if (s) {
        const bad = s.lost + s.doubled + s.reordered + s.bad, wrong = s.wrong + s.wrong_core;
        card('messages', num(s.messages), num(s.lost) + ' lost, ' + num(s.doubled) + ' doubled, ' + num(s.reordered) + ' out of order', bad ? 'fail' : 'good');
        card('memory, capabilities', wrong ? 'wrong ' + num(wrong) : 'intact', num(s.parts) + ' partitions, seed ' + s.seed, wrong ? 'fail' : 'good');
    }
    const p = doc.placement;
    if (p && p.before_per_s > 0) {
        const change = 100 * (p.after_per_s - p.before_per_s) / p.before_per_s;
        card('messages between cores', (change > 0 ? '+' : '') + change.toFixed(1) + ' %', num(p.before_per_s) + '/s before, ' + num(p.after_per_s) + '/s after', change < 0 ? 'good' : 'warn');
    }
    if (m.n) card('messages traced', num(m.n), m.every > 1 ? 'one in ' + m.every + ', with both its ends' : 'with both their ends');
    if (doc.status !== 0) card('the run', doc.status < 0 ? 'cut off' : 'status ' + doc.status, 'what is here was in the log', 'fail');
    $('band').className = 'band ' + doc.provenance;
    $('word').textContent = doc.provenance.toUpperCase();
    $('meaning').textContent = doc.meaning + (doc.where ? ' Measured in ' + doc.where + '.' : '');
    const broken = doc.broken_records ? [num(doc.broken_records) + ' records of the log were broken and are left out'] : [];
    for (const r of doc.remarks.concat(broken)) {
        const li = el('li', undefined, $('remarks'), 'warn');
        el('b', 'warning', li); li.append(' ' + r + '.');
    }
}

/* ---- cores x partitions ---- */

const view = {a: doc.begin_ns, z: Math.max(doc.last_ns, doc.begin_ns + 1)};
const L = 132, R = 12;
function timeline() {
    const n = doc.parts.length;
    if (!n) { $('time').textContent = 'Nothing moved.'; return; }
    const H = Math.max(5, Math.min(18, Math.floor(800 / n))), height = n * H + 26;
    let canvas = $('time').querySelector('canvas');
    if (!canvas) canvas = begin(n, H, height);
    const scale = window.devicePixelRatio || 1, c = canvas.getContext('2d');
    canvas.width = W * scale; canvas.height = height * scale;
    c.scale(scale, scale);
    c.font = Math.min(12, Math.max(8, H - 1)) + 'px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace';
    c.textBaseline = 'middle'; c.textAlign = 'right'; c.fillStyle = ink('--ink');
    const x = t => L + (W - L - R) * (t - view.a) / (view.z - view.a), every = Math.ceil(11 / H), still = ink('--ink');
    doc.parts.forEach((p, i) => { if (i % every === 0) c.fillText(p, L - 8, i * H + H / 2); });
    c.save(); c.beginPath(); c.rect(L, 0, W - L - R, n * H); c.clip();
    const gap = H > 7 ? 1 : 0;
    const bar = (i, a, z, paint, least) => {
        if (z < view.a || a > view.z) return;
        c.fillStyle = paint;
        c.fillRect(x(a), i * H + gap, Math.max(least, x(z) - x(a)), H - 2 * gap);
    };
    each((i, a, z, core) => bar(i, a, z, core < 0 ? still : colour(core), core < 0 ? .7 : .2));
    c.restore();
    c.strokeStyle = ink('--line'); c.fillStyle = ink('--soft'); c.textBaseline = 'top'; c.font = '12px ui-monospace,"DejaVu Sans Mono",Menlo,Consolas,monospace';
    for (const t of ticks(view.a - base, view.z - base, 8)) {
        const at = x(t + base);
        c.beginPath(); c.moveTo(at, n * H); c.lineTo(at, n * H + 5); c.stroke();
        c.textAlign = at > W - 70 ? 'right' : at < L + 30 ? 'left' : 'center';
        c.fillText(mark(t), at, n * H + 8);
    }
}
/* Each stretch of each row: on a core, or (-1) standing still. */
function each(f) {
    let row = -1, at = 0, core = 0;
    const end = () => { if (row >= 0) f(row, at, view.z > doc.last_ns ? view.z : doc.last_ns, core); };
    for (const [i, t, from, to, still] of doc.moves) {
        if (i !== row) { end(); row = i; at = doc.begin_ns; }
        f(i, at, t - still, from); f(i, t - still, t, -1);
        at = t; core = to;
    }
    end();
}
function begin(n, H, height) {
    const canvas = el('canvas', undefined, $('time'));
    canvas.style.width = W + 'px'; canvas.style.aspectRatio = W + '/' + height;
    canvas.setAttribute('role', 'img'); canvas.setAttribute('aria-label', 'which core each of ' + n + ' partitions ran on over time');
    let from = null;
    const at = e => { const r = canvas.getBoundingClientRect(), k = W / r.width; return [(e.clientX - r.left) * k, (e.clientY - r.top) * k]; };
    const time = px => view.a + (view.z - view.a) * Math.min(1, Math.max(0, (px - L) / (W - L - R)));
    canvas.onpointerdown = e => { from = at(e)[0]; };
    canvas.onpointerup = e => {
        const to = at(e)[0];
        if (from !== null && Math.abs(to - from) > 6) { [view.a, view.z] = [time(Math.min(from, to)), time(Math.max(from, to))]; timeline(); }
        from = null;
    };
    canvas.ondblclick = () => { view.a = doc.begin_ns; view.z = Math.max(doc.last_ns, doc.begin_ns + 1); timeline(); };
    canvas.onpointermove = e => {
        const [px, py] = at(e), row = Math.floor(py / H), t = time(px);
        let text = '';
        if (row >= 0 && row < n && px >= L) each((i, a, z, core) => {
            if (i === row && a <= t && t < z)
                text = doc.parts[i] + (core < 0 ? ' stands still' : ' on core ' + core) + ', ' + since(a) + ' to ' + since(z) + ' (' + dur(z - a) + ')';
        });
        $('timeread').textContent = text;
    };
    return canvas;
}
function timeSay() {
    const all = doc.parts_all, n = doc.parts.length, rows = [];
    for (let c = 0; c < doc.cores && c < 64; c++) rows.push(['', colour(c), 'core ' + c]);
    rows.push(['', 'var(--ink)', 'stands still']);
    key('timekey', rows);
    $('timesay').textContent = (n < all ? 'The ' + num(n) + ' partitions of ' + num(all) + ' that moved most often, by name. ' : 'One row for each partition that moved, by name. ') +
        (n === all && doc.moves.length < doc.moves_all ? 'The first ' + num(doc.moves.length) + ' moves of ' + num(doc.moves_all) + '. ' : '') +
        'Before its first move a partition is drawn on the core it left then. Drag over a stretch of time to look closer; a double click shows all again.';
    $('timeread').textContent = n ? 'Point at a row to read it.' : '';
}
function crowd() {
    const rows = doc.crowd_hundredths, H = Math.max(8, Math.min(20, 420 / Math.max(1, rows.length)));
    if (!doc.parts.length) { $('crowd').textContent = 'Nothing moved.'; return; }
    const top = Math.max(1, ...rows.map(r => Math.max(...r))), s = picture('crowd', rows.length * H + 46, 'partitions on each core over time'), w = (W - L - R) / rows[0].length;
    rows.forEach((r, core) => {
        if (H >= 11 || core % 2 === 0) svg('text', {x: L - 8, y: core * H + H * .75, 'text-anchor': 'end'}, s, 'core ' + core);
        r.forEach((v, i) => {
            if (v) svg('title', {}, svg('rect', {x: L + i * w, y: core * H + .5, width: w, height: H - 1, 'shape-rendering': 'crispEdges', fill: 'var(--link)', 'fill-opacity': (.06 + .94 * v / top).toFixed(3)}, s),
                'core ' + core + ': ' + (v / 100).toFixed(1) + ' partitions at ' + since(doc.begin_ns + (doc.last_ns - doc.begin_ns) * i / r.length));
        });
    });
    timeAxis(s, rows.length * H + 4, doc.begin_ns - base, doc.last_ns - base);
    [0, .25, .5, .75, 1].forEach((f, i) => svg('rect', {x: L + i * 34, y: rows.length * H + 32, width: 34, height: 10, fill: 'var(--link)', 'fill-opacity': .06 + .94 * f}, s));
    svg('text', {x: L - 8, y: rows.length * H + 41, 'text-anchor': 'end', class: 's'}, s, '0');
    svg('text', {x: L + 178, y: rows.length * H + 41, class: 's'}, s, (top / 100).toFixed(0) + ' partitions');
}
function timeAxis(s, y, low, high) {
    svg('line', {x1: L, x2: W - R, y1: y, y2: y, class: 'axis'}, s);
    for (const t of ticks(low, high, 8)) {
        const x = L + (W - L - R) * (t - low) / Math.max(1, high - low);
        svg('line', {x1: x, x2: x, y1: y, y2: y + 4, class: 'axis'}, s);
        svg('text', {x, y: y + 17, 'text-anchor': x > W - 70 ? 'end' : x < L + 30 ? 'start' : 'middle', class: 's'}, s, mark(t));
    }
}

/* ---- blackouts, reasons ---- */

function hist() {
    const rows = doc.blackout_ns.hist, H = 230, B = 60;
    if (!rows || !rows.length) { $('hist').textContent = 'No move was done.'; return; }
    const place = low => { const o = Math.floor(Math.log2(Math.max(1, low))); return o * 4 + Math.round((low / 2 ** o - 1) * 4); };
    const value = p => 2 ** Math.floor(p / 4) * (1 + (p % 4) / 4);
    const first = place(rows[0][0]), k = place(rows[rows.length - 1][0]) - first + 1, w = Math.min(90, (W - B - 60) / k);
    const top = Math.max(...rows.map(r => r[1])), y = v => H - v / top * (H - 26), s = picture('hist', H + 44, 'histogram of how long moves stood still');
    for (const v of ticks(0, top, 4)) if (Number.isInteger(v)) {
        svg('line', {x1: B, x2: B + k * w, y1: y(v), y2: y(v), class: 'axis'}, s);
        svg('text', {x: B - 8, y: y(v) + 4, 'text-anchor': 'end', class: 's'}, s, num(v));
    }
    for (const [low, n] of rows) {
        const p = place(low), x = B + (p - first) * w;
        svg('title', {}, svg('rect', {x: x + 1, y: y(n), width: Math.max(1, w - 2), height: H - y(n), class: 'bar'}, s), num(n) + ' moves, ' + dur(low) + ' to ' + dur(value(p + 1)));
        if (w > 22) svg('text', {x: x + w / 2, y: y(n) - 5, 'text-anchor': 'middle'}, s, num(n));
    }
    const each = Math.ceil(80 / w);
    for (let i = 0; i <= k; i += each) svg('text', {x: B + i * w, y: H + 17, 'text-anchor': 'middle', class: 's'}, s, dur(value(first + i)));
    const marks = [['p50', doc.blackout_ns.p50], ['p99', doc.blackout_ns.p99]];
    for (const [name, v] of marks) {
        const o = Math.floor(Math.log2(Math.max(1, v))), x = B + (o * 4 + (v / 2 ** o - 1) * 4 - first) * w;
        svg('line', {x1: x, x2: x, y1: 8, y2: H, class: 'now'}, s); svg('text', {x: x > W - 120 ? x - 5 : x + 5, y: name === 'p50' ? 14 : 30, 'text-anchor': x > W - 120 ? 'end' : 'start', class: 'halo'}, s, name + ' ' + dur(v));
    }
    svg('text', {x: B, y: H + 38, class: 's'}, s, 'moves (up) by blackout (across)');
}
function refused() {
    const t = $('refused');
    if (!doc.refused.length) { el('caption', 'None.', t); return; }
    const head = el('tr', undefined, el('thead', undefined, t)), body = el('tbody', undefined, t), all = doc.done + doc.not_done;
    el('th', 'why, and the step that was not done', head, 't'); el('th', 'moves', head); el('th', 'of all', head);
    for (const [why, n] of doc.refused) {
        const tr = el('tr', undefined, body);
        el('td', why, tr, 't'); el('td', num(n), tr); el('td', percent(n, all), tr);
    }
}

/* ---- messages ---- */

function figure(id, label, value) {
    const d = el('div', undefined, $(id));
    el('span', label, d); el('b', value, d);
}
function said() {
    const m = doc.messages;
    if (!m.n) { el('p', 'No single messages were traced in this run (make stress TRACE=N does).', $('said')); return; }
    const table = el('table', undefined, el('div', undefined, $('said'), 'wide')), head = el('tr', undefined, el('thead', undefined, table)), body = el('tbody', undefined, table);
    el('caption', 'From before a message is sent until after it is taken from the ring' + (m.every > 1 ? '; one message in ' + m.every + ' was noted, at both its ends' : '') + '. Each is an arrow in migration.trace.json.', table);
    for (const h of ['', 'messages', 'min', 'p50', 'p99', 'max']) el('th', h, head, h ? '' : 't');
    for (const [name, s] of [['between two cores', m.two_cores_ns], ['on one core', m.same_core_ns]]) {
        const tr = el('tr', undefined, body);
        el('td', name, tr, 't'); el('td', num(s.n), tr);
        for (const k of ['min', 'p50', 'p99', 'max']) el('td', dur(s[k]), tr);
    }
}
function traffic() {
    const rows = doc.traffic, p = doc.placement;
    if (p) {
        figure('placed', p.workload + ', started ' + p.start.replace('_', ' '), num(p.moves) + ' moves');
        figure('placed', 'all messages, before and after', num(p.said_before_per_s) + '/s, ' + num(p.said_after_per_s) + '/s');
        figure('placed', 'between cores, before', num(p.before_per_s) + '/s (' + percent(p.before_per_s, p.said_before_per_s) + ' of all)');
        figure('placed', 'between cores, after', num(p.after_per_s) + '/s (' + percent(p.after_per_s, p.said_after_per_s) + ' of all)');
    }
    if (rows.length < 1) { $('traffic').textContent = 'This run has no records of traffic over time: nobody ran coherence.'; return; }
    const H = 210, t0 = rows[0][0], t1 = Math.max(rows[rows.length - 1][1], t0 + 1), rate = (n, r) => n * 1e9 / Math.max(1, r[1] - r[0]);
    const top = Math.max(1, ...rows.map(r => rate(r[2], r))), x = t => L + (W - L - R) * (t - t0) / (t1 - t0), y = v => H - v / top * (H - 24);
    const s = picture('traffic', H + 30, 'messages a second, all and between cores');
    for (const r of rows) {
        const a = x(r[0]), w = Math.max(.5, x(r[1]) - a - .6), text = since(r[0]) + ' to ' + since(r[1]) + ': ' + num(Math.round(rate(r[2], r))) + '/s, between cores ' + num(Math.round(rate(r[3], r))) + '/s (' + percent(r[3], r[2]) + ')' + (r[4] ? '' : ', advice not followed yet');
        svg('title', {}, svg('rect', {x: a, y: y(rate(r[2], r)), width: w, height: H - y(rate(r[2], r)), class: 'all'}, s), text);
        svg('title', {}, svg('rect', {x: a, y: y(rate(r[3], r)), width: w, height: H - y(rate(r[3], r)), class: 'cross'}, s), text);
    }
    for (const v of ticks(0, top, 4)) {
        svg('line', {x1: L, x2: W - R, y1: y(v), y2: y(v), class: 'axis', 'stroke-opacity': .5}, s);
        svg('text', {x: L - 8, y: y(v) + 4, 'text-anchor': 'end', class: 's'}, s, num(v) + '/s');
    }
    const on = rows.find(r => r[4]);
    if (on && on !== rows[0]) { svg('line', {x1: x(on[0]), x2: x(on[0]), y1: 4, y2: H, class: 'now'}, s); svg('text', {x: x(on[0]) + 6, y: 14}, s, 'advice is followed'); }
    timeAxis(s, H + 2, t0 - base, t1 - base);
    const sum = list => list.reduce((a, r) => [a[0] + r[2], a[1] + r[3]], [0, 0]), off = rows.filter(r => !r[4]), q = Math.ceil(rows.length / 4);
    const [a, ac] = sum(off.length && on ? off : rows.slice(0, q)), [b, bc] = sum(rows.slice(-q));
    $('trafficsay').textContent = 'Messages a second: grey all, blue between cores. Between cores: ' + percent(ac, a) + (off.length && on ? ' before advice was followed, ' : ' in the first quarter, ') + percent(bc, b) + ' in the last quarter.' +
        (rows.length >= 400 ? ' Neighbouring records are added up.' : '');
}

/* ---- the cut ---- */

let at = 0;
const steps = doc.cuts, coreOf = steps.map(s => new Map(s.nodes.map(n => [n[1], n[2]])));
const weights = steps.map(s => {
    const core = new Map(s.nodes.map(n => [n[0], n[2]]));
    return s.edges.reduce((w, e) => [w[0] + e[2], w[1] + (core.get(e[0]) !== core.get(e[1]) ? e[2] : 0)], [0, 0]);
});
function go(to) {
    at = Math.min(steps.length - 1, Math.max(0, to));
    cut();
}
function cutBegin() {
    if (!steps.length) { $('cut').textContent = 'This run has no records of cuts: nobody ran coherence.'; return; }
    const back = el('button', '←', $('step')), bar = el('input', undefined, $('step')), next = el('button', '→', $('step')), play = el('button', 'play', $('step'));
    el('span', '', $('step'), 'num').id = 'stepsay';
    const hint = el('span', '', $('step')); el('kbd', '←', hint); hint.append(' '); el('kbd', '→', hint); hint.append(' step, '); el('kbd', 'Home', hint); hint.append(' '); el('kbd', 'End', hint);
    back.id = 'back'; next.id = 'next'; bar.id = 'bar';
    back.setAttribute('aria-label', 'step back'); next.setAttribute('aria-label', 'step on'); bar.setAttribute('aria-label', 'which step');
    bar.type = 'range'; bar.min = 0; bar.max = steps.length - 1;
    back.onclick = () => go(at - 1); next.onclick = () => go(at + 1); bar.oninput = () => go(+bar.value);
    let timer = 0;
    play.onclick = () => {
        if (timer) { clearInterval(timer); timer = 0; play.textContent = 'play'; return; }
        if (at === steps.length - 1) go(0);
        play.textContent = 'stop';
        timer = setInterval(() => { if (at < steps.length - 1) go(at + 1); else play.onclick(); }, 700);
    };
    document.addEventListener('keydown', e => {
        const to = {ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: steps.length - 1}[e.key];
        if (to === undefined || e.altKey || e.ctrlKey || e.metaKey || ((e.key === 'Home' || e.key === 'End') && e.target !== bar && !$('step').contains(e.target))) return;
        e.preventDefault(); go(to);
    });
    key('cutkey', [['ring', '', 'partition, one side of the cut'], ['box', '', 'the other side'], ['line', '', 'they talk; width is how much'], ['dash', '', 'and the cut goes through it'], ['warm', '', 'moved here since the step before']]);
    const from = Number(new URLSearchParams(location.hash.slice(1)).get('step'));
    go(Number.isInteger(from) && from > 0 ? from - 1 : 0);
}
function share() {
    const H = 74, s = picture('share', H, 'share of the talk between cores, step by step'), n = steps.length, w = (W - L - R) / n, y = f => H - 18 - f * (H - 26);
    svg('text', {x: L - 8, y: y(1) + 8, 'text-anchor': 'end', class: 's'}, s, '100 %'); svg('text', {x: L - 8, y: y(0), 'text-anchor': 'end', class: 's'}, s, '0');
    weights.forEach(([all, cross], i) => {
        const f = all ? cross / all : 0;
        svg('rect', {x: L + i * w + .5, y: y(f), width: Math.max(.5, w - 1), height: y(0) - y(f), class: i === at ? 'bar' : 'all'}, s);
        const hit = svg('rect', {x: L + i * w, y: 0, width: w, height: H - 18, class: 'hit'}, s);
        svg('title', {}, hit, 'step ' + (i + 1) + ': ' + percent(cross, all) + ' between cores'); hit.onclick = () => go(i);
    });
    svg('line', {x1: L, x2: W - R, y1: y(0), y2: y(0), class: 'axis'}, s);
    svg('text', {x: L, y: H - 3, class: 's'}, s, 'share of the talk in each step that goes between cores');
}
/* Cores on an ellipse, or in rows if they are many; on each its partitions by name, closest to the middle first. */
function places(step) {
    const used = [...new Set(steps.flatMap(s => s.nodes.map(n => n[2])))].sort((a, b) => a - b), H = used.length > 16 ? 150 * Math.ceil(used.length / 8) : 780, centre = new Map(), pos = new Map();
    used.forEach((core, i) => {
        const angle = 2 * Math.PI * i / used.length - Math.PI / 2;
        centre.set(core, used.length > 16 ? [W / 8 * (i % 8 + .5), 150 * (Math.floor(i / 8) + .5) + 8] :
            used.length === 1 ? [W / 2, H / 2] : [W / 2 + Math.cos(angle) * 440, H / 2 + 6 + Math.sin(angle) * (H / 2 - 108)]);
    });
    const room = used.length > 16 ? 52 : 82;
    for (const core of used) {
        const here = step.nodes.filter(n => n[2] === core).sort((a, b) => a[1] - b[1]), c = centre.get(core), spread = Math.min(36, room / Math.sqrt(here.length + .5));
        here.forEach((n, i) => { const r = spread * Math.sqrt(i + .3), a = i * 2.39996; pos.set(n[0], [c[0] + Math.cos(a) * r, c[1] + Math.sin(a) * r]); });
    }
    return {H, centre, pos, room};
}
function cut() {
    const step = steps[at], {H, centre, pos, room} = places(step), before = at > 0 ? coreOf[at - 1] : new Map();
    const s = picture('cut', H, 'partitions on their cores, and who talks to whom'), most = Math.max(1, ...step.edges.map(e => e[2])), side = new Map(step.nodes.map(n => [n[0], n[3]]));
    for (const [core, c] of centre) {
        svg('circle', {cx: c[0], cy: c[1], r: room + 10, class: 'hull', style: 'stroke:' + colour(core)}, s);
    }
    for (const [a, b, weight] of step.edges) {
        const p = pos.get(a), q = pos.get(b);
        if (!p || !q) continue;
        const l = svg('line', {x1: p[0], y1: p[1], x2: q[0], y2: q[1], class: side.get(a) !== side.get(b) ? 'cutedge' : 'edge', 'stroke-width': (.6 + 4.4 * weight / most).toFixed(2), 'stroke-opacity': side.get(a) !== side.get(b) ? .9 : .55}, s);
        svg('title', {}, l, num(weight) + ' of talk');
    }
    let moved = 0;
    for (const [number, part, core, where, load] of step.nodes) {
        const p = pos.get(number), was = before.get(part), came = was !== undefined && was !== core, r = room > 60 ? 9 : 6;
        if (!p) continue;
        moved += came;
        if (came && centre.get(was)) {
            const c = centre.get(was), d = Math.hypot(p[0] - c[0], p[1] - c[1]) || 1, x = p[0] - (p[0] - c[0]) / d * Math.min(60, d), y = p[1] - (p[1] - c[1]) / d * Math.min(60, d);
            svg('path', {d: 'M' + x + ' ' + y + 'L' + p[0] + ' ' + p[1], class: 'came'}, s);
        }
        const look = {fill: colour(core), stroke: came ? 'var(--warn)' : 'var(--ink)', 'stroke-width': came ? 3 : 1};
        const shape = where ? svg('rect', {x: p[0] - r + 1, y: p[1] - r + 1, width: 2 * r - 2, height: 2 * r - 2, ...look}, s) : svg('circle', {cx: p[0], cy: p[1], r, ...look}, s);
        svg('title', {}, shape, 'partition ' + partName(part) + ' on core ' + core + (came ? ', was on core ' + was : '') + ', load ' + load);
        if (step.nodes.length <= 48 && room > 60) svg('text', {x: p[0], y: p[1] + r + 10, 'text-anchor': 'middle', class: 'halo', style: 'font-size:10px'}, s, partName(part));
    }
    for (const [core, c] of centre)
        svg('text', {x: c[0], y: c[1] - room - (room > 60 ? 15 : 1), 'text-anchor': 'middle', class: 'halo b'}, s, 'core ' + core + (room > 60 ? ': ' + step.nodes.filter(n => n[2] === core).length : ''));
    const [all, cross] = weights[at], skipped = doc.cuts_all > steps.length ? ' ' + num(steps.length) + ' of ' + num(doc.cuts_all) + ' cuts of the log are shown, evenly.' : '';
    $('bar').value = at; $('back').disabled = at === 0; $('next').disabled = at === steps.length - 1;
    $('stepsay').textContent = (at + 1) + ' of ' + steps.length;
    $('cutsay').textContent = 'Epoch ' + num(step.epoch) + ', ' + since(step.t_ns) + (step.t_ns < doc.begin_ns ? ' (before the first move)' : '') + ': the cut has weight ' + num(step.weight) + '; ' + percent(cross, all) + ' of this talk goes between cores; ' +
        num(step.nodes.length) + ' partitions' + (at > 0 ? ', ' + moved + ' moved since the step before' : '') + '.' + skipped;
    share();
}

/* The pictures on canvas take their colours when they are drawn. */
how(); timeline(); timeSay(); crowd(); hist(); refused(); said(); traffic(); cutBegin();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', timeline);
