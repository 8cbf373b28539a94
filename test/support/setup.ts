/** Before each test file: the process runs many, and its compiler stays warm from one to the next. */
import { keepThreadFor } from "../../dist/build/kept-thread.js";

// TIME: none is waited for; a thread that waits keeps no process alive.
keepThreadFor(10 * 60_000);
