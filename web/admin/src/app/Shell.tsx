import { Alert, Button, Dropdown, Layout, Menu, Skeleton, Space, type MenuProps } from "antd";
import { BulbOutlined, ColumnHeightOutlined, LogoutOutlined, TranslationOutlined, UserOutlined } from "@ant-design/icons";
import { lazy, Suspense, useEffect } from "react";
import { Link, Outlet, useLocation } from "react-router";
import { useKept } from "../ui/kept";
import { useSay, type Key } from "../i18n";
import { Boundary } from "../ui/Wrong";
import { useIsAway } from "./away";
import { FEATURES } from "./features";
import { useLive } from "./live";
import type { Looks } from "./looks";
import { Search } from "./Search";
import { holds, useMe } from "./session";

const Notices = lazy(async () => ({ default: (await import("./Notices")).Notices }));

export function Shell({ looks, onLooks, onOut }: { looks: Looks; onLooks: (looks: Looks) => void; onOut: () => void }) {
  const say = useSay();
  const me = useMe();
  useLive();
  const isAway = useIsAway();
  const { pathname } = useLocation();
  const [isNarrow, setNarrow] = useKept("narrow", false);
  const seen = FEATURES.filter((each) => !each.grant || holds(me.grants, each.grant));
  const entry = (each: (typeof seen)[number]) => ({
    key: each.path,
    icon: each.icon,
    label: <Link to={each.path}>{say(each.title)}</Link>,
  });
  const groups = [...new Set(seen.map((each) => each.group))];
  const items = groups.flatMap((group: Key | null): NonNullable<MenuProps["items"]> => {
    const mine = seen.filter((each) => each.group === group).map(entry);
    return group === null ? mine : [{ type: "group" as const, key: group, label: isNarrow ? null : say(group), children: mine }];
  });
  const open = `/${pathname.split("/")[1] ?? ""}`;
  useEffect(() => {
    document.querySelector(".shell > aside .ant-menu-item-selected")?.scrollIntoView({ block: "nearest" });
  }, [open]);
  const mine = [
    { key: "dark", icon: <BulbOutlined />, label: say(looks.isDark ? "me.light" : "me.dark"), onClick: () => onLooks({ ...looks, isDark: !looks.isDark }) },
    { key: "dense", icon: <ColumnHeightOutlined />, label: say("me.dense"), onClick: () => onLooks({ ...looks, isDense: !looks.isDense }) },
    { key: "lang", icon: <TranslationOutlined />, label: say("me.language"), onClick: () => onLooks({ ...looks, lang: looks.lang === "en" ? "zh-CN" : "en" }) },
    { type: "divider" as const },
    { key: "out", icon: <LogoutOutlined />, label: say("me.sign_out"), onClick: onOut },
  ];
  return (
    <Layout className="shell">
      <Layout.Sider collapsible collapsed={isNarrow} onCollapse={setNarrow} width={208} theme={looks.isDark ? "dark" : "light"}>
        <Link to="/" className="brand">
          <img src="/assets/mark.svg" alt="" width="28" height="28" />
          {!isNarrow && <b>{say("app.name")}</b>}
        </Link>
        <Menu mode="inline" theme={looks.isDark ? "dark" : "light"} selectedKeys={[open]} items={items} />
      </Layout.Sider>
      <Layout>
        <Layout.Header className="top">
          <Search />
          <Space>
            <Suspense fallback={null}>
              <Notices />
            </Suspense>
            <Dropdown menu={{ items: mine }} trigger={["click"]}>
              <Button type="text" icon={<UserOutlined />}>
                {me.display_name}
              </Button>
            </Dropdown>
          </Space>
        </Layout.Header>
        {isAway && <Alert banner role="status" title={say("error.away")} />}
        <Layout.Content className="page" id="page">
          <Boundary key={pathname}>
            <Suspense fallback={<Skeleton active />}>
              <Outlet />
            </Suspense>
          </Boundary>
        </Layout.Content>
      </Layout>
    </Layout>
  );
}
