import type { Palette } from "./drawing";

type Draw = (palette: Palette, label: string) => string;

/** A paper label with the name's characters one below the other, as on tea. */
function label(x: number, y: number, width: number, height: number, text: string, accent: string): string {
  const paper = `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="3" fill="#f8f3e6"/><rect x="${x + 4}" y="${y + 4}" width="${width - 8}" height="${height - 8}" rx="2" fill="none" stroke="${accent}" stroke-width="1.5"/>`;
  const size = Math.min(width * 0.62, (height * 0.72) / Math.max(text.length, 1));
  const first = y + height / 2 - ((text.length - 1) * size * 1.12) / 2;
  const letters = [...text].map(
    (letter, n) => `<text x="${x + width / 2}" y="${first + n * size * 1.12 + size * 0.35}" font-size="${size}" text-anchor="middle" font-family="'Songti SC','Noto Serif CJK SC','Noto Serif SC',STSong,serif" font-weight="700" fill="#2c2a25">${letter}</text>`,
  );
  const seal = `<rect x="${x + width - 17}" y="${y + height - 19}" width="11" height="11" rx="2" fill="#b5462f"/>`;
  const sprig = `<path d="M${x + width / 2} ${y + height - 26}q-16 -12 -8 -34q16 10 8 34q-2 -22 14 -30q4 20 -14 30" fill="${accent}"/>`;
  return paper + (text ? letters.join("") + seal : sprig);
}

const tin: Draw = (p, text) =>
  `<path d="M132 138h140v166q0 16-16 16H148q-16 0-16-16z" fill="url(#b)"/><ellipse cx="202" cy="138" rx="70" ry="13" fill="${p.shade}"/>
  <path d="M126 100h152v36q0 12-76 12t-76-12z" fill="url(#b)"/><ellipse cx="202" cy="100" rx="76" ry="14" fill="${p.body}"/><ellipse cx="202" cy="98" rx="60" ry="9" fill="#fff" opacity=".16"/>
  ${label(168, 176, 68, 104, text, p.accent)}<rect x="132" y="156" width="140" height="4" fill="${p.accent}" opacity=".8"/>`;

const pouch: Draw = (p, text) =>
  `<path d="M126 118q2-14 10-18h128q8 4 10 18l10 186q0 16-16 16H132q-16 0-16-16z" fill="url(#b)"/><path d="M136 74h128v28H136z" fill="${p.shade}"/><path d="M136 74h128v8H136z" fill="${p.accent}"/>
  <path d="M136 102h128l4 14H132z" fill="#fff" opacity=".14"/>${label(166, 146, 68, 122, text, p.accent)}
  <g fill="${p.body}"><path d="M300 318q10-18 34-12q-8 16-34 12"/><path d="M322 322q2-16 24-18q0 16-24 18" opacity=".8"/><path d="M80 318q-4-16-26-14q6 16 26 14"/></g>`;

const cake: Draw = (p, text) =>
  `<ellipse cx="200" cy="214" rx="128" ry="112" fill="#f4ecd8"/><ellipse cx="200" cy="214" rx="128" ry="112" fill="none" stroke="#dccfae" stroke-width="3"/>
  <circle cx="200" cy="208" r="92" fill="none" stroke="${p.accent}" stroke-width="2"/><g stroke="#e3d7ba" stroke-width="2">${[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((n) => `<path d="M${200 + Math.cos(n / 1.91) * 98} ${210 + Math.sin(n / 1.91) * 92}L${200 + Math.cos(n / 1.91) * 124} ${214 + Math.sin(n / 1.91) * 108}"/>`).join("")}</g>
  ${label(164, 144, 72, 122, text, p.body)}<ellipse cx="304" cy="310" rx="30" ry="9" fill="${p.shade}"/><path d="M278 308q26-24 52 0z" fill="${p.body}"/>`;

