/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * migration.html: the document of migration.json and a script that draws it, in one file. Text from the log reaches the page only as
 * textContent and inside JSON whose '<' is escaped, so that no record can become markup.
 */
#include "lib/base/bits.h"
#include "tools/skerry/migration.h"
#include "tools/skerry/page.h"

#include <stdlib.h>

// clang-format off
static const char *const head[] = {
    "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Skerry: partitions that moved</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><style>\n",
    "svg text{fill:var(--ink);font:12px ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace}svg{max-width:100%;height:auto;display:block}"
    ".axis{stroke:var(--line)}.bar{fill:var(--link)}.cut{stroke:var(--fail);stroke-dasharray:5 3}.in1{stroke:var(--soft)}"
    ".step{display:flex;gap:10px;align-items:center;flex-wrap:wrap}.step input{flex:1;min-width:180px}"
    "button{font:inherit;border:1px solid var(--line);background:var(--card);color:var(--ink);border-radius:6px;padding:2px 12px}"
    "@media print{.step button,.step input{display:none}}\n",
    "</style></head><body>\n<h1>Partitions that moved</h1><p class=\"sub\" id=\"sub\"></p><ul class=\"strip\" id=\"strip\"></ul>\n"
    "<h2>Where they ran</h2><figure><div id=\"time\"></div><figcaption>One row a partition, sorted by home. Colour is the core it ran on;"
    " a mark in the colour of text is time it did not run. Before its first move it is drawn where that began.</figcaption></figure>\n"
    "<h2>How long they stood still</h2><figure><div id=\"hist\"></div><figcaption>Blackout of every move that was done: from stopped to"
    " running again, in buckets of a quarter octave.</figcaption></figure>\n"
    "<h2>Moves that were not done</h2><div class=\"wide\"><table id=\"refused\"></table></div>\n"
    "<h2>Messages between cores</h2><figure><div id=\"traffic\"></div><figcaption id=\"trafficsay\"></figcaption></figure>\n"
    "<h2>The cut over time</h2><div class=\"step\" id=\"step\"></div><figure><div id=\"cut\"></div><figcaption id=\"cutsay\"></figcaption></figure>\n"
    "<footer>Made by skerry report from the console log; the same figures are in migration.json, a trace for ui.perfetto.dev in"
    " migration.trace.json.</footer>\n<script type=\"application/json\" id=\"doc\">",
};

