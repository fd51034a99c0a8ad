import { backdrop, BACKDROPS, floor, FROM, KINDS, KNOWN, landscape, PALETTES, wall } from "./drawing";
import { things } from "./things";

// Run by the build: everything that drawings are made of, so that the server draws the same before any script runs.
const LETTERS = ["", "\ue000", "\ue000\ue001"];
const flat = (svg: string): string => svg.replace(/\s*\n\s*/g, "");

const parts = {
  kinds: KINDS.map(([words, kind, palette]) => [words.source, kind, palette]),
  known: KNOWN.source,
  from: FROM.source,
  walls: PALETTES.map((each) => flat(wall(each))),
  backdrops: PALETTES.map((each) => Array.from({ length: BACKDROPS }, (_, n) => flat(backdrop(n, each)))),
  floors: PALETTES.map((each) => flat(floor(each))),
  things: Object.fromEntries(Object.entries(things).map(([kind, draw]) => [kind, PALETTES.map((each) => LETTERS.map((letters) => flat(draw(each, letters))))])),
  landscape: decodeURIComponent(landscape(false).replace("data:image/svg+xml,", "")),
};

console.log(JSON.stringify(parts));
