import { Alert, Button, Modal, Space, Tag } from "antd";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { readPage, type Schema } from "../../api/client";
import { useGrant, useMe } from "../../app/session";
import { useLang, useListed, useSay, useWord } from "../../i18n";
import { learn } from "../../i18n/words";
import * as words from "../../i18n/words/staff";
import { ActionButton } from "../../ui/ActionButton";
import { CrudTable, type Column } from "../../ui/CrudTable";
import { when } from "../../ui/format";
import { TabsHere } from "../../ui/TabsHere";
import { AccessFields } from "./AccessFields";
import { KeyFields } from "./KeyFields";
import { useGrantWord } from "./grants";
import { RoleEditor } from "./RoleEditor";

learn(words);

type User = Schema<"User">;
type Role = Schema<"Role">;
type Session = Schema<"Session">;
type ApiKey = Schema<"ApiKey">;

export function Staff() {
  const say = useSay();
  return (
    <>
      <div className="head">
        <h1>{say("nav.staff")}</h1>
      </div>
      <TabsHere
        destroyOnHidden
        items={[
          { key: "users", label: say("staff.users"), children: <Users /> },
          { key: "roles", label: say("staff.roles"), children: <Roles /> },
          { key: "sessions", label: say("staff.sessions"), children: <Sessions /> },
          { key: "keys", label: say("staff.keys"), children: <Keys /> },
        ]}
      />
    </>
  );
}

/** A role's name by its code. */
function useRoleName(): (code: string) => string {
  const lang = useLang();
  const known = useQuery({ queryKey: ["roles"], queryFn: () => readPage<Role>("/api/v1/roles", {}, null), staleTime: 60_000 }).data?.items ?? [];
  return (code) => {
    const role = known.find((each) => each.code === code);
    return role ? (lang === "en" ? role.name_en || role.name : role.name) : code;
  };
}

function Users() {
  const listed = useListed();
  const say = useSay();
  const roleName = useRoleName();
  const me = useMe();
  const state = (u: User) => say(u.is_active ? "staff.is_active" : "staff.is_inactive");
  const scope = (u: User) => (["company", "shop", "warehouse"] as const).filter((each) => u.scopes[each] !== "*").map((each) => `${say(`scope.${each}`)} ${u.scopes[each]?.length ?? 0}`);
  const columns: Column<User>[] = [
    { key: "login", title: say("staff.login"), render: (u) => <b>{u.login}</b>, text: (u) => u.login },
    { key: "name", title: say("staff.name"), render: (u) => u.display_name, text: (u) => u.display_name },
    { key: "roles", title: say("staff.role"), render: (u) => u.roles.map((each) => <Tag key={each}>{roleName(each)}</Tag>), text: (u) => listed(u.roles.map(roleName)) },
    { key: "scope", title: say("staff.scope"), render: (u) => scope(u).join(" · ") || say("scope.all"), text: (u) => listed(scope(u)) },
    { key: "totp", title: say("staff.totp"), render: (u) => say(u.has_totp ? "yes" : "no"), text: (u) => say(u.has_totp ? "yes" : "no") },
    { key: "active", title: say("staff.active"), render: (u) => <Tag color={u.is_active ? "green" : "default"}>{state(u)}</Tag>, text: state },
    {
      key: "do",
      title: "",
      align: "right",
      text: () => "",
      render: (u) => (
        <Space>
          <ActionButton
            action="identity.assign_roles"
            grant="identity.manage"
            label={say("staff.access")}
            given={{ user_id: u.id, roles: u.roles, scopes: u.scopes }}
            asks={{ fields: [], control: (tell) => <AccessFields user={u} onChange={tell} /> }}
            button={{ size: "small" }}
          />
          {u.id !== me.id && (
            <ActionButton
              action={u.is_active ? "identity.disable_user" : "identity.enable_user"}
              grant="identity.manage"
              label={say(u.is_active ? "staff.disable" : "staff.enable")}
              given={{ user_id: u.id }}
              button={{ size: "small", danger: u.is_active }}
            />
          )}
        </Space>
      ),
    },
  ];
  return (
    <CrudTable<User>
      name="users"
      path="/api/v1/users"
      columns={columns}
      rowKey={(u) => u.id}
      filters={
        <ActionButton
          action="identity.create_user"
          grant="identity.manage"
          label={say("staff.user_new")}
          asks={{ fields: ["roles", "scopes"], control: (tell) => <AccessFields user={null} onChange={tell} /> }}
          button={{ type: "primary" }}
        />
      }
    />
  );
}

