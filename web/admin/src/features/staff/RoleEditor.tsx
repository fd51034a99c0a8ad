import { Checkbox, Drawer, Input, Skeleton, Space, Tooltip } from "antd";
import { useState } from "react";
import type { Schema } from "../../api/client";
import { useGrants } from "../../api/forms";
import { useSay, useWord } from "../../i18n";
import { ActionButton } from "../../ui/ActionButton";
import { coveredBy, grouped, toggled, useGrantWord } from "./grants";

type Role = Schema<"Role">;

/** What a role may do, as a matrix: a row for each module, a box for each grant; patterns cover what lies below them. */
export function RoleEditor({ role, onClose }: { role: Role | null; onClose: () => void }) {
  const say = useSay();
  const word = useWord();
  const known = useGrants();
  const [code, setCode] = useState(role?.code ?? "");
  const [name, setName] = useState(role?.name ?? "");
  const [nameEn, setNameEn] = useState(role?.name_en ?? "");
  const [grants, setGrants] = useState<string[]>(role?.grants ?? []);
  const [wanted, setWanted] = useState("");
  const isFixed = role?.is_builtin ?? false;
  const text = wanted.trim().toLowerCase();
  const box = (grant: string, label: string, what?: string[]) => {
    const cover = coveredBy(grants, grant);
    return (
      <Tooltip key={grant} title={cover ? say("staff.covered", { by: cover }) : what?.join(" · ")}>
        <Checkbox
          checked={cover !== undefined || grants.includes(grant)}
          disabled={isFixed || cover !== undefined}
          onChange={(event) => setGrants(toggled(grants, grant, event.target.checked))}
        >
          {what ? <Told grant={grant} what={what} /> : label}
        </Checkbox>
      </Tooltip>
    );
  };
  const modules = known && grouped(known).filter(({ module, verbs }) => !text || module.includes(text) || verbs.some(({ grant, what }) => `${grant} ${what.join(" ")}`.toLowerCase().includes(text)));
  return (
    <Drawer
      open
      onClose={onClose}
      size={980}
      title={role ? `${say("staff.role_edit")} · ${role.name}` : say("staff.role_new")}
      extra={
        !isFixed && (
          <ActionButton
            action="identity.define_role"
            grant="identity.manage"
            label={say("staff.role_save")}
            given={{ code, name, name_en: nameEn, grants }}
            onDone={onClose}
            button={{ type: "primary", disabled: !code || !name || grants.length === 0 }}
          />
        )
      }
    >
      {isFixed && <p className="soft">{say("staff.builtin_fixed")}</p>}
      <Space wrap className="gap">
        <Input aria-label={say("product.code")} placeholder={say("product.code")} value={code} disabled={role !== null} onChange={(event) => setCode(event.target.value.toLowerCase())} />
        <Input aria-label={say("staff.role_name")} placeholder={say("staff.role_name")} value={name} disabled={isFixed} onChange={(event) => setName(event.target.value)} />
        <Input aria-label={say("staff.name_en")} placeholder={say("staff.name_en")} value={nameEn} disabled={isFixed} onChange={(event) => setNameEn(event.target.value)} />
        <Input.Search allowClear placeholder={say("staff.find_grant")} aria-label={say("staff.find_grant")} value={wanted} onChange={(event) => setWanted(event.target.value)} />
      </Space>
      <div className="gap">
        {box("*", say("staff.everything"))}
        {box("*.read", say("staff.all_reads"))}
        <span className="soft">{say("staff.held", { n: grants.length })}</span>
      </div>
      {!modules && <Skeleton active />}
      {modules?.map(({ module, verbs }) => (
        <section key={module} className="grants" aria-label={module}>
          <div>
            <b>{word("module", module)}</b>
            <div>{box(`${module}.*`, say("staff.all_of"))}</div>
          </div>
          <div className="verbs">{verbs.map(({ grant, what }) => box(grant, grant.slice(module.length + 1), what))}</div>
        </section>
      ))}
    </Drawer>
  );
}

/** What a grant is good for, in a few words, and its name. */
function Told({ grant, what }: { grant: string; what: string[] }) {
  const say = useSay();
  const granted = useGrantWord();
  const told = granted(grant);
  const verb = grant.slice(grant.indexOf(".") + 1);
  return (
    <span>
      {told !== grant && (what.length > 1 && verb !== "read" ? say("staff.and_more", { what: told, n: what.length }) : told)} <code className="soft">{verb}</code>
    </span>
  );
}