const pot: Draw = (p) =>
  `<path d="M96 214q-34-6-44-40q-2-8 8-8h22q2 26 26 34z" fill="url(#b)"/><path d="M286 178q56-30 60 20q2 44-62 62l-4-18q42-14 42-40q-2-24-34-8z" fill="${p.shade}"/>
  <path d="M92 212q0-64 104-64t104 64q0 108-104 108T92 212z" fill="url(#b)"/><path d="M138 156q8-26 58-26t58 26q-58 16-116 0z" fill="${p.body}"/><path d="M138 156q58 16 116 0" stroke="${p.shade}" stroke-width="4" fill="none"/>
  <circle cx="196" cy="118" r="14" fill="url(#b)"/><path d="M120 190q10-24 40-30" stroke="#fff" stroke-width="7" opacity=".3" stroke-linecap="round" fill="none"/>
  <g fill="none" stroke="${p.body}" stroke-width="5" stroke-linecap="round" opacity=".28"><path d="M62 140q-14-18 0-34t0-34"/></g>`;

const gaiwan: Draw = (p) =>
  `<ellipse cx="200" cy="304" rx="112" ry="20" fill="url(#p)"/><ellipse cx="200" cy="298" rx="84" ry="12" fill="#dedcd4"/>
  <path d="M104 176h192q-6 124-96 124T104 176z" fill="url(#p)"/><path d="M104 176h192l-2 14H106z" fill="${p.body}" opacity=".75"/>
  <path d="M118 170q10-54 82-54t82 54q-82 16-164 0z" fill="url(#p)"/><path d="M118 170q82 16 164 0" stroke="#c8c6bd" stroke-width="3" fill="none"/><path d="M178 112q22-20 44 0l-6 8h-32z" fill="#eceae3"/>
  <path d="M150 226q24 30 50 10t52 12" stroke="${p.body}" stroke-width="4" fill="none" opacity=".7"/><circle cx="196" cy="236" r="5" fill="${p.accent}"/>`;

const cup = (x: number, y: number, size: number, p: Palette): string =>
  `<g transform="translate(${x} ${y}) scale(${size})"><path d="M-46 0h92q-6 70-34 76h-24q-28-6-34-76z" fill="url(#b)" /><ellipse cx="0" cy="0" rx="46" ry="11" fill="${p.shade}"/><ellipse cx="0" cy="2" rx="38" ry="8" fill="#b98a3c"/><path d="M-34 16q4 30 16 44" stroke="#fff" stroke-width="5" opacity=".35" fill="none" stroke-linecap="round"/></g>`;

const cups: Draw = (p) =>
  cup(128, 170, 0.92, p) + cup(272, 170, 0.92, p) + cup(200, 178, 0.98, p) + cup(94, 240, 1.02, p) + cup(306, 240, 1.02, p) + cup(200, 246, 1.1, p);

const glass: Draw = (p) =>
  `<path d="M128 90h144l-14 214q-1 16-18 16h-80q-17 0-18-16z" fill="#fff" opacity=".5"/><path d="M146 150h108l-10 142q-1 12-14 12h-60q-13 0-14-12z" fill="#c98f3a" opacity=".72"/><ellipse cx="200" cy="150" rx="54" ry="9" fill="#dba957"/>
  <path d="M128 90h144l-14 214q-1 16-18 16h-80q-17 0-18-16z" fill="none" stroke="${p.body}" stroke-width="3" opacity=".5"/><ellipse cx="200" cy="90" rx="72" ry="12" fill="none" stroke="${p.body}" stroke-width="3" opacity=".6"/>
  <path d="M146 110l8 150" stroke="#fff" stroke-width="8" opacity=".75" stroke-linecap="round"/><g fill="#5f7f4a"><path d="M180 280q-10-18 6-32q10 16-6 32"/><path d="M214 286q-6-20 12-30q6 18-12 30"/><path d="M196 246q-12-12-2-28q12 12 2 28" opacity=".8"/></g>
  <g fill="none" stroke="${p.body}" stroke-width="5" stroke-linecap="round" opacity=".25"><path d="M182 66q-12-12 0-24t0-22M216 66q-12-12 0-24t0-22"/></g>`;

