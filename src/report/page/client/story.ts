/**
 * The script of a page with stories. Arrows, j and k, Home and End, and a click step through the story that was used last, if
 * you still see it; otherwise through the one of which you see most.
 */

type Move = "first" | "back" | "on" | "last";

const KEYS: Readonly<Record<string, Move>> = {
  ArrowDown: "on",
  ArrowRight: "on",
  j: "on",
  ArrowUp: "back",
  ArrowLeft: "back",
  k: "back",
  Home: "first",
  End: "last",
};

/** One story: a list of steps, of which one is the present one. */
class Story {
  readonly #section: HTMLElement;
  readonly #steps: readonly HTMLElement[];
  #at = -1;

  constructor(section: HTMLElement) {
    this.#section = section;
    this.#steps = [...section.querySelectorAll<HTMLElement>("li[data-step]")];
    const nav = section.querySelector("nav");
    if (nav !== null) nav.hidden = false;
    section.addEventListener("click", (event) => {
      current = this;
      const target = event.target as HTMLElement;
      const button = target.closest<HTMLElement>("button[data-go]");
      if (button !== null) return this.move(button.dataset["go"] as Move);
      const step = target.closest<HTMLElement>("li[data-step]");
      if (step !== null) this.#go(Number(step.dataset["step"]), false);
    });
  }

  /** How much of it is on the screen, in pixels. */
  get seen(): number {
    const { top, bottom } = this.#section.getBoundingClientRect();
    return Math.min(bottom, innerHeight) - Math.max(top, 0);
  }

  move(move: Move): void {
    const last = this.#steps.length - 1;
    this.#go({ first: 0, back: this.#at - 1, on: this.#at + 1, last }[move], true);
  }

  #go(to: number, scroll: boolean): void {
    this.#at = Math.max(0, Math.min(this.#steps.length - 1, to));
    this.#section.classList.add("stepping");
    for (const [at, step] of this.#steps.entries()) {
      step.classList.toggle("now", at === this.#at);
      step.classList.toggle("later", at > this.#at);
      if (at === this.#at) step.setAttribute("aria-current", "step");
      else step.removeAttribute("aria-current");
    }
    const output = this.#section.querySelector("output");
    if (output !== null) output.textContent = `step ${this.#at + 1} of ${this.#steps.length}`;
    for (const button of this.#section.querySelectorAll<HTMLButtonElement>("button[data-go]")) {
      const towards = button.dataset["go"] === "first" || button.dataset["go"] === "back";
      button.disabled = this.#at === (towards ? 0 : this.#steps.length - 1);
    }
    if (scroll) this.#steps[this.#at]?.scrollIntoView({ block: "nearest" });
  }
}

let current: Story | undefined;
const stories = [...document.querySelectorAll<HTMLElement>(".story")].map((section) => new Story(section));

addEventListener("keydown", (event) => {
  const move = KEYS[event.key];
  if (move === undefined || stories.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (current === undefined || current.seen <= 0)
    current = stories.reduce((best, story) => (story.seen > best.seen ? story : best));
  current.move(move);
});
