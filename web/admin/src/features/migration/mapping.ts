import type { Input } from "../../api/actions";
import type { Schema } from "../../api/client";
import { usePick } from "../../i18n";

type Known = Schema<"KnownSheet">;

/** What a column is called in the language of whoever reads; a sheet may have either. */
export function useHeading(): (column: Schema<"SheetColumn">) => string {
  const pick = usePick();
  return (column) => pick({ zh: column.header, en: column.en });
}

/** By the header of the sheet we know: the header of one's own that stands for it. */
export type Chosen = Record<string, string | undefined>;

const plain = (header: string) => header.normalize("NFKC").toLowerCase().replace(/[\s_\-（）()*：:]/g, "");

/** The headers that are surely meant: the same words, else one that holds the other, each taken once. */
export function guessed(base: Known, headers: readonly string[]): Chosen {
  const left = new Set(headers);
  const chosen: Chosen = {};
  const isSame = (ours: string, theirs: string) => plain(ours) === plain(theirs);
  const isPart = (ours: string, theirs: string) => plain(theirs) !== "" && (plain(theirs).includes(plain(ours)) || plain(ours).includes(plain(theirs)));
  for (const fits of [isSame, isPart])
    for (const { header, en } of base.columns) {
      const found = chosen[header] ? undefined : [...left].find((each) => fits(header, each) || fits(en, each));
      if (found) {
        chosen[header] = found;
        left.delete(found);
      }
    }
  return chosen;
}

/** The mapping of the sheet we know, with the headers that were chosen in the place of its own, in every language. */
export function mapped(base: Known, chosen: Chosen, name: string, title: string): Input {
  const own = base.mapping;
  const columns = Object.fromEntries(
    Object.entries(own.columns).flatMap(([header, rule]) => {
      const theirs = chosen[header];
      return theirs ? [[theirs, typeof rule === "string" ? rule : { ...rule, en: null }] as const] : [];
    }),
  );
  const groups = (own.group_by ?? []).flatMap((header) => chosen[header] ?? []);
  return { ...own, name, title: { zh: title, en: title }, columns, group_by: groups, at: own.at ? (chosen[own.at] ?? null) : null };
}

/** What it may be called: after the sheet it is for, and the file. */
export const namesOf = (base: Known, file: string): { name: string; title: string } => ({
  name: base.is_saved ? base.name : `${base.name}-own`,
  title: file.replace(/\.[^.]*$/, "").slice(0, 80) || base.zh,
});
