import { Select } from "antd";
import { useState } from "react";
import type { Input } from "../../api/actions";
import { useGrants } from "../../api/forms";
import { useSay } from "../../i18n";
import { EVERYTHING, ScopeFields, type Scopes } from "./AccessFields";
import { grouped, useGrantWord } from "./grants";

/** What an API key may do and see: a part of what its maker may. */
export function KeyFields({ onChange }: { onChange: (input: Input) => void }) {
  const say = useSay();
  const known = useGrants();
  const granted = useGrantWord();
  const [grants, setGrants] = useState<string[]>([]);
  const [scopes, setScopes] = useState<Scopes>(EVERYTHING);
  const tell = (nextGrants: string[], nextScopes: Scopes) => {
    setGrants(nextGrants);
    setScopes(nextScopes);
    onChange({ grants: nextGrants, scopes: nextScopes });
  };
  const options = grouped(known ?? []).flatMap(({ module, verbs }) => [{ value: `${module}.*`, label: `${granted(`${module}.*`)} ${module}.*` }, ...verbs.map(({ grant }) => ({ value: grant, label: `${granted(grant)} ${grant}` }))]);
  return (
    <div className="stack gap">
      <label>
        {say("staff.key_grants")}
        <Select
          mode="multiple"
          aria-label={say("staff.key_grants")}
          style={{ width: "100%" }}
          loading={!known}
          value={grants}
          onChange={(next: string[]) => tell(next, scopes)}
          options={[{ value: "*.read", label: say("staff.all_reads") }, ...options]}
        />
        <span className="soft">{say("staff.key_grants_hint")}</span>
      </label>
      <ScopeFields scopes={scopes} onChange={(next) => tell(grants, next)} />
      <span className="soft">{say("staff.key_scope_hint")}</span>
    </div>
  );
}
