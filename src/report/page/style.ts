/** The look that all pages share: colours for light and dark, text, tables, buttons. */

/** Colours have a contrast of at least 4.5 to 1 on the paper, in both. */
export const BASE_STYLE = `
:root { color-scheme: light dark; --ink: #222; --dim: #5c5c5c; --paper: #fff; --line: #d0d0d0; --soft: #f3f3f3; --mark: #ffe9a8; --alarm: #b3261e; --good: #1b6e3c; --a: #0067a3; --b: #a85100; --c: #00704f; --d: #8a4f7d; --e: #6a6a6a; --f: #b0313f; --g: #3c6f00; --h: #5b52c7 }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --dim: #a6a6a6; --paper: #181818; --line: #484848; --soft: #242424; --mark: #54460f; --alarm: #ff8a80; --good: #6fcf97; --a: #6cb8e8; --b: #f0a95c; --c: #4fc9a4; --d: #d79ac9; --e: #a9a9a9; --f: #ff8f98; --g: #a6d05c; --h: #aaa3ff } }
* { box-sizing: border-box }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 84rem; padding: 0 1rem; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.3rem; margin: 0; overflow-wrap: anywhere } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem } h3 { font-size: 1rem; margin: .8rem 0 .2rem }
header p, .about { margin: .1rem 0; color: var(--dim) } .dim { color: var(--dim) } .alarm { color: var(--alarm) } .good { color: var(--good) }
button, select { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line); border-radius: .3rem; padding: .25rem .8rem; cursor: pointer }
button:disabled { opacity: .4; cursor: default } :focus-visible { outline: 2px solid var(--a); outline-offset: 1px }
code { overflow-wrap: anywhere } pre { font: 12.5px/1.4 ui-monospace, monospace; background: var(--soft); padding: .6rem; overflow-x: auto }
pre.wrap { white-space: pre-wrap; overflow-wrap: anywhere }
.scroll { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums } td, th { padding: .15rem .6rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top }
th { color: var(--dim); font-weight: 600 } .n { text-align: right; white-space: nowrap }
details summary { cursor: pointer }
@media (max-width: 48rem) { button, select { padding: .45rem .6rem } }
@media print { body { max-width: none; margin: 0 } }
`;
