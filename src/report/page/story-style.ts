/** The style of a story: columns by grid on a wide screen; a narrow one gets a list in which each step names its CPU. */

export const STORY_STYLE = `
.why { margin: .8rem 0 } .why ul { margin: 0; padding-left: 1.4rem } .why li { overflow-wrap: anywhere } .because { font-style: italic }
.conclusion { border-left: .25rem solid var(--alarm); padding: .4rem .8rem; margin: .8rem 0; background: var(--soft); overflow-wrap: anywhere }
nav { display: flex; gap: .4rem; align-items: center; position: sticky; top: 0; height: 3.2rem; background: var(--paper); z-index: 1 } nav[hidden] { display: none }
output { min-width: 8em; text-align: center; white-space: nowrap; font-variant-numeric: tabular-nums } .keys { margin-left: .8rem; color: var(--dim); font-size: .9em }
.heads, .steps { display: grid; grid-template-columns: repeat(var(--cpus), minmax(0, 1fr)); column-gap: .8rem }
.heads { position: sticky; top: 3.2rem; background: var(--paper); z-index: 1 } .head { grid-column: var(--column); font-weight: bold; border-bottom: 2px solid var(--line) }
.steps { list-style: none; margin: 0; padding: 0 }
.steps li { grid-column: var(--column); grid-row: var(--row); border: 1px solid var(--line); border-left: .3rem solid var(--a); border-radius: .3rem; padding: .3rem .6rem; margin: .2rem 0; cursor: pointer; overflow-wrap: anywhere; scroll-margin: 5.6rem 0 2rem }
.steps li.cpu-1 { border-left-color: var(--b) } .steps li.cpu-2 { border-left-color: var(--c) } .steps li.cpu-3 { border-left-color: var(--d) }
.steps li.bound { border-style: dashed; border-left-style: solid; background: none } .who { display: none }
.steps li.finds { border-color: var(--alarm); background: var(--soft) } .steps li.pending { border-style: dotted; border-left-style: double } em { float: right; margin-left: .6rem; font-size: .85em; font-style: normal; color: var(--dim) } .finds em { color: var(--alarm); font-weight: bold }
small { display: block; color: var(--dim); font-size: .85em } li pre { display: none; margin: .4rem 0 0; padding: .3rem }
mark { background: var(--mark); color: inherit; display: inline-block; min-width: 100% }
.stepping li.later { opacity: .35 } .stepping li.now { outline: 2px solid currentColor; opacity: 1 } li.now pre { display: block }
@media (max-width: 48rem) { .heads { display: none } .steps { display: block } .who { display: inline } .steps li { margin-left: 0 } .steps li.cpu-1 { margin-left: .8rem } .steps li.cpu-2 { margin-left: 1.6rem } .steps li.cpu-3 { margin-left: 2.4rem } output { flex: 1; min-width: 0 } .keys { display: none } .steps li { scroll-margin-top: 3.8rem } }
@media print { nav { display: none } .heads { position: static } .steps li { break-inside: avoid } .stepping li.later { opacity: 1 } .stepping li.now { outline: none } li pre { display: none !important } }
`;
