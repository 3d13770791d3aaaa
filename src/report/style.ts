import { figureVariables } from "./theme.js";

const LIGHT = `--paper:#f7f6f3;--card:#ffffff;--ink:#1d2531;--muted:#5c6878;--rule:#dfe2e7;--accent:#2458c6;--tile:#ffffff;
--right:#178048;--right-soft:#e3f4ea;--wrong:#c02a3c;--wrong-soft:#fbe6e8;--caution:#8f5200;--caution-soft:#fdf1dc;--note-soft:#e8eefb;
${figureVariables("light")}`;

const DARK = `--paper:#0f141b;--card:#171d26;--ink:#e7ebf1;--muted:#9ba7b7;--rule:#2c3542;--accent:#7ba6ff;--tile:#eceef2;
--right:#46c486;--right-soft:#16352a;--wrong:#ff7583;--wrong-soft:#3d1d24;--caution:#f2b457;--caution-soft:#382a14;--note-soft:#1a2640;
${figureVariables("dark")}`;

/** Page, type and the parts that every section uses. */
const BASE = `
*{box-sizing:border-box}
html{scroll-behavior:smooth;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header,main{max-width:1120px;margin:0 auto;padding:0 24px}
header{padding-top:44px}
h1,h2{font-family:"Iowan Old Style","Palatino Linotype",Palatino,"Book Antiqua",Georgia,serif;font-weight:600;line-height:1.2;text-wrap:balance}
h1{font-size:clamp(1.7rem,1.2rem + 2.2vw,2.6rem);margin:.1em 0 .35em;letter-spacing:-.01em}
h2{font-size:1.5rem;margin:0 0 .6em}
h3{font-size:1rem;font-weight:650;margin:0 0 .5em}
p{margin:0 0 .8em}
a{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:3px}
.skip{position:absolute;left:-999px}.skip:focus{left:12px;top:12px;background:var(--card);padding:8px 12px;z-index:1}
.brand{margin:0;color:var(--muted);font-size:.85rem;letter-spacing:.02em}
.lead{font-size:1.1rem;color:var(--muted);max-width:68ch;margin-bottom:1.2em}
.note,figcaption{color:var(--muted);font-size:.92rem;max-width:80ch}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 20px;margin:0;padding:10px 0;border-block:1px solid var(--rule);font-size:.92rem}
nav a{text-decoration:none}nav a:hover{text-decoration:underline}
section{padding:38px 0 0;scroll-margin-top:8px}
main{padding-bottom:72px}
figure{margin:0;min-width:0}
figcaption{margin-top:4px}
.plot svg{display:block;width:100%;height:auto;max-width:440px}.card .plot svg{max-width:none}
.pair{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:20px}
.pair>*,.card{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:18px 20px}
.pair+h3,.card+h3{margin-top:1.5em}
.pair>:only-child{grid-column:1/-1;max-width:640px}
`;

const TABLES = `
.scroll{overflow-x:auto;max-width:100%;margin-bottom:1.1em}
table{border-collapse:collapse;font-size:.93rem;font-variant-numeric:tabular-nums;min-width:min(100%,420px)}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{padding:7px 20px 7px 0;border-bottom:1px solid var(--rule);vertical-align:top;text-align:left}
thead th{color:var(--muted);font-weight:500;font-size:.85rem;white-space:nowrap}
tbody th{font-weight:500;min-width:6.5rem}bdi{overflow-wrap:anywhere}
.number{text-align:right;white-space:nowrap}tr>:last-child{padding-right:0}
td .range{display:block;color:var(--muted);font-size:.8rem}
details{margin:.6em 0}summary{cursor:pointer;color:var(--accent)}
pre{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:16px 20px;overflow:auto;max-height:32rem;font:.85rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;margin:0}
.names{columns:14rem;font-size:.9rem;padding-left:1.2em}
`;