const tumbler: Draw = (p) =>
  `<path d="M142 120h116l-8 182q-1 18-20 18h-60q-19 0-20-18z" fill="url(#b)"/><path d="M136 84h128v30q0 10-10 10H146q-10 0-10-10z" fill="${p.shade}"/><path d="M150 62h100q8 0 8 8v16H142V70q0-8 8-8z" fill="#d8d8d2"/>
  <path d="M146 196h108l-3 62H149z" fill="${p.shade}" opacity=".35"/><path d="M164 136l4 160" stroke="#fff" stroke-width="9" opacity=".28" stroke-linecap="round"/><path d="M200 214q-14 12 0 30q14-18 0-30" fill="${p.accent}"/><rect x="258" y="92" width="20" height="62" rx="10" fill="none" stroke="${p.accent}" stroke-width="7"/>`;

const tray: Draw = (p) =>
  `<path d="M56 244h288l24 50q4 10-8 10H40q-12 0-8-10z" fill="#c79d5c"/><path d="M32 294h336v16q0 12-12 12H44q-12 0-12-12z" fill="#8d6534"/><g stroke="#a67c40" stroke-width="4">${[0, 1, 2, 3, 4, 5, 6, 7].map((n) => `<path d="M${92 + n * 31} 248l${(n - 3.5) * 5} 44"/>`).join("")}</g>
  <g transform="translate(118 96) scale(.46)">${pot({ ...p, body: "#8a4b34", shade: "#5f2f1f" }, "")}</g><g transform="translate(2 60)">${cup(300, 140, 0.7, p)}${cup(96, 146, 0.62, p)}</g>`;

const tools: Draw = (p) =>
  `<path d="M140 176h120l-10 132q-1 12-14 12h-72q-13 0-14-12z" fill="url(#b)"/><ellipse cx="200" cy="176" rx="60" ry="12" fill="${p.shade}"/>
  <g fill="#c79d5c"><path d="M164 176L142 62q-2-12 8-14t14 10l16 118z"/><path d="M192 178L188 44q0-10 9-10t9 10l2 134z"/><path d="M218 176l18-104q12-22 24-12t2 24l-30 94z"/><path d="M178 176L164 84l8-2 16 94z" fill="#a67c40"/><path d="M232 178l34-84 8 4-32 82z" fill="#a67c40"/></g>
  <path d="M156 200l6 92" stroke="#fff" stroke-width="8" opacity=".25" stroke-linecap="round"/><rect x="144" y="222" width="112" height="5" fill="${p.accent}"/>`;

const caddy: Draw = (p, text) =>
  `<path d="M112 178q-4-30 30-40h116q34 10 30 40l-8 120q-2 22-26 22H146q-24 0-26-22z" fill="url(#p)"/><path d="M112 178q-4-30 30-40h116q34 10 30 40l-8 120q-2 22-26 22H146q-24 0-26-22z" fill="${p.body}" opacity=".28"/>
  <path d="M140 106h120v26q0 8-60 8t-60-8z" fill="#9fa6a8"/><ellipse cx="200" cy="106" rx="60" ry="12" fill="#b9bfc0"/><circle cx="200" cy="88" r="13" fill="#9fa6a8"/>${label(170, 184, 60, 96, text, p.accent)}<path d="M134 186l6 104" stroke="#fff" stroke-width="9" opacity=".55" stroke-linecap="round"/>`;

const box: Draw = (p, text) =>
  `<path d="M70 150h260v150q0 20-20 20H90q-20 0-20-20z" fill="url(#b)"/><path d="M58 112h284v44H58z" fill="${p.body}"/><path d="M58 148h284v8H58z" fill="${p.shade}"/><path d="M186 112h28v208h-28z" fill="${p.accent}"/>
  <path d="M200 112q-56-52-74-22t74 22q56-52 74-22t-74 22" fill="none" stroke="${p.accent}" stroke-width="12"/>${label(92, 184, 62, 104, text, p.accent)}<path d="M236 212h70M236 236h70M236 260h46" stroke="#fff" stroke-width="3" opacity=".28"/>`;