static const char *const script[] = {
    "</script>\n<script>\n'use strict';\nconst d=JSON.parse(document.getElementById('doc').textContent),$=i=>document.getElementById(i);\n"
    "const NS='http://www.w3.org/2000/svg';\n"
    "function el(n,a,p,t){const e=document.createElementNS(NS,n);for(const k in a)e.setAttribute(k,a[k]);if(t!==undefined)e.textContent=t;if(p)p.appendChild(e);return e}\n"
    "function h(n,t,p,c){const e=document.createElement(n);if(t!==undefined)e.textContent=t;if(c)e.className=c;if(p)p.appendChild(e);return e}\n"
    "const dur=x=>x===undefined?'-':x<1e3?x+' ns':x<1e6?(x/1e3).toPrecision(3)+' us':x<1e9?(x/1e6).toPrecision(3)+' ms':(x/1e9).toPrecision(3)+' s';\n"
    "const num=x=>x===undefined?'-':x.toLocaleString('en');\n"
    "const core=c=>'hsl('+Math.round(c*360/Math.max(1,d.cores)+(c%2)*0)+' '+(c%2?70:55)+'% '+(c%2?42:60)+'%)';\n"
    "const b=d.blackout_ns;$('sub').textContent=d.board+', '+d.cores+' cores'+(d.emulated?', emulated: times are of the emulator':'');\n"
    "function card(l,v,t,c){const li=h('li',undefined,$('strip'),c);h('span',l,li,'l');h('b',v,li,'v');h('span',t,li,'t')}\n"
    "card('moves done',num(d.done),num(d.not_done)+' not done','good');\n"
    "card('blackout p50',dur(b.p50),'p99 '+dur(b.p99)+', max '+dur(b.max));\n"
    "if(d.stress){const s=d.stress,bad=s.lost+s.doubled+s.reordered+s.bad;card('messages',num(s.messages),s.lost+' lost, '+s.doubled+' doubled, '+s.reordered+' out of order',bad?'fail':'good');"
    "card('memory and capabilities',s.wrong+s.wrong_core?'wrong '+(s.wrong+s.wrong_core):'intact',s.parts+' partitions, seed '+s.seed,s.wrong+s.wrong_core?'fail':'good')}\n"
    "if(d.status!==0)card('the run',d.status<0?'cut off':'status '+d.status,'what is here was in the log','fail');\n"
    "if(d.broken_records)card('broken records',num(d.broken_records),'left out','warn');\n",

    "function timeline(){const parts=[...new Set(d.moves.map(m=>m.part))].sort((a,b)=>BigInt(a)<BigInt(b)?-1:1);if(!parts.length){$('time').textContent='Nothing moved.';return}\n"
    "const t0=Math.min(...d.moves.map(m=>m.t_ns-m.all_ns)),t1=Math.max(d.moves[d.moves.length-1].t_ns,t0+1),W=1180,L=140,R=8,H=Math.max(7,Math.min(16,900/parts.length)),x=t=>L+(W-L-R)*(t-t0)/(t1-t0);\n"
    "const s=el('svg',{viewBox:'0 0 '+W+' '+(parts.length*H+46),role:'img','aria-label':'which core each partition ran on'},$('time'));\n"
    "const by=new Map();for(const m of d.moves){if(!by.has(m.part))by.set(m.part,[]);by.get(m.part).push(m)}\n"
    "parts.forEach((p,i)=>{const y=i*H;if(H>=10||i%2===0)el('text',{x:L-6,y:y+H*.8,'text-anchor':'end',style:'font-size:'+Math.min(11,H)+'px'},s,p);let at=t0,c=by.get(p)[0].from;\n"
    "const seg=(a,z,k)=>{if(z>a){const r=el('rect',{x:x(a),y:y+1,width:Math.max(.3,x(z)-x(a)),height:H-2,fill:core(k)},s);el('title',{},r,p+' on core '+k+', '+dur(a-t0)+' to '+dur(z-t0))}};\n"
    "for(const m of by.get(p)){seg(at,m.t_ns-m.blackout_ns,m.from);el('rect',{x:x(m.t_ns-m.blackout_ns),y:y+1,width:Math.max(.6,x(m.t_ns)-x(m.t_ns-m.blackout_ns)),height:H-2,fill:'var(--ink)'},s);at=m.t_ns;c=m.to}seg(at,t1,c)});\n"
    "const y=parts.length*H+4;el('line',{x1:L,x2:W-R,y1:y,y2:y,class:'axis'},s);for(let i=0;i<=6;i++){const t=t0+(t1-t0)*i/6;el('text',{x:x(t),y:y+14,'text-anchor':i===6?'end':i?'middle':'start'},s,dur(Math.round(t-t0)))}\n"
    "for(let c=0;c<d.cores&&c<32;c++){el('rect',{x:L+c*62,y:y+22,width:10,height:10,fill:core(c)},s);el('text',{x:L+c*62+14,y:y+31},s,'core '+c)}}\n",

    "function hist(){const n=new Map();for(const m of d.moves){const q=Math.floor(Math.log2(Math.max(1,m.blackout_ns))*4);n.set(q,(n.get(q)||0)+1)}\n"
    "if(!n.size){$('hist').textContent='No move was done.';return}const lo=Math.min(...n.keys()),hi=Math.max(...n.keys()),W=1180,H=220,k=hi-lo+1,w=(W-60)/k,top=Math.max(...n.values());\n"
    "const s=el('svg',{viewBox:'0 0 '+W+' '+(H+40),role:'img','aria-label':'histogram of blackouts'},$('hist'));\n"
    "for(let i=0;i<k;i++){const v=n.get(lo+i)||0;if(v){const r=el('rect',{x:50+i*w+1,y:H-v/top*(H-24),width:Math.max(1,w-2),height:v/top*(H-24),class:'bar'},s);el('title',{},r,v+' from '+dur(Math.round(2**((lo+i)/4))));el('text',{x:50+(i+.5)*w,y:H-v/top*(H-24)-4,'text-anchor':'middle'},s,v)}\n"
    "if(i%Math.ceil(k/14)===0)el('text',{x:50+i*w,y:H+16,'text-anchor':'middle'},s,dur(Math.round(2**((lo+i)/4))))}el('line',{x1:50,x2:W-10,y1:H,y2:H,class:'axis'},s)}\n"
    "function refused(){const t=$('refused'),r=Object.entries(d.refused).sort((a,b)=>b[1]-a[1]);if(!r.length){h('caption','None.',t);return}const hd=h('tr',undefined,h('thead',undefined,t));h('th','why, and at which step',hd,'t');h('th','moves',hd);"
    "const tb=h('tbody',undefined,t);for(const[k,v]of r){const tr=h('tr',undefined,tb);h('td',k,tr,'t');h('td',num(v),tr)}}\n",

    "function traffic(){const c=d.coherence;if(!c.length){$('traffic').textContent='This run has no coherence records.';return}const W=1180,H=200,t0=c[0].t_ns,t1=Math.max(c[c.length-1].t_ns,t0+1);\n"
    "const f=r=>r.messages?r.cross/r.messages:0,x=t=>50+(W-60)*(t-t0)/(t1-t0),y=v=>H-v*(H-20),s=el('svg',{viewBox:'0 0 '+W+' '+(H+24)},$('traffic'));\n"
    "el('polyline',{points:c.map(r=>x(r.t_ns)+','+y(f(r))).join(' '),fill:'none',stroke:'var(--link)','stroke-width':2},s);for(const v of[0,.5,1]){el('line',{x1:50,x2:W-10,y1:y(v),y2:y(v),class:'axis'},s);el('text',{x:44,y:y(v)+4,'text-anchor':'end'},s,v*100+'%')}\n"
    "el('text',{x:50,y:H+18},s,'0');el('text',{x:W-10,y:H+18,'text-anchor':'end'},s,dur(t1-t0));const q=Math.ceil(c.length/4),m=l=>{let a=0,k=0;for(const r of l){a+=r.messages;k+=r.cross}return a?(100*k/a).toFixed(1)+' %':'-'};\n"
    "$('trafficsay').textContent='Share of messages that cross cores: '+m(c.slice(0,q))+' in the first quarter, '+m(c.slice(-q))+' in the last.'}\n"
    "function cuts(){const c=d.cuts.filter(r=>Array.isArray(r.nodes)&&Array.isArray(r.edges));if(!c.length){$('cut').textContent='This run has no cut records.';return}let at=0;\n"
    "const back=h('button','\\u2190',$('step')),bar=h('input',undefined,$('step')),next=h('button','\\u2192',$('step')),say=h('span','',$('step'));bar.type='range';bar.min=0;bar.max=c.length-1;bar.setAttribute('aria-label','which cut');\n"
    "function draw(){const r=c[at],W=1000,H=620,pos=new Map(),side=[[],[]];for(const n of r.nodes)side[n[3]?1:0].push(n);side.forEach((l,k)=>{l.sort((a,b)=>a[2]-b[2]||a[0]-b[0]);l.forEach((n,i)=>{const a=Math.PI*(.5+k)+Math.PI*(i+.5)/l.length;pos.set(n[0],[W/2+(k?70:-70)+Math.cos(a)*(W/2-150),H/2+Math.sin(a)*(H/2-40)])})});\n"
    "$('cut').textContent='';const s=el('svg',{viewBox:'0 0 '+W+' '+H,role:'img','aria-label':'graph of partitions'},$('cut')),top=Math.max(1,...r.edges.map(e=>e[2])),sd=new Map(r.nodes.map(n=>[n[0],n[3]]));\n"
    "for(const e of r.edges){const a=pos.get(e[0]),z=pos.get(e[1]);if(!a||!z)continue;const l=el('line',{x1:a[0],y1:a[1],x2:z[0],y2:z[1],class:sd.get(e[0])!==sd.get(e[1])?'cut':'in1','stroke-width':.5+4*e[2]/top},s);el('title',{},l,'weight '+num(e[2]))}\n"
    "for(const n of r.nodes){const p=pos.get(n[0]);if(!p)continue;const g=n[3]?el('rect',{x:p[0]-8,y:p[1]-8,width:16,height:16,fill:core(n[2]),stroke:'var(--ink)'},s):el('circle',{cx:p[0],cy:p[1],r:9,fill:core(n[2]),stroke:'var(--ink)'},s);el('title',{},g,'part '+n[1]+' on core '+n[2]+', load '+n[4]);if(r.nodes.length<=48)el('text',{x:p[0]+(n[3]?14:-14),y:p[1]+4,'text-anchor':n[3]?'start':'end'},s,String(n[1])+' c'+n[2])}\n"
    "bar.value=at;say.textContent=(at+1)+' of '+c.length;$('cutsay').textContent='Epoch '+r.epoch+': weight '+num(r.weight)+' between the circles and the squares (dashed lines). Colour is the core, width the traffic.'}\n"
    "back.onclick=()=>{at=Math.max(0,at-1);draw()};next.onclick=()=>{at=Math.min(c.length-1,at+1);draw()};bar.oninput=()=>{at=+bar.value;draw()};draw()}\n"
    "timeline();hist();refused();traffic();cuts();\n</script></body></html>\n",
};
// clang-format on

/* As JSON may stand in a script element: no '<' of a record ends it. */
static void put_json(struct buf *t, const json_t *doc)
{
    char *s = must(json_dumps(doc, JSON_COMPACT));

    for (const char *c = s; *c; c++)
        if (*c == '<')
            buf_add(t, "\\u003c");
        else
            buf_bytes(t, c, 1);
    free(s);
}

void migration_page(struct buf *t, const json_t *doc)
{
    buf_add(t, head[0]);
    page_style(t);
    for (size_t i = 1; i < ARRAY_LEN(head); i++)
        buf_add(t, head[i]);
    put_json(t, doc);
    for (size_t i = 0; i < ARRAY_LEN(script); i++)
        buf_add(t, script[i]);
}