const SUMMARY = `
.diagnoses{margin-top:26px;display:grid;gap:10px}
.diagnosis{border-left:4px solid var(--accent);background:var(--note-soft);border-radius:0 8px 8px 0;padding:10px 16px}
.diagnosis p{margin:0}.diagnosis .remedy{color:var(--muted);font-size:.92rem;margin-top:2px}
.severity-warning{border-color:var(--caution);background:var(--caution-soft)}.severity-warning strong{color:var(--caution)}
.severity-problem{border-color:var(--wrong);background:var(--wrong-soft)}.severity-problem strong{color:var(--wrong)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:16px;margin-bottom:18px}
.tile{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:16px 20px}
.tile p{margin:0}.tile .metric{color:var(--muted);font-size:.9rem}
.tile .value{font-size:2.3rem;line-height:1.15;font-weight:600;letter-spacing:-.02em;font-variant-numeric:tabular-nums}
.tile .range{color:var(--muted);font-size:.85rem;font-variant-numeric:tabular-nums}
.against{list-style:none;margin:8px 0 0;padding:8px 0 0;border-top:1px solid var(--rule);font-size:.85rem;color:var(--muted);font-variant-numeric:tabular-nums}
.against li{display:grid;grid-template-columns:minmax(0,1fr) auto 2.6em;gap:0 8px;align-items:baseline}.times{text-align:right;font-weight:600}.times.up{color:var(--right)}.times.down{color:var(--wrong)}
`;

const GRID = `
.grid{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,320px),1fr));gap:16px}
.grid>*{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:14px 16px}
.tag{color:var(--muted);font-size:.75rem;border:1px solid var(--rule);border-radius:99px;padding:1px 7px;white-space:nowrap}
.wide table{width:100%}
.plain{list-style:none;margin:0;padding:0}.beside>.scroll{margin-bottom:0}
`;

const SHEETS = `
.sheet{background:var(--card);border:1px solid var(--rule);border-radius:12px;padding:18px 20px 6px;margin-top:18px}
.row{display:grid;grid-template-columns:220px minmax(0,1fr);gap:22px;padding:14px 0;border-top:1px solid var(--rule);align-items:start}
.sheet .note{margin-bottom:.6em}
.query{display:flex;gap:12px;align-items:center;min-width:0}
.query .thumbnail{width:96px;height:96px;border-radius:10px;border:1px solid var(--rule)}
.about{min-width:0}.about p{margin:0}.query .label{font-weight:600;line-height:1.25;overflow-wrap:anywhere}
.tally{color:var(--muted);font-size:.85rem;margin-top:3px}
.thumbnail{display:block;object-fit:contain;background:var(--tile);padding:5px;color:#5c6878}
.thumbnail.missing{display:grid;place-items:center;font-size:.7rem;text-align:center}
.found{list-style:none;margin:0;padding:0;display:grid;grid-template-columns:repeat(auto-fill,minmax(84px,1fr));gap:12px 10px}
.found li{min-width:0;text-align:center;font-size:.76rem;line-height:1.25}
.frame{position:relative;display:block;width:84px;margin:0 auto}
.frame .thumbnail{width:84px;height:84px;border-radius:9px;border:3px solid}
.right .thumbnail{border-color:var(--right)}.wrong .thumbnail{border-color:var(--wrong)}
.mark{position:absolute;right:-5px;top:-6px;width:20px;height:20px;border-radius:50%;color:var(--card);font-size:12px;line-height:20px;font-weight:700}
.right .mark{background:var(--right)}.wrong .mark{background:var(--wrong)}
.found .label{display:-webkit-box;-webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden;overflow-wrap:anywhere;margin-top:5px}
.found .right .label,.found .distance{color:var(--muted)}.found .wrong .label{color:var(--wrong)}
.distance{display:block;font-variant-numeric:tabular-nums}
.key{white-space:nowrap;font-weight:600;margin-left:.4em}.key.right{color:var(--right)}.key.wrong{color:var(--wrong)}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 0 12px;padding:0;font-size:.9rem}
.glyph{display:inline-block;width:1.1em;text-align:center}
`;

const NARROW = `
@media (max-width:760px){
header,main{padding-left:16px;padding-right:16px}header{padding-top:26px}
.pair{grid-template-columns:minmax(0,1fr)}.pair>*,.card,.sheet{padding:14px}
.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px}.tile{padding:12px 14px}.tile .value{font-size:1.7rem}.against li{grid-template-columns:auto minmax(0,1fr)}.against li span:first-child{grid-column:1/-1}
.row{grid-template-columns:minmax(0,1fr);gap:12px}.query .thumbnail{width:64px;height:64px}
.found{grid-template-columns:repeat(auto-fill,minmax(66px,1fr))}.frame,.frame .thumbnail{width:66px}.frame .thumbnail{height:66px}
}
@media print{body{background:#fff}.sheet,.pair>*,.row{break-inside:avoid}nav,.skip{display:none}}
@media (prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
`;

/** The page's style sheet. No fonts or images are loaded. */
export const STYLE = `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
${BASE}${TABLES}${SUMMARY}${GRID}${SHEETS}${NARROW}`;