function Roles() {
  const say = useSay();
  const lang = useLang();
  const mayManage = useGrant("identity.manage");
  const [edited, setEdited] = useState<Role | "new" | null>(null);
  const granted = useGrantWord();
  const name = (r: Role) => (lang === "en" ? r.name_en || r.name : r.name);
  const columns: Column<Role>[] = [
    {
      key: "name",
      title: say("staff.role_name"),
      render: (r) => (
        <>
          <b>{name(r)}</b> {r.is_builtin && <Tag>{say("staff.builtin")}</Tag>}
        </>
      ),
      text: name,
    },
    { key: "code", title: say("product.code"), render: (r) => <code>{r.code}</code>, text: (r) => r.code },
    {
      key: "grants",
      title: say("staff.grants"),
      render: (r) => (
        <div style={{ maxWidth: 760, whiteSpace: "normal" }}>
          {r.grants.slice(0, 12).map((each) => (
            <Tag key={each} title={each}>
              {granted(each)}
            </Tag>
          ))}
          {r.grants.length > 12 && <span className="soft">+{r.grants.length - 12}</span>}
        </div>
      ),
      text: (r) => r.grants.join(" "),
    },
  ];
  return (
    <>
      <CrudTable<Role>
        name="roles"
        path="/api/v1/roles"
        columns={columns}
        rowKey={(r) => r.code}
        onOpen={setEdited}
        filters={
          mayManage && (
            <Button type="primary" onClick={() => setEdited("new")}>
              {say("staff.role_new")}
            </Button>
          )
        }
      />
      {edited && <RoleEditor role={edited === "new" ? null : edited} onClose={() => setEdited(null)} />}
    </>
  );
}

/** A list that names users by id shows their logins. */
function useLogin(): (id: string) => string {
  const me = useMe();
  const users = useQuery({ queryKey: ["users"], queryFn: () => readPage<User>("/api/v1/users", { limit: "200" }, null), staleTime: 60_000 }).data?.items ?? [];
  return (id) => (id === me.id ? me.name : (users.find((each) => each.id === id)?.login ?? id.slice(0, 8)));
}

function Sessions() {
  const say = useSay();
  const word = useWord();
  const login = useLogin();
  const columns: Column<Session>[] = [
    { key: "user", title: say("staff.login"), render: (s) => login(s.user_id), text: (s) => login(s.user_id) },
    { key: "at", title: say("staff.signed_in"), render: (s) => when(s.created_at), text: (s) => when(s.created_at) },
    { key: "seen", title: say("staff.seen"), render: (s) => when(s.last_seen_at), text: (s) => when(s.last_seen_at) },
    { key: "source", title: say("staff.source"), render: (s) => s.source, text: (s) => s.source },
    { key: "agent", title: say("staff.agent"), isHidden: true, render: (s) => s.user_agent, text: (s) => s.user_agent },
    {
      key: "end",
      title: say("staff.active"),
      render: (s) =>
        s.ended_at ? (
          <span className="soft">
            {word("ended", s.end_reason ?? "expired")} · {when(s.ended_at)}
          </span>
        ) : (
          <ActionButton action="identity.revoke_session" grant="identity.self" label={say("staff.revoke")} given={{ session_id: s.id }} button={{ size: "small", danger: true }} />
        ),
      text: (s) => (s.ended_at ? when(s.ended_at) : ""),
    },
  ];
  return <CrudTable<Session> name="sessions" path="/api/v1/sessions" query={{ everyone: "true" }} columns={columns} rowKey={(s) => s.id} />;
}

function Keys() {
  const say = useSay();
  const login = useLogin();
  const [fresh, setFresh] = useState<string | null>(null);
  const columns: Column<ApiKey>[] = [
    { key: "name", title: say("staff.name"), render: (k) => <b>{k.name}</b>, text: (k) => k.name },
    { key: "hint", title: say("staff.key"), render: (k) => <code>{k.hint}</code>, text: (k) => k.hint },
    { key: "user", title: say("staff.login"), render: (k) => login(k.user_id), text: (k) => login(k.user_id) },
    { key: "grants", title: say("staff.grants"), render: (k) => k.grants.join(" "), text: (k) => k.grants.join(" ") },
    { key: "used", title: say("staff.used"), render: (k) => k.last_used_on ?? "–", text: (k) => k.last_used_on },
    { key: "until", title: say("staff.until"), render: (k) => (k.expires_at ? when(k.expires_at) : "–"), text: (k) => k.expires_at },
    {
      key: "end",
      title: say("staff.active"),
      render: (k) =>
        k.revoked_at ? (
          <span className="soft">{when(k.revoked_at)}</span>
        ) : (
          <ActionButton action="identity.revoke_api_key" grant="identity.self" label={say("staff.revoke")} given={{ api_key_id: k.id }} button={{ size: "small", danger: true }} />
        ),
      text: (k) => (k.revoked_at ? when(k.revoked_at) : ""),
    },
  ];
  return (
    <>
      <CrudTable<ApiKey>
        name="keys"
        path="/api/v1/api-keys"
        query={{ everyone: "true" }}
        columns={columns}
        rowKey={(k) => k.id}
        filters={
          <ActionButton
            action="identity.create_api_key"
            grant="identity.self"
            label={say("staff.key_new")}
            given={{ user_id: null }}
            asks={{ fields: ["grants", "scopes"], control: (tell) => <KeyFields onChange={tell} /> }}
            onDone={(result) => setFresh((result as { key?: string } | null)?.key ?? null)}
            button={{ type: "primary" }}
          />
        }
      />
      <Modal open={fresh !== null} title={say("staff.key_new")} onCancel={() => setFresh(null)} onOk={() => setFresh(null)} cancelButtonProps={{ hidden: true }}>
        <Alert type="warning" showIcon title={say("staff.key_once")} />
        <p className="code" style={{ overflowWrap: "anywhere" }}>
          {fresh}
        </p>
      </Modal>
    </>
  );
}
