/** The style of a replay's page. */

export const REPLAY_STYLE = `
.facts { display: flex; flex-wrap: wrap; gap: .6rem 2rem; margin: 1rem 0; padding: 0; list-style: none } .facts b { display: block; font-size: 1.3rem; font-variant-numeric: tabular-nums; white-space: nowrap } .facts span.label { color: var(--dim); font-size: .9em }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .2rem 1rem; margin: .6rem 0 } dt { color: var(--dim) } dd { margin: 0; white-space: pre-line; overflow-wrap: anywhere }
.chart { width: 100%; overflow: hidden } .chart .u-wrap { margin: 0 } .read { min-height: 1.5em; margin: .2rem 0; color: var(--dim); font-size: .9em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
.keys-of { display: flex; flex-wrap: wrap; gap: .3rem; margin: .4rem 0; padding: 2px } .key { padding: .1rem .6rem; font-size: .9em } .key::before, .swatch::before { content: ""; display: inline-block; width: .7em; height: .7em; margin-right: .4em; border-radius: 2px; background: var(--key) }
button[aria-pressed="true"] { border-color: var(--ink); box-shadow: inset 0 0 0 1px var(--ink) } button.key[aria-pressed="false"]::before, .swatch.hollow::before { background: none; box-shadow: inset 0 0 0 1px var(--key) }
.swatch { margin-right: 1rem; white-space: nowrap; font-size: .9em }
#processes td { vertical-align: middle } #processes button { padding: .05rem .5rem; background: none; border-color: transparent; text-align: left; white-space: nowrap } #processes button:hover { border-color: var(--line) } #processes button[aria-pressed="true"] { border-color: var(--ink); box-shadow: none } #processes button:disabled { opacity: 1; border-color: transparent }
.life { position: relative; display: block; width: 10rem; height: .7rem; background: var(--soft) } .life i { position: absolute; top: 0; bottom: 0; min-width: 2px; background: var(--a) }
select { max-width: 100% } .row { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin: .4rem 0 }
#map { position: relative; height: min(75vh, 50rem); overflow-y: scroll; overflow-x: hidden; border: 1px solid var(--line); margin: .4rem 0; cursor: crosshair; touch-action: pan-y } #map-canvas { position: sticky; top: 0; left: 0; display: block } #map-spacer { position: absolute; top: 0; width: 1px; visibility: hidden }
#map-told { min-height: 4.4em; font-size: .9em; overflow-wrap: anywhere }
noscript p { color: var(--alarm) }
@media (max-width: 48rem) { .facts { gap: .6rem 1.2rem } .facts b { font-size: 1.1rem } .life { width: 5rem } #processes button { padding: .2rem .5rem } .key { padding: .3rem .6rem } dl { grid-template-columns: 1fr } dd { margin-bottom: .4rem } }
@media print { #map, .keys-of { display: none } }
`;
