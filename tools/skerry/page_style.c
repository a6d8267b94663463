/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The page's style. Every state has a word and a shape beside its colour; colours
 * keep a contrast of 4.5 and more on paper in both schemes; print is black on white.
 */
#include "tools/skerry/page.h"

// clang-format off
static const char *const rules[] = {
    ":root{color-scheme:light dark;--ink:#1b1f24;--soft:#525c67;--line:#d3d9df;--paper:#fff;"
    "--card:#f5f7f9;--good:#0a6b4f;--warn:#8a4b00;--fail:#a3152a;--note:#3d4a57;--link:#0b57a4;"
    "--band-ink:#1a1200;--emu:#ffc94d;--emu2:#f2ae1f;--hw:#a8e0d1;--hw2:#78c9b5;--odd:#f3c6d8;"
    "--odd2:#e6a3bf}\n",
    "@media(prefers-color-scheme:dark){:root{--ink:#e6eaee;--soft:#a9b3bd;--line:#333c45;"
    "--paper:#14181d;--card:#1c2229;--good:#5fd3ab;--warn:#ffbf66;--fail:#ff8b98;--note:#b9c4ce;"
    "--link:#86bdf5;--emu:#e6b03a;--emu2:#cf971a;--hw:#7fcbb8;--hw2:#5cb39d;--odd:#dba3ba;"
    "--odd2:#c985a1}}\n",
    "*{box-sizing:border-box}html{-webkit-text-size-adjust:100%}"
    "body{margin:0 auto;max-width:1240px;padding:28px 28px 64px;background:var(--paper);"
    "color:var(--ink);font:15px/1.5 system-ui,\"Segoe UI\",\"Noto Sans\",\"DejaVu Sans\",sans-serif}"
    "h1{font-size:27px;line-height:1.2;margin:0 0 2px;letter-spacing:-.01em}"
    "h2{font-size:19px;margin:44px 0 8px;padding-top:14px;border-top:1px solid var(--line)}"
    "h3{font-size:15px;margin:22px 0 6px}p{margin:6px 0 10px;max-width:82ch}"
    ".sub{color:var(--soft);margin:0 0 18px}a{color:var(--link)}"
    "code,pre,.num,td,th{font-family:ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;"
    "font-variant-numeric:tabular-nums}code{font-size:.92em;overflow-wrap:anywhere}"
    "pre{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:10px 12px;"
    "font-size:12.5px;white-space:pre-wrap;overflow-wrap:anywhere;margin:6px 0}\n",
    ".head{display:flex;align-items:center;gap:14px;margin:0 0 12px}"
    ".seal{font-weight:800;font-size:17px;padding:6px 14px;border-radius:6px;border:2px solid;"
    "letter-spacing:.04em;white-space:nowrap}.seal.good{color:var(--good)}.seal.fail{color:var(--fail);"
    "border-style:dashed}\n",
    ".strip{display:grid;grid-template-columns:repeat(auto-fit,minmax(236px,1fr));gap:10px;"
    "margin:0 0 18px;padding:0;list-style:none}"
    ".strip li{background:var(--card);border:1px solid var(--line);border-left:5px solid var(--note);"
    "border-radius:6px;padding:9px 12px 10px;min-width:0}"
    ".strip .l{font-size:12.5px;color:var(--soft);display:flex;justify-content:space-between;gap:8px}"
    ".strip .v{font:700 21px/1.25 ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;"
    "font-variant-numeric:tabular-nums;display:block}"
    ".strip .t{font-size:12.5px;color:var(--soft);display:block}"
    ".strip .good{border-left-color:var(--good)}.strip .good b{color:var(--good)}"
    ".strip .warn{border-left:5px double var(--warn)}.strip .warn b{color:var(--warn)}"
    ".strip .fail{border-left:5px dashed var(--fail)}.strip .fail b{color:var(--fail)}\n",
    ".band{border:2px solid var(--band-ink);border-radius:8px;padding:14px;margin:0 0 8px;"
    "color:var(--band-ink);-webkit-print-color-adjust:exact;print-color-adjust:exact}"
    ".band>div{background:var(--in);border-radius:5px;padding:10px 16px 12px}"
    ".band strong.w{font-size:25px;letter-spacing:.09em;display:block;line-height:1.25}"
    ".band p{margin:2px 0 6px}.band ul{margin:2px 0 0;padding-left:18px}.band h3{margin:8px 0 0}"
    ".two{display:grid;grid-template-columns:1fr 1fr;gap:4px 32px}"
    ".band.emulated{--in:#fff3d1;background:repeating-linear-gradient(45deg,var(--emu) 0 14px,var(--emu2) 14px 28px)}"
    ".band.hardware{--in:#e4f6f1;background:radial-gradient(var(--hw2) 28%,transparent 30%) 0 0/14px 14px var(--hw)}"
    ".band.sample,.band.unknown{--in:#fdeaf2;background:repeating-linear-gradient(0deg,var(--odd) 0 7px,var(--odd2) 7px 14px)}\n",
    "figure{margin:10px 0;overflow-x:auto}svg.pic{max-width:none;height:auto}figure>svg.pic{display:block}"
    "figcaption{color:var(--soft);font-size:13px;max-width:82ch;margin-top:6px}"
    "svg.pic .in{fill:var(--paper);font-weight:700}svg.pic .dot{fill:var(--paper)}\n",
    ".tabs>input{position:absolute;opacity:0;pointer-events:none}"
    ".tabs>label{display:inline-block;border:1px solid var(--line);border-radius:999px;padding:3px 13px;"
    "margin:0 4px 6px 0;cursor:pointer;font-size:13.5px;background:var(--card)}"
    ".tabs>input:checked+label{background:var(--ink);color:var(--paper);border-color:var(--ink);font-weight:600}"
    ".tabs>input:focus-visible+label{outline:3px solid var(--link);outline-offset:2px}"
    ".tabs .panel{display:none}.both{display:flex;flex-wrap:wrap;gap:0 34px;align-items:flex-start}"
    ".both>*{min-width:0;max-width:100%}.both>details{margin-top:14px}\n",
    "table{border-collapse:collapse;font-size:12.5px}.wide{overflow-x:auto;max-width:100%}"
    "caption{text-align:left;font:13px/1.4 system-ui,sans-serif;color:var(--soft);padding:2px 0 6px}"
    "th,td{padding:3px 6px;text-align:right;border-bottom:1px solid var(--line);white-space:nowrap}"
    "th{font-weight:700}thead th{border-bottom:2px solid var(--line);vertical-align:bottom}"
    "td.t,th.t{text-align:left}td small{display:block;color:var(--soft);font-size:11px}"
    "td.x{color:var(--soft)}tr.gap td,tr.gap th{border-top:2px solid var(--soft)}"
    "td.gap,th.gap{border-left:2px solid var(--soft)}.dense th,.dense td{padding:2px 4px;font-size:10.5px}"
    "details{margin:8px 0}summary{cursor:pointer;color:var(--link);font-size:14px;padding:3px 0}"
    "dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 18px;margin:8px 0;font-size:14px}"
    "dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}"
    ".remarks{list-style:none;margin:8px 0;padding:0}.remarks li{padding:5px 0 5px 12px;margin:0 0 5px;"
    "border-left:5px solid var(--note);max-width:100ch}.remarks b{display:inline-block;min-width:66px}"
    ".remarks .warn{border-left-style:double;border-color:var(--warn)}.remarks .warn b{color:var(--warn)}"
    ".remarks .fail{border-left-style:dashed;border-color:var(--fail)}.remarks .fail b{color:var(--fail)}"
    "footer{margin-top:44px;color:var(--soft);font-size:13px;border-top:1px solid var(--line);padding-top:10px}\n",
    "@media(max-width:700px){body{padding:16px}.two{grid-template-columns:1fr}.head{display:block}"
    ".seal{display:inline-block;margin-bottom:8px}}\n",
    "@media print{@page{size:A4;margin:13mm}:root{--ink:#000;--soft:#333;--line:#999;--paper:#fff;--card:#fff;"
    "--good:#064;--warn:#630;--fail:#800;--note:#333;--link:#000;--emu:#ffc94d;--emu2:#f2ae1f;--hw:#a8e0d1;"
    "--hw2:#78c9b5;--odd:#f3c6d8;--odd2:#e6a3bf}"
    "body{max-width:none;padding:0;font-size:10.5pt}svg.pic{max-width:100%;-webkit-print-color-adjust:exact;"
    "print-color-adjust:exact}figure,.wide{overflow:visible}figure,.strip li,.band,tr,dl{break-inside:avoid}"
    "h2,h3{break-after:avoid}.strip{grid-template-columns:repeat(4,1fr);gap:6px}.strip .v{font-size:14pt}"
    ".tabs>input,.tabs>label{display:none}.tabs .panel{display:block!important}.tabs .panel.scr{display:none!important}"
    "table{font-size:8pt}th,td{padding:1.5px 5px}.dense th,.dense td{font-size:5.4pt;padding:1px 1.5px}td small{font-size:6.5pt}"
    ".dense td small{font-size:5pt}details:not([open]){display:none}summary{display:none}.both{display:block}}",
};
// clang-format on

void page_style(struct buf *t)
{
    for (size_t i = 0; i < ARRAY_LEN(rules); i++)
        buf_add(t, rules[i]);
}
