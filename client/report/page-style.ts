/** How the page of a report looks: on a screen by day and by night, on a telephone, on paper. Fonts are the reader's own. */

export const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1b1f24; --muted: #59636e; --rule: #d5dae0; --old: #8a4b08; --new: #0b5cad; --harm: #b3261e; --mark: #f3f5f8; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171b; --ink: #e8eaed; --muted: #a5adb8; --rule: #3a414a; --old: #e0a458; --new: #6cb2ff; --harm: #ff8a80; --mark: #1f242b; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.25rem 1rem 4rem; max-width: 62rem; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.3; margin: 0 0 1rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; }
p, ul { margin: .5rem 0; max-width: 46rem; }
ul { padding-left: 1.25rem; }
nav { font-size: .9rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; list-style: none; padding: 0; max-width: none; }
a { color: var(--new); }
a:focus-visible, .scroll:focus-visible { outline: 2px solid var(--new); outline-offset: 2px; }
pre { margin: .25rem 0; padding: .5rem .75rem; background: var(--mark); overflow-x: auto; font: .875rem/1.5 ui-monospace, monospace; white-space: pre-wrap; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; min-width: min(100%, 34rem); overflow-wrap: normal; }
caption { text-align: left; color: var(--muted); padding-bottom: .25rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--rule); }
th { font-weight: 600; }
td.right, th.right { text-align: right; }
figure { margin: 1rem 0; }
figcaption { color: var(--muted); font-size: .9rem; }
figure svg { display: block; width: 100%; min-width: 34rem; max-width: 42rem; height: auto; }
@media print {
  body { max-width: none; padding: 0; font-size: 10pt; }
  nav { display: none; }
  figure, table, pre { break-inside: avoid; }
  .scroll { overflow: visible; }
}
`;
