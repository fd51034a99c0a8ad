import { things } from "./things";

/** Colours of a still life: the wall from light to deep, the thing itself, its shade, and an accent. */
export interface Palette {
  light: string;
  deep: string;
  body: string;
  shade: string;
  accent: string;
}

export const PALETTES: readonly Palette[] = [
  { light: "#eef3ea", deep: "#cfddcb", body: "#4f7a5f", shade: "#33543f", accent: "#c9a25b" },
  { light: "#f6efe4", deep: "#e3d2b8", body: "#9a6b42", shade: "#6d4527", accent: "#b5462f" },
  { light: "#edf1f4", deep: "#cbd8df", body: "#54788a", shade: "#365463", accent: "#c9a25b" },
  { light: "#f7ece8", deep: "#e6cbc1", body: "#a9543f", shade: "#7b3527", accent: "#d6a95a" },
  { light: "#f3f0e3", deep: "#dcd6b6", body: "#8a8441", shade: "#5f5a28", accent: "#a8432e" },
  { light: "#efedf3", deep: "#d5cfdf", body: "#6d6285", shade: "#4a4160", accent: "#cfa658" },
];

/** What a thing is, by words in its name; the first that fits is drawn. */
export const KINDS: readonly (readonly [RegExp, keyof typeof things, number])[] = [
  [/礼盒|gift box|gift set/i, "box", 3],
  [/蜡烛|candle/i, "candle", 5],
  [/线香|incense/i, "incense", 4],
  [/藤条香薰|diffuser/i, "diffuser", 2],
  [/茶巾|抱枕|餐垫|towel|cushion|mat/i, "cloth", 5],
  [/花瓶|vase/i, "vase", 1],
  [/收纳篮|basket/i, "basket", 4],
  [/筷子|chopsticks/i, "chopsticks", 1],
  [/餐盘|plate/i, "plate", 2],
  [/饭碗|汤碗|水盂|茶荷|bowl|scoop dish/i, "bowl", 0],
  [/马克杯|mug/i, "mug", 3],
  [/公道杯|jug/i, "jug", 2],
  [/主人杯|master cup/i, "onecup", 0],
  [/杯托|茶滤|coaster|strainer/i, "plate", 4],
  [/糕|酥|曲奇|话梅|核桃仁|牛轧糖|cake,|crisp|cookie|plums|nuts|nougat/i, "pouch", 3],
  [/饼|cake/i, "cake", 4],
  [/壶|teapot/i, "pot", 1],
  [/盖碗|gaiwan/i, "gaiwan", 2],
  [/玻璃|glass/i, "glass", 2],
  [/旅行|tumbler|保温/i, "tumbler", 0],
  [/杯|cup/i, "cups", 0],
  [/盘|tray/i, "tray", 4],
  [/茶则|tools|六件套/i, "tools", 1],
  [/罐|caddy|tin/i, "caddy", 2],
  [/50g|50 g/, "pouch", 0],
  [/龙井|longjing|白茶|white tea/i, "pouch", 0],
  [/铁观音|乌龙|oolong|tieguanyin/i, "tin", 4],
  [/小种|红茶|souchong|black tea/i, "tin", 3],
  [/普洱|熟茶|pu'er/i, "cake", 1],
  [/茉莉|花茶|jasmine/i, "pouch", 5],
  [/茶|tea/i, "tin", 0],
];

/** Goods that keep the colours of their kind; all others have those that their name gives. */
export const KNOWN = /^(明前|安溪|正山|福鼎|勐海|桂花乌龙|茉莉|紫砂|白瓷|青瓷|双层|竹制|茶则|茶叶罐|礼盒|龙井礼盒|旅行)/;

const drawn = new Map<string, string>();

/** Words in front of a tea's name that say where it is from, which a label leaves out. */
export const FROM = /^(明前|安溪|正山|福鼎|勐海)/;

/** A picture for goods that have none: a still life of what the name says, the same each time. As a data address. */
export function drawing(name: string): string {
  const known = drawn.get(name);
  if (known) return known;
  const made = address(scene(name));
  drawn.set(name, made);
  return made;
}

/** Hills in the mist, for the head of the first page. */
export function landscape(isDark: boolean): string {
  const [sky, far, mid, near, sun] = isDark
    ? ["#1c2a25", "#24362f", "#2a4238", "#173026", "#c9a25b"]
    : ["#e8efe6", "#cfdfd2", "#a9c5b2", "#6f9a80", "#e9b872"];
  return address(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 420" preserveAspectRatio="xMidYMax slice">
    <rect width="1200" height="420" fill="${sky}"/><circle cx="905" cy="128" r="58" fill="${sun}" opacity=".75"/>
    <path d="M0 300 C120 210 200 200 300 262 S470 150 600 232 760 140 900 226 1080 170 1200 236 V420 H0Z" fill="${far}"/>
    <path d="M0 350 C140 262 260 290 380 322 S560 236 700 306 900 232 1040 300 1140 290 1200 300 V420 H0Z" fill="${mid}"/>
    <path d="M0 398 C180 322 300 372 460 382 S720 318 880 372 1080 352 1200 366 V420 H0Z" fill="${near}"/>
    ${terraces(near)}<g stroke="${far}" stroke-width="3" fill="none" opacity=".9"><path d="M690 96q12-12 24 0q12-12 24 0"/><path d="M760 70q9-9 18 0q9-9 18 0"/></g></svg>`,
  );
}

const terraces = (colour: string): string =>
  [0, 1, 2]
    .map((n) => `<path d="M${-20 + n * 30} ${404 + n * 7}C220 ${352 + n * 10} 420 ${392 + n * 9} 640 ${376 + n * 12}" stroke="${colour}" stroke-width="4" fill="none" opacity="${0.5 - n * 0.12}"/>`)
    .join("");

function scene(name: string): string {
  const found = KINDS.find(([words]) => words.test(name));
  const kind = found?.[1] ?? "parcel";
  const palette = PALETTES[((found?.[2] ?? 0) + (KNOWN.test(name) ? 0 : hash(name))) % PALETTES.length] ?? PALETTES[0]!;
  return wall(palette) + backdrop(hash(name) % BACKDROPS, palette) + floor(palette) + things[kind](palette, characters(name)) + "</svg>";
}

/** The colours that things are filled with, and the wall behind all. */
export const wall = (palette: Palette): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400"><defs>
    <linearGradient id="w" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="${palette.light}"/><stop offset="1" stop-color="${palette.deep}"/></linearGradient>
    <linearGradient id="b" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="${palette.body}"/><stop offset=".35" stop-color="${mixed(palette.body)}"/><stop offset="1" stop-color="${palette.shade}"/></linearGradient>
    <linearGradient id="p" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#e7e5df"/><stop offset=".35" stop-color="#fdfcf9"/><stop offset="1" stop-color="#c9c9c1"/></linearGradient></defs>
    <rect width="400" height="400" fill="url(#w)"/>`;

/** What everything stands on. */
export const floor = (palette: Palette): string =>
  `<path d="M0 312h400v88H0z" fill="${palette.deep}" opacity=".55"/><ellipse cx="204" cy="322" rx="128" ry="13" fill="${palette.shade}" opacity=".22"/>`;

export const BACKDROPS = 3;

/** What stands behind: the moon, a branch, or a window. */
export function backdrop(which: number, palette: Palette): string {
  switch (which) {
    case 0:
      return `<circle cx="278" cy="128" r="84" fill="#fff" opacity=".45"/>`;
    case 1:
      return `<circle cx="200" cy="176" r="132" fill="#fff" opacity=".34"/><g stroke="${palette.body}" stroke-width="4" fill="none" opacity=".42"><path d="M400 52C340 60 300 84 262 132"/>${leaf(344, 64, 30, palette.body)}${leaf(306, 82, -10, palette.body)}${leaf(288, 112, 60, palette.body)}</g>`;
    default:
      return `<g opacity=".38" stroke="#fff" stroke-width="6" fill="none"><rect x="66" y="54" width="268" height="210" rx="10"/><path d="M200 54v210M66 158h268"/></g>`;
  }
}

const leaf = (x: number, y: number, turn: number, colour: string): string =>
  `<path d="M0 0C10 -14 32 -14 40 0C32 12 10 12 0 0Z" transform="translate(${x} ${y}) rotate(${turn})" fill="${colour}" stroke="none"/>`;

/** The first characters of a Chinese name, for a label; nothing of other names. */
const characters = (name: string): string => (/^[\u4e00-\u9fff]{2,}/.exec(name.replace(FROM, ""))?.[0] ?? "").slice(0, 2);

const hash = (text: string): number => [...text].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7);

/** A colour a third of the way to white. */
const mixed = (colour: string): string =>
  "#" + [1, 3, 5].map((at) => Math.round(parseInt(colour.slice(at, at + 2), 16) * 0.72 + 255 * 0.28).toString(16).padStart(2, "0")).join("");

export const address = (svg: string): string => `data:image/svg+xml,${encodeURIComponent(svg.replace(/\s*\n\s*/g, ""))}`;
