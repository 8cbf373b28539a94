/** The style and the script of a page with stories: src/report/story-html.ts makes its text. */

/** Columns by grid on a wide screen; a narrow one gets a list in which each step names its CPU. */
export const STORY_STYLE = `
:root { color-scheme: light dark; --ink: #222; --paper: #fff; --line: #d0d0d0; --soft: #f3f3f3; --mark: #ffe9a8; --alarm: #b3261e; --a: #0072b2; --b: #b35900; --c: #00795a; --d: #8a4f7d }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --paper: #181818; --line: #484848; --soft: #242424; --mark: #54460f; --alarm: #ff8a80; --a: #6cb8e8; --b: #f0a95c; --c: #4fc9a4; --d: #d79ac9 } }
* { box-sizing: border-box }
body { font: 15px/1.45 system-ui, sans-serif; margin: 1.5rem auto; max-width: 84rem; padding: 0 1rem; color: var(--ink); background: var(--paper) }
h1 { font-size: 1.3rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .3rem } h3 { font-size: 1rem; margin: .8rem 0 .2rem } .why { margin: .8rem 0 } .why ul { margin: 0; padding-left: 1.4rem } .why li { overflow-wrap: anywhere } .because { font-style: italic } header p, .about { margin: .1rem 0; opacity: .75 }
.conclusion { border-left: .25rem solid var(--alarm); padding: .4rem .8rem; margin: .8rem 0; background: var(--soft); overflow-wrap: anywhere }
nav { display: flex; gap: .4rem; align-items: center; position: sticky; top: 0; height: 3.2rem; background: var(--paper); z-index: 1 } nav[hidden] { display: none }
button { font: inherit; color: inherit; background: var(--soft); border: 1px solid var(--line); border-radius: .3rem; padding: .25rem .8rem; cursor: pointer }
button:disabled { opacity: .4; cursor: default } output { min-width: 8em; text-align: center; white-space: nowrap; font-variant-numeric: tabular-nums } .keys { margin-left: .8rem; opacity: .75; font-size: .9em }
.heads, .steps { display: grid; grid-template-columns: repeat(var(--cpus), minmax(0, 1fr)); column-gap: .8rem }
.heads { position: sticky; top: 3.2rem; background: var(--paper); z-index: 1 } .head { grid-column: var(--column); font-weight: bold; border-bottom: 2px solid var(--line) }
.steps { list-style: none; margin: 0; padding: 0 }
.steps li { grid-column: var(--column); grid-row: var(--row); border: 1px solid var(--line); border-left: .3rem solid var(--a); border-radius: .3rem; padding: .3rem .6rem; margin: .2rem 0; cursor: pointer; overflow-wrap: anywhere; scroll-margin: 5.6rem 0 2rem }
.steps li.cpu-1 { border-left-color: var(--b) } .steps li.cpu-2 { border-left-color: var(--c) } .steps li.cpu-3 { border-left-color: var(--d) }
.steps li.bound { border-style: dashed; border-left-style: solid; background: none } .who { display: none }
.steps li.finds { border-color: var(--alarm); background: var(--soft) } .steps li.pending { border-style: dotted; border-left-style: double } em { float: right; margin-left: .6rem; font-size: .85em; font-style: normal; opacity: .75 } .finds em { color: var(--alarm); font-weight: bold; opacity: 1 }
small { display: block; opacity: .75; font-size: .85em } .why pre { display: block } pre { display: none; margin: .4rem 0 0; overflow-x: auto; font: 12.5px/1.4 ui-monospace, monospace; background: var(--soft); padding: .3rem }
mark { background: var(--mark); color: inherit; display: inline-block; min-width: 100% }
.stepping li.later { opacity: .35 } .stepping li.now { outline: 2px solid currentColor; opacity: 1 } li.now pre { display: block }
code { overflow-wrap: anywhere }
@media (max-width: 48rem) { .heads { display: none } .steps { display: block } .who { display: inline } .steps li { margin-left: 0 } .steps li.cpu-1 { margin-left: .8rem } .steps li.cpu-2 { margin-left: 1.6rem } .steps li.cpu-3 { margin-left: 2.4rem } button { padding: .45rem .6rem } output { flex: 1; min-width: 0 } .keys { display: none } .steps li { scroll-margin-top: 3.8rem } }
@media print { nav { display: none } .heads { position: static } body { max-width: none; margin: 0 } .steps li { break-inside: avoid } .stepping li.later { opacity: 1 } .stepping li.now { outline: none } pre { display: none !important } }
`;

/** Arrows, j and k, Home and End, and a click step through the story that was used last, if you still see it; otherwise through the one of which you see most. */
export const STORY_SCRIPT = `
"use strict";
const stories = [...document.querySelectorAll(".story")].map((section) => {
  const steps = [...section.querySelectorAll("li")];
  const output = section.querySelector("output");
  const story = { section, steps, at: -1 };
  story.go = (to, scroll = true) => {
    story.at = Math.max(0, Math.min(steps.length - 1, to));
    section.classList.add("stepping");
    steps.forEach((step, i) => {
      step.classList.toggle("now", i === story.at);
      step.classList.toggle("later", i > story.at);
      if (i === story.at) step.setAttribute("aria-current", "step"); else step.removeAttribute("aria-current");
    });
    output.textContent = "step " + (story.at + 1) + " of " + steps.length;
    for (const button of section.querySelectorAll("button")) {
      const go = button.dataset.go;
      button.disabled = go === "first" || go === "back" ? story.at === 0 : story.at === steps.length - 1;
    }
    if (scroll) steps[story.at].scrollIntoView({ block: "nearest" });
  };
  const moves = { first: () => story.go(0), back: () => story.go(story.at - 1), on: () => story.go(story.at + 1), last: () => story.go(steps.length - 1) };
  story.moves = moves;
  section.querySelector("nav").hidden = false;
  section.addEventListener("click", (event) => {
    current = story;
    const button = event.target.closest("button");
    if (button) return moves[button.dataset.go]();
    const step = event.target.closest("li");
    if (step) story.go(Number(step.dataset.step), false);
  });
  return story;
});
let current;
/** How much of a story is on the screen, in pixels. */
const seen = ({ section }) => { const { top, bottom } = section.getBoundingClientRect(); return Math.min(bottom, innerHeight) - Math.max(top, 0); };
const KEYS = { ArrowDown: "on", ArrowRight: "on", j: "on", ArrowUp: "back", ArrowLeft: "back", k: "back", Home: "first", End: "last" };
addEventListener("keydown", (event) => {
  const move = KEYS[event.key];
  if (!move || stories.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (!current || seen(current) <= 0) current = stories.reduce((best, story) => (seen(story) > seen(best) ? story : best));
  current.moves[move]();
});
`;
