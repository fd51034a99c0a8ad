import { useGrants } from "../../api/forms";
import { useSay, useWord } from "../../i18n";

/** A set of grants as the API knows them: `orders.cancel`, `orders.*`, `*.read`, `*`. */
export interface Grouped {
  module: string;
  verbs: { grant: string; what: string[] }[];
}

/** Every grant that is asked for anywhere, by module, with what it is good for. */
export function grouped(known: { grant: string; summary: string }[]): Grouped[] {
  const modules = new Map<string, Map<string, string[]>>();
  for (const { grant, summary } of known) {
    const module = grant.slice(0, grant.indexOf("."));
    const verbs = modules.get(module) ?? new Map<string, string[]>();
    modules.set(module, verbs.set(grant, [...(verbs.get(grant) ?? []), ...(summary ? [summary] : [])]));
  }
  return [...modules]
    .map(([module, verbs]) => ({ module, verbs: [...verbs].map(([grant, what]) => ({ grant, what })).sort((one, other) => one.grant.localeCompare(other.grant)) }))
    .sort((one, other) => one.module.localeCompare(other.module));
}

/** The pattern among those held, other than the grant itself, that gives it. */
export function coveredBy(held: readonly string[], grant: string): string | undefined {
  const module = grant.slice(0, grant.indexOf("."));
  const verb = grant.slice(grant.indexOf(".") + 1);
  return held.find((each) => each !== grant && (each === "*" || each === `${module}.*` || each === `*.${verb}`));
}

/** What people call a grant, where it is known what it is good for; patterns by their module. */
export function useGrantWord(): (grant: string) => string {
  const say = useSay();
  const word = useWord();
  const known = useGrants();
  return (grant) => {
    if (grant === "*") return say("staff.everything");
    if (grant === "*.read") return say("staff.all_reads");
    if (grant.endsWith(".*")) return say("staff.all_in", { module: word("module", grant.slice(0, -2)) });
    if (grant.endsWith(".read")) return say("staff.reads", { module: word("module", grant.slice(0, -5)) });
    return known?.find((each) => each.grant === grant && each.summary)?.summary || grant;
  };
}

export const toggled = (held: readonly string[], grant: string, isOn: boolean): string[] =>
  isOn ? [...new Set([...held, grant])].sort() : held.filter((each) => each !== grant);
