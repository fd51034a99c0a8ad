import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import type { Input } from "../../api/actions";
import { readPage, type Schema } from "../../api/client";
import { useLang, useSay } from "../../i18n";
import { useShops, useWarehouses } from "../names";

export type Scopes = Record<string, "*" | string[]>;
const ALL = "*";
export const EVERYTHING: Scopes = { company: ALL, shop: ALL, warehouse: ALL, region: ALL, member: ALL };

/** Which roles somebody has, and which companies, shops and warehouses they see. */
export function AccessFields({ user, onChange }: { user: Schema<"User"> | null; onChange: (input: Input) => void }) {
  const say = useSay();
  const lang = useLang();
  const [roles, setRoles] = useState<string[]>(user?.roles ?? []);
  const [scopes, setScopes] = useState<Scopes>((user?.scopes ?? EVERYTHING) as Scopes);
  const known = useQuery({ queryKey: ["roles"], queryFn: () => readPage<Schema<"Role">>("/api/v1/roles", {}, null) });
  const tell = (nextRoles: string[], nextScopes: Scopes) => {
    setRoles(nextRoles);
    setScopes(nextScopes);
    onChange({ roles: nextRoles, scopes: nextScopes });
  };
  return (
    <div className="stack gap">
      <label>
        {say("staff.role")}
        <Select
          mode="multiple"
          aria-label={say("staff.role")}
          style={{ width: "100%" }}
          value={roles}
          onChange={(next) => tell(next, scopes)}
          options={(known.data?.items ?? []).map((each) => ({ value: each.code, label: lang === "en" ? each.name_en : each.name }))}
        />
      </label>
      <ScopeFields scopes={scopes} onChange={(next) => tell(roles, next)} />
    </div>
  );
}

/** Which companies, shops and warehouses are seen: some of them, or all there will ever be. */
export function ScopeFields({ scopes, onChange }: { scopes: Scopes; onChange: (scopes: Scopes) => void }) {
  const say = useSay();
  const companies = useQuery({ queryKey: ["companies"], queryFn: () => readPage<Schema<"Company">>("/api/v1/companies", {}, null), staleTime: 60_000 });
  const things: Record<string, { id: string; name: string }[]> = { company: companies.data?.items ?? [], shop: useShops(), warehouse: useWarehouses() };
  const choose = (dimension: string, chosen: string[]) => {
    const isAll = chosen.includes(ALL) && !(scopes[dimension] === ALL && chosen.length > 1);
    onChange({ ...scopes, [dimension]: isAll ? ALL : chosen.filter((each) => each !== ALL) });
  };
  const shown = (dimension: string): string[] => {
    const admitted = scopes[dimension];
    return admitted === ALL ? [ALL] : (admitted ?? []);
  };
  return (
    <>
      {(["company", "shop", "warehouse"] as const).map((dimension) => (
        <label key={dimension}>
          {say(`scope.${dimension}`)}
          <Select
            mode="multiple"
            aria-label={say(`scope.${dimension}`)}
            style={{ width: "100%" }}
            value={shown(dimension)}
            onChange={(next) => choose(dimension, next)}
            placeholder={say("scope.none")}
            options={[{ value: ALL, label: say("scope.all") }, ...(things[dimension] ?? []).map((each) => ({ value: each.id, label: each.name }))]}
          />
        </label>
      ))}
    </>
  );
}