const parcel: Draw = (p) =>
  `<path d="M84 160l116-44 116 44v124l-116 44-116-44z" fill="url(#b)"/><path d="M84 160l116 44 116-44-116-44z" fill="${p.body}"/><path d="M200 204v124" stroke="${p.shade}" stroke-width="4"/><path d="M142 138l116 44v44" stroke="${p.accent}" stroke-width="14" fill="none"/>`;

const onecup: Draw = (p) => cup(200, 200, 1.6, p);

const mug: Draw = (p) =>
  `<path d="M262 176q66-8 62 52t-74 56l4-22q44-4 46-36t-40-28z" fill="${p.shade}"/><path d="M118 140h154v156q0 24-24 24H142q-24 0-24-24z" fill="url(#b)"/><ellipse cx="195" cy="140" rx="77" ry="13" fill="${p.shade}"/><ellipse cx="195" cy="143" rx="66" ry="9" fill="#7b5632"/>
  <path d="M138 168v112" stroke="#fff" stroke-width="9" opacity=".3" stroke-linecap="round"/><path d="M196 208q-20 16 0 44q20-28 0-44" fill="${p.accent}"/>`;

const jug: Draw = (p) =>
  `<path d="M276 186q52-2 46 50t-66 44l4-20q36-4 38-28t-26-24z" fill="url(#p)"/><path d="M96 148l42 22h140l-14 122q-2 28-30 28h-62q-28 0-30-28l-14-122z" fill="url(#p)"/><ellipse cx="206" cy="166" rx="74" ry="12" fill="#c98f3a" opacity=".8"/>
  <path d="M150 220q30 26 60 6t52 10" stroke="${p.body}" stroke-width="4" fill="none" opacity=".7"/><path d="M166 196l6 96" stroke="#fff" stroke-width="10" opacity=".6" stroke-linecap="round"/>`;

const bowl: Draw = (p) =>
  `<path d="M84 196h232q-8 96-76 108v16h-80v-16q-68-12-76-108z" fill="url(#b)"/><ellipse cx="200" cy="196" rx="116" ry="22" fill="${p.shade}"/><ellipse cx="200" cy="200" rx="100" ry="16" fill="${p.deep}"/><path d="M104 222q10 42 44 62" stroke="#fff" stroke-width="8" opacity=".3" fill="none" stroke-linecap="round"/>`;

const plate: Draw = (p) =>
  `<ellipse cx="200" cy="226" rx="140" ry="92" fill="${p.shade}"/><ellipse cx="200" cy="218" rx="140" ry="90" fill="url(#b)"/><ellipse cx="200" cy="218" rx="98" ry="60" fill="none" stroke="#fff" stroke-width="4" opacity=".4"/><path d="M150 226q24-46 58-10t46-18" stroke="${p.accent}" stroke-width="5" fill="none" stroke-linecap="round"/><circle cx="254" cy="196" r="7" fill="${p.accent}"/>`;

const chopsticks: Draw = (p) =>
  `<g stroke-linecap="round" stroke-width="11">${[0, 1, 2, 3, 4].map((n) => `<path d="M${92 + n * 44} 306L${142 + n * 36} 74" stroke="${n % 2 ? p.shade : p.body}"/><path d="M${137 + n * 37} 98L${142 + n * 36} 74" stroke="${p.accent}"/>`).join("")}</g><path d="M70 292h250v24H70z" fill="url(#p)"/>`;

const candle: Draw = (p) =>
  `<path d="M122 156h156v148q0 16-16 16H138q-16 0-16-16z" fill="url(#b)"/><ellipse cx="200" cy="156" rx="78" ry="14" fill="${p.light}"/><path d="M200 152v-26" stroke="#4a3a2a" stroke-width="4"/><path d="M200 66q30 36 0 62q-30-26 0-62" fill="#f2b24c"/><path d="M200 92q12 18 0 32q-12-14 0-32" fill="#fdf0c8"/><circle cx="200" cy="104" r="64" fill="#f7d98c" opacity=".22"/>
  <rect x="152" y="200" width="96" height="70" rx="4" fill="#f8f3e6"/><path d="M166 226h68M176 244h48" stroke="${p.body}" stroke-width="4"/>`;

