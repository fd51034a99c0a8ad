import { Tabs, Tag } from "antd";
import type { Schema } from "../../api/client";
import { useLang, useSay, useWord } from "../../i18n";
import { CrudTable, useFilter, type Column } from "../../ui/CrudTable";

type User = Schema<"User">;
type Role = Schema<"Role">;

export function Staff() {
  const say = useSay();
  const [tab, setTab] = useFilter("tab");
  return (
    <>
      <div className="head">
        <h1>{say("nav.staff")}</h1>
      </div>
      <Tabs
        activeKey={tab ?? "users"}
        onChange={setTab}
        destroyOnHidden
        items={[
          { key: "users", label: say("staff.users"), children: <Users /> },
          { key: "roles", label: say("staff.roles"), children: <Roles /> },
        ]}
      />
    </>
  );
}

function Users() {
  const say = useSay();
  const word = useWord();
  const columns: Column<User>[] = [
    { key: "login", title: say("staff.login"), render: (u) => <b>{u.login}</b>, text: (u) => u.login },
    { key: "name", title: say("staff.name"), render: (u) => u.display_name, text: (u) => u.display_name },
    { key: "roles", title: say("staff.role"), render: (u) => u.roles.map((each) => <Tag key={each}>{word("role", each)}</Tag>), text: (u) => u.roles.map((each) => word("role", each)).join(" ") },
    { key: "totp", title: say("staff.totp"), render: (u) => say(u.has_totp ? "yes" : "no"), text: (u) => say(u.has_totp ? "yes" : "no") },
    {
      key: "active",
      title: say("staff.active"),
      render: (u) => <Tag color={u.is_active ? "green" : "default"}>{say(u.is_active ? "staff.is_active" : "staff.is_inactive")}</Tag>,
      text: (u) => say(u.is_active ? "staff.is_active" : "staff.is_inactive"),
    },
  ];
  return <CrudTable<User> name="users" path="/api/v1/users" columns={columns} rowKey={(u) => u.id} />;
}

function Roles() {
  const say = useSay();
  const lang = useLang();
  const name = (r: Role) => (lang === "en" ? r.name_en : r.name);
  const columns: Column<Role>[] = [
    {
      key: "name",
      title: say("staff.name"),
      render: (r) => (
        <>
          <b>{name(r)}</b> {r.is_builtin && <Tag>{say("staff.builtin")}</Tag>}
        </>
      ),
      text: name,
    },
    { key: "code", title: say("product.code"), render: (r) => <code>{r.code}</code>, text: (r) => r.code },
    { key: "grants", title: say("staff.grants"), render: (r) => <div style={{ maxWidth: 760, whiteSpace: "normal" }}>{r.grants.map((each) => <Tag key={each}>{each}</Tag>)}</div>, text: (r) => r.grants.join(" ") },
  ];
  return <CrudTable<Role> name="roles" path="/api/v1/roles" columns={columns} rowKey={(r) => r.code} />;
}