const incense: Draw = (p) =>
  `<path d="M78 292h244l-16 28H94z" fill="url(#b)"/><g stroke="${p.shade}" stroke-width="5" stroke-linecap="round"><path d="M150 292L182 96"/><path d="M200 292V82"/><path d="M250 292L222 100"/></g><g fill="#e2693f"><circle cx="182" cy="94" r="5"/><circle cx="200" cy="80" r="5"/><circle cx="222" cy="98" r="5"/></g><g fill="none" stroke="#fff" stroke-width="5" opacity=".6" stroke-linecap="round"><path d="M200 70q-22-18 0-34t0-28"/><path d="M224 88q22-16 4-34"/></g>`;

const diffuser: Draw = (p) =>
  `<g stroke="#b08a58" stroke-width="5" stroke-linecap="round"><path d="M192 168L130 48"/><path d="M198 168L178 34"/><path d="M204 168L226 36"/><path d="M210 168L274 54"/></g><path d="M172 150h56v30h-56z" fill="${p.accent}"/><path d="M150 180h100q30 20 30 50v70q0 20-20 20H140q-20 0-20-20v-70q0-30 30-50z" fill="url(#b)" opacity=".9"/><rect x="152" y="226" width="96" height="62" rx="4" fill="#f8f3e6"/><path d="M168 250h64M178 268h44" stroke="${p.body}" stroke-width="4"/>`;

const cloth: Draw = (p) =>
  `<path d="M84 132q116-26 232 0v164q-116 26-232 0z" fill="url(#b)"/><path d="M84 176q116-26 232 0M84 220q116-26 232 0M84 264q116-26 232 0" stroke="#fff" stroke-width="5" opacity=".28" fill="none"/><path d="M84 132q116-26 232 0v26q-116-26-232 0z" fill="${p.shade}" opacity=".6"/><path d="M270 240q20-34 0-62q-20 28 0 62" fill="${p.accent}"/>`;

const vase: Draw = (p) =>
  `<g stroke="#6b5a3a" stroke-width="4" fill="none"><path d="M200 150C196 100 164 76 150 40"/><path d="M200 150C210 96 244 88 258 54"/></g><g fill="${p.accent}"><circle cx="150" cy="40" r="12"/><circle cx="168" cy="74" r="9"/><circle cx="258" cy="54" r="12"/><circle cx="236" cy="88" r="9"/></g><path d="M176 146h48v24q68 34 60 92-6 58-84 58t-84-58q-8-58 60-92z" fill="url(#b)"/><path d="M144 220q-10 34 8 62" stroke="#fff" stroke-width="9" opacity=".3" fill="none" stroke-linecap="round"/>`;

const basket: Draw = (p) =>
  `<path d="M112 176q0-96 88-96t88 96" stroke="#a67c40" stroke-width="12" fill="none"/><path d="M76 176h248l-26 132q-2 12-16 12H118q-14 0-16-12z" fill="#c79d5c"/><g stroke="#8d6534" stroke-width="4" opacity=".8">${[0, 1, 2, 3].map((n) => `<path d="M${82 + n * 5} ${204 + n * 28}h${236 - n * 10}"/>`).join("")}${[0, 1, 2, 3, 4, 5].map((n) => `<path d="M${106 + n * 38} 178l${(2.5 - n) * 4} 140"/>`).join("")}</g><path d="M70 168h260v18H70z" fill="${p.body}"/>`;

/** Everything that can be drawn, 400 units wide, standing at 320. */
export const things = { tin, pouch, cake, pot, gaiwan, cups, glass, tumbler, tray, tools, caddy, box, parcel, onecup, mug, jug, bowl, plate, chopsticks, candle, incense, diffuser, cloth, vase, basket } satisfies Record<string, Draw>;
